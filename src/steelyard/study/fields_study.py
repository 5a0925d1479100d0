"""The study file, key by key: kind, meaning, default and the reason for it."""

from dataclasses import dataclass

from steelyard.domain.study import (
    DataNeeds,
    Differentiator,
    Economics,
    QualityNeeds,
    SelfHostedToday,
    Team,
    TodayApi,
    TrainingData,
)
from steelyard.domain.value import Value
from steelyard.study.fields import Build, Field, Reader, Section, Values, any_of, describe
from steelyard.study.fields_currency import CURRENCY
from steelyard.study.fields_kinds import (
    AnswerKind,
    Choice,
    Countries,
    Day,
    Either,
    Exact,
    ListOf,
    Pairs,
    Text,
    UncertainKind,
)
from steelyard.study.fields_terms import PROVISIONED, QUOTES, RATE_LIMITS
from steelyard.study.fields_traffic import TRAFFIC
from steelyard.study.fields_tuning import TUNING
from steelyard.study.fields_yaml import Keys, Node, Scalar
from steelyard.study.quantities import (
    COUNT,
    DISCOUNT_RATE,
    FRACTION,
    INDEX_POINTS,
    MONTHS,
    PEOPLE,
    TOKENS,
    USD,
    USD_PER_DEVICE_HOUR,
    USD_PER_YEAR,
    exactly,
)

__all__ = ["NAME_LETTERS", "STUDY"]

NAME_LETTERS = "A-Za-z0-9À-ÖØ-öø-ɏ"
"""Letters of a study's name, as a character class: those of Latin script, which every output can print."""
_NAME = Text(
    "a short name (Latin letters, digits, spaces, `.`, `_`, `-`)", rf"[{NAME_LETTERS}][{NAME_LETTERS} ._-]{{0,79}}"
)
_IDENTIFIER = Text("an identifier such as gpt-5.4-mini", r"[A-Za-z0-9][\w.:@/+-]{0,119}")
_OPEN_QUESTION = "not answered: the question stays open"
_PEOPLE_REASON = ("US ML platform engineer pay of $145k / $200k / $350k (aggregates, 2026-03, weak) times employer "
                  "cost over wages of 1.42 (BLS ECEC, 2019-12)")  # fmt: skip


def _into(model: type[Value]) -> Build:
    """Return a builder that validates the section's values into ``model``."""

    def build(values: Values, _node: Keys, _reader: Reader, _key: str) -> object:
        return model.model_validate(values)

    return build


_SELF_HOSTED = Section(
    (
        Field("model", _IDENTIFIER, "Open-weight model that runs now.", required=True),
        Field("accelerator", _IDENTIFIER, "Accelerator, such as h100-sxm.", required=True),
        Field("count", Exact(exactly(COUNT, low=1, high=1e6), whole=True), "Devices.", required=True),
        Field("owned_since", Day(), "Month of purchase; leave out where the devices are rented."),
        Field("contract_ends", Day(end_of_month=True), "End of the lease or commitment."),
        Field(
            "rent",
            Exact(USD_PER_DEVICE_HOUR),
            "Rent per device and hour; the market's median by the hour where absent.",
            attribute="usd_per_device_h",
        ),
        Field("exit_costs", Exact(USD), "What leaving the lease or commitment at once costs.", attribute="exit_usd"),
        Field(
            "tokens_per_s_per_device", Exact(COUNT), "Throughput you measured per device, held against the roofline."
        ),
    ),
    _into(SelfHostedToday),
    example="{model: ..., accelerator: h100-sxm, count: 8}",
)
_API = Section(
    (
        Field("provider", _IDENTIFIER, "Seller.", required=True),
        Field("model", _IDENTIFIER, "Model at that seller.", required=True),
        Field("discount", Exact(exactly(FRACTION, high=0.95)), "Negotiated discount off the list price."),
        Field("contract_ends", Day(end_of_month=True), "End of the contract: until then its prices stand."),
        Field(
            "minimum_per_month",
            Exact(USD),
            "Spending a month committed to until the contract ends.",
            attribute="minimum_usd_per_month",
        ),
        Field(
            "spend_per_month",
            Exact(USD),
            "What the bill says a month, held against tokens times price.",
            attribute="spend_usd_per_month",
        ),
    ),
    _into(TodayApi),
    example="{provider: openai, model: gpt-5.4-mini}",
)


