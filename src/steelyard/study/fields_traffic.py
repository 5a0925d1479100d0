"""The ``traffic`` section: a log or stated figures, growth, and classes with their promises."""

import math
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from glob import has_magic, iglob
from pathlib import Path
from typing import cast

from steelyard.domain.serving import Slo, SloTerm
from steelyard.domain.study import StatedLengths, StatedTraffic, TrafficClass, TrafficNeeds, UnsizedTraffic
from steelyard.domain.uncertain import Uncertain
from steelyard.study.fields import BROKEN, Broken, Field, Reader, Section, Values, any_of, describe
from steelyard.study.fields_class_rule import RuleKind
from steelyard.study.fields_kinds import Choice, Exact, ListOf, Pairs, Text, UncertainKind, read_point
from steelyard.study.fields_yaml import Items, Keys, Node
from steelyard.study.quantities import (
    COUNT,
    FRACTION,
    GROWTH,
    HOURS,
    REQUESTS_PER_MONTH,
    SECONDS,
    TOKENS_PER_MONTH,
    TOKENS_PER_REQUEST,
    exactly,
    parse_quantity,
)

__all__ = ["LOG_COLUMNS", "SHAPES", "TRAFFIC", "default_slo"]

SHAPES = ("office_hours", "consumer", "flat", "batch", "measured")
"""Named hour-of-week shapes; ``measured`` is the published hour-of-week shape of a real service."""
LOG_COLUMNS = ("start", "end", "first_token", "model", "request_id", "status", "operation", "input_tokens",
               "uncached_input", "cache_read", "cache_write_5m", "cache_write_1h", "output_tokens", "reasoning_tokens",
               "requests", "duration_s", "first_token_s", "usd", "api_key", "team", "end_user", "session", "tag",
               "start_format")  # fmt: skip
"""Canonical columns that a ``mapping`` may name."""

_Z = {"p90": 1.2815515655446004, "p95": 1.6448536269514722, "p99": 2.3263478740408408}
"""Standard normal quantiles."""
_TRACE = "Azure LLM inference trace 2023, conversation (CC BY 4.0)"
_SHARES_TOLERANCE = 1e-6
_SLO_TTFT, _SLO_TPOT = "2s", "100ms"
_SLO_REASON = ("MLPerf Inference server limits (mlcommons/inference, loadgen/mlperf.conf, seen 2026-11-23): TTFT 2 s "
               "for most chat models, TPOT 80 to 200 ms; held here at p95")  # fmt: skip


@dataclass(frozen=True)
class Lengths:
    """Tokens per request: a mean, or percentiles over requests."""

    p95_to_p50: float
    """Spread used where only a mean is given."""

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return "tokens per request: a mean such as 900, or percentiles such as {p50: 900, p95: 4k}"

    def read(self, node: Node, reader: Reader, key: str) -> StatedLengths | Broken:
        """Return the median and the 95th percentile of a lognormal."""
        if isinstance(node, Keys):
            return _lengths_from_percentiles(node, reader, key, self.expected)
        mean = read_point(node, reader, key, _LENGTH)
        if isinstance(mean, Broken):
            return BROKEN
        reader.assume(f"{key} spread", f"p95 / p50 = {self.p95_to_p50:g}",
                      f"one number is read as the mean; the spread is that of the {_TRACE}")  # fmt: skip
        sigma = math.log(self.p95_to_p50) / _Z["p95"]
        p50 = _scaled(mean, math.exp(-(sigma**2) / 2))
        return StatedLengths(p50=p50, p95=_scaled(p50, self.p95_to_p50))

    def schema(self) -> dict[str, object]:
        """Return a mean or percentiles."""
        point = Exact(_LENGTH).schema()
        percentiles = {"type": "object", "additionalProperties": False, "required": ["p50"], "minProperties": 2,
                       "properties": dict.fromkeys(("p10", "p50", "p90", "p95", "p99"), point)}  # fmt: skip
        return any_of([point, percentiles])


_LENGTH = exactly(TOKENS_PER_REQUEST, low=1)
_UPPER = ("p95", "p99", "p90")


