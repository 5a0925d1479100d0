"""The browser's and the platform's face: pages and an HTTP API on the functions of the study; owns no formula."""

from steelyard.web.app import create_app
from steelyard.web.settings import Settings

__all__ = ["Settings", "create_app"]
