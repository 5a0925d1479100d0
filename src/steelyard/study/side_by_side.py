"""Every accelerator beside the others for one model and a study's traffic: sizes, and how a replica answers to load."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.serving import Parallelism, ServingConfig, Slo
from steelyard.domain.study import Study
from steelyard.domain.traffic import Profile
from steelyard.serving.capacity import capacity_curve
from steelyard.serving.constants import resolve
from steelyard.study.calibration import calibration_of
from steelyard.study.derived_volume import with_volume
from steelyard.study.fields_traffic import default_slo
from steelyard.study.machine_names import find_accelerator, find_open_model
from steelyard.study.size import Size, SizeCandidate, size_model
from steelyard.study.traffic import read_traffic

__all__ = ["CurvePoints", "SideBySide", "side_by_side"]

_MOST_CURVES = 6
_POINTS = 60


@dataclass(frozen=True, slots=True)
class CurvePoints:
    """How one replica answers to load."""

    label: str
    """Accelerator, format and spread, in words."""
    load_rps: tuple[float, ...]
    """Offered load [1/s], ascending."""
    ttft_p95_s: tuple[float, ...]
    """95th percentile of TTFT there [s]."""
    tpot_p95_s: tuple[float, ...]
    """95th percentile of TPOT there [s]."""
    max_rps: float
    """Highest load at which every promise holds [1/s]."""
    ttft_s: float
    """TTFT p95 at that load [s]."""
    tpot_s: float
    """TPOT p95 at that load [s]."""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Sizes and curves of one model."""

    size: Size
    """As ``steelyard size`` finds it."""
    curves: tuple[CurvePoints, ...]
    """Of the cheapest ways to run it, in the order of the sizes."""
    promises: str
    """The latency promises, in words."""
    ttft_p95_s: float | None
    """Promise on TTFT p95 [s]; None where there is none."""
    tpot_p95_s: float | None
    """Promise on TPOT p95 [s]; None where there is none."""
    as_of: date
    """Day of the facts."""


def side_by_side(
    study: Study, model: str, catalogue: Catalogue, *, base_folder: Path,
    progress: Callable[[str], None] = lambda _: None,
) -> SideBySide:  # fmt: skip
    """Return every accelerator on offer beside the others, for one open model at a study's traffic and promises.

    Parameters
    ----------
    study
        Its traffic, availability and the promises of its first interactive class.
    model
        Open-weight model.
    catalogue
        Facts.
    base_folder
        Folder its log paths are relative to.
    progress
        Told what is being done.

    Raises
    ------
    InputError
        If the traffic cannot be read, or nobody knows the model.
    """
    profile = read_traffic(with_volume(study, catalogue).study, base_folder, catalogue, progress).profile
    slo = next((c.slo for c in study.traffic.classes if c.slo.terms), default_slo())
    spare = int(study.availability == "n_plus_1")
    size = size_model(model, profile, slo, catalogue, spare=spare, progress=progress)
    shown = size.candidates[:_MOST_CURVES]
    return SideBySide(
        size, tuple(_curve(c, profile, slo, catalogue) for c in shown), _in_words(slo), _promise(slo, "ttft"),
        _promise(slo, "tpot"), catalogue.as_of,
    )  # fmt: skip


def _curve(candidate: SizeCandidate, profile: Profile, slo: Slo, catalogue: Catalogue) -> CurvePoints:
    model = find_open_model(candidate.model, catalogue, where="model")
    device = find_accelerator(candidate.accelerator, catalogue, where="accelerator")
    spread = Parallelism(tp=candidate.tp, pp=candidate.pp, ep=candidate.ep)
    config = ServingConfig.model_validate({"model": model.id, "accelerator": device.id, "weights": candidate.precision,
                                           "parallelism": spread})  # fmt: skip
    moe = any(group.kind == "moe" for group in model.architecture.feed_forward)
    constants = resolve(calibration_of(catalogue), device, engine=config.engine, weights=config.weights, moe=moe)
    found = capacity_curve(model, device, config, lengths=profile.joint.cells, slo=slo, constants=constants,
                           prefix_hit_fraction=profile.cached_fraction,
                           burstiness=max(profile.inter_arrival_cv, 1.0))  # fmt: skip
    step = max(len(found.load_rps) // _POINTS, 1)
    tp = f", {candidate.gpus_per_replica} devices" if candidate.gpus_per_replica > 1 else ""
    return CurvePoints(
        f"{device.id} {candidate.precision}{tp}", tuple(found.load_rps[::step].tolist()),
        tuple(found.ttft_p95_s[::step].tolist()), tuple(found.tpot_p95_s[::step].tolist()), found.max_rps,
        found.ttft_s.p95, found.tpot_s.p95,
    )  # fmt: skip


def _promise(slo: Slo, metric: str) -> float | None:
    return next((t.threshold_s for t in slo.terms if t.metric == metric and t.percentile == 95.0), None)


def _in_words(slo: Slo) -> str:
    return ", ".join(f"{t.metric.upper()} p{t.percentile:g} within {t.threshold_s:g} s" for t in slo.terms)
