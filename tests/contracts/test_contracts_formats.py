"""What every log format must keep, checked on one sample each; a format without a sample fails."""

import gzip
import random
import stat
from pathlib import Path

import duckdb
import pytest

from ingest_samples import CANARY, SAMPLES, Sample
from steelyard.domain.traffic import TrafficTable
from steelyard.errors import LogError
from steelyard.facts.workload import length_spread, load_shapes
from steelyard.ingest import profile_table, read_logs
from steelyard.ingest.formats import known_formats
from steelyard.ingest.source import read_head

NAMES = [form.name for form in known_formats()]
MUTATIONS = 300
ODD_CHARACTERS = (0, 34, 39, 44, 45, 46, 48, 57, 91, 92, 123, 125, 233, 8_232, 127_866)
ODD_WORDS = ('"', "null", "-1", "1e308", "NaN", "{}", "[[", "\\u0000", "\t", "\r")
MANY_MUTATIONS = 100_000
CLASSES = ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


def placed(folder: Path, sample: Sample) -> Path:
    path = folder / sample.name
    path.write_text(sample.text, encoding="utf-8")
    return path


class Reader:
    """Reads each sample once, and keeps what was said meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        self.said: list[str] = []
        self.tables: dict[str, TrafficTable] = {}

    def __call__(self, name: str) -> tuple[Sample, TrafficTable]:
        sample = SAMPLES[name]()
        if name not in self.tables:
            path = placed(self.folder, sample)
            self.tables[name] = read_logs([path], cache_dir=self.cache, progress=self.said.append)
        return sample, self.tables[name]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(tmp_path_factory.mktemp("samples"))


def rows(table: TrafficTable, sql: str) -> list[tuple[object, ...]]:
    return duckdb.execute(sql.replace("TABLE", "read_parquet($1)"), [str(table.path)]).fetchall()


def test_every_format_has_a_sample() -> None:
    assert sorted(NAMES) == sorted(SAMPLES)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_recognised_by_its_format_alone(name: str, tmp_path: Path) -> None:
    head = read_head(placed(tmp_path, SAMPLES[name]()))
    assert [form.name for form in known_formats() if form.matches(head)] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_counted_once(name: str, read: Reader) -> None:
    sample, table = read(name)
    assert table.formats == (name,)
    assert dict(table.rows.set_aside) == dict(sample.aside)
    assert table.rows.used == sample.used
    assert table.rows.read == table.rows.used + sum(table.rows.set_aside.values())


@pytest.mark.parametrize("name", NAMES)
def test_disjoint_classes_add_up_to_the_sums_worked_out_by_hand(name: str, read: Reader) -> None:
    sample, table = read(name)
    sums = ", ".join(f"coalesce(sum({c}), 0)::BIGINT" for c in CLASSES)
    found = rows(table, f"SELECT {sums}, coalesce(sum(requests), 0)::BIGINT, coalesce(sum(logged_usd), 0) FROM TABLE "
                        "WHERE set_aside IS NULL")[0]  # fmt: skip
    assert found[:5] == sample.tokens
    assert found[5] == sample.requests
    assert found[6] == pytest.approx(sample.usd)
    models = rows(table, "SELECT DISTINCT coalesce(model, '') FROM TABLE WHERE set_aside IS NULL ORDER BY 1")
    assert tuple(row[0] for row in models) == sample.models


@pytest.mark.parametrize("name", NAMES)
def test_profile_has_the_same_totals(name: str, read: Reader) -> None:
    sample, table = read(name)
    if table.grain == "cost":
        with pytest.raises(LogError, match="no profile"):
            profile_table(table)
        return
    profile = profile_table(table, shapes=load_shapes(), spread=length_spread(), breakpoints=[200])
    assert tuple(getattr(profile.tokens, c) for c in CLASSES) == sample.tokens
    assert profile.requests == sample.requests
    assert sorted(m.model for m in profile.models) == list(sample.models)
    assert (profile.input_tokens is None) == (table.grain == "aggregate")
    assert sum(b.tokens.input for m in profile.models for b in m.tiers) == (
        profile.tokens.input if table.grain == "request" else 0
    )
    assert profile.requests_per_month > 0
    assert CANARY not in profile.model_dump_json()


@pytest.mark.parametrize("name", NAMES)
def test_no_text_or_identity_leaves_the_log(name: str, read: Reader) -> None:
    _, table = read(name)
    everything = repr(rows(table, "SELECT * FROM TABLE")) + table.model_dump_json() + "".join(read.said)
    assert CANARY not in everything
    for file in read.cache.rglob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_log_is_refused_without_quoting_it(name: str, tmp_path: Path) -> None:
    sample = SAMPLES[name]()
    broken = sample.text.replace("20", "x").replace("17", "y")  # times and many counts become unreadable
    path = tmp_path / sample.name
    path.write_text(broken, encoding="utf-8")
    said = ""
    try:
        said = read_logs([path], cache_dir=tmp_path / "cache").model_dump_json()
    except LogError as error:
        said = str(error)
    assert said
    assert CANARY not in said


@pytest.mark.parametrize("name", ["azure_trace", "litellm", "openai_usage"])  # one of each container
def test_gzip_changes_nothing(name: str, read: Reader, tmp_path: Path) -> None:
    sample, table = read(name)
    path = tmp_path / f"{sample.name}.gz"
    path.write_bytes(gzip.compress(sample.text.encode()))
    packed = read_logs([path], cache_dir=read.cache)
    assert packed.rows == table.rows
    sql = "SELECT * FROM TABLE ORDER BY ALL"
    assert rows(packed, sql) == rows(table, sql)


@pytest.mark.parametrize("name", ["litellm", "otlp", "anthropic_console"])
def test_identities_become_pseudonyms_that_only_this_machine_can_repeat(
    name: str, read: Reader, tmp_path: Path
) -> None:
    _, table = read(name)
    sql = "SELECT api_key, team, end_user, session, tag FROM TABLE ORDER BY ALL"
    here = rows(table, sql)
    elsewhere = rows(read_logs([read.folder / SAMPLES[name]().name], cache_dir=tmp_path), sql)
    names = [value for row in here for value in row if value is not None]
    assert names
    assert here != elsewhere
    assert all(len(str(value).partition("-")[2]) == 10 for value in names)


@pytest.mark.parametrize("name", NAMES)
def test_the_cache_is_private(name: str, read: Reader) -> None:
    read(name)
    for path in read.cache.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0 or path.name in ("cache",), path
        assert not path.is_file() or mode == 0o600


def mutated(text: str, generator: random.Random) -> str:
    """Return a line with a few characters changed, dropped, doubled or cut off."""
    characters = list(text)
    for _ in range(generator.randint(1, 4)):
        if not characters:
            break
        at = generator.randrange(len(characters))
        kind = generator.randrange(5)
        if kind == 0:
            characters[at] = chr(
                generator.choice([0, 34, 39, 44, 45, 46, 48, 57, 91, 92, 123, 125, 233, 8_232, 127_866])
            )
        elif kind == 1:
            del characters[at]
        elif kind == 2:
            characters.insert(at, characters[at] * generator.randint(1, 20))
        elif kind == 3:
            del characters[at:]
        else:
            characters[at:at] = generator.choice(ODD_WORDS)
    return "".join(characters).replace("\n", " ")


def fuzzed(name: str, count: int, folder: Path) -> tuple[TrafficTable, int]:
    """Return the table of a log with that many damaged lines, and how many lines it had."""
    sample = SAMPLES[name]()
    generator = random.Random(name)
    whole = sample.text.splitlines()
    head, body = (whole[:1], whole[1:]) if sample.name.endswith(".csv") else ([], whole)
    kept = [*head, *body, *(mutated(generator.choice(body), generator) for _ in range(count))]
    path = folder / sample.name
    path.write_text("\n".join(kept) + "\n", encoding="utf-8", newline="")
    rows_in = sum(1 for line in kept[len(head) :] if line.strip(" \t\r"))
    return read_logs([path], cache_dir=folder / "cache"), rows_in


ONE_ROW_A_LINE = {form.name for form in known_formats() if form.mode == "fields"} | {
    "bedrock",
    "otlp",
    "vertex_billing",
}


def check_fuzzed(name: str, table: TrafficTable, lines: int) -> None:
    if name in ONE_ROW_A_LINE:
        assert table.rows.read == lines
    if not SAMPLES[name]().name.endswith(".csv"):  # a comma lost and one won shifts columns, which nothing can tell
        assert CANARY not in repr(rows(table, "SELECT * FROM TABLE"))
    assert table.rows.used > 0
    assert table.rows.read == table.rows.used + sum(table.rows.set_aside.values())
    least = rows(table, "SELECT min(least(uncached_input, cache_read, cache_write_5m, cache_write_1h, output)), "
                        "count(*) FILTER (WHERE start IS NULL) FROM TABLE WHERE set_aside IS NULL")[0]  # fmt: skip
    assert least[0] is None or least[0] >= 0
    assert least[1] == 0


FUZZED = [name for name in NAMES if name != "plain"]  # a mutated zone is a refusal there, tested by itself


@pytest.mark.parametrize("name", FUZZED)
def test_mutated_lines_never_crash_and_always_count(name: str, tmp_path: Path) -> None:
    check_fuzzed(name, *fuzzed(name, MUTATIONS, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in FUZZED if name != "vllm_metrics"])  # one scrape is a short page
def test_very_many_mutated_lines_never_crash_and_always_count(name: str, tmp_path: Path) -> None:
    check_fuzzed(name, *fuzzed(name, MANY_MUTATIONS, tmp_path))


def test_mutated_lines_of_any_table_are_counted_or_refused_for_their_zones(tmp_path: Path) -> None:
    said = ""
    try:
        check_fuzzed("plain", *fuzzed("plain", MUTATIONS, tmp_path))
    except LogError as error:
        said = str(error)
    assert not said or "state a zone" in said
    assert CANARY not in said
