"""The profile query for a warehouse: DuckDB's and Spark's are executed and give the same profile;
the others parse."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from ingest_samples import SAMPLES
from steelyard.domain.traffic import Profile
from steelyard.errors import InputError, LogError, UnknownNameError
from steelyard.ingest import profile_table, read_logs
from steelyard.ingest.warehouse import DIALECTS, is_warehouse_result, read_warehouse_cube, warehouse_sql

pytest.importorskip("sqlglot", reason="the extra 'warehouse' (SQLGlot) is not installed")


def same_counts(far: Profile, here: Profile) -> None:
    assert far.rows == here.rows
    assert far.models == here.models
    assert far.tokens == here.tokens
    assert far.input_tokens == here.input_tokens
    assert far.output_tokens == here.output_tokens
    assert far.operations == here.operations
    assert far.failed_fraction == here.failed_fraction


@pytest.mark.parametrize("name", ["litellm", "azure_trace", "mooncake", "plain"])
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_the_small_result_gives_the_profile_of_the_log(name: str, kind: str, tmp_path: Path) -> None:
    sample = SAMPLES[name]()
    (tmp_path / sample.name).write_text(sample.text, encoding="utf-8")
    table = read_logs([tmp_path / sample.name], cache_dir=tmp_path / "cache")
    result = tmp_path / f"result.{kind}"
    with duckdb.connect() as con:
        con.execute(f"CREATE VIEW usage_requests AS FROM read_parquet('{table.path}')")
        query = warehouse_sql("duckdb", breakpoints=[500]).rstrip().rstrip(";")
        con.execute(f"COPY ({query}\n) TO '{result}'")
    far, here = profile_table(read_logs([result]), shape="flat"), profile_table(table, shape="flat", breakpoints=[500])
    same_counts(far, here)
    assert far.peak_to_mean_per_minute == here.peak_to_mean_per_minute
    assert far.inter_arrival_cv == pytest.approx(here.inter_arrival_cv, abs=1e-3)
    assert far.requests_per_month == pytest.approx(here.requests_per_month, rel=1e-3)
    for plane in ("counts", "input_sums", "output_sums"):
        assert np.asarray(getattr(far.joint, plane)).sum() == np.asarray(getattr(here.joint, plane)).sum()


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    if shutil.which("java") is None:
        pytest.skip("there is no Java to run Spark with")
    pyspark = pytest.importorskip("pyspark.sql", reason="the extra 'spark' (PySpark) is not installed")
    settings = {"spark.sql.session.timeZone": "UTC", "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2",
                "spark.driver.host": "127.0.0.1"}  # fmt: skip
    builder = pyspark.SparkSession.builder.master("local[2]").appName("steelyard tests")
    for key, setting in settings.items():
        builder = builder.config(key, setting)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Spark and its bridge to Java
def test_spark_runs_the_same_query_and_gives_the_same_profile(spark: Any, tmp_path: Path) -> None:
    rows = "".join(f"2026-10-01T{i // 360:02d}:{i // 6 % 60:02d}:{i * 7 % 60:02d}.{i % 1000:03d}Z,m{i % 3},"
                   f"{1 + i * 37 % 4_001},{i % 5},{1 + i * 13 % 901},{'error' if i % 50 == 0 else 'ok'}\n"
                   for i in range(5_000))  # fmt: skip
    log = tmp_path / "own.csv"
    log.write_text("start,model,input_tokens,cache_read,output_tokens,status\n" + rows, encoding="utf-8")
    table = read_logs([log], cache_dir=tmp_path / "cache")
    spark.read.parquet(str(table.path)).createOrReplaceTempView("usage_requests")
    text = warehouse_sql("spark", breakpoints={"m1": [500, 2_000]})
    query = "\n".join(line for line in text.splitlines() if not line.startswith("--")).rstrip().rstrip(";")
    spark.sql(query).coalesce(1).write.parquet(str(tmp_path / "result"))
    (result,) = (tmp_path / "result").glob("*.parquet")
    far = profile_table(read_logs([result]), shape="flat")
    here = profile_table(table, shape="flat", breakpoints={"m1": [500, 2_000]})
    same_counts(far, here)
    assert far.hour_of_week_rps == pytest.approx(here.hour_of_week_rps, rel=1e-3)
    assert far.peak_to_mean_per_minute == pytest.approx(here.peak_to_mean_per_minute)
    assert far.inter_arrival_cv == pytest.approx(here.inter_arrival_cv, rel=1e-3)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_parses_as_itself_and_says_whether_it_was_run(dialect: str) -> None:
    import sqlglot  # noqa: PLC0415  the extra may be absent

    text = warehouse_sql(dialect, source="project.logs.requests", breakpoints={"gpt-5.4": [272_000]})
    assert sqlglot.parse_one(text, read=dialect) is not None
    assert ("not executed by us" in text) == (dialect not in ("duckdb", "spark"))
    assert "272000" in text
    assert "requests" in text


def test_an_unknown_dialect_offers_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="bigquery"):
        warehouse_sql("bigqery")


def test_a_table_name_is_only_a_name() -> None:
    with pytest.raises(InputError, match="not a table name"):
        warehouse_sql("duckdb", source="x; DROP TABLE y")


def test_something_else_is_not_a_result(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(LogError, match="not a result of the profile query"):
        read_warehouse_cube(tmp_path / "other.csv")
    assert not is_warehouse_result(["a", "b"])
    assert is_warehouse_result(["PART", "MODEL", "K1", "K2", "N", "S1", "S2", "S3", "S4", "S5"])


def test_a_part_of_the_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "part.csv").write_text("part,model,k1,k2,n,s1,s2,s3,s4,s5\nspan,,0,1,1,0,0,0,0,0\n", encoding="utf-8")
    with pytest.raises(LogError, match="parts are missing: hour, input"):
        read_warehouse_cube(tmp_path / "part.csv")
