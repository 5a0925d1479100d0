"""Which models can be bought by the unit: where the study or a seller states what a unit carries and costs."""

from collections.abc import Sequence
from typing import NamedTuple

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.price import RateCard
from steelyard.domain.study import ProvisionedTerms, Study
from steelyard.options.demand import Demand
from steelyard.options.option import Option
from steelyard.options.provisioned import provisioned_option
from steelyard.study.price_paths import months_until
from steelyard.study.reference import model_id

__all__ = ["provisioned_options"]

_SCOPES = ("global", "data_zone", "regional")
"""Where a unit may process, the cheapest first."""


class _Sold(NamedTuple):
    terms: ProvisionedTerms
    source: str


def provisioned_options(
    study: Study, demand: Demand, catalogue: Catalogue, cards: Sequence[RateCard]
) -> tuple[list[Option], tuple[str, ...]]:  # fmt: skip
    """Return the options of buying units of models already considered, and what is not sized.

    Parameters
    ----------
    study
        Its own terms, which win.
    demand
        Traffic.
    catalogue
        What sellers state.
    cards
        Models considered by the token, today's first.
    """
    options: list[Option] = []
    unsized: list[str] = []
    for card in {card.model: card for card in cards if not card.open_weights}.values():
        sold = _stated(study, catalogue, card) or _listed(catalogue, card)
        if sold is None:
            unsized.append(card.model.split("/")[-1])
            continue
        at = card.model_copy(update={"seller": sold.terms.seller})
        until = sold.terms.until
        fixed = months_until(until, catalogue.as_of) if until is not None and until >= catalogue.as_of else 0
        option = provisioned_option(at, sold.terms, demand, switching=study.today is not None, source=sold.source,
                                    fixed_months=fixed)  # fmt: skip
        options += [option] if option is not None else []
    if not unsized:
        return options, ()
    return options, (f"capacity by the unit is not sized for {', '.join(unsized)}: nobody here states what a unit "
                     "carries and costs; supply it under `provisioned`",)  # fmt: skip


def _stated(study: Study, catalogue: Catalogue, card: RateCard) -> _Sold | None:
    for terms in study.provisioned:
        if model_id(catalogue, terms.model, seller=terms.seller.lower()) == card.model:
            return _Sold(terms.model_copy(update={"seller": terms.seller.lower()}), "study")
    return None


def _listed(catalogue: Catalogue, card: RateCard) -> _Sold | None:
    vendor = card.model.split("/", maxsplit=1)[0]
    for carried in catalogue.provisioned_throughput.values():
        offers = [o for o in catalogue.provisioned_offers.values()
                  if o.seller == carried.seller and o.service == vendor and o.usd_per_unit_h is not None]  # fmt: skip
        if carried.model == card.model and offers:
            offer = min(offers, key=lambda o: (_SCOPES.index(o.scope), o.usd_per_unit_h or 0.0, o.id))
            terms = ProvisionedTerms(
                seller=carried.seller, model=carried.model, usd_per_unit_h=offer.usd_per_unit_h or 0.0,
                input_tokens_per_minute_per_unit=carried.input_tokens_per_minute_per_unit,
                output_token_weight=carried.output_token_weight, least_units=carried.least_units,
                unit_step=carried.unit_step,
            )  # fmt: skip
            return _Sold(terms, offer.evidence.source)
    return None
