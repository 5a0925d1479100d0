"""A command that also has subcommands: ``prices MODEL`` shows, ``prices refresh`` is another command."""

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

import click

__all__ = ["WithSubcommands"]


class WithSubcommands(click.Command):
    """Hands over to a subcommand where the first word is one; each loads only when it is called.

    Subclasses name their subcommands: word -> module with an object ``command``.
    """

    subcommands: ClassVar[Mapping[str, str]] = {}

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Return the context of the subcommand named first, or of the command itself."""
        if not args or args[0] not in self.subcommands:
            return super().make_context(info_name, args, parent, **extra)
        command = self._subcommand(args[0])
        return command.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands below the options."""
        with formatter.section("Subcommands"):
            formatter.write_dl([(word, self._subcommand(word).get_short_help_str(60)) for word in self.subcommands])
        super().format_epilog(ctx, formatter)

    def _subcommand(self, word: str) -> click.Command:
        command: click.Command = importlib.import_module(self.subcommands[word]).command
        command.help = (command.help or "").replace("\\b\n", "\b\n")
        return command
