"""All 81 combinations of answers against the framework, row by row."""

from typing import get_args

import pytest

from steelyard.decision.framework import QUESTIONS, framework
from steelyard.domain.study import Answer

# answers q1 q2 q3 q4 (y, n, u) | statements that apply, the governing one first
TABLE = """
    yyyy | q1:self_host q2:fine_tune q3:model_the_economics q4:build
    yyyn | q1:self_host q2:fine_tune q3:model_the_economics q4:buy
    yyyu | q1:self_host q2:fine_tune q3:model_the_economics
    yyny | q1:self_host q2:fine_tune q4:build
    yynn | q1:self_host q2:fine_tune q4:buy
    yynu | q1:self_host q2:fine_tune
    yyuy | q1:self_host q2:fine_tune q4:build
    yyun | q1:self_host q2:fine_tune q4:buy
    yyuu | q1:self_host q2:fine_tune
    ynyy | q1:self_host q3:model_the_economics q4:build
    ynyn | q1:self_host q3:model_the_economics q4:buy
    ynyu | q1:self_host q3:model_the_economics
    ynny | q1:self_host q4:build
    ynnn | q1:self_host q4:buy
    ynnu | q1:self_host
    ynuy | q1:self_host q4:build
    ynun | q1:self_host q4:buy
    ynuu | q1:self_host
    yuyy | q1:self_host q3:model_the_economics q4:build
    yuyn | q1:self_host q3:model_the_economics q4:buy
    yuyu | q1:self_host q3:model_the_economics
    yuny | q1:self_host q4:build
    yunn | q1:self_host q4:buy
    yunu | q1:self_host
    yuuy | q1:self_host q4:build
    yuun | q1:self_host q4:buy
    yuuu | q1:self_host
    nyyy | q2:fine_tune q3:model_the_economics q4:build
    nyyn | q2:fine_tune q3:model_the_economics q4:buy
    nyyu | q2:fine_tune q3:model_the_economics
    nyny | q2:fine_tune q4:build
    nynn | q2:fine_tune q4:buy
    nynu | q2:fine_tune
    nyuy | q2:fine_tune q4:build
    nyun | q2:fine_tune q4:buy
    nyuu | q2:fine_tune
    nnyy | q3:model_the_economics q4:build
    nnyn | q3:model_the_economics q4:buy
    nnyu | q3:model_the_economics
    nnny | q4:build
    nnnn | q4:buy
    nnnu | -
    nnuy | q4:build
    nnun | q4:buy
    nnuu | -
    nuyy | q3:model_the_economics q4:build
    nuyn | q3:model_the_economics q4:buy
    nuyu | q3:model_the_economics
    nuny | q4:build
    nunn | q4:buy
    nunu | -
    nuuy | q4:build
    nuun | q4:buy
    nuuu | -
    uyyy | q2:fine_tune q3:model_the_economics q4:build
    uyyn | q2:fine_tune q3:model_the_economics q4:buy
    uyyu | q2:fine_tune q3:model_the_economics
    uyny | q2:fine_tune q4:build
    uynn | q2:fine_tune q4:buy
    uynu | q2:fine_tune
    uyuy | q2:fine_tune q4:build
    uyun | q2:fine_tune q4:buy
    uyuu | q2:fine_tune
    unyy | q3:model_the_economics q4:build
    unyn | q3:model_the_economics q4:buy
    unyu | q3:model_the_economics
    unny | q4:build
    unnn | q4:buy
    unnu | -
    unuy | q4:build
    unun | q4:buy
    unuu | -
    uuyy | q3:model_the_economics q4:build
    uuyn | q3:model_the_economics q4:buy
    uuyu | q3:model_the_economics
    uuny | q4:build
    uunn | q4:buy
    uunu | -
    uuuy | q4:build
    uuun | q4:buy
    uuuu | -
"""
WORD = {"y": "yes", "n": "no", "u": "unknown"}
ROWS = [tuple(part.strip() for part in line.split("|")) for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize(("answers", "expected"), ROWS)
def test_each_row_of_the_framework(answers: str, expected: str) -> None:
    says = framework(*(WORD[a] for a in answers))
    said = [f"{s.question}:{s.direction}" for s in says.statements]
    assert said == ([] if expected == "-" else expected.split())
    assert (says.governing is None) == (expected == "-")
    if says.governing:
        assert f"{says.governing.question}:{says.direction}" == expected.split(maxsplit=1)[0]


def test_table_holds_every_combination_once() -> None:
    assert len({answers for answers, _ in ROWS}) == len(get_args(Answer)) ** len(QUESTIONS) == 81


def test_the_thresholds_of_the_rule_are_stated() -> None:
    said = framework("no", "no", "yes", "unknown").statements[0].text
    assert "50 M requests a month" in said
    assert "$0.001" in said
    assert "18 months" in said