@dataclass(frozen=True)
class TodayKind:
    """What runs now: a bought model, own serving, or nothing."""

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return "{provider: openai, model: gpt-5.4-mini}, or {self_hosted: {model, accelerator, count}}, or none"

    def read(self, node: Node, reader: Reader, key: str) -> object:
        """Return what runs now, or None."""
        if isinstance(node, Scalar):
            provider, slash, model = node.text.partition("/")
            if node.text == "none":
                return None
            if slash and provider and model:
                return TodayApi(provider=provider, model=model)
        if not isinstance(node, Keys):
            return reader.fault(node, key, f"{describe(node)} does not say what runs now", expected=self.expected)
        if "self_hosted" not in node.entries:
            return _API.read(node, reader, key)
        others = [name for name in node.entries if name != "self_hosted"]
        if others:
            return reader.fault(node, key, f"`self_hosted` beside {', '.join(others)}", expected=self.expected,
                                remedy="Keep what serves most of the traffic")  # fmt: skip
        return _SELF_HOSTED.read(node.entries["self_hosted"].node, reader, f"{key}.self_hosted")

    def schema(self) -> dict[str, object]:
        """Return none, provider/model, or one of the two mappings."""
        hosted = {"type": "object", "additionalProperties": False, "required": ["self_hosted"],
                  "properties": {"self_hosted": _SELF_HOSTED.schema()}}  # fmt: skip
        return any_of([{"const": "none"}, {"type": "string", "pattern": "^[^/]+/.+$"}, _API.schema(), hosted])


def _check_evals(values: Values, node: Keys, reader: Reader, key: str) -> None:
    """Note an evaluation that is not there, beside the study's other faults."""
    path = values.get("evals")
    if reader.base is not None and isinstance(path, str) and not (reader.base / path).exists():
        reader.fault(node.entries["evals"].line, f"{key}.evals", f"no file or folder called {path!r}",
                     expected="an evaluation; paths are relative to the study's folder",
                     remedy="Check the path, or remove the key")  # fmt: skip


_QUALITY = Section(
    (
        Field("task", Text("a task such as chat, code, extraction", r"[\w -]{1,60}"),
              "Task, for quality screens and token ratios.", default="chat",
              reason="no source: the commonest use; set it"),
        Field("at_least", _IDENTIFIER, "Reference quality: today, or a model.", default="today",
              reason="equal quality is the fair comparison"),
        Field("margin", Exact(INDEX_POINTS), "How many points below the reference still count as no worse.",
              attribute="margin_index", default="4",
              reason="a judgement: public scores barely tell such models apart (at a gap of 4 the higher one still "
                     "loses about 3 times in 10 on a benchmark left out); set it"),
        Field("least_chance", Exact(FRACTION), "Smallest chance of being no worse at which an option stays in.",
              default="50%", reason="no source: more likely than not; set it"),
        Field("needs", ListOf(Text("a capability such as tools or vision", r"[\w -]{1,60}")),
              "Capabilities that the task needs."),
        Field("evals", Text("a path"), "Your own paired evaluation, relative to the study: a file or a folder."),
        Field("evals_margin", Exact(exactly(FRACTION, low=0.001, high=0.5)),
              "How much worse on that evaluation still counts as no worse; 3% where absent."),
        Field("failed_request_costs", Exact(USD), "What a failed request costs you.", attribute="failed_request_usd",
              unknown="failures are not priced; an option below the bar is excluded instead"),
    ),
    _into(QualityNeeds),
    example="{task: chat, at_least: today}",
    check=_check_evals,
)  # fmt: skip

