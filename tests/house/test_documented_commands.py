"""What help, README and docs tell people to type is understood, and what they link to is there."""

import importlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from steelyard.cli import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CONTINUED = re.compile(r"\\\n\s*")
TYPED = re.compile(r"^\s*(?:\$ |- run: )?(?:\.venv/bin/)?steelyard (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```(?:sh|bash|console|yaml|text|)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)


def typed(text: str) -> Iterator[list[str]]:
    """Yield the arguments of every steelyard command in a text, each command of a chained line apart."""
    for line in TYPED.findall(CONTINUED.sub(" ", text)):
        for part in re.split(r"\s+&&\s+", line):
            words = shlex.split(re.split(r"\s(?:2?>|\||&\s*$)", part)[0], comments=True)
            yield words[1:] if words[:1] == ["steelyard"] else words


def helped() -> Iterator[tuple[str, list[str]]]:
    for name in main.list_commands(click.Context(main)):
        told = importlib.import_module(f"steelyard.cli.commands.{name}").command.help or ""
        yield from ((f"{name} --help", words) for words in typed(told))


def written() -> Iterator[tuple[str, list[str]]]:
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            yield from ((str(page.relative_to(ROOT)), words) for words in typed(block))


EVERY = [*helped(), *written()]


def understood(words: list[str]) -> None:
    """Parse a command line as the program would, without running it."""
    command: click.Command = main
    context = click.Context(main, info_name="steelyard")
    while isinstance(command, click.Group) and words:
        found = command.get_command(context, words[0])
        if found is None:
            break
        command, words = found, words[1:]
        context = click.Context(command, parent=context, info_name=command.name)
    if command is main:
        raise click.UsageError(f"no command {words[0]!r}")
    command.make_context(command.name, list(words))


@pytest.mark.parametrize(("place", "words"), EVERY, ids=[f"{p}: {' '.join(w)[:60]}" for p, w in EVERY])
def test_a_documented_command_is_understood(
    place: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("study.yaml").touch()
    try:
        understood(words)
    except click.UsageError as error:
        pytest.fail(f"{place}: steelyard {' '.join(words)}: {error.format_message()}")


def test_every_command_has_an_example_and_a_wrong_one_is_noticed() -> None:
    shown = {words[0] for _, words in EVERY}
    assert set(main.list_commands(click.Context(main))) <= shown
    for wrong in (["decide", "--hurry"], ["weigh", "study.yaml"], ["size", "--model"], ["prices", "refresh", "--wet"]):
        with pytest.raises(click.UsageError):
            understood(wrong)


def slug(heading: str) -> str:
    """Return the anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", "")).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    lost: list[str] = []
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        anchors = {slug(h) for h in HEADING.findall(target.read_text(encoding="utf-8"))} if target.suffix == ".md" and (
            target.exists()) else set[str]()  # fmt: skip
        if not target.exists() or (anchor and anchor not in anchors):
            lost.append(link)
    assert not lost, f"links that lead nowhere: {lost}"
