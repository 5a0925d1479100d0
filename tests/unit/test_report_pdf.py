"""The decision for a board: a tagged PDF."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from report_example import EVIL, bare_result, example_result, infeasible_result, spoiled
from steelyard.domain.result import Result
from steelyard.errors import OutputError
from steelyard.report import render_pdf

typst = pytest.importorskip("typst", reason="the extra [pdf] is not installed")
MARKUP = '#panic("x") $x^2$ @ref *bold* _it_ `raw` = head \\ <label> // gone /* gone */'


@pytest.mark.parametrize("result", [example_result(), infeasible_result(), bare_result()])
def test_every_result_gives_a_pdf_with_the_same_bytes_each_time(result: Result) -> None:
    pdf = render_pdf(result)
    assert pdf.startswith(b"%PDF-1.7")
    assert pdf == render_pdf(result)
    assert len(pdf) < 1_000_000


def read(pdf: bytes, folder: Path, program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed here")
    (folder / "d.pdf").write_bytes(pdf)
    arguments = [found, str(folder / "d.pdf")] + (["-"] if program == "pdftotext" else [])
    return subprocess.run(arguments, check=True, capture_output=True, text=True).stdout


def test_it_is_tagged_titled_and_dated_by_the_study(tmp_path: Path) -> None:
    about = read(render_pdf(example_result()), tmp_path, "pdfinfo")
    assert "Tagged:          yes" in about
    assert "Build or buy: support-assistant" in about


def test_two_pages_then_the_appendix(tmp_path: Path) -> None:
    pages = read(render_pdf(example_result()), tmp_path, "pdftotext").split("\f")
    assert "Buy: a managed API" in pages[0]
    assert "What would flip it" in pages[0]
    assert "The case against" in pages[1]
    assert "Appendix: charts" in pages[2]


def test_no_line_ends_between_a_number_and_its_scale(tmp_path: Path) -> None:
    words = "1057 k and 7503 % and $3701 M in 3179 months; " * 9
    shown = read(render_pdf(spoiled(words)), tmp_path, "pdftotext").partition("\f")[0]
    assert "3179 months" in shown.replace("\u00a0", " ")
    assert not re.search(r"\b(?:1057|7503|3701|3179)\n", shown)


@pytest.mark.parametrize("words", [EVIL, MARKUP])
def test_text_is_never_markup(words: str, tmp_path: Path) -> None:
    shown = read(render_pdf(spoiled(words)), tmp_path, "pdftotext").replace("\n", " ")
    assert words.split(maxsplit=1)[0] in shown
    assert words.rsplit(maxsplit=1)[-1] in shown


def test_without_typst_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(OutputError, match=r"steelyard\[pdf\]"):
        render_pdf(example_result())
