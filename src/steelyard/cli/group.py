"""The group of commands, loaded one by one, and what happens when one fails.

Exit codes: 0 done, 2 bad input, 3 the recorded decision would change, 4 infeasible, 1 a fault of Steelyard's own.
"""

import difflib
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NoReturn, overload

import click

from steelyard import __version__
from steelyard.cli.terminal import printable
from steelyard.errors import InputError, SteelyardError

__all__ = ["BAD_INPUT", "INFEASIBLE", "WOULD_CHANGE", "Commands", "main"]

BAD_INPUT = 2
"""Exit code: the input cannot be used; every fault was listed."""
WOULD_CHANGE = 3
"""Exit code: the recorded decision would change today."""
INFEASIBLE = 4
"""Exit code: no option passes; the document was still printed."""

_OWN_FAULT = 1
_INTERRUPTED = 130
_DEBUG = "STEELYARD_DEBUG"
_ISSUES = "Please report it with the command, `steelyard --version` and the output under STEELYARD_DEBUG=1"
_ORDER = ("decide", "init", "profile", "size", "simulate", "validate", "calibrate", "verify", "compare", "check",
          "prices", "facts", "cache", "serve", "mcp")  # fmt: skip


class Commands(click.Group):
    """Finds each command in its own file under ``commands/`` and answers for every failure."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands whose files are there, the main job first."""
        there = {path.stem for path in (Path(__file__).parent / "commands").glob("[a-z]*.py")}
        return [name for name in _ORDER if name in there] + sorted(there - set(_ORDER))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:  # fmt: skip
        """Return the command that is named; of an unknown one, the nearest and all of them are told."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            known = self.list_commands(ctx)
            near = difflib.get_close_matches(args[0], known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known)}."
            ctx.fail(f"No such command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command from its file, or None."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"steelyard.cli.commands.{cmd_name}").command
        command.help = kept_lines(command.help or "")
        return command

    @overload
    def main(
        self, args: Sequence[str] | None = None, prog_name: str | None = None, complete_var: str | None = None,
        standalone_mode: Literal[True] = True, **extra: Any,
    ) -> NoReturn: ...  # fmt: skip

    @overload
    def main(
        self, args: Sequence[str] | None = None, prog_name: str | None = None, complete_var: str | None = None,
        standalone_mode: bool = ..., **extra: Any,
    ) -> Any: ...  # fmt: skip

    def main(
        self, args: Sequence[str] | None = None, prog_name: str | None = None, complete_var: str | None = None,
        standalone_mode: bool = True, windows_expand_args: bool = True, **extra: Any,
    ) -> Any:  # fmt: skip
        """Run a command and exit with its code; nothing but a bug ever shows a traceback."""
        extra["windows_expand_args"] = windows_expand_args
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=standalone_mode, **extra)
        code = self._code(args, prog_name, complete_var, extra)
        _flush()
        sys.exit(code)

    def _code(
        self, args: Sequence[str] | None, prog_name: str | None, complete_var: str | None, extra: dict[str, Any]
    ) -> int:
        try:
            code: object = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except (KeyboardInterrupt, click.Abort):
            click.echo("steelyard: stopped; nothing half written", err=True)
            return _INTERRUPTED
        except SystemExit:  # click's answer to a reader who has gone away, which is no fault
            _silence_stdout()
            return 0
        except click.ClickException as error:
            _in_plain_words(error)
            error.show()
            return BAD_INPUT
        except Exception as error:  # every failure ends in one line and an exit code
            return _failed(error)
        return code if isinstance(code, int) else 0


_PLAIN_WORDS = (("a valid integer range", "a whole number"), ("a valid float range", "a number"),
                ("a valid integer", "a whole number"), ("a valid float", "a number"))  # fmt: skip
"""What click says of a value that is no number, and what a reader understands."""


def _in_plain_words(error: click.ClickException) -> None:
    """Say in a usage error what a value should have been."""
    for told, plain in _PLAIN_WORDS:
        words = error.message.replace(f" is not {told}.", f" is not {plain}.")
        error.message = words  # pyright: ignore[reportAttributeAccessIssue]  what `show` prints; click has no other way


def kept_lines(words: str) -> str:
    """Return help in which paragraphs marked with a backslash and a b (raw docstrings) keep their lines."""
    return words.replace("\\b\n", "\b\n")


def _failed(error: Exception) -> int:
    if os.environ.get(_DEBUG):
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    if isinstance(error, InputError):
        _tell_faults(error)
        return BAD_INPUT
    if isinstance(error, SteelyardError):
        click.echo(f"steelyard: {error}", err=True)
        return BAD_INPUT
    first_line = (str(error).splitlines() or [""])[0]
    click.echo(f"steelyard: a fault of Steelyard's own: {type(error).__name__}: {first_line}. {_ISSUES}", err=True)
    return _OWN_FAULT


def _tell_faults(error: InputError) -> None:
    count = len(error.faults)
    if count > 1:
        click.echo(f"steelyard: {count} faults; nothing was written", err=True)
    for fault in error.faults:
        words = "\n".join(map(printable, str(fault).split("\n")))
        click.echo(f"{'  ' if count > 1 else 'steelyard: '}{words}", err=True)


def _flush() -> None:
    """Write what is left; a reader who has gone away is no fault."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()


def _silence_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="steelyard")
def main() -> None:
    r"""Build or buy, for AI workloads: from your own traffic to a decision anyone can check.

    \b
    Start here:
      steelyard init study.yaml          ten questions, a commented study file
      steelyard decide study.yaml        the decision: terminal, JSON, one HTML page
      steelyard decide --requests-per-month 12M --input-tokens 900 --output-tokens 150 \
                       --today openai/gpt-5.4-mini

    Nothing leaves this machine. Exit codes: 0 done, 2 bad input, 3 the recorded decision would change,
    4 no option is feasible.
    """


main.help = kept_lines(main.help or "")
