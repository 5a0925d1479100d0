"""Load the catalogue as known on a date, with the organisation's own figures on top."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.model import ManagedModel, OpenModel
from steelyard.domain.price import FineTuningPrice, ProvisionedOffer, ProvisionedThroughput, RateCard
from steelyard.domain.quality import CalibrationBin
from steelyard.facts.estimated_quality import estimated_scores
from steelyard.facts.overlay import REFRESHED
from steelyard.facts.prices import PACKAGE_DATE, rate_cards, term_offers
from steelyard.facts.prices.names import open_model_names, spelling
from steelyard.facts.prices.overlay_cards import amended, on_day, overlaid, with_dates
from steelyard.facts.quality_scores import best_scores, scores_by_effort
from steelyard.facts.refreshed import seen_by
from steelyard.facts.snapshot import Entries, load_entries

__all__ = ["load_catalogue"]

T = TypeVar("T")
Sold = TypeVar("Sold", FineTuningPrice, ProvisionedOffer, ProvisionedThroughput)
DATA = Path(__file__).parent / "data"


def load_catalogue(as_of: date, overlays: Sequence[Path] = ()) -> Catalogue:
    """Return everything known on a date.

    Parameters
    ----------
    as_of
        Nothing released or seen later is in; what is missing this far back is said in ``missing``.
    overlays
        Folders of the same layout with the organisation's own entries; the last wins over all before it.

    Raises
    ------
    FactsError
        With every entry, packaged or own, that is not one.
    """
    packaged = load_entries(DATA)
    own = [_own(folder, as_of, packaged) for folder in overlays]
    layers = [packaged, *own]
    models = {m.id: m for m in _merged((e.models for e in layers), lambda m: m.id) if m.released <= as_of}
    figures = {f.name: f for f in _merged((e.figures for e in layers), lambda f: f.name)}
    offers = tuple(_merged((e.gpu_offers for e in layers), lambda o: o.id))
    cards = _cards(as_of, models, layers)
    managed = {m.id: m for m in _merged((e.managed_models for e in layers), lambda m: m.id)}
    scores = _merged((e.quality for e in layers), lambda q: (q.model, q.effort))
    efforts = scores_by_effort(scores, models, {card.model for card in cards})
    for card in cards:
        if not card.open_weights and card.model not in managed:
            managed[card.model] = ManagedModel(id=card.model, vendor=card.seller, evidence=(card.evidence,))
    catalogue = Catalogue(
        as_of=as_of,
        open_models=dict(sorted(models.items())),
        managed_models=dict(sorted(managed.items())),
        accelerators={a.id: a for a in _merged((e.accelerators for e in layers), lambda a: a.id) if _known(a, as_of)},
        rate_cards=with_dates(cards, managed),
        gpu_offers=tuple(sorted((*offers, *term_offers(offers, figures)), key=lambda o: o.id)),
        servers=tuple(_merged((e.servers for e in layers), lambda s: s.id)),
        figures=dict(sorted(figures.items())),
        quality=best_scores(efforts),
        quality_by_effort=efforts,
        quality_calibration=_bins(packaged, "overall"),
        thin_calibration=_bins(packaged, "few families"),
        capability_calibration=_bins(packaged, "capability"),
        quantization_losses=packaged.quantization,
        tokenizers=dict(sorted((t.id, t) for t in _merged((e.tokenizers for e in layers), lambda t: t.id))),
        fine_tuning_cases=packaged.fine_tuning_evidence,
        regimes=dict(sorted((r.id, r) for r in _merged((e.regimes for e in layers), lambda r: r.id))),
        services=dict(sorted((s.id, s) for s in _merged((e.services for e in layers), lambda s: s.id))),
        fine_tuning_prices=_sold((e.fine_tuning_prices for e in layers), as_of),
        provisioned_offers=_sold((e.provisioned_offers for e in layers), as_of),
        provisioned_throughput=_sold((e.provisioned_throughput for e in layers), as_of),
        own_calibration={
            c.id: c for c in _merged((e.own_calibration for e in layers), lambda c: c.id) if c.measured_on <= as_of
        },
        sha256=packaged.sha256,
        overlay_sha256=_joined(e.sha256 for e in own) if own else None,
    )
    if as_of >= PACKAGE_DATE:
        return replace(catalogue, estimated_quality=estimated_scores(catalogue, catalogue))
    from steelyard.facts.past import rewound  # noqa: PLC0415  history is read for past days only

    return rewound(catalogue, offers)


def _own(folder: Path, as_of: date, packaged: Entries) -> Entries:
    """Return the entries of one overlay; of refreshed prices, those seen by that day."""
    from steelyard.facts.own_figures import check_entries, check_files  # noqa: PLC0415  only with own figures

    check_files(folder)
    entries = load_entries(folder)
    check_entries(entries, packaged, folder)
    return seen_by(entries, as_of) if folder.name == REFRESHED else entries


def _merged(layers: Iterable[Sequence[T]], key: Callable[[T], object]) -> list[T]:
    """Return entries of all layers; a later layer's entry replaces an earlier one of the same key."""
    found: dict[object, T] = {}
    for layer in layers:
        found.update({key(entry): entry for entry in layer})
    return list(found.values())


def _sold(layers: Iterable[Sequence[Sold]], as_of: date) -> dict[str, Sold]:
    known = (on_day(entry, as_of) for entry in _merged(layers, lambda e: e.id))
    return {entry.id: entry for entry in sorted((e for e in known if e is not None), key=lambda e: e.id)}


def _known(accelerator: Accelerator, as_of: date) -> bool:
    return accelerator.released is None or accelerator.released <= as_of


def _joined(hashes: Iterable[str]) -> str:
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


def _cards(as_of: date, models: Mapping[str, OpenModel], layers: Sequence[Entries]) -> tuple[RateCard, ...]:
    names = open_model_names(models.values())
    cards = {(c.seller, c.model): c for c in rate_cards(as_of, lambda name: names.get(spelling(name)))}
    for layer in layers:
        cards = overlaid(amended(cards, layer.api_amendments, as_of), layer.api_prices, as_of, models.keys())
    return tuple(cards[key] for key in sorted(cards))


def _bins(packaged: Entries, scope: str) -> tuple[CalibrationBin, ...]:
    return tuple(sorted((b for b in packaged.quality_calibration if b.scope == scope), key=lambda b: b.gap_from))