_DATA = Section(
    (
        Field("classification", Text("a data class such as phi, pii, public", r"[\w -]{1,60}"), "Class of the data.",
              unknown="no data class stated: rules that depend on it cannot exclude anything"),
        Field("regimes", ListOf(Text("a regime such as HIPAA")),
              "Laws, rules and policies that apply; `: strict` after a name adds its cautious reading, as your policy.",
              unknown="no regime stated: none is applied"),
        Field("countries", ListOf(Countries()), "Countries whose rules apply, two letters each.",
              unknown="no country stated"),
        Field("must_stay_on_premises", AnswerKind(), "Question 1: does the data legally need to stay on-premises?",
              default="unknown", reason=_OPEN_QUESTION),
        Field("process_in_region", AnswerKind(), "Whether sellers are to process in a region of yours: their listed "
              "uplift is charged; none where absent."),
        Field("custom_rules", ListOf(Pairs("a rule"), single=False),
              "Your organisation's own rules, each {attribute, value, name} in the words of docs/gates.md."),
        Field("barred_vendors", ListOf(_IDENTIFIER),
              "Vendors whose models you do not use, wherever they run, such as [deepseek]."),
    ),
    _into(DataNeeds),
    example="{classification: phi, regimes: [HIPAA], countries: [US], must_stay_on_premises: no}",
)  # fmt: skip

_TRAINING_DATA = Section(
    (
        Field("exclusive", AnswerKind(), "Question 2: is there unique training data that others cannot access?",
              default="unknown", reason=_OPEN_QUESTION),
        Field("tokens", Exact(exactly(TOKENS, low=1)), "Size of that corpus."),
        Field("labelled_examples", Exact(COUNT, whole=True), "Labelled examples."),
        *TUNING,
    ),
    _into(TrainingData),
    example="{exclusive: yes, tokens: 1.2B, labelled_examples: 40k}",
)  # fmt: skip

_DIFFERENTIATOR = Section(
    (
        Field("model_is_product", AnswerKind(), "Question 4: is the model itself the core differentiator?",
              default="unknown", reason=_OPEN_QUESTION),
        Field("value_of_a_month_earlier", UncertainKind(USD), "What shipping one month earlier is worth.",
              attribute="value_of_a_month_earlier_usd", unknown="no cost of delay is charged"),
    ),
    _into(Differentiator),
    example="{model_is_product: no, value_of_a_month_earlier: $80k}",
)  # fmt: skip

_TEAM = Section(
    (
        Field("ml_platform_engineers", Exact(PEOPLE), "Engineers already employed who could run serving.", default="0",
              reason="none stated: whoever runs serving is charged in full"),
        Field("loaded_cost_per_year", UncertainKind(exactly(USD_PER_YEAR, low=1_000, high=5e6)),
              "Loaded cost of one engineer per year.", attribute="loaded_usd_per_year",
              default="{p10: $206k, p50: $284k, p90: $497k}", reason=_PEOPLE_REASON),
        Field("on_call", Choice(("shared", "own")), "Whether a rota around the clock exists anyway (shared), or own "
              "machines would need one of their own.", default="shared",
              reason="whoever serves an application has a rota; one of its own takes 8 people (Beyer et al. 2016, "
                     "ch. 11): set own where that would be yours to hire"),
        Field("opportunity_value_per_year", Exact(USD_PER_YEAR),
              "What an engineer's year would earn elsewhere; charged instead of the loaded cost where higher.",
              attribute="opportunity_usd_per_year"),
    ),
    _into(Team),
    example="{ml_platform_engineers: 1, loaded_cost_per_year: $220k to $320k}",
)  # fmt: skip

