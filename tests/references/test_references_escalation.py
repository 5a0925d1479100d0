"""The share a first model passes on, against what was published of routers and cascades."""

from datetime import date
from statistics import median

import pytest

from steelyard.facts import load_catalogue
from steelyard.options.cascade import ESCALATED

ROUTERS = {"MMLU": 0.7031, "GSM8K": 0.6326, "MT Bench, Claude 3": 0.3643, "MT Bench, Llama 3.1": 0.2939}
"""Share of calls to the stronger model at which the best router recovers 80 % of the gap: Ong et al. (2024), RouteLLM,
arXiv 2406.18665v4, tables 2, 3 and 4, column CPT(80%), least of each."""
OTHERS = {"worked example": 0.042, "moderation": 0.002}
"""Manning, Rearchitecting LLMs, listing 12.8; DoorDash (2025)."""


def test_the_middle_is_the_median_of_what_was_published_and_the_interval_spans_it() -> None:
    figure = load_catalogue(date(2026, 11, 23)).figure(ESCALATED)
    published = [*ROUTERS.values(), *OTHERS.values()]
    assert figure.value == pytest.approx(median(published), abs=0.005)
    assert figure.high == pytest.approx(max(published), abs=0.005)
    assert figure.low == pytest.approx(OTHERS["worked example"], abs=0.005)
