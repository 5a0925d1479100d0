"""``steelyard init``: ten questions, a commented study file."""

import os
import secrets
import sys
from pathlib import Path

import click

from steelyard.cli.study_options import study_options
from steelyard.errors import Fault, OutputError

__all__ = ["command"]

Answers = dict[str, str | tuple[str, ...] | None]


@click.command("init", short_help="Ask ten questions, write a commented study file.")
@click.argument("study_file", metavar="[STUDY.yaml]", default="study.yaml", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Ask nothing: take the default wherever a flag is silent.")
@click.option("--force", is_flag=True, help="Replace a file that is already there.")
@study_options
def command(study_file: Path, yes: bool, force: bool, **flags: str | tuple[str, ...] | None) -> None:
    r"""Write a study file: every key explained, said or left at its default.

    Asks ten questions; a question that a flag answers is not asked. Only the traffic has no default.

    \b
    Examples:
      steelyard init study.yaml
      steelyard init study.yaml --yes --requests-per-month 12M --input-tokens 900 --output-tokens 150
      steelyard init study.yaml --yes --log 'usage/*.jsonl' --today openai/gpt-5.4-mini
    """
    from steelyard.study.flags import study_from_flags  # noqa: PLC0415  heavy: only when writing
    from steelyard.study.interview import commented_study  # noqa: PLC0415

    if study_file.exists() and not force:
        raise OutputError(Fault("is already there", str(study_file), "a new file",
                                "Name another file, or replace it with --force"))  # fmt: skip
    answers: Answers = dict(flags)
    if not yes:
        _refuse_without_terminal()
        answers = _asked(answers)
    study_from_flags(answers)
    _write(study_file, commented_study(answers))
    click.echo(f"Wrote {study_file}. Next: steelyard decide {study_file}")


def _refuse_without_terminal() -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask in. Answer with flags and add --yes: "
                               "steelyard init study.yaml --yes --requests-per-month 12M --input-tokens 900 "
                               "--output-tokens 150")  # fmt: skip


def _asked(answers: Answers) -> Answers:
    """Return the answers completed by asking; what a flag said is not asked."""
    from steelyard.study.interview import QUESTIONS  # noqa: PLC0415

    complete = dict(answers)
    for question in QUESTIONS:
        names = [name for name, _ in question.parameters]
        log_or_stated = bool(complete.get("log")) if question.only_without_log else _has_stated(complete, names)
        if log_or_stated or all(complete.get(name) not in {None, ()} for name in names):
            continue
        click.echo(f"\n{question.number}/10  {question.words}", err=True)
        for name, words in question.parameters:
            if complete.get(name) in {None, ()}:
                typed = click.prompt(f"      {words}", default=question.default, show_default=bool(question.default),
                                     err=True)  # fmt: skip
                complete[name] = _typed(name, str(typed))
    return complete


def _has_stated(answers: Answers, names: list[str]) -> bool:
    """Whether the question is for a log, and the traffic is already stated."""
    return names == ["log"] and answers.get("requests_per_month") is not None


def _typed(name: str, text: str) -> str | tuple[str, ...] | None:
    if not text.strip():
        return None
    return (text.strip(),) if name == "log" else text.strip()


def _write(path: Path, text: str) -> None:
    """Write the file in one step, so that a failure leaves what was there."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, path)
    except OSError as error:
        raise OutputError(Fault(f"cannot be written ({error.strerror})", str(path), "a place you may write to",
                                "Name another place")) from error  # fmt: skip
    finally:
        fresh.unlink(missing_ok=True)
