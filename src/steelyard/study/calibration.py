"""The serving constants that hold here: the packaged fit, moved by the organisation's own measured runs."""

from steelyard.domain.calibration import Calibration
from steelyard.domain.catalogue import Catalogue
from steelyard.facts.serving import load_calibration
from steelyard.printed import percent
from steelyard.serving.recalibrate import with_own

__all__ = ["calibration_of", "own_notes"]


def calibration_of(catalogue: Catalogue) -> Calibration:
    """Return the fit that holds here.

    Parameters
    ----------
    catalogue
        Facts, own calibrations included.
    """
    return with_own(load_calibration(), catalogue.own_calibration.values())


def own_notes(catalogue: Catalogue) -> list[str]:
    """Return a sentence for each machine whose constants come from own runs.

    Parameters
    ----------
    catalogue
        Facts, own calibrations included.
    """
    return [f"own runs measured on {own.measured_on} set the serving constants of {own.id}: {own.quantities} "
            f"quantities, median error {percent(own.error_before_fraction)} with the packaged constants, "
            f"{percent(own.error_after_fraction)} with these"
            for own in catalogue.own_calibration.values()]  # fmt: skip
