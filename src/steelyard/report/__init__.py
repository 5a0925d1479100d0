"""Result -> terminal, JSON, one HTML page. Computes no figure that the Result lacks."""

from steelyard.report.document import render_json
from steelyard.report.page import render_html
from steelyard.report.terminal import render_terminal

__all__ = ["render_html", "render_json", "render_terminal"]
