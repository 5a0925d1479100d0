"""AIPerf's ``profile_export_aiperf.json``: one object per metric with its unit and mean, and the run's own settings."""

from collections.abc import Sequence
from typing import cast

from steelyard.ingest.benchmarks.run import BenchmarkFormat, Document, MissingKeyError, Run, number, part, text

__all__ = ["PLUGIN"]

_MILLISECONDS = {"ms": 1.0, "sec": 1e3, "s": 1e3, "us": 1e-3, "ns": 1e-6}


def _matches(document: Document) -> bool:
    return "input_config" in document and "avg" in part(document, "request_throughput")


def _ms(document: Document, metric: str) -> float | None:
    value = number(document, f"{metric}.avg", needed=False)
    unit = text(document, f"{metric}.unit") or "ms"
    if value is not None and unit not in _MILLISECONDS:
        raise MissingKeyError(f"{metric}.unit", f"one of {', '.join(_MILLISECONDS)}, not {unit!r}")
    return None if value is None else value * _MILLISECONDS[unit]


def _load(document: Document) -> str:
    clients = number(document, "input_config.loadgen.concurrency", needed=False)
    if clients is not None:
        return f"{clients:g}"
    rate = number(document, "input_config.loadgen.request_rate", needed=False)
    return "" if rate is None else f"qps:{rate:g}"


def _length(document: Document, metric: str, total: str) -> float:
    mean = number(document, f"{metric}.avg", needed=False)
    if mean is not None:
        return mean
    return (number(document, f"{total}.avg") or 0.0) / (number(document, "request_count.avg") or 1.0)


def _runs(document: Document) -> Sequence[Run]:
    names = part(document, "input_config.endpoint").get("model_names")
    model = str(cast("list[object]", names)[0]) if isinstance(names, list) and names else ""
    return [Run(
        model=model, load=_load(document), input_tokens=_length(document, "input_sequence_length", "total_isl"),
        output_tokens=_length(document, "output_sequence_length", "total_osl"),
        ttft_ms=_ms(document, "time_to_first_token"), tpot_ms=_ms(document, "inter_token_latency"),
        output_tokens_per_s=number(document, "output_token_throughput.avg", needed=False),
    )]  # fmt: skip


PLUGIN = BenchmarkFormat("aiperf", "AIPerf's aggregated profile", _matches, _runs)
