"""The decision record (context, options, decision, consequences, triggers) and an email that carries it."""

from steelyard.domain.currency import displayed
from steelyard.domain.result import OptionResult, Result
from steelyard.printed import count, day, money, months, percent, span
from steelyard.report.story import KIND_WORDS, label_of, standing, tell, worth_in_words
from steelyard.report.text import markdown_text as _text
from steelyard.report.text import plain

__all__ = ["EMAIL_WORDS", "render_email", "render_markdown"]

EMAIL_WORDS = 150
"""Most words of the email, its subject counted."""


@displayed
def render_markdown(result: Result) -> str:
    """Return the decision as an architecture decision record in Markdown, with an email of at most 150 words.

    Every string of the result is escaped: none becomes markup, an image or a link.
    """
    parts = (_title(result), _context(result), _options(result), _decision(result), _consequences(result),
             _triggers(result), _provenance(result), _email_section(result))  # fmt: skip
    return "\n\n".join(part for part in parts if part).replace("\u00a0", " ") + "\n"


@displayed
def render_email(result: Result) -> str:
    """Return a plain-text email: subject, a blank line, the body; at most 150 words in all."""
    story = tell(result)
    subject = f"Subject: {plain(result.study)}: {story.headline}"
    named = f" ({story.option})" if story.option and not story.reason.startswith(story.option) else ""
    sentences = [f"{story.headline}{named}.", _sentence(story.reason)]
    sentences += [_sentence(f"It {said}") for said in story.savings[:1]]
    if result.confidence is not None:
        sentences.append(_sentence(f"Confidence: {story.confidence}"))
    sentences.append(_sentence(f"The framework says: {story.framework_says[0]}"))
    sentences.append(_sentence(f"Our figures say: {story.figures_say}"))
    if story.binding:
        sentences.append(_sentence(f"Ruled out by: {story.binding[0]}"))
    if result.flips:
        sentences.append(_sentence(f"What would flip it: {story.flips[0]}"))
    if result.regret_usd is not None:
        sentences.append(_sentence(f"Being wrong costs {money(result.regret_usd)} on average"))
    if story.to_show:
        sentences.append(_sentence(f"Show first: {story.to_show}"))
    if result.optimize_first:
        step = result.optimize_first[0]
        sentences.append(_sentence(f"First: {plain(step.action)}, {money(step.saving_usd_per_month)} a month"))
    shown = f", amounts in {result.amounts_in}" if result.display_currency else ""
    sentences.append(f"Facts as of {day(result.as_of)}{shown}; the report attached holds every figure with its source.")
    room = EMAIL_WORDS - min(len(subject.replace("\u00a0", " ").split()), EMAIL_WORDS // 2)
    return f"{subject}\n\n{_within(sentences, room)}\n".replace("\u00a0", " ")


def _within(sentences: list[str], words: int) -> str:
    """Return the sentences in order while they fit; the last one is always kept, one alone is cut at the limit."""
    left = words - len(sentences[-1].replace("\u00a0", " ").split())
    kept: list[str] = []
    for n, sentence in enumerate(sentences[:-1]):
        length = sentence.replace("\u00a0", " ").split()
        if len(length) <= left:
            kept.append(sentence)
            left -= len(length)
        elif n == 0:
            kept.append(" ".join(length[:left]))
            left = 0
    return " ".join([*kept, sentences[-1]])


def _sentence(words: str) -> str:
    return words.rstrip(". ") + "."


def _title(result: Result) -> str:
    status = (f"Status: proposed, {day(result.as_of)}, over {months(result.horizon_months)}, "
              f"amounts in {_text(result.amounts_in)}.")  # fmt: skip
    return f"# {_text(result.study)}: {tell(result).headline}\n\n{status}"


def _context(result: Result) -> str:
    traffic, lines = result.traffic, result.baseline
    said = [f"{count(traffic.requests_per_month)} requests a month ({traffic.source})."]
    said.append(f"Week shape: {_text(traffic.shape_source)}.")
    if lines.today:
        said.append(
            f"Today: {_text(label_of(result, lines.today.option))}, {money(lines.today.usd_per_month_now)} a month."
        )
    if lines.best_bought:
        said.append(f"Best bought: {_text(label_of(result, lines.best_bought.option))}, "
                    f"{money(lines.best_bought.usd_per_month_now)} a month.")  # fmt: skip
    rows = [f"| {q.id.upper()} {_text(q.question)} | {q.answer} | {_text(q.rule_of_thumb)} | {_text(q.finding)} |"
            for q in result.questions]  # fmt: skip
    table = ["| Question | Answer | The framework says | Our figures |", "|---|---|---|---|", *rows] if rows else []
    return "\n".join(["## Context", "", " ".join(said), *([""] if table else []), *table])


def _options(result: Result) -> str:
    if not result.options:
        return "## Options\n\nNone could be formed."
    head = (
        "| Option | Form | Standing | Cost, mean | Saves on best bought | Best in |",
        "|---|---|---|---:|---:|---:|",
    )
    reference = result.baseline.best_bought.option if result.baseline.best_bought else None
    return "\n".join(["## Options", "", *head, *(_option_row(o, reference) for o in result.options)])


def _option_row(option: OptionResult, reference: str | None) -> str:
    cost = money(option.npv_cost_usd.mean) if option.npv_cost_usd else "–"
    saving = option.saving_vs_best_bought_usd
    band = "reference" if option.id == reference else span(saving.p10, saving.p90) if saving else "–"
    odds = percent(option.p_best) if option.feasible else "–"
    return (
        f"| {_text(option.label)} | {KIND_WORDS[option.kind]} | {_text(standing(option))} | {cost} | {band} | {odds} |"
    )


def _decision(result: Result) -> str:
    story = tell(result)
    said = [f"**{story.headline}**" + (f": {_text(story.option)}." if story.option else "."), _text(story.reason),
            f"Confidence: {story.confidence}.", *(_sentence(f"It {words}") for words in story.savings)]  # fmt: skip
    rule = [
        f"- The framework says: {' '.join(_text(s) for s in story.framework_says)}",
        f"- Our figures say: {_text(story.figures_say)}",
        f"- {story.why_lead}: {_text(story.why)}",
    ]
    return "\n".join(["## Decision", "", " ".join(said), "", *rule])


def _consequences(result: Result) -> str:
    story = tell(result)
    items = [f"Being wrong: {story.wrong}."]
    for step in result.optimize_first:
        saved = money(step.saving_usd_per_month)
        items.append(f"First: {_text(step.action)}, saves {saved} a month ({step.effort}; risk: {_text(step.risk)}).")
    chosen = next((o for o in result.options if o.id == result.verdict_option), None)
    if chosen:
        items += [_sentence(f"To show first: {_text(c)}") for c in chosen.allowed_if]
        items += [_sentence(f"Month {s.month}: {_text(s.action)}") for s in chosen.plan]
    items += [f"Against it: {_text(words)}" for words in story.against]
    items += [f"Keep in mind: {_text(w)}" for w in result.warnings]
    return "\n".join(["## Consequences", "", *(f"- {item}" for item in items)])


def _triggers(result: Result) -> str:
    found = [_sentence(f"Ruled out by: {_text(rule)}") for rule in tell(result).binding]
    found += [_text(f.sentence) for f in result.flips if f.at is not None]
    for asked in result.value_of_information:
        price = f" ({money(asked.cost_usd)})" if asked.cost_usd is not None else ""
        found.append(_sentence(f"Knowing {_text(asked.input)} better is {worth_in_words(asked)}: "
                               f"{_text(asked.measurement)}{price}"))  # fmt: skip
    found.append(_sentence(f"Oldest figure that moves the verdict: {_text(tell(result).oldest)}"))
    return "\n".join(["## Triggers to revisit", "", *(f"- {item}" for item in found)])


def _provenance(result: Result) -> str:
    receipt = result.receipt
    shown = f"; amounts in {_text(result.amounts_in)}" if result.display_currency else ""
    return (f"Steelyard {_text(receipt.engine_version)}, seed {receipt.seed}, {count(receipt.draws)} draws; "
            f"study `{receipt.study_sha256[:12]}`, facts `{receipt.facts_sha256[:12]}`{shown}.")  # fmt: skip


def _email_section(result: Result) -> str:
    quoted = "\n".join(f"> {_text(line)}" if line else ">" for line in render_email(result).splitlines())
    return f"## Email\n\n{quoted}"
