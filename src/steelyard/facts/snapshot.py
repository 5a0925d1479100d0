"""A folder of entries, read once: compiled beside the cache and found again by the content of its files."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.calibration import OwnCalibration
from steelyard.domain.claims import Regime, Service
from steelyard.domain.evidence import Figure
from steelyard.domain.model import ManagedModel, OpenModel
from steelyard.domain.price import (
    CardAmendment,
    FineTuningPrice,
    GpuOffer,
    ProvisionedOffer,
    ProvisionedThroughput,
    RateCard,
    ServerPurchase,
)
from steelyard.domain.quality import CalibrationBin, FineTuningCase, QualityScore, QuantizationLoss
from steelyard.domain.tokenizer import Tokenizer
from steelyard.domain.value import Value
from steelyard.facts.reading import entry_files, read_entries

__all__ = ["KINDS", "Entries", "compiled", "load_entries", "snapshot_folder"]

KINDS: dict[str, type[Value]] = {
    "models": OpenModel, "managed_models": ManagedModel, "accelerators": Accelerator, "api_prices": RateCard,
    "api_amendments": CardAmendment, "fine_tuning_prices": FineTuningPrice, "provisioned_offers": ProvisionedOffer,
    "provisioned_throughput": ProvisionedThroughput,
    "gpu_offers": GpuOffer, "servers": ServerPurchase, "figures": Figure, "quality": QualityScore,
    "quality_calibration": CalibrationBin, "quantization": QuantizationLoss, "fine_tuning_evidence": FineTuningCase,
    "tokenizers": Tokenizer, "regimes": Regime, "services": Service,
    "own_calibration": OwnCalibration,
}  # fmt: skip
"""Folder name -> what its entries are."""
READ_APART = ("api_price_history", "gpu_price_history", "price_sources")
"""Folders of past prices and of prices as other sources list them: read on need, part of the hash."""
V = TypeVar("V", bound=Value)


class Entries(Value):
    """Every entry of one layer of facts."""

    models: tuple[OpenModel, ...] = ()
    """Open weights."""
    managed_models: tuple[ManagedModel, ...] = ()
    """Models sold only as a service."""
    accelerators: tuple[Accelerator, ...] = ()
    """Accelerators."""
    api_prices: tuple[RateCard, ...] = ()
    """Token prices beside the price package."""
    api_amendments: tuple[CardAmendment, ...] = ()
    """What listings lack."""
    fine_tuning_prices: tuple[FineTuningPrice, ...] = ()
    """Tuning as a service."""
    provisioned_offers: tuple[ProvisionedOffer, ...] = ()
    """Capacity by the unit."""
    provisioned_throughput: tuple[ProvisionedThroughput, ...] = ()
    """What a unit carries."""
    gpu_offers: tuple[GpuOffer, ...] = ()
    """GPU hours."""
    servers: tuple[ServerPurchase, ...] = ()
    """Servers."""
    figures: tuple[Figure, ...] = ()
    """Everything else with a number."""
    quality: tuple[QualityScore, ...] = ()
    """Public scores."""
    quality_calibration: tuple[CalibrationBin, ...] = ()
    """Index gap to win rate."""
    quantization: tuple[QuantizationLoss, ...] = ()
    """What weight formats cost in quality."""
    fine_tuning_evidence: tuple[FineTuningCase, ...] = ()
    """Published before and after of fine-tuning."""
    tokenizers: tuple[Tokenizer, ...] = ()
    """Tokenizers."""
    regimes: tuple[Regime, ...] = ()
    """Laws and rules on where inference runs."""
    services: tuple[Service, ...] = ()
    """What services offer, claim by claim."""
    own_calibration: tuple[OwnCalibration, ...] = ()
    """What own measured runs changed; none is packaged."""
    sha256: str
    """Hash of every file."""


def snapshot_folder() -> Path:
    """Return where compiled facts are kept: the XDG cache directory."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "steelyard" / "facts"


def load_entries(folder: Path) -> Entries:
    """Return the entries of a folder of facts, from its snapshot where the files have not changed.

    A cache that cannot be written is done without.

    Raises
    ------
    FactsError
        With every entry that is not one.
    """
    digest = _digest(folder)
    return compiled(digest[:32], Entries, lambda: _read(folder, digest))


def compiled(name: str, kind: type[V], build: Callable[[], V]) -> V:
    """Return a value from its snapshot, or build it and keep it; a cache that cannot be written is done without.

    Parameters
    ----------
    name
        File name without ending; must change with whatever the value depends on.
    kind
        What the value is.
    build
        Makes the value where there is no snapshot.
    """
    target = snapshot_folder() / f"{name}.json"
    try:
        return kind.model_validate_json(target.read_bytes())
    except (OSError, ValidationError):
        pass
    value = build()
    _keep(target, value)
    return value


def _read(folder: Path, digest: str) -> Entries:
    return Entries.model_validate({name: tuple(read_entries(folder / name, kind)) for name, kind in KINDS.items()}
                                  | {"sha256": digest})  # fmt: skip


def _digest(folder: Path) -> str:
    """Return a hash of the schema of an entry set and of every file's name and bytes, prices read apart included."""
    state = hashlib.sha256(repr(sorted(Entries.model_fields)).encode())
    for name, kind in KINDS.items():
        state.update(repr(sorted(kind.model_fields)).encode())
        for path in entry_files(folder / name):
            state.update(f"{name}/{path.name}\0".encode())
            state.update(path.read_bytes())
    for path in (path for name in READ_APART for path in sorted((folder / name).glob("*.json"))):
        state.update(f"{path.parent.name}/{path.name}\0".encode())
        state.update(path.read_bytes())
    return state.hexdigest()


def _keep(target: Path, value: Value) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as draft:
            draft.write(value.model_dump_json().encode())
        Path(draft.name).replace(target)
    except OSError:
        return
