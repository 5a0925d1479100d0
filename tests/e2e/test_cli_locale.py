"""Paths that the locale cannot name: read, or refused with what to do; never a fault of our own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROW = json.dumps({"start": "2026-10-01T00:00:07Z", "model": "gpt-5.4-mini", "input_tokens": 300, "output_tokens": 40})
PLAIN = {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}


def run(folder: Path, *args: str, **settings: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "XDG_DATA_HOME": str(folder / "data"), **settings}
    command = [sys.executable, "-m", "steelyard", *args]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False, encoding="utf-8",
                          errors="replace")  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    named = tmp_path / "prüfung"
    named.mkdir()
    (named / "log.jsonl").write_text(f"{ROW}\n" * 3, encoding="utf-8")
    return tmp_path


def test_a_path_that_the_locale_cannot_name_is_refused_with_the_remedy(folder: Path) -> None:
    refused = run(folder, "profile", "prüfung/log.jsonl", **PLAIN)
    assert refused.returncode == 2
    assert "is a path that cannot be read here" in refused.stderr
    assert "Set PYTHONUTF8=1 (names are read as ascii here)" in refused.stderr
    read = run(folder, "profile", "prüfung/log.jsonl", **PLAIN | {"PYTHONUTF8": "1"})
    assert read.returncode == 0, read.stderr


def test_a_study_that_names_such_a_path_is_refused_with_the_remedy(folder: Path) -> None:
    (folder / "s.yaml").write_text('traffic: {log: ["prüfung/log.jsonl"]}\n', encoding="utf-8")
    refused = run(folder, "decide", "s.yaml", **PLAIN)
    assert refused.returncode == 2
    assert "Set PYTHONUTF8=1: names are read as ascii here" in refused.stderr


def test_a_cache_that_cannot_be_named_is_replaced_for_the_run(folder: Path) -> None:
    (folder / "log.jsonl").write_text(f"{ROW}\n" * 3, encoding="utf-8")
    read = run(folder, "profile", "log.jsonl", **PLAIN, XDG_CACHE_HOME=str(folder / "prüfung"))
    assert read.returncode == 0, read.stderr
    assert not (folder / "prüfung" / "steelyard" / "traffic").exists()


@pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="file names are Unicode there")
def test_a_name_in_another_coding_is_refused_with_the_remedy(folder: Path) -> None:
    name = os.fsdecode(b"pr\xfcfung.jsonl")
    (folder / name).write_text(f"{ROW}\n", encoding="utf-8")
    refused = run(folder, "profile", name, PYTHONUTF8="1")
    assert refused.returncode == 2
    assert "Rename the file or its folder" in refused.stderr
