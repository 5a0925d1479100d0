"""A log that cannot be used says which file, which row, what was expected and what to do."""

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest_samples import SAMPLES
from steelyard.errors import LogError, UnknownNameError
from steelyard.ingest import read_logs

HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
MAPPING = {"start": "at", "input_tokens": "in", "output_tokens": "out"}


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def fault(tmp_path: Path, paths: list[Path], **options: Any) -> str:
    with pytest.raises(LogError) as caught:
        read_logs(paths, cache_dir=tmp_path / "cache", **options)
    message = str(caught.value)
    assert "Expected" in message
    leftovers = [p for p in (tmp_path / "cache").rglob("*") if p.is_file() and p.name != "salt"]
    assert leftovers == []
    return message


def test_missing_file_is_named(tmp_path: Path) -> None:
    assert "gone.csv: cannot be read (No such file" in fault(tmp_path, [tmp_path / "gone.csv"])


def test_no_file_at_all(tmp_path: Path) -> None:
    assert "no log file was given" in fault(tmp_path, [])


def test_every_faulty_file_is_reported_at_once(tmp_path: Path) -> None:
    message = fault(tmp_path, [tmp_path / "gone.csv", write(tmp_path / "empty.csv", "")])
    assert "gone.csv" in message
    assert "empty.csv: the file is empty" in message


def test_only_white_space(tmp_path: Path) -> None:
    assert "only white space" in fault(tmp_path, [write(tmp_path / "blank.csv", " \n\n")])


def test_header_without_rows(tmp_path: Path) -> None:
    assert "a header and no row" in fault(tmp_path, [write(tmp_path / "head.csv", HEADER)])


@pytest.mark.parametrize("keep", [5, 30, 400, -9, -1])
def test_truncated_gzip_is_named_wherever_it_breaks_off(tmp_path: Path, keep: int) -> None:
    rows = "".join(f"2026-10-01 10:00:{i % 60:02d}.{i:06d},{100 + i * 7 % 911},{i % 313}\n" for i in range(5_000))
    whole = gzip.compress((HEADER + rows).encode())
    assert "gzip stream is truncated" in fault(tmp_path, [write(tmp_path / "cut.csv.gz", whole[:keep])])


def test_damaged_gzip_in_the_middle(tmp_path: Path) -> None:
    rows = "".join(f"2026-10-01 10:00:{i % 60:02d}.{i:06d},{100 + i * 7 % 911},{i % 313}\n" for i in range(5_000))
    whole = bytearray(gzip.compress((HEADER + rows).encode()))
    middle = len(whole) // 2
    whole[middle : middle + 40] = bytes(40)
    assert "cut.csv.gz" in fault(tmp_path, [write(tmp_path / "cut.csv.gz", bytes(whole))])


def test_wrong_delimiter_is_suspected(tmp_path: Path) -> None:
    message = fault(tmp_path, [write(tmp_path / "odd.csv", "TIMESTAMP^ContextTokens\n2026-10-01^5\n")])
    assert "only one column was found" in message
    assert "delimiter" in message


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_found_by_themselves(tmp_path: Path, delimiter: str) -> None:
    text = (HEADER + "2026-10-01 10:00:00,5,6\n").replace(",", delimiter)
    table = read_logs([write(tmp_path / "log.csv", text)], cache_dir=tmp_path / "cache")
    assert table.rows.used == 1


def test_not_utf8_names_the_byte(tmp_path: Path) -> None:
    message = fault(tmp_path, [write(tmp_path / "latin.csv", HEADER.encode() + b"2026-10-01,5,6\n\xe9\xe8,1,2\n")])
    assert "row 3" in message
    assert "not UTF-8" in message
    assert "iconv" in message


def test_utf16_is_recognised(tmp_path: Path) -> None:
    assert "UTF-16" in fault(tmp_path, [write(tmp_path / "wide.csv", HEADER.encode("utf-16"))])


def test_missing_column_offers_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", "at,inp,out\n2026-10-01,5,6\n")
    message = fault(tmp_path, [path], mapping=MAPPING)
    assert "column 'in' is missing" in message
    assert "Did you mean 'inp'?" in message


def test_unknown_mapping_key_offers_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="input_tokens"):
        read_logs([write(tmp_path / "log.csv", "at,in,out\n1,2,3\n")], mapping={"input_token": "in"},
                  cache_dir=tmp_path / "cache")  # fmt: skip


