"""Finalists played: the cache answers what was asked before, and nothing else."""

import json

import numpy as np
import pytest

from steelyard.domain.serving import Slo, SloTerm
from steelyard.domain.traffic import Trace
from steelyard.serving.simulator.engine import Engine, StepTimes
from steelyard.study.busiest import busiest_load
from steelyard.study.played_cache import PlayedCache, clear_played
from steelyard.study.size_traffic import stated_traffic


def engine(first_ps: int = 10**9) -> Engine:
    times = StepTimes(np.full(65, first_ps, np.int64), np.zeros(9, np.int64), 0, 0, 0, 0, 1 << 24)
    return Engine(times, 8, 100, 16, True, 0.0)


TRACE = Trace(np.arange(5.0), np.full(5, 10), np.full(5, 3), np.zeros(5, np.int64))
SLO = Slo(terms=(SloTerm(metric="ttft", percentile=95, threshold_s=1.0),))


def test_every_part_of_the_question_is_in_its_key(tmp_path) -> None:
    cache = PlayedCache(tmp_path)
    later = Trace(TRACE.arrival_s + 1e-9, TRACE.input_tokens, TRACE.output_tokens, TRACE.cached_tokens)
    other = Slo(terms=(SloTerm(metric="ttft", percentile=99, threshold_s=1.0),))
    keys = [
        cache.key(engine(), TRACE, 1.0, SLO, 2), cache.key(engine(10**9 + 1), TRACE, 1.0, SLO, 2),
        cache.key(engine(), later, 1.0, SLO, 2), cache.key(engine(), TRACE, 1.5, SLO, 2),
        cache.key(engine(), TRACE, 1.0, other, 2), cache.key(engine(), TRACE, 1.0, SLO, 3),
        cache.key(engine()._replace(capacity_blocks=101), TRACE, 1.0, SLO, 2),
    ]  # fmt: skip
    assert len(set(keys)) == len(keys)
    assert keys[0] == PlayedCache(tmp_path).key(engine(), TRACE, 1.0, SLO, 2)


def test_what_was_kept_is_found_and_a_broken_file_is_as_if_absent(tmp_path) -> None:
    cache = PlayedCache(tmp_path / "played")
    assert cache.find("a") is None
    cache.keep("a", {"replicas": 3, "most_rps": 0.1 + 0.2})
    assert cache.find("a") == {"replicas": 3, "most_rps": 0.1 + 0.2}
    assert (tmp_path / "played" / "a.json").stat().st_mode & 0o077 == 0
    (tmp_path / "played" / "a.json").write_text("{")
    assert cache.find("a") is None
    (tmp_path / "played" / "a.json").write_text(json.dumps([1]))
    assert cache.find("a") is None


def test_kept_answers_can_be_cleared(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    PlayedCache().keep("a", {"replicas": 1})
    assert clear_played() > 0
    assert PlayedCache().find("a") is None


def test_a_cache_that_cannot_be_written_is_no_fault(tmp_path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    cache = PlayedCache(file / "below")
    cache.keep("a", {"replicas": 1})
    assert cache.find("a") is None


@pytest.mark.parametrize("rate", ["0.01", "3", "400"])
def test_the_busiest_hour_of_a_stated_traffic_has_its_rate_and_lengths(rate) -> None:
    profile = stated_traffic(rate, "900", "150")
    load = busiest_load(profile)
    trace = load.trace
    assert load.rate_rps == pytest.approx(float(rate))
    assert len(trace.arrival_s) / trace.arrival_s[-1] == pytest.approx(float(rate), rel=0.05)
    assert trace.input_tokens.mean() == pytest.approx(profile.mean_input_tokens, rel=0.1)
    assert 1_500 <= len(trace.arrival_s) <= 201_000