def _lengths_from_percentiles(node: Keys, reader: Reader, key: str, expected: str) -> StatedLengths | Broken:
    upper = next((name for name in _UPPER if name in node.entries), None)
    if "p50" not in node.entries or upper is None or not set(node.entries) <= {"p10", "p50", *_UPPER}:
        return reader.fault(node, key, f"percentiles {', '.join(node.entries) or 'none'}", expected=expected,
                            remedy="Give p50 and one of p90, p95, p99")  # fmt: skip
    read = {name: read_point(entry.node, reader, f"{key}.{name}", _LENGTH) for name, entry in node.entries.items()}
    if any(isinstance(value, Broken) for value in read.values()):
        return BROKEN
    values = cast(dict[str, Uncertain], read)
    ordered = [values[name].p50 for name in sorted(values, key=lambda name: int(name[1:]))]
    if ordered != sorted(ordered):
        return reader.fault(node, key, "percentiles fall", expected="p50 at most p90, p95, p99")
    p50, top = values["p50"], values[upper]
    if upper == "p95":
        return StatedLengths(p50=p50, p95=top)
    return StatedLengths(p50=p50, p95=_scaled(p50, (top.p50 / p50.p50) ** (_Z["p95"] / _Z[upper])))


def _scaled(value: Uncertain, factor: float) -> Uncertain:
    return Uncertain(p10=value.p10 * factor, p50=value.p50 * factor, p90=value.p90 * factor, shape=value.shape)


@dataclass(frozen=True)
class SloKind:
    """Latency promises: metric and percentile, then a time."""

    @property
    def expected(self) -> str:
        """What a right value looks like, in words."""
        return "latency promises such as {ttft_p95: 1.5s, tpot_p95: 50ms}"

    def read(self, node: Node, reader: Reader, key: str) -> Slo | Broken:
        """Return the promises."""
        if not isinstance(node, Keys):
            return reader.fault(node, key, f"{describe(node)} instead of promises", expected=self.expected)
        terms: list[SloTerm] = []
        broken = False
        for name, entry in node.entries.items():
            if name not in _SLO_KEYS:
                reader.fault(entry.line, f"{key}.{name}", f"unknown promise {name!r}",
                             expected=f"one of: {', '.join(_SLO_KEYS)}")  # fmt: skip
                broken = True
                continue
            seconds = Exact(exactly(SECONDS, high=3_600)).read(entry.node, reader, f"{key}.{name}")
            if isinstance(seconds, Broken):
                broken = True
                continue
            metric, percentile = _SLO_KEYS[name]
            terms.append(SloTerm.model_validate({"metric": metric, "percentile": percentile, "threshold_s": seconds}))
        if not node.entries:
            return reader.fault(node, key, "no promise", expected=self.expected, remedy="Leave `slo` out, or fill it")
        return BROKEN if broken else Slo(terms=tuple(terms))

    def schema(self) -> dict[str, object]:
        """Return the promises."""
        return {"type": "object", "additionalProperties": False, "minProperties": 1,
                "properties": {name: Exact(SECONDS).schema() for name in _SLO_KEYS}}  # fmt: skip


_SLO_KEYS = {f"{metric}_p{percentile}": (metric, float(percentile))
             for metric in ("ttft", "tpot", "e2e") for percentile in (50, 90, 95, 99)}  # fmt: skip


def default_slo() -> Slo:
    """Return the promises used where a study states none: TTFT p95 2 s, TPOT p95 100 ms."""
    return Slo(terms=(
        SloTerm(metric="ttft", percentile=95, threshold_s=parse_quantity(_SLO_TTFT, SECONDS).p50),
        SloTerm(metric="tpot", percentile=95, threshold_s=parse_quantity(_SLO_TPOT, SECONDS).p50),
    ))  # fmt: skip


def _build_class(values: Values, node: Keys, reader: Reader, key: str) -> object:
    if "batch_within_h" in values:
        if "slo" in values:
            return reader.fault(node, key, "both `slo` and `batch`", expected="`slo` (interactive) or `batch`",
                                remedy="Split the class in two")  # fmt: skip
        return TrafficClass.model_validate({"slo": Slo(), **values})
    if "slo" not in values:
        reader.assume(f"{key}.slo", f"ttft_p95 {_SLO_TTFT}, tpot_p95 {_SLO_TPOT}", _SLO_REASON)
        values["slo"] = default_slo()
    return TrafficClass.model_validate(values)


CLASS = Section(
    (
        Field("name", Text("a short name", r"[\w .+-]{1,60}"), "Name of the class.", required=True),
        Field("share", Exact(FRACTION), "Share of requests; shares sum to 100 %. Measured where classes have rules."),
        Field(
            "where", RuleKind(), "Which requests of the log belong to the class; the first rule that fits takes one."
        ),
        Field(
            "options",
            ListOf(Text("a model, a seller or a way to serve")),
            "Models, sellers or ways to serve (buy_api, self_host_owned, ...) that the class may use.",
        ),
        Field("slo", SloKind(), "Latency promises; every one must hold."),
        Field("batch", Exact(HOURS), "Time within which results of a batch class are due.", attribute="batch_within_h"),
    ),
    _build_class,
    example="{name: chat, share: 80%, slo: {ttft_p95: 1.5s, tpot_p95: 50ms}}",
)


