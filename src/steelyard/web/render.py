"""Templates of the pages, on the same filters and words as the report's."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from steelyard.domain.currency import shown_in
from steelyard.domain.result import Result
from steelyard.report.page import page_environment

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["environment", "render", "stylesheet"]


@cache
def environment() -> "Environment":
    """Return the environment: this package's templates first, then the report's."""
    from jinja2 import ChoiceLoader, PackageLoader  # noqa: PLC0415

    found = page_environment()
    own = PackageLoader("steelyard.web", "templates")
    return found.overlay(loader=ChoiceLoader([own, PackageLoader("steelyard.report", "templates")]))


def render(template: str, **values: object) -> str:
    """Return a page or a part of one; every value is escaped, amounts are shown in the currency of its result."""
    result = values.get("result")
    with shown_in(result.display_currency if isinstance(result, Result) else None):
        return environment().get_template(template).render(**values)


@cache
def stylesheet() -> str:
    """Return the style of the report and of the pages, in that order."""
    report = (files("steelyard.report") / "templates" / "report.css").read_text(encoding="utf-8")
    own = (files("steelyard.web") / "static" / "app.css").read_text(encoding="utf-8")
    return report + own
