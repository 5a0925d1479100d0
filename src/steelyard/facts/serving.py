"""The packaged calibration of engines, fitted by ``scripts/fit_serving.py``."""

from functools import lru_cache
from importlib import resources

from steelyard.domain.calibration import Calibration

__all__ = ["load_calibration"]

_PACKAGE = "steelyard.facts"
_FILE = "data/serving/calibration.yaml"


@lru_cache(maxsize=1)
def load_calibration() -> Calibration:
    """Return the fitted efficiencies and their out-of-sample errors."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - only where a calibration is read

    text = resources.files(_PACKAGE).joinpath(_FILE).read_text(encoding="utf-8")
    loaded: object = YAML(typ="safe", pure=True).load(text)  # pyright: ignore[reportUnknownMemberType]
    return Calibration.model_validate(loaded)
