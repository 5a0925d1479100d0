"""A small made-up traffic, price list and machine: for tests of options and decisions."""

from datetime import date
from decimal import Decimal

import numpy as np

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.draws import Draws
from steelyard.domain.evidence import Evidence, Figure, Grade
from steelyard.domain.model import Architecture, AttentionLayers, FeedForwardLayers, Licence, OpenModel
from steelyard.domain.price import GpuOffer, RateCard, ServerPurchase, TokenPrices, TokenTier
from steelyard.domain.serving import CapacityCurve, LatencyQuantiles, ServingConfig, Slo
from steelyard.domain.traffic import JointHistogram, Profile, RowCounts, TokenTotals
from steelyard.options.demand import Demand
from steelyard.options.self_hosted import Candidate
from steelyard.units import HOURS_PER_WEEK, SECONDS_PER_MONTH

SEEN = Evidence(source="made up for a test", as_of=date(2026, 11, 1), grade=Grade.ESTIMATE)
N_IN, N_OUT = 1_000.0, 200.0


def profile(requests_per_month: float = 1e6) -> Profile:
    """Flat traffic of one length."""
    rate = requests_per_month / SECONDS_PER_MONTH
    joint = JointHistogram(input_edges=(0, 2_000), output_edges=(0, 400), counts=((1.0,),), input_sums=((N_IN,),),
                           output_sums=((N_OUT,),))  # fmt: skip
    return Profile(
        source="stated", rows=RowCounts(read=0, used=0), span_s=0, requests=0, requests_per_month=requests_per_month,
        tokens=TokenTotals(uncached_input=N_IN, output=N_OUT), hour_of_week_rps=(rate,) * HOURS_PER_WEEK,
        shape_source="flat", peak_to_mean_per_minute=1.5, inter_arrival_cv=1.0, input_tokens=None, output_tokens=None,
        joint=joint, joint_measured=False, cached_fraction=0.0,
    )  # fmt: skip


def demand(requests_per_month: float = 1e6, *, horizon: int = 36, build: int = 3, batch: float = 0.0) -> Demand:
    """What the made-up traffic asks for."""
    return Demand(
        profile=profile(requests_per_month), requests_per_month=requests_per_month, measured_on="seller/today",
        measured_models=("seller/today",), batch_share=batch, batch_within_h=24 if batch else None, slo=Slo(),
        availability="none", horizon_months=horizon, build_months=build,
    )  # fmt: skip


def card(
    model: str = "seller/today", *, uncached: str = "1", output: str = "4", batch: float | None = None
) -> RateCard:
    """A price list without tiers."""
    prices = TokenPrices(uncached_input=Decimal(uncached), output=Decimal(output))
    return RateCard(seller="seller", model=model, open_weights=False, batch_discount=batch, evidence=SEEN,
                    tiers=(TokenTier(above_input_tokens=0, prices=prices),))  # fmt: skip


def open_model() -> OpenModel:
    """A small dense model."""
    return OpenModel(
        id="open-1b", name="Open 1B", vendor="test", family="open", released=date(2025, 1, 1),
        architecture=Architecture(
            hidden_size=2048, vocab_size=32_000,
            attention=(AttentionLayers(layers=16, kind="full", heads=16, kv_heads=8, head_dim=128),),
            feed_forward=(FeedForwardLayers(layers=16, kind="dense", width=8192),),
        ),
        parameters_total=1_100_000_000, parameters_active=1_100_000_000, context_tokens=32_768,
        licence=Licence(name="Apache-2.0", commercial_use="yes"), evidence=(SEEN,),
    )  # fmt: skip


def accelerator() -> Accelerator:
    """One device a server."""
    return Accelerator(
        id="dev", name="Device", vendor="test", generation="test", peak_flop_per_s={"bf16": 1e14},
        memory_bytes=80 * 10**9,
        memory_bandwidth_bytes_per_s=2e12, link="pcie", link_bytes_per_s=3e10, devices_per_server=8, evidence=(SEEN,),
    )  # fmt: skip


def curve(max_rps: float = 10.0) -> CapacityCurve:
    """A replica of known capacity."""
    none = LatencyQuantiles(p50=0.1, p95=0.1, p99=0.1)
    load = np.array([0.0, max_rps])
    return CapacityCurve(
        config=ServingConfig(model="open-1b", accelerator="dev", weights="bf16"), load_rps=load, ttft_p95_s=load,
        tpot_p95_s=load, utilization_fraction=load, max_rps=max_rps, saturated_rps=max_rps, output_tokens_per_s=1.0,
        ttft_s=none, tpot_s=none, max_rps_low=max_rps * 0.8, max_rps_high=max_rps * 1.2, headroom=0.2,
    )  # fmt: skip


def candidate(max_rps: float = 10.0) -> Candidate:
    """The small model on the device."""
    return Candidate(open_model(), accelerator(), curve(max_rps), input_elasticity=0.5, output_elasticity=0.5)


