"""Where the organisation's own figures lie: beside the study, and in the XDG data directory."""

import os
from pathlib import Path

__all__ = ["overlay_folders"]


def overlay_folders(study_folder: Path) -> tuple[Path, ...]:
    """Return the folders with own figures that exist, the one beside the study last, so that it wins.

    Parameters
    ----------
    study_folder
        Folder of the study file; its ``facts/`` has the layout of the packaged facts.
    """
    root = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    places = (Path(root) / "steelyard" / "overlay", study_folder / "facts")
    return tuple(place for place in places if place.is_dir())
