"""Result -> terminal, JSON, page, record, email, workbook, comparison. Computes no figure that the Result lacks."""

from steelyard.report.compare import Moved, change_in_words, compare_document, render_compare
from steelyard.report.document import render_json
from steelyard.report.markdown import render_email, render_markdown
from steelyard.report.page import render_html
from steelyard.report.pdf import render_pdf
from steelyard.report.terminal import render_terminal
from steelyard.report.workbook import render_xlsx

__all__ = [
    "Moved",
    "change_in_words",
    "compare_document",
    "render_compare",
    "render_email",
    "render_html",
    "render_json",
    "render_markdown",
    "render_pdf",
    "render_terminal",
    "render_xlsx",
]
