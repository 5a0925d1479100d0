"""The page that says how every line is costed, written from the ledgers themselves."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import numpy as np

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.ledger import Ledger
from steelyard.domain.price import GpuOffer, PriceType
from steelyard.domain.serving import CapacityCurve, LatencyQuantiles, ServingConfig, Slo
from steelyard.domain.study import ProvisionedTerms, SelfHostedToday, TodayApi
from steelyard.domain.traffic import JointHistogram, Profile, RowCounts, TokenTotals
from steelyard.finance.costing import costing_markdown
from steelyard.options.bought import bought_option, services_of, today_option
from steelyard.options.dedicated import dedicated_option
from steelyard.options.demand import Demand
from steelyard.options.estate import Estate, estate_option, leave_estate
from steelyard.options.estate_growth import Growth
from steelyard.options.minimum import with_minimum
from steelyard.options.operating import Operating
from steelyard.options.option import Option
from steelyard.options.provisioned import provisioned_option
from steelyard.options.self_hosted import Candidate, Interim, owned_option, rented_option
from steelyard.options.tuned import tuned_managed, tuned_self_hosted
from steelyard.options.tuning_plan import Corpus, Examples, Method, Tuning
from steelyard.study.training import training_devices
from steelyard.units import HOURS_PER_WEEK, SECONDS_PER_MONTH

__all__ = ["costing_page", "example_ledgers"]

_HEAD = """# How every line is costed

Written from the ledgers by `make build`; do not edit. One ledger of every form of option is shown, each with made-up
traffic and a listed model: the formulas are those of a real decision, only the numbers in them differ. A real one is
printed by `steelyard decide --bill`, and each line of `decision.json` carries its own arithmetic with its numbers
(`formula`). The last column says in how many of the ledgers shown a line stands. Every amount is nominal USD in a
month, positive = money out; present values discount from the middle of the month.

"""
_MODEL, _ACCELERATOR = "llama-3.1-8b", "h100-sxm"
_TOKENS_IN, _TOKENS_OUT, _REQUESTS, _RPS = 1_000.0, 200.0, 10e6, 10.0
_WAIT, _CONTRACT = 3, 40


def costing_page(catalogue: Catalogue) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    catalogue
        Prices and figures that the formulas name.
    """
    return _HEAD + costing_markdown(example_ledgers(catalogue))


def example_ledgers(catalogue: Catalogue) -> tuple[Ledger, ...]:
    """Return one ledger of every form of option.

    Parameters
    ----------
    catalogue
        Must hold a small open model, H100s for rent and for sale, and tuning as a service.
    """
    demand = _demand()
    options = [*_bought(catalogue, demand), *_hosted(catalogue, demand)]
    return tuple(option.ledger for option in options)


def _demand() -> Demand:
    joint = JointHistogram(input_edges=(0, 2_000), output_edges=(0, 400), counts=((1.0,),),
                           input_sums=((_TOKENS_IN,),), output_sums=((_TOKENS_OUT,),))  # fmt: skip
    kinds = TokenTotals(uncached_input=0.6 * _TOKENS_IN, cache_read=0.3 * _TOKENS_IN,
                        cache_write_5m=0.1 * _TOKENS_IN, output=_TOKENS_OUT)  # fmt: skip
    traffic = Profile(
        source="stated", rows=RowCounts(read=0, used=0), span_s=0, requests=0, requests_per_month=_REQUESTS,
        tokens=kinds, hour_of_week_rps=(_REQUESTS / SECONDS_PER_MONTH,) * HOURS_PER_WEEK, shape_source="flat",
        peak_to_mean_per_minute=1.5, inter_arrival_cv=1.0, input_tokens=None, output_tokens=None, joint=joint,
        joint_measured=False, cached_fraction=0.3,
    )  # fmt: skip
    return Demand(
        profile=traffic, requests_per_month=_REQUESTS, measured_on="another model", measured_models=(), batch_share=0.0,
        batch_within_h=None, slo=Slo(), availability="none", horizon_months=36, build_months=_WAIT,
        operating=Operating(on_call="own", refresh_months=12),
    )  # fmt: skip


