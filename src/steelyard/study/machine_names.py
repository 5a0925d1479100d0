"""Models and accelerators by the names that people type."""

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.model import OpenModel
from steelyard.errors import UnknownNameError
from steelyard.study.reference import model_id

__all__ = ["find_accelerator", "find_open_model"]


def find_open_model(name: str, catalogue: Catalogue, *, where: str) -> OpenModel:
    """Return the open model of that name.

    Parameters
    ----------
    name
        Any spelling the catalogue knows.
    catalogue
        Facts.
    where
        Flag or key it was given in, for the error.

    Raises
    ------
    UnknownNameError
        If nobody knows it; near names are offered.
    """
    found = model_id(catalogue, name)
    if found is None or found not in catalogue.open_models:
        raise UnknownNameError("open model", name, catalogue.open_models, where=where)
    return catalogue.open_models[found]


def find_accelerator(name: str, catalogue: Catalogue, *, where: str) -> Accelerator:
    """Return the accelerator of that name; see ``find_open_model``.

    Parameters
    ----------
    name
        Identifier or alias.
    catalogue
        Facts.
    where
        Flag or key it was given in.

    Raises
    ------
    UnknownNameError
        If nobody knows it.
    """
    for device in catalogue.accelerators.values():
        if name.lower() in {device.id, *(alias.lower() for alias in device.aliases)}:
            return device
    raise UnknownNameError("accelerator", name, catalogue.accelerators, where=where)
