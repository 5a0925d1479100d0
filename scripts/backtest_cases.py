"""Turn published cases into study files: what was published of each, all else from one table of ranges.

``examples/cases/cases.yaml`` and ``examples/cases/ranges.yaml`` in, ``examples/cases/<id>.yaml`` out.
"""

import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from steelyard.facts import load_catalogue
from steelyard.study.quantities import REQUESTS_PER_MONTH, TOKENS_PER_REQUEST, parse_quantity

FOLDER = Path(__file__).resolve().parents[1] / "examples" / "cases"
CASES, RANGES = "cases.yaml", "ranges.yaml"
Z95 = 1.6448536269514722
"""Standard normal quantile of 95 %."""
TOKENS_PER_MTOK = 1e6


class Case(NamedTuple):
    """A published decision, and the study it becomes."""

    facts: Mapping[str, Any]
    """As in ``cases.yaml``."""
    day: date
    """Day on which it is decided."""
    study: str
    """Text of the study file; empty where it cannot be tested."""


def read_cases(folder: Path = FOLDER) -> list[Case]:
    """Return every case of the folder, in the order written."""
    cases, table = (YAML(typ="safe", pure=True).load((folder / name).read_text(encoding="utf-8"))
                    for name in (CASES, RANGES))  # fmt: skip
    return [_case(case, table) for case in cases["cases"]]


def _case(case: Mapping[str, Any], table: Mapping[str, Any]) -> Case:
    day = _day(case, table)
    return Case(case, day, "" if "not_testable" in case else _study(case, table, day))


def _day(case: Mapping[str, Any], table: Mapping[str, Any]) -> date:
    """Return the day on which a case is decided: as published, never before the models it names were out."""
    text = f"{case['month']}-{int(table['day_of_a_month']):02d}" if "month" in case else (
        f"{case['year']}-{table['day_of_a_year']}")  # fmt: skip
    return max(date.fromisoformat(text), case.get("named_from", date.min))


def _study(case: Mapping[str, Any], table: Mapping[str, Any], day: date) -> str:
    industry, said = table["industries"][case["industry"]], case["stated"]
    lengths = {side: _lengths(industry[f"{side}_tokens"]) for side in ("input", "output")}
    if "tokens_per_request" in said:
        scale = said["tokens_per_request"] / sum(_mean(*pair) for pair in lengths.values())
        lengths = {side: (p50 * scale, p95 * scale) for side, (p50, p95) in lengths.items()}
    upper = {"p99": said["input_p99"]} if "input_p99" in said else {"p95": _short(lengths["input"][1])}
    today = _model(case["today"], table, day)
    bar = _model(case["reference"], table, day) if "reference" in case else "today"
    data = {key: said[key] for key in ("classification", "countries", "must_stay_on_premises") if key in said}
    rows = [
        f"# {case['organisation']}: {case['what']}.",
        f"# Published: {'; '.join(case['facts'])}.",
        f"# Source ({case['evidence']}): {case['source']}",
        f"# Decided as of {day}. What was not published comes from ranges.yaml, industry {case['industry']!r}.",
        f"study: {case['id']}",
        "traffic:",
        f"  requests_per_month: {_requests(said, industry, table, lengths, today, day)}",
        f"  input_tokens: {_flow({'p50': _short(lengths['input'][0]), **upper})}",
        f"  output_tokens: {_flow({'p50': _short(lengths['output'][0]), 'p95': _short(lengths['output'][1])})}",
        f"  shape: {industry['shape']}",
        f"  growth: {industry['growth']}",
        f"today: {today}",
        f"quality: {_flow({'at_least': bar})}",
        f"data: {_flow(data)}",
        f"training_data: {_flow({'exclusive': said.get('exclusive', 'unknown')})}",
        f"differentiator: {_flow({'model_is_product': said.get('model_is_product', 'unknown')})}",
        f"team: {_flow({'ml_platform_engineers': table['team']['had_run_models' if _yes(case) else 'had_not']})}",
    ]
    return "\n".join(rows) + "\n"


def _yes(case: Mapping[str, Any]) -> bool:
    return case["had_run_models"] in (True, "yes")


def _lengths(row: Mapping[str, Any]) -> tuple[float, float]:
    return tuple(parse_quantity(str(row[name]), TOKENS_PER_REQUEST).p50 for name in ("p50", "p95"))  # type: ignore[return-value]


def _mean(p50: float, p95: float) -> float:
    """Return the mean of a lognormal through two percentiles."""
    return p50 * math.exp((math.log(p95 / p50) / Z95) ** 2 / 2)


def _model(name: str, table: Mapping[str, Any], day: date) -> str:
    """Return a model by name, or the one that stood for a tier on that day."""
    if name not in table["unnamed_models"]:
        return name
    return [model for since, model in table["unnamed_models"][name].items() if since <= day][-1]


def _requests(
    said: Mapping[str, Any], industry: Mapping[str, Any], table: Mapping[str, Any],
    lengths: Mapping[str, tuple[float, float]], today: str, day: date,
) -> str:  # fmt: skip
    """Return the volume: as published, or what was published over what one request takes or costs."""
    if said.get("requests_per_month") == "millions":
        return str(table["millions"])
    if "requests_per_month" in said:
        return str(said["requests_per_month"])
    means = {side: _mean(*pair) for side, pair in lengths.items()}
    if "users" in said:
        each = parse_quantity(industry["requests_per_user_per_month"], REQUESTS_PER_MONTH)
        return f"{_short(each.p10 * said['users'])} to {_short(each.p90 * said['users'])}"
    if "tokens_per_month" in said:
        tokens = parse_quantity(str(said["tokens_per_month"]), REQUESTS_PER_MONTH).p50
        return _short(tokens / sum(means.values()))
    if "spend_usd_per_month" in said:
        seller, _, _ = today.partition("/")
        card = load_catalogue(day, ()).rate_card(seller, today)
        if card is None:
            raise LookupError(f"{today} has no price on {day}")
        prices = card.tiers[0].prices
        usd = (means["input"] * float(prices.uncached_input) + means["output"] * float(prices.output)) / TOKENS_PER_MTOK
        return _short(said["spend_usd_per_month"] / usd)
    return str(industry["requests_per_month"])


def _short(number: float) -> str:
    """Return a number with three digits, its thousands by letter."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{letter}"
    return f"{number:.3g}"


def _flow(mapping: Mapping[str, Any]) -> str:
    def word(value: Any) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)

    return "{" + ", ".join(f"{key}: {word(value)}" for key, value in mapping.items()) + "}"
