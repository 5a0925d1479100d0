"""How good a tuned model is: as its base, plus what the user's own evaluation says tuning adds; never a default."""

from dataclasses import replace

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.study import Study
from steelyard.nouns import counted, noun
from steelyard.options.tuning_plan import Tuning
from steelyard.quality.fine_tuning import published_odds, uplift_needed
from steelyard.quality.screen import Screen, screen
from steelyard.study.reference import Reference

__all__ = ["tuned_screen", "uplift_points"]


def uplift_points(tuning: Tuning, study: Study, catalogue: Catalogue, reference: Reference) -> float | None:
    """Return the index points that tuning must add to match the bar by the margin; None where a score is missing."""
    return uplift_needed(catalogue.score_of(tuning.base), reference.score, margin=study.quality.margin_index)


def tuned_screen(
    tuning: Tuning, base: Screen, study: Study, catalogue: Catalogue, reference: Reference
) -> Screen:  # fmt: skip
    """Return what is known of a tuned model against the reference.

    A base that passes lets its tuned form in at the base's quality. One below the bar is let in by the gain that the
    study states from an evaluation of its own, and else is left out until evaluated: public evidence gives no default.

    Parameters
    ----------
    tuning
        How it was tuned.
    base
        What is known of the untuned model.
    study
        The gain, where it states one.
    catalogue
        Scores, their calibration, published tunings.
    reference
        The quality bar.
    """
    gain = study.training_data.gain_index
    if tuning.method == "from_scratch" and gain is None:
        words = ("unknown: evaluate. Nothing is known of a model that does not exist yet; state what it scores beyond "
                 f"{tuning.base} once you have trained one")  # fmt: skip
        return Screen("below", None, words)
    if gain is not None:
        return _stated(tuning, study, catalogue, reference, base)
    if base.stays:
        answer = "not distinguishable" if base.answer == "equal" else base.answer
        return replace(base, answer=answer, own=None,
                       words=f"{base.words}; what tuning adds is unknown: evaluate")  # fmt: skip
    return Screen("below", None, _unknown(tuning, base, study, catalogue, reference))


def _stated(
    tuning: Tuning, study: Study, catalogue: Catalogue, reference: Reference, base: Screen
) -> Screen:  # fmt: skip
    score, gain = catalogue.score_of(tuning.base), study.training_data.gain_index
    if score is None or gain is None:
        return replace(base, words=f"{base.words}; you state a gain from tuning, but its base has no public score")
    spread = (gain.p90 - gain.p10) / P10_TO_P90_SD
    better = score.model_copy(update={"index": score.index + gain.p50, "se": (score.se**2 + spread**2) ** 0.5})
    found = screen(better, reference.score, catalogue.quality_calibration, margin=study.quality.margin_index,
                   least_chance=study.quality.least_chance, thin_calibration=catalogue.thin_calibration)  # fmt: skip
    return replace(found, words=f"with the {gain.p50:+g} {noun(gain.p50, 'point')} that you state for tuning: "
                   f"{found.words}")  # fmt: skip


P10_TO_P90_SD = 2.563
"""Width of a normal distribution from its 10th to its 90th percentile [standard deviation]."""


def _unknown(tuning: Tuning, base: Screen, study: Study, catalogue: Catalogue, reference: Reference) -> str:
    needed = uplift_points(tuning, study, catalogue, reference)
    model = catalogue.open_models.get(tuning.base)
    bar = reference.score.index if reference.score else None
    odds = published_odds(catalogue.fine_tuning_cases, task_type=study.quality.task,
                          parameters=float(model.parameters_total) if model else None, reference_index=bar)  # fmt: skip
    must = "its base has no public score"
    if needed is not None:
        must = f"tuning must add {counted(round(needed), 'point')} on your task"
    if needed is not None and needed < 1:
        must = f"tuning must make good what keeps its base out ({base.words})"
    return f"unknown: evaluate; {must}; published tunings: {odds.words}"
