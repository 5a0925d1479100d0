"""Laws over tokenizers: whose they are, how their ratios behave, what a decision makes of them."""

import itertools
from datetime import date
from math import exp, log

import pytest

from steelyard.domain.evidence import Grade
from steelyard.domain.tokenizer import TEXTS, Tokenizer
from steelyard.facts import load_catalogue
from steelyard.facts.fact_names import find
from steelyard.facts.token_ratios import ANY, text_ratio, tokenizer_of, with_token_ratios

CATALOGUE = load_catalogue(date(2026, 11, 23))
TOKENIZERS = CATALOGUE.tokenizers
SOLD = {*CATALOGUE.open_models, *CATALOGUE.managed_models}
PAIRS = list(itertools.permutations(TOKENIZERS.values(), 2))


def named(pair: tuple[Tokenizer, Tokenizer]) -> str:
    return f"{pair[0].id} over {pair[1].id}"


@pytest.mark.parametrize("tokenizer", TOKENIZERS.values(), ids=lambda t: t.id)
def test_a_tokenizer_is_used_by_known_models_whose_embedding_tables_have_its_rows(tokenizer: Tokenizer) -> None:
    users = {model for model in SOLD if tokenizer.cuts(model)}
    assert users
    rows = {CATALOGUE.open_models[m].architecture.vocab_size for m in users & set(CATALOGUE.open_models)}
    assert rows == set(tokenizer.vocabulary)
    for pattern in tokenizer.models:
        assert any(tokenizer.model_copy(update={"models": (pattern,)}).cuts(model) for model in SOLD), pattern


def test_a_tokenizer_is_named_like_nothing_else() -> None:
    for name in TOKENIZERS:
        assert len(find(CATALOGUE, name)) == 1, name


def test_a_model_has_one_tokenizer() -> None:
    assert not [m for m in SOLD if sum(t.cuts(m) for t in TOKENIZERS.values()) > 1]


@pytest.mark.parametrize("tokenizer", TOKENIZERS.values(), ids=lambda t: t.id)
def test_counts_are_sourced_and_possible(tokenizer: Tokenizer) -> None:
    assert set(tokenizer.tokens_over_o200k) == set(TEXTS)
    assert all(0.5 < ratio < 3 for ratio in tokenizer.tokens_over_o200k.values())
    assert 1 < tokenizer.doubt < 1.5
    assert all(e.source and e.as_of <= CATALOGUE.as_of for e in tokenizer.evidence)


def test_the_yardstick_is_one_of_itself() -> None:
    assert set(TOKENIZERS["o200k"].tokens_over_o200k.values()) == {1.0}


@pytest.mark.parametrize("pair", PAIRS, ids=named)
def test_the_ratio_the_other_way_round_is_the_inverse(pair: tuple[Tokenizer, Tokenizer]) -> None:
    one, other = pair
    there, back = text_ratio(one, other), text_ratio(other, one)
    assert there is not None
    assert back is not None
    assert there.p50 * back.p50 == pytest.approx(1)
    assert (there.p10 * back.p90, there.p90 * back.p10) == pytest.approx((1, 1))
    assert there.p10 < there.p50 < there.p90


def test_ratios_by_way_of_a_third_tokenizer_are_the_direct_ones() -> None:
    for a, b, c in itertools.permutations(TOKENIZERS.values(), 3):
        direct, first, second = text_ratio(a, c), text_ratio(a, b), text_ratio(b, c)
        assert direct
        assert first
        assert second
        assert log(direct.p50) == pytest.approx(log(first.p50) + log(second.p50))


def test_the_central_ratio_is_the_mean_of_the_logarithms_over_english_kinds() -> None:
    claude, openai = TOKENIZERS["claude-4.7-tokenizer"], TOKENIZERS["o200k"]
    found = text_ratio(claude, openai)
    by_hand = exp(sum(map(log, (1.462, 1.485, 1.546, 1.472))) / 4)
    assert found is not None
    assert found.p50 == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("model", "base", "least", "most"),
    [  # measured elsewhere: VentureBeat 2025-05-01; counts of the same strings and switchers of 2026-04, see the entry
        ("anthropic/claude-3-5-sonnet", "openai/gpt-4o", 1.16, 1.30),
        ("anthropic/claude-opus-4-7", "anthropic/claude-opus-4-6", 1.13, 1.47),
        ("llama-3.1-70b", "openai/gpt-4o", 0.97, 1.05),
    ],
)
def test_ratios_agree_with_what_others_measured(model: str, base: str, least: float, most: float) -> None:
    wanted, counted = (tokenizer_of(name, TOKENIZERS) for name in (model, base))
    assert wanted
    assert counted
    found = text_ratio(wanted, counted)
    assert found is not None
    assert least <= found.p50 <= most


def test_models_of_one_tokenizer_need_the_same_tokens_for_input_and_may_answer_at_other_lengths() -> None:
    figures = with_token_ratios(CATALOGUE, "openai/gpt-5.4-mini").figures
    same = figures["tokens.input_ratio.openai/gpt-5.4-nano"]
    assert (same.low, same.value, same.high) == (1, 1, 1)
    answer, any_model = figures["tokens.output_ratio.openai/gpt-5.4-nano"], CATALOGUE.figure(ANY["output"])
    assert (answer.low, answer.value, answer.high) == pytest.approx((any_model.low, any_model.value, any_model.high))


def test_output_is_wider_than_either_of_its_causes() -> None:
    figures = with_token_ratios(CATALOGUE, "openai/gpt-5.4-mini").figures
    text, answer = (figures[f"tokens.{side}_ratio.qwen3-32b"] for side in ("input", "output"))
    assert answer.value == pytest.approx(text.value * CATALOGUE.figure(ANY["output"]).value)
    assert answer.high / answer.value > text.high / text.value
    assert answer.evidence.grade is Grade.DERIVED


def test_an_unknown_tokenizer_leaves_the_wide_ratio() -> None:
    assert with_token_ratios(CATALOGUE, None) is CATALOGUE
    assert with_token_ratios(CATALOGUE, "kimi-k2") is CATALOGUE
    figures = with_token_ratios(CATALOGUE, "openai/gpt-5.4-mini").figures
    assert "tokens.input_ratio.kimi-k2" not in figures
    assert "tokens.input_ratio.openai/gpt-5.4-mini" not in figures


def test_a_ratio_of_your_own_stands() -> None:
    name = "tokens.input_ratio.qwen3-32b"
    own = CATALOGUE.figure(ANY["input"]).model_copy(update={"name": name, "value": 1.3, "low": 1.3, "high": 1.3})
    mine = type(CATALOGUE)(**{**vars(CATALOGUE), "figures": {**CATALOGUE.figures, name: own}})
    assert with_token_ratios(mine, "openai/gpt-5.4-mini").figures[name] == own


def test_a_name_ending_in_a_star_is_no_regular_expression() -> None:
    one = TOKENIZERS["o200k"].model_copy(update={"models": ("a.b*",)})
    assert one.cuts("a.bc")
    assert not one.cuts("axbc")
    assert not one.cuts("za.bc")


def test_why_a_ratio_leads_to_the_tokenizer_and_for_output_to_the_length_of_answers() -> None:
    for side, parts in (("input", ("qwen3-tokenizer",)), ("output", ("qwen3-tokenizer", ANY["output"]))):
        for name in (f"tokens.{side}_ratio.qwen3-32b", f"{side}_token_ratio.qwen3-32b"):
            (found,) = find(CATALOGUE, name)
            assert getattr(found, "parts", None) == parts
