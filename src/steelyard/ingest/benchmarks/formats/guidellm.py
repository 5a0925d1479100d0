"""GuideLLM's JSON report: a list of benchmarks, each with its strategy and its metrics by outcome of the requests.

Its ``time_per_output_token_ms`` counts the first token in; ours is its ``inter_token_latency_ms``.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from steelyard.ingest.benchmarks.run import BenchmarkFormat, Document, MissingKeyError, Run, number, part, text

__all__ = ["PLUGIN"]


def _benchmarks(document: Document) -> list[Document]:
    found = document.get("benchmarks")
    entries = cast("list[object]", found) if isinstance(found, list) else []
    return [cast(Document, entry) for entry in entries if isinstance(entry, Mapping)]


def _matches(document: Document) -> bool:
    entries = _benchmarks(document)
    return bool(entries) and all(part(entry, "metrics.output_tokens_per_second") for entry in entries)


def _load(benchmark: Document) -> str:
    """Return the load of a strategy: a sweep writes one benchmark for each of its own."""
    strategy = part(benchmark, "config.strategy") or part(benchmark, "args.strategy")
    kind = text(strategy, "type_")
    if kind == "synchronous":
        return "1"
    if kind == "concurrent":
        return f"{number(strategy, 'streams'):g}"
    if kind in ("constant", "poisson", "async"):
        return f"qps:{number(strategy, 'rate'):g}"
    if kind == "throughput":
        return ""
    raise MissingKeyError("config.strategy.type_", "synchronous, concurrent, constant, poisson or throughput, "
                          f"not {kind!r}")  # fmt: skip


def _runs(document: Document) -> Sequence[Run]:
    model = text(document, "args.model") or text(document, "config.spec.model")
    return [_run(entry, model) for entry in _benchmarks(document)]


def _run(benchmark: Document, model: str) -> Run:
    def mean(name: str, *, needed: bool = True) -> float | None:
        return number(benchmark, f"metrics.{name}.successful.mean", needed=needed)

    return Run(
        model=model or text(benchmark, "worker.backend_model") or text(benchmark, "config.backend.model"),
        load=_load(benchmark), input_tokens=mean("prompt_token_count") or 0.0,
        output_tokens=mean("output_token_count") or 0.0, ttft_ms=mean("time_to_first_token_ms", needed=False),
        tpot_ms=mean("inter_token_latency_ms", needed=False), output_tokens_per_s=mean("output_tokens_per_second"),
    )  # fmt: skip


PLUGIN = BenchmarkFormat("guidellm", "GuideLLM's report", _matches, _runs)
