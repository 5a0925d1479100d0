"""What runs today, and how good an alternative must be: names resolved against the catalogue."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from statistics import median_low

from steelyard.domain.accelerator import Precision
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.quality import PairedResult, QualityScore
from steelyard.domain.study import Study
from steelyard.errors import UnknownNameError
from steelyard.quality.needs import capabilities_needed
from steelyard.quality.quantization import quantization_loss
from steelyard.quality.screen import Screen, own_screen, screen

__all__ = ["Reference", "model_id", "resolve_reference", "screen_model"]


@dataclass(frozen=True, slots=True)
class Reference:
    """What alternatives are compared with."""

    model: str | None
    """Model whose quality is the bar; None if none is known."""
    score: QualityScore | None
    """Its public score, or that of the model that stands in for it; None if there is none."""
    reason: str
    """Why this one, for the assumptions."""
    own: Mapping[str, PairedResult] = field(default_factory=lambda: {})
    """The user's own paired evaluation against it, by model identifier."""

    @property
    def stands_in(self) -> bool:
        """Whether the score is another model's, because nobody published one of the reference."""
        return self.score is not None and self.score.model != self.model


def model_id(catalogue: Catalogue, name: str, *, seller: str | None = None) -> str | None:
    """Return the catalogue's identifier of a model, by identifier, alias or ``seller/name``; None if unknown."""
    wanted = name.strip()
    direct = [wanted, wanted.lower(), f"{seller}/{wanted}" if seller else wanted]
    for key in direct:
        if key in catalogue.managed_models or key in catalogue.open_models:
            return key
    low = wanted.lower()
    tails = {low, low.split("/")[-1]}
    for model in (*catalogue.open_models.values(), *catalogue.managed_models.values()):
        names = {model.id.lower(), *(alias.lower() for alias in model.aliases)}
        if tails & names or (
            isinstance(getattr(model, "name", None), str) and getattr(model, "name", "").lower() == low
        ):
            return model.id
    ends = sorted(m for m in catalogue.managed_models if m.split("/")[-1] == low)
    return ends[0] if ends else None


def resolve_reference(study: Study, catalogue: Catalogue, today: str | None) -> Reference:
    """Return the model whose quality is the bar.

    The study's ``quality.at_least`` where it names a model; else what runs today; else the managed model of median
    public score among those on sale, so that a study that names nothing is not decided for the weakest model. The
    same score stands in where nobody published one of the model named: without a bar every model would pass. On a day
    on which nobody is scored, estimates take the place of scores.

    Raises
    ------
    UnknownNameError
        If ``quality.at_least`` names a model nobody knows.
    """
    named, why = today, "what runs today"
    if study.quality.at_least != "today":
        named, why = model_id(catalogue, study.quality.at_least), "named in the study"
        if named is None:
            raise UnknownNameError("model", study.quality.at_least, {*catalogue.managed_models, *catalogue.open_models},
                                   where=f"{study.where}: quality.at_least")  # fmt: skip
    if named is not None and named in catalogue.quality:
        return Reference(named, catalogue.quality[named], why)
    middle = _middle(catalogue, {card.model for card in catalogue.rate_cards if not card.open_weights})
    estimate = catalogue.estimated_quality.get(named) if named is not None else None
    if estimate is not None and middle not in catalogue.quality:
        return Reference(named, estimate, f"{why}; no public score is known of it")
    if middle is None:
        lacking = "no public score is known on this date: quality is not screened"
        return Reference(named, None, lacking if named is None else why)
    by = "public score" if middle in catalogue.quality else "estimate, for no public score is known on this date"
    score = catalogue.score_of(middle)
    if named is None:
        why = f"nothing runs today and the study names no model: the median managed model by {by}"
        return _within_reach(study, catalogue, Reference(middle, score, why))
    why = (f"no public score is known of {named} ({why}): {middle}, the median managed model by {by}, stands "
           "in; name another with quality.at_least, or evaluate")  # fmt: skip
    return Reference(named, score, why)


def _within_reach(study: Study, catalogue: Catalogue, bar: Reference) -> Reference:
    """Return a bar that the study did not name, or another where its data may not leave and no open weights reach it.

    What nobody asked for must not leave an organisation without an answer: the open weights of median score take its
    place, as the managed model of median score does where those may be bought.
    """
    if study.data.must_stay_on_premises != "yes" or any(
        screen_model(study, catalogue, bar, model).stays for model in catalogue.open_models
    ):
        return bar
    middle = _middle(catalogue, set(catalogue.open_models))
    why = f"{bar.reason}, which no open weights reach, and the data may not leave: the median of open weights"
    return bar if middle is None else Reference(middle, catalogue.score_of(middle), why)


def _middle(catalogue: Catalogue, among: Set[str]) -> str | None:
    """Return the model of median public score among some, by estimate where none of them is scored."""
    scored = sorted((s.index, m) for m, s in catalogue.quality.items() if m in among)
    scored = scored or sorted((s.index, m) for m, s in catalogue.estimated_quality.items() if m in among)
    return median_low(scored)[1] if scored else None


def screen_model(
    study: Study, catalogue: Catalogue, reference: Reference, model: str, *, weights: Precision | None = None
) -> Screen:
    """Return what is known of a model's quality against the reference, by the study's margin.

    The user's own paired evaluation of the pair replaces public scores; it is of the model as evaluated, so a coarser
    weight format is charged what it costs, and earns no "equal".

    Parameters
    ----------
    study
        Margin, threshold, task and needs.
    catalogue
        Scores, their calibration, and what weight formats cost.
    reference
        The quality bar.
    model
        Model identifier.
    weights
        Weight format served; None where the seller does not tell.
    """
    open_model = catalogue.open_models.get(model)
    loss = quantization_loss(open_model, weights, catalogue.quantization_losses) if open_model and weights else None
    own = reference.own.get(model)
    if own is not None and (loss is None or own.answer != "not established"):
        return own_screen(own, loss=loss, calibration=catalogue.quality_calibration, margin=study.quality.margin_index,
                          least_chance=study.quality.least_chance)  # fmt: skip
    found = screen(
        catalogue.score_of(model), reference.score, catalogue.quality_calibration,
        margin=study.quality.margin_index, least_chance=study.quality.least_chance,
        needs=capabilities_needed(study.quality.task, study.quality.needs),
        thin_calibration=catalogue.thin_calibration, capability_calibration=catalogue.capability_calibration, loss=loss,
    )  # fmt: skip
    if reference.stands_in and reference.score is not None and model == reference.score.model:
        return replace(found, words="its score is the bar, which stands in for a reference that nobody scored")
    return found
