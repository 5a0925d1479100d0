"""Every format of a decision's folder: a hostile name is text in it, never a formula, an element or a header."""

import io
import json
from collections.abc import Callable
from html.parser import HTMLParser
from importlib.util import find_spec

import openpyxl
import pytest
from markdown_it import MarkdownIt

from report_example import EVIL, spoiled
from report_workings import example_workings
from steelyard.study.load import study_from_text
from steelyard.study.output import DOCUMENT_FILE, FORMATS, decision_files
from steelyard.study.pipeline import Outcome

HOSTILE = (EVIL, '=HYPERLINK("http://evil.example","x")', "=cmd|' /C calc'!A0", "@SUM(1,1)", "+1-1",
           "$(touch owned); `id`", "[x](javascript:alert(1))", "#import sys \n= title")  # fmt: skip
STUDY = study_from_text("traffic: {requests_per_month: 12M, input_tokens: 900, output_tokens: 150}\n")


class Elements(HTMLParser):
    """Elements with their attributes' names, and the addresses they lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.leads: list[str] = []
        self.feed(text)

    def count(self, tag: str) -> int:
        return sum(one == tag for one, _ in self.found)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))
        self.leads += [value or "" for name, value in attrs if name in {"href", "src"}]


def files(words: str) -> dict[str, str | bytes]:
    return decision_files(Outcome(spoiled(words), example_workings()), STUDY, tuple(FORMATS))


def page_is_safe(content: str | bytes, words: str) -> None:
    page = Elements(str(content))
    harmless = Elements(str(files("plain")["report.html"]))
    for tag in ("script", "style", "img", "iframe", "form", "title", "meta", "link", "base", "object"):
        assert page.count(tag) == harmless.count(tag), tag
    assert {tag for tag, _ in page.found} <= {tag for tag, _ in harmless.found}
    assert not [name for _, names in page.found for name in names if name.startswith("on")]
    assert all(lead.startswith("#") or lead.startswith("data:") for lead in page.leads)


def workbook_is_safe(content: str | bytes, words: str) -> None:
    assert isinstance(content, bytes)
    book = openpyxl.load_workbook(io.BytesIO(content))
    own = openpyxl.load_workbook(io.BytesIO(bytes(files("plain")["decision.xlsx"])))  # type: ignore[arg-type]
    texts = 0
    for sheet, harmless in zip(book, own, strict=True):
        for row in sheet.iter_rows():
            for cell in row:
                assert (cell.data_type == "f") == (harmless[cell.coordinate].data_type == "f"), cell.coordinate
                assert cell.hyperlink is None
                texts += cell.data_type == "s" and str(cell.value).startswith(words[:8])
    assert texts > 10


def record_is_safe(content: str | bytes, words: str) -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(str(content))
    kinds = {t.type for token in tokens for t in [token, *(token.children or [])]}
    assert not kinds & {"html_inline", "html_block", "image", "link_open"}


def email_is_safe(content: str | bytes, words: str) -> None:
    assert str(content).startswith("Subject: ")
    assert str(content).count("\n") == 3


def paper_is_safe(content: str | bytes, words: str) -> None:
    assert isinstance(content, bytes)
    assert content.startswith(b"%PDF")
    assert b"/URI" not in content
    assert b"/JavaScript" not in content


CHECKS: dict[str, Callable[[str | bytes, str], None]] = {
    "html": page_is_safe, "xlsx": workbook_is_safe, "md": record_is_safe, "email": email_is_safe, "pdf": paper_is_safe,
}  # fmt: skip


def test_every_format_has_a_check() -> None:
    assert set(CHECKS) == set(FORMATS)


@pytest.mark.parametrize("words", HOSTILE)
def test_a_hostile_name_stays_text_in_every_format(words: str) -> None:
    made = files(words)
    assert json.loads(made[DOCUMENT_FILE])["study"] == words
    for name, check in CHECKS.items():
        if name != "pdf" or find_spec("typst"):
            check(made[FORMATS[name]], words)