def test_incomplete_mapping_says_what_it_lacks(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", "at,in,out\n1,2,3\n")
    assert "lacks output_tokens" in fault(tmp_path, [path], mapping={"start": "at", "input_tokens": "in"})


def test_unparsable_dates_show_the_first_and_the_remedy(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", "at,in,out\n31/12/2025 10:00,5,6\n")
    message = fault(tmp_path, [path], mapping=MAPPING)
    assert "row 2" in message
    assert "'31/12/2025 10:00'" in message
    assert "start_format" in message


def test_start_format_reads_what_iso_does_not(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", "at,in,out\n31/12/2025 10:00,5,6\n")
    table = read_logs([path], mapping={**MAPPING, "start_format": "%d/%m/%Y %H:%M"}, cache_dir=tmp_path / "cache")
    assert table.rows.used == 1


def test_text_in_the_time_column_is_not_quoted(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", "at,in,out\nmy secret prompt,5,6\n")
    message = fault(tmp_path, [path], mapping=MAPPING)
    assert "secret" not in message
    assert "16 characters of text" in message


def test_mixed_zones_name_the_first_row_that_differs(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", "at,in,out\n2026-10-01T10:00:00Z,5,6\n2026-10-01T10:00:01,5,6\n")
    message = fault(tmp_path, [path], mapping=MAPPING)
    assert "row 3" in message
    assert "1 time states a zone and 1 does not" in message


def test_a_stray_zone_among_many_is_set_aside(tmp_path: Path) -> None:
    rows = "".join(f"2026-10-01T10:{i // 60:02d}:{i % 60:02d},5,6\n" for i in range(300))
    path = write(tmp_path / "log.csv", "at,in,out\n" + rows + "2026-10-01T10:00:00+05,5,6\n")
    table = read_logs([path], mapping=MAPPING, cache_dir=tmp_path / "cache")
    assert table.rows.used == 300
    assert table.rows.set_aside == {"zone unlike the rest": 1}
    assert "read as UTC" in table.zone


def test_different_offsets_are_not_mixed_zones(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", "at,in,out\n2026-10-25T02:30:00+02:00,5,6\n2026-10-25T02:30:00+01:00,5,6\n")
    table = read_logs([path], mapping=MAPPING, cache_dir=tmp_path / "cache")
    assert table.rows.used == 2
    assert "converted" in table.zone


def test_unknown_format_lists_columns_and_formats(tmp_path: Path) -> None:
    message = fault(tmp_path, [write(tmp_path / "log.csv", "a,b,c\n1,2,3\n")])
    assert "'a', 'b', 'c'" in message
    assert "litellm" in message
    assert "traffic.mapping" in message


def test_forcing_an_unknown_format_offers_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="litellm"):
        read_logs([write(tmp_path / "log.csv", "a\n1\n")], log_format="litelm", cache_dir=tmp_path / "cache")


def test_requests_and_aggregates_are_not_added_up(tmp_path: Path) -> None:
    single = write(tmp_path / "single.csv", HEADER + "2026-10-01 10:00:00,5,6\n")
    page = {"data": [{"start_time": 1, "end_time": 2, "results": [{"num_model_requests": 1, "input_tokens": 1}]}]}
    total = write(tmp_path / "total.json", json.dumps(page))
    message = fault(tmp_path, [single, total])
    assert "count twice" in message
    assert "total.json and single.csv" in message


def test_a_bad_row_in_the_middle_and_a_cut_last_line_are_counted(tmp_path: Path) -> None:
    good = {"request_id": "a", "prompt_tokens": 5, "completion_tokens": 6, "startTime": "2026-10-01T10:00:00Z"}
    lines = [json.dumps(good | {"request_id": str(i)}) for i in range(3)]
    text = f"{lines[0]}\n{{oops\n{lines[1]}\n{lines[2][:40]}"
    table = read_logs([write(tmp_path / "log.jsonl", text)], cache_dir=tmp_path / "cache")
    assert table.rows.model_dump() == {"read": 4, "used": 2, "set_aside": {"unreadable row": 2}}
    assert any("2 of 4 rows" in warning for warning in table.warnings)


def test_bad_csv_rows_are_counted(tmp_path: Path) -> None:
    text = HEADER + "2026-10-01 10:00:00,5,6\n2026-10-01 10:00:00,5\n2026-10-01 10:00:01,1,2,3\nnever,5,6\n"
    table = read_logs([write(tmp_path / "log.csv", text)], cache_dir=tmp_path / "cache")
    assert table.rows.used == 1
    assert table.rows.set_aside == {"time missing or unreadable": 1, "unreadable row": 2}


def test_gzip_bomb_stops_at_the_limit(tmp_path: Path) -> None:
    bomb = gzip.compress((HEADER + "2026-10-01 10:00:00,5,6\n" * 200_000).encode())
    assert len(bomb) < 50_000
    message = fault(tmp_path, [write(tmp_path / "bomb.csv.gz", bomb)], max_bytes=1_000_000)
    assert "bomb.csv.gz" in message
    assert "more than 1 MB" in message
    assert "--max-bytes" in message


def test_limit_counts_all_files_and_lets_the_honest_pass(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{i}.csv", HEADER + f"2026-10-01 10:00:0{i},5,6\n" * 10) for i in range(3)]
    assert read_logs(paths, cache_dir=tmp_path / "cache", max_bytes=1_000).rows.used == 30
    assert "2.csv" in fault(tmp_path / "other", paths, max_bytes=700)


def test_compressed_pages_of_metrics_say_what_to_do(tmp_path: Path) -> None:
    page = gzip.compress(SAMPLES["vllm_metrics"]().text.encode())
    message = fault(tmp_path, [write(tmp_path / "page.prom.gz", page)])
    assert "page.prom.gz" in message
    assert "gunzip" in message


@pytest.mark.parametrize("spend", ["NaN", "Infinity", "-inf", "1e999"])
def test_an_amount_without_end_is_none(spend: str, tmp_path: Path) -> None:
    row = {"request_id": "a", "prompt_tokens": 5, "completion_tokens": 6, "startTime": "2026-10-01T10:00:00Z"}
    log = write(tmp_path / "log.jsonl", json.dumps(row | {"spend": spend}) + "\n" + json.dumps(row | {"spend": 0.5}))
    table = read_logs([log], cache_dir=tmp_path / "cache")
    (found,) = duckdb.execute("SELECT sum(logged_usd) FROM read_parquet($1)", [str(table.path)]).fetchall()
    assert found == (0.5,)


def test_json_without_a_record_says_so(tmp_path: Path) -> None:
    message = fault(tmp_path, [write(tmp_path / "names.json", json.dumps(["id", "created_at", "req_units"]))])
    assert "names.json: row 1: the JSON holds no record" in message
