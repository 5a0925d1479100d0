"""The rows behind the ability index: what evaluators measured, and what each benchmark stands for."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean

from pydantic import ValidationError

from steelyard.domain.quality import PublicScore
from steelyard.errors import FactsError, Fault
from steelyard.quality.configurations import Benchmark

__all__ = ["DATA", "merged_scores", "read_benchmarks", "read_public_scores", "read_published_rows", "write_scores"]

DATA = Path(__file__).parent / "data" / "quality"
_COLUMNS = tuple(PublicScore.model_fields)
_SCALES = ("percent", "linear", "percent lower is better")


def read_public_scores(path: Path = DATA / "public_scores.csv") -> tuple[PublicScore, ...]:
    """Return what evaluators measured, as carried in the package.

    Raises
    ------
    FactsError
        With every row that is not a score.
    """
    found: list[PublicScore] = []
    faults: list[Fault] = []
    with path.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                found.append(PublicScore.model_validate(row))
            except ValidationError as error:
                faults += [Fault(f"{'.'.join(map(str, e['loc']))}: {e['msg']}", f"{path.name}: row {number}",
                                 "a public score", "Mend the row") for e in error.errors()]  # fmt: skip
    if faults:
        raise FactsError(faults)
    return tuple(found)


def read_benchmarks(path: Path = DATA / "benchmarks.csv") -> Mapping[str, Benchmark]:
    """Return what each benchmark measures, by name.

    Raises
    ------
    FactsError
        With every row whose scale nobody knows.
    """
    found: dict[str, Benchmark] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            scale = row["scale"]
            if scale not in ("percent", "linear", "percent lower is better"):
                raise FactsError(Fault(f"unknown scale {scale!r}", f"{path.name}: row {number}",
                                       f"one of: {', '.join(_SCALES)}", "Mend the row"))  # fmt: skip
            named = tuple(c for c in row["capabilities"].split(";") if c)
            found[row["benchmark"]] = Benchmark(row["benchmark"], row["family"], scale, named, row["in_index"] == "yes")
    return found


def read_published_rows(path: Path) -> tuple[PublicScore, ...]:
    """Return the scores of a table of published rows, rows of one evaluator on one configuration merged.

    Parameters
    ----------
    path
        CSV with ``model, benchmark, score, effort, evaluator, reported_by, date, source_id`` among its columns.
    """
    with path.open(newline="", encoding="utf-8") as file:
        return merged_scores(csv.DictReader(file))


def merged_scores(rows: Iterable[Mapping[str, str]]) -> tuple[PublicScore, ...]:
    """Return one score per model, effort, benchmark, evaluator and source; agents and runs are averaged.

    Parameters
    ----------
    rows
        Published rows as text.
    """
    groups: dict[tuple[str, ...], list[Mapping[str, str]]] = defaultdict(list)
    for row in rows:
        kind = "independent" if row["evaluator"] == "independent" else "vendor"
        who = "" if kind == "independent" else row["reported_by"] or "vendor"
        groups[row["model"], row["effort"], row["benchmark"], kind, who, row["source_id"]].append(row)
    return tuple(_merged(key, groups[key]) for key in sorted(groups))


def _merged(key: tuple[str, ...], rows: list[Mapping[str, str]]) -> PublicScore:
    model, effort, benchmark, kind, who, source = key
    scores = [float(row["score"]) for row in rows]
    return PublicScore(
        model=model, effort=effort, benchmark=benchmark, score=round(fmean(scores), 3), low=min(scores),
        high=max(scores), rows=len(rows), evaluator="independent" if kind == "independent" else "vendor",
        reported_by=who, seen=max(row["date"] for row in rows) or source.rpartition("_")[2], source=source,
    )  # fmt: skip


def write_scores(path: Path, scores: Iterable[PublicScore]) -> None:
    """Write scores as the table that :func:`read_public_scores` reads."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: f"{v:.10g}" if isinstance(v, float) else v for k, v in s.model_dump().items()}
                         for s in scores)  # fmt: skip
