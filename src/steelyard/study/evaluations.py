"""The user's own paired evaluation in a study: which option is which model, and what it replaces."""

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.domain.quality import PairedResult
from steelyard.domain.study import Study
from steelyard.errors import Fault, StudyError
from steelyard.ingest.evaluations import evaluation_files, read_evaluations
from steelyard.nouns import counted
from steelyard.quality.paired import compare_runs
from steelyard.study.reference import Reference, model_id

__all__ = ["OwnEvaluation", "own_evaluation", "with_own_figures"]

REFERENCE_NAMES = ("today", "reference", "baseline")
"""Names of an option that stand for the reference."""
FEWEST_COMMON_ITEMS = 2


class OwnEvaluation(NamedTuple):
    """What the user's evaluation says, by model."""

    results: Mapping[str, PairedResult]
    """Model identifier -> paired comparison with the reference."""
    warnings: tuple[str, ...]
    """Options that stand for no model known here."""
    sha256: Mapping[str, str]
    """Name of each file read -> its hash, for the receipt."""


def own_evaluation(study: Study, base_folder: Path, catalogue: Catalogue, reference: Reference) -> OwnEvaluation:
    """Return the paired comparison of every evaluated model with the reference; none where the study has no file.

    Parameters
    ----------
    study
        ``quality.evals`` and ``quality.evals_margin``.
    base_folder
        Folder its path is relative to.
    catalogue
        Names of models.
    reference
        The quality bar.

    Raises
    ------
    StudyError
        If the file cannot be read, lacks the reference, or two options stand for one model.
    """
    if study.quality.evals is None:
        return OwnEvaluation({}, (), {})
    where = f"{study.where}: quality.evals: {study.quality.evals}"
    path = base_folder / study.quality.evals
    try:
        runs = read_evaluations(path)
    except StudyError as error:
        raise StudyError(
            [replace(f, where=f"{study.where}: quality.evals: {f.where}") for f in error.faults]
        ) from error
    named = {run.option: _model(run.option, catalogue, reference) for run in runs}
    faults = [*_twice(named, where), *_reference_faults(named, reference, where)]
    if faults:
        raise StudyError(faults)
    bar = next(run for run in runs if named[run.option] == reference.model)
    results: dict[str, PairedResult] = {}
    for run in runs:
        model = named[run.option]
        if model is None or run is bar:
            continue
        result = compare_runs(run, bar, margin=study.quality.evals_margin)
        if result.items < FEWEST_COMMON_ITEMS:
            faults.append(Fault(f"option {run.option!r} shares {counted(result.items, 'item')} with {bar.option!r}",
                                where,
                                "the same items in every option", "Give the items the same identifiers"))  # fmt: skip
        results[model] = result
    if faults:
        raise StudyError(faults)
    return OwnEvaluation(results, tuple(_left_out(named, catalogue)), _hashes(path))


def _hashes(path: Path) -> Mapping[str, str]:
    return {
        f"{path.name}/{file.relative_to(path).as_posix()}" if path.is_dir() else file.name:
        hashlib.sha256(file.read_bytes()).hexdigest()
        for file in evaluation_files(path)
    }  # fmt: skip


def _model(option: str, catalogue: Catalogue, reference: Reference) -> str | None:
    if option.strip().lower() in REFERENCE_NAMES:
        return reference.model
    parts = option.split(":")  # promptfoo names providers openai:chat:gpt-4o
    seller = parts[0] if len(parts) > 1 else None
    return model_id(catalogue, option) or model_id(catalogue, parts[-1], seller=seller)


def _twice(named: Mapping[str, str | None], where: str) -> Iterable[Fault]:
    for model in sorted({m for m in named.values() if m}):
        options = [option for option, found in named.items() if found == model]
        if len(options) > 1:
            yield Fault(f"{' and '.join(map(repr, options))} both stand for {model}", where,
                        "one option per model", "Keep the effort you would run, or rename the other")  # fmt: skip


def _reference_faults(named: Mapping[str, str | None], reference: Reference, where: str) -> Iterable[Fault]:
    if reference.model is None or reference.model not in named.values():
        options = ", ".join(repr(option) for option in sorted(named))
        yield Fault(f"no option is the reference {reference.model!r}; options are {options}", where,
                    "the reference beside its alternatives, on the same items",
                    "Name its option 'reference', evaluate it too, or set quality.at_least")  # fmt: skip


def _left_out(named: Mapping[str, str | None], catalogue: Catalogue) -> Iterable[str]:
    known = sorted({*catalogue.managed_models, *catalogue.open_models})
    for option in sorted(option for option, model in named.items() if model is None):
        near = difflib.get_close_matches(option, known, n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        yield f"own evaluation: {option!r} is no model known here, so it decides nothing{hint}"


def with_own_figures(
    catalogue: Catalogue, own: OwnEvaluation, reference: Reference, *, measured_on: str | None
) -> Catalogue:
    """Return the catalogue with the token ratios the evaluation measured, where traffic was measured on the reference.

    Parameters
    ----------
    catalogue
        Facts; own figures win.
    own
        Paired comparisons.
    reference
        The quality bar, whose tokens are the denominator.
    measured_on
        Model the traffic was measured on.
    """
    if measured_on is None or measured_on != reference.model:
        return catalogue
    figures = dict(catalogue.figures)
    for model, result in sorted(own.results.items()):
        ratios = {"input": result.input_token_ratio, "output": result.output_token_ratio}
        for side, ratio in ratios.items():
            if ratio is None:
                continue
            name = f"tokens.{side}_ratio.{model}"
            source = f"your own evaluation: {model} against {reference.model} on {ratio.items:,} items"
            evidence = Evidence(source=source, as_of=catalogue.as_of, grade=Grade.USER)
            figures[name] = Figure(name=name, value=ratio.value, low=ratio.low, high=ratio.high, unit="1",
                                   evidence=evidence)  # fmt: skip
    return replace(catalogue, figures=figures)
