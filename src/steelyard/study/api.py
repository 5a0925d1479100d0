"""The public functions: what the commands do, from Python."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from steelyard.domain.accelerator import Precision
from steelyard.domain.result import Result
from steelyard.domain.study import Study
from steelyard.errors import Fault, InputError, OutputError
from steelyard.facts.overlay import overlay_folders
from steelyard.study.every_fault import read_study
from steelyard.study.load import load_study
from steelyard.study.log_profile import LogProfile, profile_logs
from steelyard.study.size import Size, size_model
from steelyard.study.size_traffic import asked_size

if TYPE_CHECKING:
    from steelyard.ingest.classes import ClassKey
    from steelyard.report.tables import Columns

__all__ = ["Decision", "decide", "load_study", "profile", "size"]


class Decision(Result):
    """A result that a notebook shows as a small table."""

    @classmethod
    def of(cls, result: Result) -> Self:
        """Return a result as a decision; nothing is copied or checked again."""
        return cls.model_construct(result.model_fields_set, **dict(result))

    def _repr_html_(self) -> str:
        from steelyard.report.notebook import render_notebook  # noqa: PLC0415  only where a page is shown

        return render_notebook(self)

    def columns(self, table: str = "options") -> "Columns":
        """Return one table of the decision as named columns of plain values.

        Parameters
        ----------
        table
            ``options``, ``bill`` (a row per option, line and month), ``months``, ``flips``, ``break_even`` or
            ``assumptions``.

        Raises
        ------
        InputError
            If there is no such table.
        """
        from steelyard.report.tables import TABLES, columns_of  # noqa: PLC0415  only where a table is wanted

        if table not in TABLES:
            raise InputError(Fault(f"no table {table!r}", "the decision", f"one of {', '.join(TABLES)}", "Name one"))
        return columns_of(self, table)

    def to_arrow(self, table: str = "options") -> Any:
        """Return one table as a ``pyarrow.Table``; see :meth:`columns`."""
        return _library("pyarrow").table(self.columns(table))

    def to_pandas(self, table: str = "options") -> Any:
        """Return one table as a ``pandas.DataFrame``; see :meth:`columns`."""
        return _library("pandas").DataFrame(self.columns(table))

    def to_polars(self, table: str = "options") -> Any:
        """Return one table as a ``polars.DataFrame``; see :meth:`columns`."""
        return _library("polars").DataFrame(self.columns(table), infer_schema_length=None)


def _library(name: str) -> Any:
    """Return an imported library that Steelyard does not bring along."""
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        raise OutputError(Fault(f"a {name} table was asked for and {name} is not installed", "the decision", name,
                                f"Run pip install {name}, or take .columns()")) from missing  # fmt: skip


def decide(
    study: Study | Path | str, *, base_folder: Path | str | None = None, seed: int = 0, as_of: date | None = None,
    draws: int | None = None, progress: Callable[[str], None] | None = None,
) -> Decision:  # fmt: skip
    """Return the decision for a study, as ``steelyard decide`` prints it.

    The organisation's own figures win, as they do there: those in ``facts/`` beside the study, and in the XDG data
    directory.

    Parameters
    ----------
    study
        A study, or the path of a study file.
    base_folder
        Folder its log paths are relative to; the study file's own by default.
    seed
        Seed of every draw.
    as_of
        Date of the facts; today by the clock where absent.
    draws
        Number of draws; the usual number where absent.
    progress
        Told, in words, what is being done.

    Raises
    ------
    InputError
        With every fault of the study, its log or the facts.
    """
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy: only when deciding
    from steelyard.study import pipeline  # noqa: PLC0415

    own = Path() if isinstance(study, Study) else Path(study).parent
    base = own if base_folder is None else Path(base_folder)
    day, overlays = _day(as_of), overlay_folders(base)
    loaded = study if isinstance(study, Study) else read_study(
        Path(study), day, lambda on: load_catalogue(on, overlays))  # fmt: skip
    found = pipeline.decide(loaded, base_folder=base, seed=seed, as_of=day, draws=draws, overlays=overlays,
                            progress=progress)  # fmt: skip
    return Decision.of(found)


def profile(
    logs: Sequence[Path | str] | Path | str, *, log_format: str | None = None, mapping: Mapping[str, str] | None = None,
    shape: str | None = None, by: "ClassKey | None" = None, show_identities: bool = False, as_of: date | None = None,
    progress: Callable[[str], None] | None = None,
) -> LogProfile:  # fmt: skip
    """Return what usage logs hold, as ``steelyard profile`` prints it.

    Parameters
    ----------
    logs
        One log or several.
    log_format
        Format to force; recognised by itself where absent.
    mapping
        Canonical name -> column, for logs of no known format.
    shape
        Named shape of the week, where no log covers one.
    by
        Column by which classes are told apart, such as ``team``; absent: none.
    show_identities
        Shows users, keys, teams, sessions and tags as logged.
    as_of
        Last day whose prices are known, each request priced on its own day; today by the clock where absent.
    progress
        Told, in words, what is being done.

    Raises
    ------
    LogError
        If a log cannot be read.
    """
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy: only when profiling

    paths = [Path(logs)] if isinstance(logs, (str, Path)) else [Path(log) for log in logs]
    return profile_logs(paths, load_catalogue(_day(as_of)), catalogue_on=load_catalogue, log_format=log_format,
                        mapping=mapping, shape=shape, by=by, show_identities=show_identities,
                        progress=progress)  # fmt: skip


def size(
    model: str, *, ttft_p95: float | str, tpot_p95: float | str, logs: Sequence[Path | str] = (),
    rate: float | str | None = None, input_tokens: float | str | None = None,
    output_tokens: float | str | None = None, accelerator: str | None = None, precision: Precision | None = None,
    spare: int = 0, as_of: date | None = None,
) -> Size:  # fmt: skip
    """Return every way to run an open model that holds a traffic, as ``steelyard size`` prints it.

    Parameters
    ----------
    model
        Open-weight model.
    ttft_p95, tpot_p95
        Latency promises: seconds, or text such as ``50ms``.
    logs
        Usage logs; or give ``rate`` with lengths.
    rate
        Requests per second in the busiest hour.
    input_tokens, output_tokens
        Mean tokens per request, or text such as ``{p50: 900, p95: 4k}``.
    accelerator, precision
        Restrict the search.
    spare
        Replicas held beside those the load needs.
    as_of
        Day of the facts; today by the clock where absent.

    Raises
    ------
    InputError
        With every fault.
    """
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy: only when sizing

    catalogue = load_catalogue(_day(as_of), overlay_folders(Path()))
    rps, inputs, outputs = (None if given is None else str(given) for given in (rate, input_tokens, output_tokens))
    asked = asked_size(catalogue, model, accelerator, ttft_p95=str(ttft_p95), tpot_p95=str(tpot_p95),
                       logs=[Path(log) for log in logs], rate=rps, input_tokens=inputs,
                       output_tokens=outputs)  # fmt: skip
    return size_model(model, asked.profile, asked.slo, catalogue, accelerator=accelerator, precision=precision,
                      spare=spare, trace=asked.trace)  # fmt: skip


def _day(as_of: date | None) -> date:
    return as_of or datetime.now(UTC).date()