def _check_traffic(values: Values, node: Keys, reader: Reader, key: str) -> None:
    """Note what is wrong between keys: two sources or none, shares, files that are not there."""
    has_log, stated = "log" in node.entries, [name for name in (*_STATED, _TOKENS) if name in node.entries]
    if has_log and stated:
        reader.fault(node.entries[stated[0]].line, key, f"both a log and stated traffic ({', '.join(stated)})",
                     expected="`log`, or " + ", ".join(f"`{name}`" for name in _STATED),
                     remedy="Keep the log: it says more; remove the stated figures")  # fmt: skip
    elif not has_log:
        _check_stated(stated, node, reader, key)
    if "classes" in values:
        _check_classes(cast(tuple[TrafficClass, ...], values["classes"]), node, reader, key)
    if "logs" in values:
        _check_files(cast(tuple[str, ...], values["logs"]), node.entries["log"].node, reader, f"{key}.log")


def _check_stated(stated: list[str], node: Keys, reader: Reader, key: str) -> None:
    missing = [name for name in _STATED if name not in stated]
    if not missing and _TOKENS in stated:
        reader.fault(node.entries[_TOKENS].line, key, f"both `requests_per_month` and `{_TOKENS}`",
                     expected="one of them beside the lengths", remedy="Keep the requests: they say more")  # fmt: skip
    if missing == ["requests_per_month"]:
        return  # derived from the tokens, or from what is spent: see `volume_fault`
    if missing and _TOKENS in stated:
        reader.fault(node, key, f"tokens a month without the length of a request: no {' and no '.join(missing[-2:])}",
                     expected="`input_tokens` and `output_tokens`: requests follow by division",
                     remedy=f"Add {' and '.join(f'`{name}`' for name in missing if name in _LENGTHS)}")  # fmt: skip
    elif missing:
        what = f"stated traffic lacks {', '.join(missing)}" if stated else "no traffic"
        reader.fault(node, key, what, expected="`log: [...]`, or " + ", ".join(f"`{name}`" for name in _STATED),
                     remedy="Name a usage log, or state the traffic; the two lengths alone do beside "
                     "`today.spend_per_month`")  # fmt: skip
    only_log = [name for name in ("format", "mapping") if name in node.entries]
    if only_log and not missing:
        reader.fault(node.entries[only_log[0]].line, key, f"`{'` and `'.join(only_log)}` without a log",
                     expected="`log` beside it", remedy="Remove it, or name the log")  # fmt: skip


def _build_traffic(values: Values, _node: Keys, reader: Reader, key: str) -> object:
    if "classes" not in values:
        reader.assume(f"{key}.classes", f"one class `all`: ttft_p95 {_SLO_TTFT}, tpot_p95 {_SLO_TPOT}", _SLO_REASON)
        values["classes"] = (TrafficClass(name="all", share=1.0, slo=default_slo()),)
    derived = "logs" not in values and "requests_per_month" not in values
    stated = None if "logs" in values else _stated(values, reader, key)
    given = {name: values[name] for name in ("logs", "mapping", "log_format", "shape", "growth_per_month", "classes",
                                           "peak_rps") if name in values}  # fmt: skip
    return TrafficNeeds.model_validate(given | {"unsized" if derived else "stated": stated})


def _stated(values: Values, reader: Reader, key: str) -> StatedTraffic | UnsizedTraffic:
    given = {name: values[name] for name in (*_STATED, _TOKENS, "cached_fraction", "shape") if name in values}
    if "shape" not in given:
        reader.assume(f"{key}.shape", "office_hours", "no source: a convention for traffic without a log; set it")
    if "cached_fraction" not in given:
        reader.assume(f"{key}.cached_fraction", "0%", "nothing known of reuse: all input is taken as uncached")
    if "requests_per_month" not in given:
        return UnsizedTraffic.model_validate(given)
    return StatedTraffic.model_validate(given)


def _check_classes(classes: tuple[TrafficClass, ...], node: Keys, reader: Reader, key: str) -> None:
    line = node.entries["classes"].line
    names = [entry.name for entry in classes]
    if len(set(names)) < len(names):
        reader.fault(line, f"{key}.classes", f"two classes share a name ({', '.join(names)})",
                     expected="a name of its own for each class", remedy="Rename one of them")  # fmt: skip
    if any(entry.where is not None for entry in classes):
        return _check_rules(classes, node, reader, key)
    total = sum(entry.share for entry in classes)
    if abs(total - 1) > _SHARES_TOLERANCE:
        shares = " + ".join(f"{entry.share:.6g}" for entry in classes)
        reader.fault(line, f"{key}.classes", f"shares sum to {total:.4g} ({shares})",
                     expected="shares that sum to 100 %", remedy="Correct a share, or add a class")  # fmt: skip
    return None


