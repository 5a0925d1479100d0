"""The five archetypes, frozen: verdict, options and bills. Regenerate with `make golden` and read the diff.

A golden freezes; it does not prove. The laws of options, fleet, verdict and decision would fail if its numbers were
wrong.
"""

import json
import os
from datetime import date
from pathlib import Path

import pytest

from steelyard.domain.result import Result
from steelyard.study.load import load_study
from steelyard.study.pipeline import decide

ROOT = Path(__file__).resolve().parents[2]
ARCHETYPES = ("hospital", "startup", "scale", "legal-publisher", "model-company")
AS_OF = date(2026, 11, 23)
DIGITS = 4


def told(result: Result) -> dict[str, object]:
    """Return what a reader would notice if it changed, rounded as it is read."""
    return {
        "verdict": result.verdict, "option": result.verdict_option,
        "framework": {"governing": result.framework.governing, "agrees": result.framework.agrees,
                      "why": result.framework.why},
        "break_even": [[_round(v) for v in row.values] for row in result.break_even],
        "options": {o.id: {"feasible": o.feasible,
                           "npv_mean_usd": _round(o.npv_cost_usd.mean) if o.npv_cost_usd else None,
                           "month_12_usd": _round(o.cost_usd_per_month[11])} for o in result.options},
    }  # fmt: skip


def _round(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


@pytest.mark.parametrize("name", ARCHETYPES)
def test_archetype_is_as_frozen(name: str) -> None:
    path = ROOT / "examples" / name / "study.yaml"
    result = decide(load_study(path), base_folder=path.parent, seed=0, as_of=AS_OF)
    frozen = Path(__file__).parent / f"{name}.json"
    if os.environ.get("STEELYARD_GOLDEN") == "write":
        frozen.write_text(json.dumps(told(result), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert told(result) == json.loads(frozen.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ARCHETYPES)
def test_archetype_shows_rule_and_figures_and_says_why_they_differ(name: str) -> None:
    frozen = json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
    assert frozen["framework"]["governing"] in {"q1", "q2", "q3", "q4"}
    assert len(frozen["framework"]["why"]) > 40
    assert frozen["framework"]["agrees"] or frozen["framework"]["why"].startswith(
        ("They differ because", "They agree in part")
    )
