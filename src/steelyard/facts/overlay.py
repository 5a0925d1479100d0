"""Where the organisation's own figures lie: beside the study, and in the XDG data directory."""

import os
from pathlib import Path

__all__ = ["REFRESHED", "overlay_folders", "own_folder", "refreshed_folder"]

REFRESHED = "refreshed"
"""Folder in the overlay that holds what ``steelyard prices refresh`` fetched; own figures lie over it."""


def overlay_folders(study_folder: Path) -> tuple[Path, ...]:
    """Return the folders with own figures that exist, the one beside the study last, so that it wins.

    Refreshed prices come first: whatever the organisation states itself lies over them.

    Parameters
    ----------
    study_folder
        Folder of the study file; its ``facts/`` has the layout of the packaged facts.
    """
    places = (refreshed_folder(), own_folder(), own_folder(study_folder))
    return tuple(place for place in places if place.is_dir())


def refreshed_folder() -> Path:
    """Return where refreshed prices are kept: in the XDG data directory."""
    return _overlay() / REFRESHED


def own_folder(study_folder: Path | None = None) -> Path:
    """Return the folder of own figures beside a study, or the one in the XDG data directory for all studies.

    Parameters
    ----------
    study_folder
        Folder of the study file.
    """
    return _overlay() if study_folder is None else study_folder / "facts"


def _overlay() -> Path:
    root = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(root) / "steelyard" / "overlay"
