"""Hold the data gate against gate scenarios: print them, and write the table of docs/gates.md.

``python scripts/gate_scenarios.py [FILE] [--as-of DATE] [--write]``; FILE holds ``scenarios:`` as in
``tests/references/data/gate_scenarios.yaml``, each with who, data, country, regimes and what is expected of options.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from steelyard.decision.compliance import Deployment, verdict_of
from steelyard.decision.data_gate import Asked, judge_service, own_requirements
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.claims import GateFinding, Service
from steelyard.facts import load_catalogue

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = ROOT / "tests" / "references" / "data" / "gate_scenarios.yaml"
PAGE = ROOT / "docs" / "gates.md"
MARK = "<!-- table: written by scripts/gate_scenarios.py -->"
COLLECTED = date(2026, 11, 23)
ACCEPTED: Mapping[str, frozenset[str]] = {
    "allowed": frozenset({"no blocking rule found"}),
    "allowed_if": frozenset({"possible if you can show"}),
    "allowed_if, evidence missing": frozenset({"possible if you can show", "unknown"}),
    "excluded, fact seen": frozenset({"blocked"}),
    "excluded, evidence absent": frozenset({"blocked", "unknown"}),
}
"""Expected verdict -> answers that count as the same, as the scenarios' own scoring says."""


class Outcome(NamedTuple):
    """One option of one scenario."""

    scenario: str
    option: str
    expected: str
    expected_rules: tuple[str, ...]
    answer: str
    rules: tuple[str, ...]
    findings: tuple[GateFinding, ...]

    @property
    def right(self) -> bool:
        """Whether the verdict counts as expected and every expected rule is named."""
        return self.answer in ACCEPTED[self.expected] and set(self.expected_rules) <= set(self.rules)


def read_scenarios(path: Path) -> list[dict[str, Any]]:
    """Return the scenarios of a file."""
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))["scenarios"]


def outcomes(scenario: Mapping[str, Any], catalogue: Catalogue) -> Iterator[Outcome]:
    """Yield what the gate answers for every option that a scenario names."""
    strict = scenario["regimes"] if scenario.get("strictness") == "strict" else ()
    own = own_requirements(scenario.get("policy", ()), scenario["id"])
    asked = Asked([catalogue.regimes[name] for name in scenario["regimes"]], strict, own)
    for option, expected, rules in expectations(scenario["expected"]):
        service, how = deployed(option, catalogue)
        found = judge_service(service, asked, catalogue, how)
        named = tuple(sorted({f.rule_id for f in found if f.answer != "no blocking rule found" or f.rule_id == "R16"}))
        yield Outcome(scenario["id"], option, expected, rules, verdict_of(found), named, found)


def expectations(expected: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield option, expected verdict and rules."""
    for option in expected.get("allowed", ()):
        yield option, "allowed", ()
    for entry in expected.get("allowed_if", ()):
        yield entry["option"], "allowed_if", ()
    for entry in expected.get("excluded", ()):
        basis = "fact seen" if entry["basis"] == "fact_seen" else "evidence absent"
        yield entry["option"], f"excluded, {basis}", tuple(entry["rules"])


def deployed(option: str, catalogue: Catalogue) -> tuple[Service, Deployment]:
    """Return the service and how it is used; ``service:setting`` holds the buyer to a setting or a model."""
    name, _, setting = option.partition(":")
    service = catalogue.services[name]
    if not setting:
        return service, Deployment()
    if setting.endswith("without_archive"):
        return service, Deployment(archive="no")
    words = set(setting.split("_"))
    near = sorted((-len(words & set(c.id.split("_"))), c.id) for c in service.configurations)
    if setting in {c.id for c in service.configurations} or (near and near[0][0]):
        exact = setting if setting in {c.id for c in service.configurations} else near[0][1]
        return service, Deployment(configuration=exact)
    if "default" in words:
        return service, Deployment(configuration=next((c.id for c in service.configurations if c.default), None))
    return service, Deployment(model=setting.replace("_", "-"))


def table(found: list[Outcome], scenarios: list[dict[str, Any]]) -> str:
    """Return the outcomes as a Markdown table, a row for each scenario and answer."""
    rows = ["| scenario | option | expected | answer | rules |", "|---|---|---|---|---|"]
    who = {s["id"]: f"{s['id']}: {s['who']}, {s['country']}; {s['data']}" for s in scenarios}
    shown = ""
    for o in found:
        first = who[o.scenario] if o.scenario != shown else ""
        shown = o.scenario
        rules = " ".join(o.rules) or "none"
        rows.append(f"| {first} | `{o.option}` | {o.expected} {' '.join(o.expected_rules)} | {o.answer} | {rules} |")
    return "\n".join(rows)


def main(arguments: list[str]) -> int:
    """Print the outcomes; return 1 where one is not as expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=SCENARIOS)
    parser.add_argument("--as-of", type=date.fromisoformat, default=COLLECTED)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args(arguments)
    catalogue, scenarios = load_catalogue(args.as_of), read_scenarios(args.file)
    found = [outcome for scenario in scenarios for outcome in outcomes(scenario, catalogue)]
    for o in found:
        mark = "  " if o.right else "! "
        print(f"{mark}{o.scenario} {o.option}: {o.answer} [{' '.join(o.rules)}]; expected {o.expected} "
              f"[{' '.join(o.expected_rules)}]")  # fmt: skip
    right = sum(o.right for o in found)
    print(f"{right} of {len(found)} as expected")
    if args.write:
        head = PAGE.read_text(encoding="utf-8").split(MARK)[0]
        PAGE.write_text(f"{head}{MARK}\n\n{table(found, scenarios)}\n", encoding="utf-8")
    return 0 if right == len(found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
