"""Predicted against measured: every row of a table of serving runs, with an interval, and how far off the whole is."""

import csv
import io
import math
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import median

from steelyard.domain.value import Value
from steelyard.errors import Fault, InputError, OutputError, unreadable
from steelyard.facts import load_catalogue
from steelyard.serving.estimate_rows import Prediction, predict_rows
from steelyard.study.calibration import calibration_of
from steelyard.study.compiled_code import keep_compiled_code
from steelyard.units import Count, Fraction, Ratio

__all__ = ["ErrorSummary", "ValidatedRow", "Validation", "read_rows", "validate_rows", "write_picture"]

NEEDED = ("model", "gpu", "isl", "osl", "metric")
"""Columns without which no row can be predicted."""
BY = ("metric", "model", "accelerator", "engine", "source")
"""Groups by which errors are summed up."""


class ValidatedRow(Value):
    """One row, in the order of the file."""

    row: Count
    """Line of the table, 1 is the first below the header."""
    metric: str
    """What was measured."""
    predicted: Ratio | None
    """Prediction in ``unit``; null with a reason."""
    low: Ratio | None
    """10th percentile."""
    high: Ratio | None
    """90th percentile."""
    unit: str | None
    """Unit of the prediction and of the measurement."""
    reason: str | None
    """Why there is no prediction."""
    measured: Ratio | None
    """What was measured; null where the table does not say."""
    model: str | None
    """Model identifier that the row was taken for."""
    accelerator: str | None
    """Accelerator identifier that the row was taken for."""
    note: str | None = None
    """What had to be assumed because a name did not say it."""


class ErrorSummary(Value):
    """How far predictions lie from measurements."""

    rows: Count
    """Rows of the group."""
    compared: Count
    """Rows with a prediction and a measurement."""
    median_error_fraction: Fraction | None
    """Median of |predicted / measured - 1|."""
    bias_fraction: Fraction | None
    """Median of predicted / measured, less 1."""
    coverage_fraction: Fraction | None
    """Share of measurements inside the 80 % interval."""


class Validation(Value):
    """What ``validate --json`` prints."""

    as_of: date
    """Day of the facts."""
    rows: tuple[ValidatedRow, ...]
    """Every row, in file order."""
    summary: Mapping[str, Mapping[str, ErrorSummary]]
    """Errors: ``all``, and by metric, model, accelerator, engine, source."""


def validate_rows(rows: Sequence[Mapping[str, str]], as_of: date, overlays: Sequence[Path] = ()) -> Validation:
    """Return predictions for rows of measured runs beside what was measured.

    Parameters
    ----------
    rows
        Cells by column name, as in a CSV with columns model, gpu, n_gpus, tp, precision, engine, engine_version, isl,
        osl, concurrency, metric, value, source; further columns are ignored.
    as_of
        Day of the facts.
    overlays
        Folders with own figures.
    """
    catalogue = load_catalogue(as_of, overlays)
    keep_compiled_code()
    found = predict_rows(rows, catalogue, calibration_of(catalogue))
    told = tuple(_row(i, row, p) for i, (row, p) in enumerate(zip(rows, found, strict=True), 1))
    summary = {"all": {"all": _summary(told)}} | {name: _by(name, rows, told) for name in BY}
    return Validation(as_of=as_of, rows=told, summary=summary)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV of measured runs.

    Raises
    ------
    InputError
        If it cannot be read, or lacks a column.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(unreadable(error, path.name, expected="a CSV of measured runs",
                                    remedy="Check the path")) from None  # fmt: skip
    except UnicodeDecodeError as error:
        raise InputError(Fault(f"byte {error.start} is not UTF-8", path.name, "text in UTF-8",
                               "Export it as UTF-8")) from None  # fmt: skip
    if not text.strip():
        raise InputError(Fault("the file is empty", path.name, f"a header with at least {', '.join(NEEDED)}",
                               "Export the runs again"))  # fmt: skip
    reader = csv.DictReader(io.StringIO(text), restkey="", restval="")
    columns = reader.fieldnames or ()
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise InputError(Fault(f"column {', '.join(missing)} missing", f"{path.name}: row 1",
                               f"a header with at least {', '.join(NEEDED)}",
                               f"It has: {', '.join(columns) or 'nothing'}"))  # fmt: skip
    return [{name: row[name] or "" for name in columns} for row in reader]