def _check_rules(classes: tuple[TrafficClass, ...], node: Keys, reader: Reader, key: str) -> None:
    """Note what is wrong with classes that have rules: no log, shares beside them, two that take the rest."""
    line, where = node.entries["classes"].line, f"{key}.classes"
    if "log" not in node.entries:
        reader.fault(line, where, "a class has a rule and there is no log", expected="`log` beside it",
                     remedy="Name the log, or give shares")  # fmt: skip
    stated = [entry.name for entry in classes if entry.share > 0]
    if stated:
        reader.fault(line, where, f"both rules and shares ({', '.join(stated)})", expected="rules, or shares",
                     remedy="Remove the shares: they are measured")  # fmt: skip
    rest = [entry.name for entry in classes if entry.where is None]
    if len(rest) > 1:
        reader.fault(line, where, f"more than one class without a rule ({', '.join(rest)})",
                     expected="at most one, which takes what is left", remedy="Give each but one a rule")  # fmt: skip


def _check_files(paths: tuple[str, ...], node: Node, reader: Reader, key: str) -> None:
    """Note every path that matches no file, beside the study's other faults."""
    if reader.base is None:
        return
    lines = [item.line for item in node.items] if isinstance(node, Items) else [node.line] * len(paths)
    for path, line in zip(paths, lines, strict=True):
        if not _matches(reader.base, path):
            reader.fault(line, key, f"no file {'matches' if has_magic(path) else 'called'} {path!r}",
                         expected="a usage log; paths are relative to the study's folder",
                         remedy=_path_remedy(path))  # fmt: skip


def _path_remedy(path: str) -> str:
    """Return what to do about a path that matches nothing: the locale may be what cannot name it."""
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return f"Set PYTHONUTF8=1: names are read as {sys.getfilesystemencoding()} here and cannot hold it"
    return "Check the path, or state the traffic instead of a log"


def _matches(base: Path, path: str) -> bool:
    if not has_magic(path):
        return (base / path).exists()
    return next(iglob(str(base / path), recursive=True), None) is not None


_STATED: Mapping[str, None] = dict.fromkeys(("requests_per_month", "input_tokens", "output_tokens"))
_LENGTHS = ("input_tokens", "output_tokens")
_TOKENS = "tokens_per_month"
_NEUTRAL_GROWTH = "-3% to 3% per month"

TRAFFIC = Section(
    (
        Field("log", ListOf(Text("a path or a glob")), "Usage logs in any supported format, relative to the study.",
              attribute="logs"),
        Field("format", Text("a log format", r"[\w-]+"), "Log format, where sniffing is to be overruled.",
              attribute="log_format"),
        Field("mapping", Pairs("canonical column -> column of the log", LOG_COLUMNS),
              "Column names of a generic CSV, JSON-lines or Parquet log."),
        Field("requests_per_month", UncertainKind(REQUESTS_PER_MONTH), "Requests a month, where there is no log."),
        Field("tokens_per_month", UncertainKind(TOKENS_PER_MONTH),
              "Tokens a month, input and output together, where requests are not known: they follow from the lengths."),
        Field("input_tokens", Lengths(4.0), "Input tokens per request: a mean, or percentiles over requests."),
        Field("output_tokens", Lengths(3.5),
              "Output tokens per request, reasoning included: a mean, or percentiles over requests."),
        Field("cached_fraction", Exact(FRACTION), "Share of input tokens read from a cache today."),
        Field("shape", Choice(SHAPES), "Hour-of-week shape, where no log covers a week."),
        Field("growth", UncertainKind(GROWTH), "Growth of requests, such as 2% to 6% per month.",
              attribute="growth_per_month", default=_NEUTRAL_GROWTH,
              reason="no source: neutral, as likely to shrink as to grow; set it, it weighs much"),
        Field("classes", ListOf(CLASS, single=False, least=1), "Parts of the traffic, each with its own promise."),
        Field("peak_requests_per_second", Exact(COUNT), "Busiest rate you know of, held against the volume.",
              attribute="peak_rps"),
    ),
    _build_traffic,
    check=_check_traffic,
    example="{log: [usage.jsonl]}",
)  # fmt: skip
"""The section."""