_ECONOMICS = Section(
    (
        Field("discount_rate", UncertainKind(DISCOUNT_RATE), "Nominal discount rate per year.",
              attribute="discount_rate_per_year", default="10%",
              reason="no source: a convention near the cost of capital of listed companies; ask finance and set it"),
        Field("tax_rate", Exact(exactly(FRACTION, high=0.95)), "Marginal tax rate on income; before tax where absent.",
              attribute="tax_fraction"),
        Field("depreciation", Exact(exactly(MONTHS, low=1, high=240), whole=True), "Life for tax of what is bought; 5 "
              "years where absent.", attribute="depreciation_months"),
        Field("operating_expense_per_year", Exact(USD_PER_YEAR), "Total operating expense per year, for question 3.",
              attribute="operating_expense_usd_per_year", unknown="question 3 cannot state inference's share"),
        Field("largest_other_expense_per_year", Exact(USD_PER_YEAR), "Largest single other expense, for question 3.",
              attribute="largest_other_expense_usd_per_year", unknown="question 3 cannot rank inference first or not"),
    ),
    _into(Economics),
    example="{discount_rate: 10%, operating_expense_per_year: $9M}",
)  # fmt: skip


def _as_mapping(values: Values, _node: Keys, _reader: Reader, _key: str) -> object:
    return values


STUDY = Section(
    (
        Field("study", _NAME, "Name of the study; it names the output folder.", attribute="name"),
        Field("horizon", Exact(exactly(MONTHS, low=1, high=120), whole=True), "How far to look, such as 36 months.",
              attribute="horizon_months", default="36 months",
              reason="no source: a convention, three years being a common life for a serving plan; set it"),
        Field("traffic", TRAFFIC, "The traffic: a usage log, or requests and tokens as stated.", required=True),
        Field("today", TodayKind(), "What runs now.", unknown="nothing runs now: no saving against today is shown"),
        Field("quality", _QUALITY, "How good is good enough.", default="{}"),
        Field("data", _DATA, "What the data is and where it may go.", default="{}"),
        Field("training_data", _TRAINING_DATA, "Data that others do not have.", default="{}"),
        Field("differentiator", _DIFFERENTIATOR, "Whether the model is what is sold.", default="{}"),
        Field("team", _TEAM, "Who would run it.", default="{}"),
        Field("economics", _ECONOMICS, "Money's own terms.", default="{}"),
        Field("availability", Choice(("none", "n_plus_1")), "One availability target for every option.", default="none",
              reason="no spare is held for anyone; set n_plus_1 where an outage costs you"),
        Field("risk", Choice(("expected", "cvar_90")), "What the verdict minimises.", default="expected",
              reason="risk-neutral: the least expected present value wins"),
        Field("candidates", Either({"auto": None}, ListOf(_IDENTIFIER, least=1)), "Options or models to consider.",
              default="auto", reason="everything known that passes the gates"),
        Field("currency", CURRENCY, "Currency of what is shown, with your dated rate; amounts are stated and computed "
              "in USD.", default="USD",
              reason="prices are published in USD"),
        Field("buyer", Choice(("pinned", "follow_tier", "re_pick")), "How you follow API prices.", default="pinned",
              reason="no source: a pinned model needs no evaluation; set it"),
        Field("build_time", Exact(exactly(MONTHS, low=0, high=60)), "Time from decision to self-hosted production.",
              attribute="build_months", default="3 months", reason="no source: a quarter, a convention; set it"),
        Field("refresh_every", Exact(exactly(MONTHS, low=1, high=120), whole=True),
              "Months between refreshes of a self-hosted model, each evaluated again.", attribute="refresh_months",
              unknown="a self-hosted model is refreshed every 12 months if you follow API prices, else it is pinned"),
        Field("quotes", QUOTES, "Your own quotes and contracts: each stops its price process until it ends."),
        Field("rate_limits", RATE_LIMITS, "What sellers let you send in a minute, where you know it."),
        Field("provisioned", PROVISIONED, "What units of capacity carry and cost, where you know it."),
    ),
    _as_mapping,
    example="traffic: {log: [usage.jsonl]}",
)  # fmt: skip
"""The whole file; its value is the mapping of domain fields, completed by the loader."""