def _bought(catalogue: Catalogue, demand: Demand) -> Iterable[Option]:
    closed = next(card for card in catalogue.rate_cards if not card.open_weights and card.tiers[0].prices.cache_read)
    opened = next(card for card in catalogue.rate_cards if card.open_weights)
    yield today_option(services_of(closed, demand), demand)
    yield bought_option(closed, demand)
    yield bought_option(opened, demand)
    bound = TodayApi(provider=closed.seller, model=closed.model, minimum_usd_per_month=50_000)
    yield with_minimum(bought_option(opened, demand), bound, months=12)
    units = ProvisionedTerms(seller=closed.seller, model=closed.model, input_tokens_per_minute_per_unit=1e6,
                             usd_per_unit_h=0.1)  # fmt: skip
    by_unit = provisioned_option(closed, units, demand, switching=True, source="example")
    yield from [by_unit] if by_unit is not None else []
    price = next(p for p in catalogue.fine_tuning_prices.values() if p.training_usd_per_mtok and p.hosting_usd_per_h)
    plan = Tuning("managed", closed.model, (1, 13, 25), Examples(None, _TOKENS_IN + _TOKENS_OUT))
    yield tuned_managed(plan, price, closed, demand, switching=True, prompt_saved=0.0)


def _hosted(catalogue: Catalogue, demand: Demand) -> Iterable[Option]:
    closed = next(card for card in catalogue.rate_cards if not card.open_weights)
    interim = Interim(services_of(closed, demand), 0.0, running_today=True)
    candidate = Candidate(catalogue.open_models[_MODEL], catalogue.accelerators[_ACCELERATOR], _curve(), 0.5, 0.5)
    by_hour = _offer(catalogue, "on_demand")
    hourly = rented_option(candidate, by_hour, demand, catalogue, interim=interim)
    yield hourly
    for kind in ("spot", "reserved_1y"):
        yield rented_option(candidate, _offer(catalogue, kind), demand, catalogue, interim=interim, on_demand=by_hour)
    seller = next(card for card in catalogue.rate_cards if card.open_weights)
    yield dedicated_option(candidate, by_hour, seller, demand, catalogue, switching=True)
    server = next(s for s in catalogue.servers if s.accelerator == _ACCELERATOR)
    yield owned_option(candidate, server, demand, interim=interim, lead_months=_WAIT + 1)
    examples = Examples(40_000, _TOKENS_IN + _TOKENS_OUT)
    kinds: tuple[tuple[Method, Corpus | None], ...] = (
        ("lora", None), ("continued_pre_training", Corpus(1e9, 1e9)), ("from_scratch", Corpus(None, 1e9))
    )  # fmt: skip
    for method, corpus in kinds:
        devices = training_devices(candidate.model, method, examples, catalogue)
        if devices is not None:
            plan = Tuning(method, _MODEL, (1, 13, 25), examples, corpus, float(candidate.model.parameters_active))
            yield tuned_self_hosted(hourly, replace(plan, devices=devices), devices, demand, wait=_WAIT)
    rented = SelfHostedToday(model=_MODEL, accelerator=_ACCELERATOR, count=8, usd_per_device_h=2.0)
    owned = SelfHostedToday(model=_MODEL, accelerator=_ACCELERATOR, count=8, owned_since=date(2025, 3, 1))
    for held in (rented, owned):
        estate = Estate.of(held, catalogue, where="study", contract_months=_CONTRACT, horizon_months=36)
        yield estate_option(estate, model=_MODEL, growth=Growth(_curve(), 8, demand))
        yield leave_estate(hourly, estate, freed=_WAIT + 1)


def _offer(catalogue: Catalogue, kind: PriceType) -> GpuOffer:
    fits = [o for o in catalogue.gpu_offers if o.accelerator == _ACCELERATOR and o.devices == 8]
    return next(offer for offer in fits if offer.price_type == kind)


def _curve() -> CapacityCurve:
    none = LatencyQuantiles(p50=0.1, p95=0.1, p99=0.1)
    load = np.array([0.0, _RPS])
    return CapacityCurve(
        config=ServingConfig(model=_MODEL, accelerator=_ACCELERATOR, weights="bf16"), load_rps=load, ttft_p95_s=load,
        tpot_p95_s=load, utilization_fraction=load, max_rps=_RPS, saturated_rps=_RPS, output_tokens_per_s=1.0,
        ttft_s=none, tpot_s=none, max_rps_low=_RPS, max_rps_high=_RPS, headroom=0.2,
    )  # fmt: skip