def write_picture(found: Validation, target: Path) -> None:
    """Write predicted against measured on logarithmic axes as SVG, whole or not at all.

    Raises
    ------
    InputError
        If no row has both a prediction and a measurement.
    OutputError
        If the place cannot be written.
    """
    from steelyard.report.charts.agreement import Panel, agreement_svg  # noqa: PLC0415  only when drawing

    pairs: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in found.rows:
        if row.predicted is not None and row.measured is not None:
            pairs.setdefault((row.metric, row.unit or ""), []).append((row.measured, row.predicted))
    if not pairs:
        raise InputError(Fault("no row has both a prediction and a measurement", "--picture", "at least one such row",
                               "See the reasons without --picture"))  # fmt: skip
    panels = [Panel(f"{metric.removesuffix('_ms')}, {unit}", {"rows": points})
              for (metric, unit), points in sorted(pairs.items())]  # fmt: skip
    compared = found.summary["all"]["all"]
    words = (f"{compared.compared:,} rows on logarithmic axes; median error "
             f"{compared.median_error_fraction or 0.0:.1%}, bias {compared.bias_fraction or 0.0:+.1%}")  # fmt: skip
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
    try:
        draft.write_text(agreement_svg(panels, "Predicted against measured", words) + "\n", encoding="utf-8")
        os.replace(draft, target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise OutputError(Fault(f"cannot be written ({error.strerror})", str(target), "a place you may write to",
                                "Name another file with --picture")) from None  # fmt: skip


def _row(number: int, row: Mapping[str, str], p: Prediction) -> ValidatedRow:
    return ValidatedRow(
        row=number, metric=row["metric"], predicted=p.predicted, low=p.low, high=p.high, unit=p.unit, reason=p.reason,
        measured=_positive(row.get("value", "")), model=p.model, accelerator=p.accelerator,
        note=p.note,
    )  # fmt: skip


def _positive(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None


def _by(name: str, rows: Sequence[Mapping[str, str]], told: Sequence[ValidatedRow]) -> dict[str, ErrorSummary]:
    named: Mapping[str, Callable[[int], str]] = {
        "model": lambda i: told[i].model or rows[i]["model"],
        "accelerator": lambda i: told[i].accelerator or rows[i]["gpu"],
    }
    of = named.get(name, lambda i: rows[i].get(name, ""))
    groups: dict[str, list[ValidatedRow]] = {}
    for i, row in enumerate(told):
        groups.setdefault(of(i) or "(not stated)", []).append(row)
    return {key: _summary(group) for key, group in sorted(groups.items())}


def _summary(rows: Sequence[ValidatedRow]) -> ErrorSummary:
    pairs = [(r.predicted / r.measured, r) for r in rows if r.predicted is not None and r.measured is not None]
    if not pairs:
        return ErrorSummary(rows=len(rows), compared=0, median_error_fraction=None, bias_fraction=None,
                            coverage_fraction=None)  # fmt: skip
    inside = [r.low <= r.measured <= r.high for _, r in pairs
              if r.low is not None and r.high is not None and r.measured is not None]  # fmt: skip
    return ErrorSummary(
        rows=len(rows), compared=len(pairs), median_error_fraction=median(abs(ratio - 1) for ratio, _ in pairs),
        bias_fraction=median(ratio for ratio, _ in pairs) - 1, coverage_fraction=sum(inside) / len(pairs),
    )  # fmt: skip
