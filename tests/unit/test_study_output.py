"""The decision's folder: whole or not at all, and never over something that is not ours."""

import json
from pathlib import Path

import pytest

from steelyard.errors import OutputError
from steelyard.study import output
from steelyard.study.output import RECEIPT_FILE, check_folder, default_folder, write_folder

FILES = {"decision.json": '{"a": 1}\n', "report.html": "<p>é</p>"}


def write(folder: Path, *, files: dict[str, str] = FILES, study: str = "s", force: bool = False) -> None:
    write_folder(folder, files, study=study, receipt={"seed": 7}, force=force)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_folder_holds_the_files_and_a_receipt(tmp_path: Path) -> None:
    write(tmp_path / "out")
    assert names(tmp_path / "out") == ["decision.json", RECEIPT_FILE, "report.html"]
    receipt = json.loads((tmp_path / "out" / RECEIPT_FILE).read_text("utf-8"))
    assert (receipt["study"], receipt["seed"]) == ("s", 7)
    assert set(receipt["files_sha256"]) == set(FILES)
    assert names(tmp_path) == ["out"]


def test_its_own_folder_is_replaced_whole(tmp_path: Path) -> None:
    write(tmp_path / "out")
    write(tmp_path / "out", files={"decision.json": "2"})
    assert names(tmp_path / "out") == ["decision.json", RECEIPT_FILE]
    assert (tmp_path / "out" / "decision.json").read_text() == "2"
    assert names(tmp_path) == ["out"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write(tmp_path / "out")
    assert RECEIPT_FILE in names(tmp_path / "out")


def test_a_foreign_folder_is_left_alone_without_force(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match=r"Steelyard did not write is in the way.*--force"):
        write(tmp_path / "out")
    assert names(tmp_path / "out") == ["thesis.txt"]
    write(tmp_path / "out", force=True)
    assert "thesis.txt" not in names(tmp_path / "out")


def test_another_study_is_left_alone_without_force(tmp_path: Path) -> None:
    write(tmp_path / "out", study="other")
    with pytest.raises(OutputError, match=r"another study \('other'\).*a decision of 's'"):
        write(tmp_path / "out", study="s")


def test_a_file_added_by_hand_is_not_lost(tmp_path: Path) -> None:
    write(tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"holds notes\.txt, which Steelyard did not write"):
        write(tmp_path / "out")


@pytest.mark.parametrize("receipt", ["", "[]", "{}", '{"made_by": "someone", "study": "s"}', "\x00"])
def test_a_receipt_that_is_not_ours_does_not_count(tmp_path: Path, receipt: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / RECEIPT_FILE).write_text(receipt)
    with pytest.raises(OutputError, match="did not write"):
        check_folder(tmp_path / "out", study="s")


def test_a_file_in_the_way_is_kept_even_with_force(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError, match="a file is in the way"):
        write(tmp_path / "out", force=True)
    assert (tmp_path / "out").read_text() == "mine"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")
    with pytest.raises(OutputError, match="a link is in the way"):
        write(tmp_path / "out")


def test_a_missing_parent_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="its parent folder does not exist"):
        check_folder(tmp_path / "no" / "out", study="s")
    assert names(tmp_path) == []


def test_a_parent_without_permission_is_said_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output.os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="no permission in its parent folder"):
        check_folder(tmp_path / "out", study="s")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_while_writing_leaves_the_old_folder_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    write(tmp_path / "out")
    before = {name: (tmp_path / "out" / name).read_bytes() for name in names(tmp_path / "out")}

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        write(tmp_path / "out", files={"decision.json": "2"})
    assert names(tmp_path) == ["out"]
    assert {name: (tmp_path / "out" / name).read_bytes() for name in names(tmp_path / "out")} == before


def test_a_failure_while_swapping_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "out")
    rename = Path.rename

    def fail_for_the_new(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_new)
    with pytest.raises(OutputError, match="nothing was changed"):
        write(tmp_path / "out", files={"decision.json": "2"})
    assert names(tmp_path) == ["out"]
    assert (tmp_path / "out" / "decision.json").read_text() == FILES["decision.json"]


def test_the_default_place_is_named_after_the_study() -> None:
    assert default_folder("support-assistant") == Path("support-assistant-decision")
