"""A day as a person types it."""

from datetime import datetime

import click

__all__ = ["DAY"]


class _Day(click.DateTime):
    """A date such as 2026-11-20."""

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the day at midnight."""
        try:
            found: datetime = super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is no day. Write it as 2026-11-20.", param, ctx)
        return found


DAY = _Day(["%Y-%m-%d"])
"""Type of every option that takes a day."""
