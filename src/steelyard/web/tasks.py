"""What a worker does: the functions of the study on arguments that were checked, each answer a plain value."""

import hashlib
import pickle
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from steelyard.errors import Fault, StudyError

if TYPE_CHECKING:
    from steelyard.domain.accelerator import Precision
    from steelyard.domain.catalogue import Catalogue
    from steelyard.domain.study import Study
    from steelyard.ingest.classes import ClassKey
    from steelyard.study.pipeline import Outcome
    from steelyard.study.side_by_side import SideBySide
    from steelyard.study.simulation import Routing

__all__ = ["OUTCOME_FILE", "TASKS", "Decided", "Profiled", "today", "warm_up"]

OUTCOME_FILE = "outcome"
"""Working papers of a decision, as this program wrote them."""
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Decided:
    """What the server needs to know of a decision; the rest lies in its folder."""

    document: str
    """The decision document."""
    verdict: str
    """Verdict."""
    study: str
    """Name of the study."""


@dataclass(frozen=True, slots=True)
class Profiled:
    """What an upload holds."""

    document: str
    """As ``profile --json`` prints it."""
    usable: bool
    """Whether it holds traffic to decide on; a bill alone does not."""


def today() -> date:
    """Return the day of the facts where none is asked for."""
    return datetime.now(UTC).date()


def warm_up() -> None:
    """Load what every decision needs, before anyone asks."""
    from importlib import import_module  # noqa: PLC0415

    from steelyard.facts import load_catalogue  # noqa: PLC0415
    from steelyard.study.compiled_code import keep_compiled_code  # noqa: PLC0415

    keep_compiled_code()
    import_module("steelyard.study.pipeline")
    load_catalogue(today(), _overlays())


def decide(
    *, text: str, folder: Path, uploads: Mapping[str, Path], place: Path, seed: int, as_of: date | None,
    draws: int | None, progress: Progress,
) -> Decided:  # fmt: skip
    """Decide a study and leave its working papers at ``place``."""
    from steelyard.report import render_json  # noqa: PLC0415
    from steelyard.study.pipeline import decide_in_full  # noqa: PLC0415

    _tables_in(folder)
    study = _study(text, uploads)
    outcome = decide_in_full(study, base_folder=folder, seed=seed, as_of=as_of or today(), draws=draws,
                             overlays=_overlays(), progress=progress)  # fmt: skip
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = place / f"{OUTCOME_FILE}.part"
    part.write_bytes(pickle.dumps((outcome, study), protocol=pickle.HIGHEST_PROTOCOL))
    part.replace(place / OUTCOME_FILE)
    return Decided(render_json(outcome.result), outcome.result.verdict, study.name)


def export(*, place: Path, formats: Sequence[str], progress: Progress) -> dict[str, bytes]:
    """Return files of a decision: file name -> bytes."""
    from steelyard.study.output import decision_files  # noqa: PLC0415

    progress("writing")
    outcome, study = _outcome(place)
    files = decision_files(outcome, study, formats)
    return {name: text.encode("utf-8") if isinstance(text, str) else text for name, text in files.items()}


def profile(
    *, files: Sequence[Path], folder: Path, target: Path, by: str | None, shape: str | None, max_bytes: int,
    progress: Progress,
) -> Profiled:  # fmt: skip
    """Profile the files of an upload; leave what was counted, no text among it, as a table at ``target``."""
    from steelyard.facts import load_catalogue  # noqa: PLC0415
    from steelyard.ingest import read_logs  # noqa: PLC0415
    from steelyard.ingest.recognition import is_bill  # noqa: PLC0415
    from steelyard.study.log_profile import profile_logs  # noqa: PLC0415

    _tables_in(folder)
    found = profile_logs(files, load_catalogue(today(), _overlays()), catalogue_on=load_catalogue, shape=shape,
                         by=cast("ClassKey | None", by), max_bytes=max_bytes, progress=progress)  # fmt: skip
    usable = found.grain != "cost"
    if usable and not target.exists():
        table = read_logs([file for file in files if not is_bill(file)], max_bytes=max_bytes)
        if table.formats == ("warehouse",):  # the small result of a warehouse is its own table
            shutil.copy(table.path, target)
        else:
            shutil.copytree(table.path.parent, target)
    return Profiled(found.model_dump_json(indent=2) + "\n", usable)


def size(
    *, asked: Mapping[str, str | None], logs: Sequence[Path], folder: Path, spare: int, as_of: date | None,
    progress: Progress,
) -> str:  # fmt: skip
    """Return the document of ``steelyard size``; ``asked`` holds its flags by name, as typed."""
    from steelyard.study.size import size_model  # noqa: PLC0415
    from steelyard.study.size_traffic import logged_traffic, promises, stated_traffic  # noqa: PLC0415

    _tables_in(folder)
    slo = promises(asked["ttft_p95"] or "", asked["tpot_p95"] or "")
    stated = (asked["rate"] or "", asked["input_tokens"], asked["output_tokens"])
    traffic, trace = logged_traffic(logs, progress) if logs else (stated_traffic(*stated), None)
    found = size_model(asked["model"] or "", traffic, slo, _catalogue(as_of), accelerator=asked["accelerator"],
                       precision=cast("Precision | None", asked["precision"]), spare=spare, trace=trace,
                       progress=progress)  # fmt: skip
    return found.model_dump_json(indent=2) + "\n"


