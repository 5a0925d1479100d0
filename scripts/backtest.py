"""Decide published cases as of their day, beside what was decided then: print a table, write docs/backtest.md.

``make backtest``, or ``python scripts/backtest.py [CASE...] [--draws N]``; a run of some cases writes no page.
"""

import argparse
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from backtest_cases import FOLDER, Case, read_cases

from steelyard.domain.result import Result
from steelyard.errors import InputError
from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide

PAGE = Path(__file__).resolve().parents[1] / "docs" / "backtest.md"
SEED = 1
BOUGHT = ("keep_today", "buy_api", "buy_hosted_open_weights", "fine_tune_managed")
OWN = ("self_host_rented", "self_host_owned", "fine_tune_self_hosted", "train")
TUNED = ("tuned", "post-trained", "trained")
"""Words of a case that built more than a deployment."""


class Tested(NamedTuple):
    """A case with what Steelyard says of it."""

    case: Case
    result: Result | None
    refused: str = ""
    """Why the study was refused, where it was."""

    @property
    def form(self) -> str:
        """Return own, bought, mixed, or none."""
        verdict = self.result.verdict if self.result else "infeasible"
        return "bought" if verdict in BOUGHT else "own" if verdict in OWN else (
            "mixed" if verdict in ("hybrid", "staged") else "none")  # fmt: skip

    @property
    def agrees(self) -> bool:
        """Whether Steelyard says what was done."""
        return self.form == self.case.facts["did"]


def run(cases: Sequence[Case], draws: int | None) -> Iterator[Tested]:
    """Yield every case that can be tested, decided as of its day."""
    for case in cases:
        name = case.facts["id"]
        try:
            result = decide(study_from_text(case.study, f"{name}.yaml"), base_folder=FOLDER, seed=SEED, as_of=case.day,
                            draws=draws)  # fmt: skip
        except InputError as error:
            yield Tested(case, None, "; ".join(fault.what for fault in error.faults))
            continue
        yield Tested(case, result)


def why(tested: Tested) -> str:
    """Return why verdict and decision differ, from the result itself; empty where they agree."""
    result, did = tested.result, tested.case.facts
    if tested.agrees:
        return ""
    if result is None:
        return f"refused: {tested.refused}"
    figures = result.framework.figures_say.removesuffix(".").split(". ")[-1]
    words = [figures, *(row.sentence.removesuffix(".") for row in result.break_even)]
    if any(word in did["what"] for word in TUNED):
        words.append("what they run is tuned on data of their own, whose gain in quality is not in the figures")
    if any("Quality is not testable" in warning for warning in result.warnings):
        words.append("no public score of that day is known: quality is estimated")
    return "; ".join(words)


def summary(tested: Sequence[Tested]) -> list[str]:
    """Return the agreement, beside that of two constant answers."""
    n = len(tested)
    law = [t for t in tested if t.case.facts["stated"].get("must_stay_on_premises") in (True, "yes")]
    rest = [t for t in tested if t not in law]
    rows = ["| answer | agrees, of all | where a rule keeps data in | where it does not |", "|---|---:|---:|---:|"]
    answers: tuple[tuple[str, Callable[[Tested], bool]], ...] = (
        ("Steelyard", lambda t: t.agrees), ("always buy", lambda t: t.case.facts["did"] == "bought"),
        ("always build", lambda t: t.case.facts["did"] == "own"),
    )  # fmt: skip
    for name, right in answers:
        parts = [f"{sum(map(right, group))} of {len(group)}" for group in (tested, law, rest)]
        rows.append(f"| {name} | {' | '.join(parts)} |")
    return [f"{n} cases could be tested.", "", *rows]


def table(tested: Sequence[Tested]) -> list[str]:
    """Return one row a case."""
    rows = ["| case | day | they | Steelyard | confidence | why they differ |", "|---|---|---|---|---:|---|"]
    for t in tested:
        sure = f"{t.result.confidence:.0%}" if t.result and t.result.confidence is not None else ""
        option = (t.result.verdict_option or "") if t.result else ""
        says = f"{t.form} (`{option}`)" if option else t.form
        facts = t.case.facts
        named = f"[{facts['organisation']}](../examples/cases/{facts['id']}.yaml): {facts['what']}"
        answer = why(t) or "they agree"
        rows.append(f"| {named} | {t.case.day} | {facts['did']} | {says} | {sure} | {answer} |")
    return rows


def page(cases: Sequence[Case], tested: Sequence[Tested]) -> str:
    """Return docs/backtest.md."""
    left = [case for case in cases if not case.study]
    return "\n".join([
        "# Back-test: published decisions, decided again as of their day", "",
        "Written by `make backtest`. Each case was decided with only the models, prices and machines known on its day",
        f"(seed {SEED}, {tested[0].result.receipt.draws if tested and tested[0].result else 0:,} draws);",
        "what nobody published comes from [one table of ranges by industry]"
        "(../examples/cases/ranges.yaml), written before the",
        "first run. No constant was changed because of a case, and no share of agreement is a target: published cases",
        "are survivors who mostly built, few tell volume and tokens, none tells what the other way would have cost.",
        "`staged` and `hybrid` count as mixed; a mixed case is right for neither constant answer.", "",
        *summary(tested), "", *table(tested), "",
        "## Not testable", "", *(f"- {c.facts['organisation']} ({c.facts.get('year', c.facts.get('month'))}): "
                                 f"{c.facts['not_testable']}." for c in left), "",
    ])  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the back-test; 0 unless a named case does not exist."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", help="identifiers; all where absent")
    parser.add_argument("--draws", type=int, default=None)
    options = parser.parse_args(arguments)
    cases = read_cases()
    for case in cases:
        if case.study:
            (FOLDER / f"{case.facts['id']}.yaml").write_text(case.study, encoding="utf-8")
    wanted = [c for c in cases if c.study and (not options.case or c.facts["id"] in options.case)]
    tested: list[Tested] = []
    for one in run(wanted, options.draws):
        tested.append(one)
        facts = one.case.facts
        print(f"{facts['id']} ({one.case.day}): they {facts['did']}, Steelyard {one.form}"
              f"{f' ({one.result.verdict_option})' if one.result else ''}", flush=True)  # fmt: skip
        if not one.agrees:
            print(textwrap.indent(textwrap.fill(why(one), 110), "    "), flush=True)
    print("\n".join(summary(tested)))
    if not options.case:
        PAGE.write_text(page(cases, tested), encoding="utf-8")
    return 0 if tested else 2


if __name__ == "__main__":
    sys.exit(main())
