"""The inputs of a study on the page: grouped by the four questions, each with unit, default, source and effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

from steelyard.printed import unit_label
from steelyard.study.fields import Field, Section
from steelyard.study.fields_study import STUDY
from steelyard.web.study_state import State

__all__ = ["GROUPS", "Group", "Shown", "shown_groups"]


@dataclass(frozen=True, slots=True)
class Group:
    """Inputs that one question asks for."""

    id: str
    """Short name."""
    title: str
    """The question."""
    inputs: Mapping[str, tuple[str, str]]
    """Study key -> label and what it changes."""


GROUPS: tuple[Group, ...] = (
    Group("q1", "Q1 Does the data legally need to stay on-premises?", {
        "data.must_stay_on_premises": ("Must stay on-premises", "yes leaves only machines of your own"),
        "data.classification": ("Class of data", "which rules apply"),
        "data.regimes": ("Laws and policies", "which options are allowed, and on what condition"),
        "data.countries": ("Countries", "which countries' rules apply"),
        "availability": ("Spare capacity", "one replica more for every option alike"),
    }),
    Group("q2", "Q2 Is there unique training data?", {
        "training_data.exclusive": ("Data nobody else has", "whether tuning and training are weighed"),
        "training_data.tokens": ("Size of the corpus", "what tuning or training would cost"),
        "training_data.labelled_examples": ("Labelled examples", "what tuning can reach"),
    }),
    Group("q3", "Q3 Is inference the first expense at this scale?", {
        "traffic.requests_per_month": ("Requests a month", "every cost, and where owning starts to pay"),
        "traffic.input_tokens": ("Input tokens a request", "token bills, and the machines needed"),
        "traffic.output_tokens": ("Output tokens a request", "token bills, and the machines needed"),
        "traffic.cached_fraction": ("Read from a cache", "token bills, and the prefill work"),
        "traffic.growth": ("Growth", "costs later on, and when machines are bought"),
        "traffic.shape": ("Shape of the week", "how busy own machines are"),
        "today": ("What runs now", "the reference line, and quality at least as good"),
        "horizon": ("How far to look", "whether capital has time to pay back"),
        "economics.discount_rate": ("Discount rate", "what later money is worth today"),
        "economics.operating_expense_per_year": ("Operating expense a year", "inference's share of it"),
        "team.ml_platform_engineers": ("Engineers at hand", "how many must be hired to run machines"),
        "team.loaded_cost_per_year": ("Cost of an engineer", "what running machines costs"),
        "build_time": ("Time to build", "delay, or double running"),
        "buyer": ("How you follow prices", "what an API costs in later years"),
        "risk": ("What counts", "the mean, or the dearest tenth of cases"),
    }),
    Group("q4", "Q4 Is the model itself the differentiator?", {
        "differentiator.model_is_product": ("The model is the product", "what the rule of thumb says"),
        "differentiator.value_of_a_month_earlier": ("Worth of a month earlier", "the cost of the time to build"),
        "quality.task": ("Task", "which public scores screen quality"),
        "quality.at_least": ("As good as", "which models stay in"),
        "quality.failed_request_costs": ("A failed request costs", "the price of weaker quality"),
    }),
)  # fmt: skip
"""All inputs of the page."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One input as a page shows it."""

    key: str
    """Study key."""
    label: str
    """Words."""
    value: str
    """As typed; empty where the default holds."""
    default: str
    """Default as it would be typed, or words for its absence."""
    source: str
    """Where the default comes from."""
    unit: str
    """Unit, empty for words."""
    help: str
    """What it is."""
    example: str
    """What a right value looks like."""
    changes: str
    """What it changes."""
    choices: tuple[str, ...]
    """Words to choose from; empty: free text."""


def shown_groups(state: State) -> list[tuple[Group, list[Shown]]]:
    """Return every group with its inputs as a state holds them; a log takes the place of stated traffic."""
    logged = bool(state.value("traffic.log"))
    return [
        (group, [_shown(key, label, changes, state) for key, (label, changes) in group.inputs.items()
                 if not (logged and key in _STATED)])
        for group in GROUPS
    ]  # fmt: skip


_STATED = {"traffic.requests_per_month", "traffic.input_tokens", "traffic.output_tokens", "traffic.cached_fraction"}


def _shown(key: str, label: str, changes: str, state: State) -> Shown:
    found = _field(key)
    schema = found.kind.schema()
    choices = tuple(str(word) for word in cast("list[object]", schema.get("enum", [])) if isinstance(word, str))
    return Shown(
        key, label, state.value(key), found.default or "not given", found.reason or found.unknown,
        _unit(str(schema.get("unit", ""))), found.help, found.kind.expected, changes,
        choices,
    )  # fmt: skip


def _unit(unit: str) -> str:
    """Return what stands beside an input's name."""
    return "share" if unit == "1" else unit_label(unit)


@cache
def _field(key: str) -> Field:
    section, found = STUDY, STUDY.fields[0]
    for part in key.split("."):
        found = next(entry for entry in section.fields if entry.key == part)
        if isinstance(found.kind, Section):
            section = found.kind
    return found