def simulate(
    *, logs: Sequence[Path], folder: Path, setup: Mapping[str, object], ttft_p95: str | None, tpot_p95: str | None,
    as_of: date | None, progress: Progress,
) -> str:  # fmt: skip
    """Return the document of ``steelyard simulate``."""
    from steelyard.study.simulation import Setup, simulate_log  # noqa: PLC0415
    from steelyard.study.size_traffic import promise_s  # noqa: PLC0415

    _tables_in(folder)
    fleet: Any = {**setup, "routing": cast("Routing", setup["routing"])}
    limits = [promise_s(text, flag) for flag, text in (("--ttft-p95", ttft_p95), ("--tpot-p95", tpot_p95))]
    found = simulate_log(logs, Setup(**fleet), _catalogue(as_of), ttft_p95_s=limits[0], tpot_p95_s=limits[1],
                         progress=progress)  # fmt: skip
    return found.model_dump_json(indent=2) + "\n"


def serving(*, text: str, folder: Path, uploads: Mapping[str, Path], model: str, progress: Progress) -> "SideBySide":
    """Return every accelerator beside the others for one open model and a study's traffic."""
    from steelyard.study.side_by_side import side_by_side  # noqa: PLC0415

    _tables_in(folder)
    return side_by_side(_study(text, uploads), model, _catalogue(None), base_folder=folder, progress=progress)


def compare(*, before: bytes, after: bytes, progress: Progress) -> dict[str, object]:
    """Return the comparison of two decision documents."""
    from steelyard.report import compare_document  # noqa: PLC0415
    from steelyard.study.verification import result_of  # noqa: PLC0415

    progress("comparing")
    return compare_document(result_of(before, "before"), result_of(after, "after"))


def check(
    *, document: bytes, text: str, folder: Path, uploads: Mapping[str, Path], logs: Sequence[Path],
    as_of: date | None, progress: Progress,
) -> dict[str, object]:  # fmt: skip
    """Return whether a recorded decision would change, as ``steelyard check --json`` prints it."""
    from steelyard.report import compare_document  # noqa: PLC0415
    from steelyard.study.checking import check_decision, nearest_flip  # noqa: PLC0415
    from steelyard.study.verification import Recorded, result_of  # noqa: PLC0415

    _tables_in(folder)
    result = result_of(document, "decision")
    if hashlib.sha256(text.encode()).hexdigest() != result.receipt.study_sha256:
        raise StudyError(Fault("is not the study the decision was made from", "study", "the study.yaml beside it",
                               "Send the study as it was written"))  # fmt: skip
    recorded = Recorded(result, document, _study(text, uploads), folder)
    found = check_decision(recorded, as_of=as_of or today(), logs=logs, progress=progress)
    flip = nearest_flip(found.after)
    return {"would_change": found.would_change, "warnings": list(found.warnings),
            "nearest_flip": flip.model_dump(mode="json", by_alias=True) if flip else None,
            **compare_document(found.before, found.after, steps=found.steps)}  # fmt: skip


def facts(
    *, kind: str | None, text: str | None, grade: str | None, why: str | None, as_of: date | None, progress: Progress
) -> dict[str, object]:
    """Return the kinds of facts, the entries of one, or the chain behind one number."""
    from steelyard.web import facts_view  # noqa: PLC0415

    progress("looking")
    catalogue = _catalogue(as_of)
    if why is not None:
        return facts_view.chain(catalogue, why)
    return facts_view.kinds(catalogue) if kind is None else facts_view.entries(catalogue, kind, text=text, grade=grade)


def _study(text: str, uploads: Mapping[str, Path]) -> "Study":
    """Return the study of a text in which every file is an upload of the same session, and nothing else."""
    from steelyard.study.load import study_from_text  # noqa: PLC0415

    study = study_from_text(text, "study")
    known = ", ".join(sorted(uploads)) or "none is here yet"
    faults = [Fault(f"{name!r} is not an upload of this session", f"study, {key}", f"the name of an upload: {known}",
                    "Upload the file first, and name it as the answer does")
              for key, names in (("traffic.log", study.traffic.logs), ("quality.evals", (study.quality.evals,)))
              for name in names if name is not None and name not in uploads]  # fmt: skip
    if faults:
        raise StudyError(faults)
    return study


def _outcome(place: Path) -> "tuple[Outcome, Study]":
    """Return the working papers that :func:`decide` left."""
    return cast("tuple[Outcome, Study]", pickle.loads((place / OUTCOME_FILE).read_bytes()))  # noqa: S301  our own file


def _tables_in(folder: Path) -> None:
    from steelyard.ingest.cache import keep_tables_in  # noqa: PLC0415

    keep_tables_in(folder / ".tables")


def _catalogue(as_of: date | None) -> "Catalogue":
    from steelyard.facts import load_catalogue  # noqa: PLC0415

    return load_catalogue(as_of or today(), _overlays())


def _overlays() -> tuple[Path, ...]:
    """Return the folders with figures of the organisation's own, as the command line finds them."""
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415

    return overlay_folders(Path())


TASKS: Mapping[str, Callable[..., object]] = {
    "decide": decide, "export": export, "profile": profile, "size": size, "simulate": simulate, "compare": compare,
    "check": check, "facts": facts, "serving": serving,
}  # fmt: skip
"""Name of a task -> function."""
