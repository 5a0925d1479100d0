"""Find what is plugged in: modules of a package with one ``PLUGIN``, and entry points of other packages."""

import importlib
import pkgutil
from collections.abc import Mapping
from importlib.metadata import entry_points

from steelyard.errors import Fault, SteelyardError

__all__ = ["ATTRIBUTE", "GROUP", "PluginError", "plugins"]

ATTRIBUTE = "PLUGIN"
"""Name of the object each module offers."""
GROUP = "steelyard"
"""Entry points are looked up in the group ``steelyard.<kind>``."""


class PluginError(SteelyardError):
    """A plug-in that offers nothing, or a name that two of them claim."""

    def __init__(self, fault: Fault) -> None:
        """Keep the fault."""
        self.fault = fault
        super().__init__(str(fault))


def plugins(package: str, kind: str) -> Mapping[str, object]:
    """Return every plug-in of one kind by name: the package's modules first, then entry points; sorted by name.

    Parameters
    ----------
    package
        Dotted name of the package whose modules each hold one ``PLUGIN``; modules that start with ``_`` are left out.
    kind
        What they are, such as ``formats``; entry points of other packages are found in ``steelyard.<kind>``.

    Raises
    ------
    PluginError
        If a module has no ``PLUGIN``, or two plug-ins share a name.
    """
    found: dict[str, object] = {}
    home = importlib.import_module(package)
    for module in sorted(pkgutil.iter_modules(home.__path__), key=lambda m: m.name):
        if module.name.startswith("_"):
            continue
        loaded = importlib.import_module(f"{package}.{module.name}")
        if not hasattr(loaded, ATTRIBUTE):
            raise PluginError(Fault(f"no object {ATTRIBUTE!r}", f"{package}.{module.name}", f"one {ATTRIBUTE} a module",
                                    "Define it, or start the module's name with an underscore"))  # fmt: skip
        found[module.name] = getattr(loaded, ATTRIBUTE)
    for entry in sorted(entry_points(group=f"{GROUP}.{kind}"), key=lambda e: (e.name, e.value)):
        if entry.name in found:
            raise PluginError(Fault(f"two plug-ins are named {entry.name!r}", f"{GROUP}.{kind}: {entry.value}",
                                    "a name of its own", "Rename one of them"))  # fmt: skip
        found[entry.name] = entry.load()
    return dict(sorted(found.items()))
