"""Estimated ability of the models that nobody had scored by a day, with what the estimate rests on."""

from collections.abc import Mapping
from datetime import date

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.price import RateCard
from steelyard.domain.quality import QualityScore
from steelyard.quality.prior import Described, Prior, describe_managed, describe_open, fit_prior

__all__ = ["ESTIMATED", "estimated_scores", "prior_of"]

ESTIMATED = "estimated"
"""Effort named for a score that is an estimate."""
INPUT_SHARE = 0.75
"""Share of input in the tokens that a list price is taken over: three to one, as price comparisons do [1]."""


def estimated_scores(catalogue: Catalogue, scored: Catalogue) -> Mapping[str, QualityScore]:
    """Return an estimate for every model without a score, by identifier; empty where too few models are scored.

    Where the scores are of a later day than the catalogue, the estimate of a model leaves out its family, so that no
    later score of a model or of its relatives speaks for it.

    Parameters
    ----------
    catalogue
        Models of the day, and their scores.
    scored
        The catalogue whose scores the estimate rests on: the same, or that of the first day with scores.
    """
    prior = prior_of(scored)
    if prior is None:
        return {}
    later = scored.as_of > catalogue.as_of
    newest = max(s.as_of for s in scored.quality.values() if s.evidence.grade is not Grade.USER)
    folds: dict[str, Prior] = {}
    found: dict[str, QualityScore] = {}
    for model, described in _described(catalogue).items():
        if model in catalogue.quality:
            continue
        if described.family not in folds:
            folds[described.family] = prior.without(described.family) if later else prior
        index, sd = folds[described.family].estimate(described)
        found[model] = QualityScore(model=model, effort=ESTIMATED, index=round(index, 1), se=round(sd, 1), families=0,
                                    as_of=newest, evidence=_evidence(prior, described, newest))  # fmt: skip
    return found


def prior_of(scored: Catalogue) -> Prior | None:
    """Return the regression over the models of a catalogue that public evaluators scored; None for too few."""
    rows = [(described, score) for model, described in _described(scored).items()
            if (score := scored.quality.get(model)) is not None and score.evidence.grade is not Grade.USER]  # fmt: skip
    return fit_prior([row for row, _ in rows], [s.index for _, s in rows], [s.se for _, s in rows])


def _evidence(prior: Prior, described: Described, newest: date) -> Evidence:
    seen = "size and release date" if described.open_weights else "list price and release date"
    error = prior.error_open if described.open_weights else prior.error_managed
    left_out = "families" if described.open_weights else "vendors"
    source = (f"estimated, not scored: own regression on {seen} over {len(prior.rows)} models scored by "
              f"{newest.isoformat()} (error with whole {left_out} left out {error:.0f} points)")  # fmt: skip
    return Evidence(source=source, as_of=newest, grade=Grade.DERIVED)


def _described(catalogue: Catalogue) -> Mapping[str, Described]:
    """Return every model of which size or list price, and the release, are known."""
    found = {m.id: describe_open(m.family, m.released, parameters_total=m.parameters_total,
                                 parameters_active=m.parameters_active, reasoning="reasoning" in m.capabilities)
             for m in catalogue.open_models.values()}  # fmt: skip
    prices = _list_prices(catalogue)
    for m in catalogue.managed_models.values():
        if m.id in prices and m.released is not None and m.tier != "embedding":
            found[m.id] = describe_managed(m.vendor, m.released, usd_per_mtok=prices[m.id],
                                           reasoning="reasoning" in m.capabilities)  # fmt: skip
    return found


def _list_prices(catalogue: Catalogue) -> Mapping[str, float]:
    """Return what a million tokens list for, at the vendor where it sells, else at the first seller [USD/Mtok]."""
    chosen: dict[str, RateCard] = {}
    for card in catalogue.rate_cards:
        model = catalogue.managed_models.get(card.model)
        if model is not None and (card.model not in chosen or card.seller == model.vendor):
            chosen[card.model] = card
    usd: dict[str, float] = {}
    for name, card in chosen.items():
        prices = card.tiers[0].prices
        blend = INPUT_SHARE * float(prices.uncached_input) + (1.0 - INPUT_SHARE) * float(prices.output)
        if blend > 0 and prices.output > 0:
            usd[name] = blend
    return usd