def offer(price_type: str = "on_demand", usd: float = 2.0, *, devices: int = 1, term: int = 0) -> GpuOffer:
    """A rented device."""
    return GpuOffer(
        id=f"x/{price_type}", seller="renter", instance="one", accelerator="dev", devices=devices, region="any",
        price_type=price_type, usd_per_device_h=usd, term_months=term, start_up_s=300, evidence=SEEN,
    )  # fmt: skip


def server() -> ServerPurchase:
    """A server of eight devices."""
    return ServerPurchase(id="dev-8", accelerator="dev", devices=8, usd=80_000, low_usd=70_000, high_usd=90_000,
                          power_kw=6.0, evidence=SEEN)  # fmt: skip


def catalogue(figures: dict[str, float] | None = None) -> Catalogue:
    """Only what the made-up options need."""
    given = {"compute.instance_start_up_s": 300.0} | (figures or {})
    return Catalogue(
        as_of=date(2026, 11, 1), open_models={"open-1b": open_model()}, managed_models={},
        accelerators={"dev": accelerator()},
        rate_cards=(card(),), gpu_offers=(offer(),), servers=(server(),),
        figures={n: Figure(name=n, value=v, low=v, high=v, unit="1", evidence=SEEN) for n, v in given.items()},
    )  # fmt: skip


MONEY = frozenset({
    "tuning.annotator_usd_per_h", "tuning.corpus_usd_per_mtok",
    "migration.evaluation_usd", "staffing.ml_platform_engineer_usd_per_year", "network.egress_usd_per_gb",
    "network.load_balancer_usd_per_h", "network.load_balancer_usd_per_gb", "storage.block_usd_per_gb_month",
    "value_of_a_month_earlier_usd", "power.us_industrial_usd_per_kwh", "colocation.wholesale_usd_per_kw_month",
    "server_usd.dev-8",
})  # fmt: skip
"""Inputs in dollars."""
VALUES: dict[str, float] = {
    "migration.api_switch_engineer_days": 20, "migration.evaluation_usd": 3_000,
    "migration.model_refresh_engineer_days": 15,
    "staffing.ml_platform_engineer_usd_per_year": 240_000, "staffing.build_engineer_months": 6,
    "staffing.run_engineers_first_cluster": 1.0, "staffing.ramp_months": 3, "staffing.on_call_minimum_engineers": 8,
    "network.egress_usd_per_gb": 0.09, "network.bytes_per_token": 5, "network.load_balancer_usd_per_h": 0.02,
    "network.load_balancer_usd_per_gb": 0.008, "storage.block_usd_per_gb_month": 0.08,
    "compute.observability_fraction": 0.1, "compute.spot_interruptions_per_month": 0.15,
    "staging.replica_hours_per_month": 160, "hardware.network_and_installation_fraction_of_capex": 0.12,
    "hardware.support_fraction_of_capex_per_year": 0.05, "hardware.replacement_fraction_per_year": 0.05,
    "hardware.repair_days": 14, "hardware.residual_fraction_36m": 0.35, "pue.industry_average": 1.5,
    "power.us_industrial_usd_per_kwh": 0.1, "colocation.wholesale_usd_per_kw_month": 180,
    "colocation.high_density_premium_fraction": 0.25, "server_usd.dev-8": 80_000, "discount_rate_per_year": 0.1,
    "value_of_a_month_earlier_usd": 50_000,
    "tuning.examples": 10_000, "tuning.label_minutes_per_example": 3, "tuning.review_minutes_per_example": 0.5,
    "tuning.annotator_usd_per_h": 40, "tuning.data_engineer_days": 22, "tuning.engineer_days": 11,
    "tuning.refresh_engineer_days": 5.5, "tuning.epochs": 3, "tuning.runs_per_success": 4, "tuning.evaluations": 2,
    "tuning.corpus_usd_per_mtok": 1, "training.tokens_per_parameter": 400, "training.runs_per_success": 2,
    "routing.build_engineer_days": 15, "routing.upkeep_engineer_days_per_year": 12, "cascade.escalation_fraction": 0.25,
    "training.engineers": 8, "training.months": 9, "training.refresh_fraction": 0.3,
}  # fmt: skip


def draws(names: tuple[str, ...], *, volume: float = 1e6, months: int = 36, n: int = 4, scale: float = 1.0) -> Draws:
    """Inputs without spread: volume flat, factors one, no retirement; money times ``scale``."""
    values: dict[str, np.ndarray] = {"discount_rate_per_year": np.full((n, 1), VALUES["discount_rate_per_year"])}
    for name in names:
        if name == "requests_per_month":
            values[name] = np.full((n, months), volume)
        elif name.endswith(".migration"):
            values[name] = np.zeros((n, months))
        else:
            number = VALUES.get(name, 1.0) * (scale if name in MONEY else 1.0)
            values[name] = np.full((n, 1), number)
    means = {name: array[:1] for name, array in values.items()}
    return Draws(n_draws=n, n_months=months, seed=0, values=values, means=means)
