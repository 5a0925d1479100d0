"""Everything known on a date: the catalogue that options and faces read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.calibration import OwnCalibration
from steelyard.domain.claims import Regime, Service
from steelyard.domain.evidence import Figure
from steelyard.domain.model import ManagedModel, OpenModel
from steelyard.domain.price import (
    FineTuningPrice,
    GpuOffer,
    ProvisionedOffer,
    ProvisionedThroughput,
    RateCard,
    ServerPurchase,
)
from steelyard.domain.quality import CalibrationBin, FineTuningCase, QualityScore, QuantizationLoss
from steelyard.domain.tokenizer import Tokenizer
from steelyard.errors import UnknownNameError

__all__ = ["Catalogue"]


@dataclass(frozen=True)
class Catalogue:
    """Facts as known on ``as_of``; every mapping is keyed by identifier and ordered by it."""

    as_of: date
    """Only what was published by this date is in."""
    open_models: Mapping[str, OpenModel]
    """Open weights."""
    managed_models: Mapping[str, ManagedModel]
    """Models sold only as a service."""
    accelerators: Mapping[str, Accelerator]
    """Accelerators."""
    rate_cards: tuple[RateCard, ...]
    """Token prices in force on ``as_of``, by seller and model; announced changes inside each card."""
    gpu_offers: tuple[GpuOffer, ...]
    """GPU hours for rent."""
    servers: tuple[ServerPurchase, ...]
    """Servers for sale."""
    figures: Mapping[str, Figure]
    """Everything else with a number: power, colocation, staffing, hazards, residual values, token ratios."""
    quality: Mapping[str, QualityScore] = field(default_factory=lambda: {})
    """Score by model identifier: that of the effort most benchmark families measured."""
    quality_by_effort: Mapping[str, tuple[QualityScore, ...]] = field(default_factory=lambda: {})
    """Every scored effort by model identifier, best evidenced first."""
    estimated_quality: Mapping[str, QualityScore] = field(default_factory=lambda: {})
    """Estimate by identifier of every model without a score; its evidence tells what it rests on."""
    quality_calibration: tuple[CalibrationBin, ...] = ()
    """Index gap to win rate."""
    thin_calibration: tuple[CalibrationBin, ...] = ()
    """The same where the thinner of the two rests on few benchmark families."""
    capability_calibration: tuple[CalibrationBin, ...] = ()
    """Gap of a capability's index to win rate."""
    quantization_losses: tuple[QuantizationLoss, ...] = ()
    """What weight formats cost in quality, by size."""
    tokenizers: Mapping[str, Tokenizer] = field(default_factory=lambda: {})
    """Into how many tokens models cut the same text."""
    fine_tuning_cases: tuple[FineTuningCase, ...] = ()
    """Published before and after of fine-tuning."""
    own_calibration: Mapping[str, OwnCalibration] = field(default_factory=lambda: {})
    """What own measured serving runs changed, by accelerator, engine and weight format."""
    regimes: Mapping[str, Regime] = field(default_factory=lambda: {})
    """Regimes."""
    services: Mapping[str, Service] = field(default_factory=lambda: {})
    """Services and their claims."""
    fine_tuning_prices: Mapping[str, FineTuningPrice] = field(default_factory=lambda: {})
    """Tuning as a service."""
    provisioned_offers: Mapping[str, ProvisionedOffer] = field(default_factory=lambda: {})
    """Capacity by the unit."""
    provisioned_throughput: Mapping[str, ProvisionedThroughput] = field(default_factory=lambda: {})
    """What a unit carries, by seller and model."""
    missing: tuple[str, ...] = ()
    """What is not known this far back, in words ("... not testable before 2024-03-01")."""
    sha256: str = ""
    """Hash of the facts, overlays included."""
    overlay_sha256: str | None = None
    """Hash of the user's overlay, where there is one."""

    def score_of(self, model: str) -> QualityScore | None:
        """Return a model's public score, else the estimate that stands for it; None where there is neither."""
        return self.quality.get(model) or self.estimated_quality.get(model)

    def figure(self, name: str) -> Figure:
        """Return the figure of that dotted name.

        Raises
        ------
        UnknownNameError
            If there is none; near names are offered.
        """
        if name not in self.figures:
            raise UnknownNameError("figure", name, self.figures)
        return self.figures[name]

    def rate_card(self, seller: str, model: str) -> RateCard | None:
        """Return the card of ``model`` at ``seller``, or None."""
        return next((card for card in self.rate_cards if card.seller == seller and card.model == model), None)
