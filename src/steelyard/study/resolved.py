"""A study in the catalogue's own names, its rented machines at the market's rent where it states none."""

from statistics import median

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.study import Assumed, SelfHostedToday, Study, TodayApi
from steelyard.study.machine_names import find_accelerator
from steelyard.study.reference import model_id
from steelyard.study.today_card import seller_id

__all__ = ["resolved_study"]


def resolved_study(study: Study, catalogue: Catalogue) -> Study:
    """Return a study whose seller, accelerator and candidates carry the catalogue's identifiers.

    Machines held without a purchase date or a rent are taken to be rented at the median on-demand rent of the day;
    the study's assumptions say so. A rent that nobody lists stays absent.

    Parameters
    ----------
    study
        With names that the catalogue knows.
    catalogue
        Names, aliases and rents.
    """
    changes: dict[str, object] = {}
    if study.candidates is not None:
        known = (model_id(catalogue, name) for name in study.candidates)
        changes["candidates"] = tuple(dict.fromkeys((*study.candidates, *(name for name in known if name))))
    today = study.today
    if isinstance(today, TodayApi):
        changes["today"] = today.model_copy(update={"provider": seller_id(today.provider)})
    if isinstance(today, SelfHostedToday):
        changes["today"], assumed = _held(today, catalogue)
        changes["assumed"] = (*study.assumed, *assumed)
    return study.model_copy(update=changes)


def _held(today: SelfHostedToday, catalogue: Catalogue) -> tuple[SelfHostedToday, tuple[Assumed, ...]]:
    device = find_accelerator(today.accelerator, catalogue, where="today.self_hosted.accelerator").id
    held = today.model_copy(update={"accelerator": device})
    if held.owned_since is not None or held.usd_per_device_h is not None:
        return held, ()
    rents = [o.usd_per_device_h for o in catalogue.gpu_offers
             if o.accelerator == device and o.price_type == "on_demand"]  # fmt: skip
    if not rents:
        return held, ()
    rent = float(median(rents))
    reason = (f"no purchase and no rent stated: the median of {len(rents)} on-demand offers of {device}; set it from "
              "your contract, or owned_since where the machines are yours")  # fmt: skip
    assumed = Assumed(key="today.self_hosted.rent", value=f"${rent:.4g} per device and hour", reason=reason)
    return held.model_copy(update={"usd_per_device_h": rent}), (assumed,)
