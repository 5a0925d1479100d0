"""Models and accelerators by the names that people type."""

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.model import OpenModel
from steelyard.errors import UnknownNameError
from steelyard.serving import estimate_names
from steelyard.study.reference import model_id

__all__ = ["find_accelerator", "find_open_model", "is_moe"]


def find_open_model(name: str, catalogue: Catalogue, *, where: str) -> OpenModel:
    """Return the open model of that name; a repository's own spelling will do, its tuning and format aside.

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
    if found is not None and found in catalogue.open_models:
        return catalogue.open_models[found]
    spelled = estimate_names.find_model(name, estimate_names.model_names(catalogue.open_models.values()))
    if spelled is None or found is not None:
        raise UnknownNameError("open model", name, catalogue.open_models, where=where,
                               listed_by="steelyard facts models")  # fmt: skip
    return spelled


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
    known = estimate_names.accelerator_names(catalogue.accelerators.values())
    spelled = estimate_names.find_accelerator(name, known)
    if spelled is None:
        raise UnknownNameError("accelerator", name, catalogue.accelerators, where=where)
    return spelled


def is_moe(model: OpenModel) -> bool:
    """Whether a model routes its tokens to experts."""
    return any(group.kind == "moe" for group in model.architecture.feed_forward)
