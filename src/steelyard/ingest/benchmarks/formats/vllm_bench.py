"""``vllm bench serve --save-result``: one object a run, its ``--metadata`` merged into it."""

from collections.abc import Sequence

from steelyard.ingest.benchmarks.run import BenchmarkFormat, Document, Run, number, text

__all__ = ["PLUGIN"]

_MACHINE = ("accelerator", "weights", "tp", "pp", "engine")


def _matches(document: Document) -> bool:
    return {"model_id", "total_output_tokens", "output_throughput"} <= document.keys()


def _load(document: Document) -> str:
    clients = number(document, "max_concurrency", needed=False)
    if clients is not None:
        return f"{clients:g}"
    rate = document.get("request_rate")
    return "" if rate in (None, "inf") else f"qps:{number(document, 'request_rate'):g}"


def _runs(document: Document) -> Sequence[Run]:
    completed = number(document, "completed") or 1.0
    return [Run(
        model=text(document, "model_id"), load=_load(document),
        input_tokens=(number(document, "total_input_tokens") or 0.0) / completed,
        output_tokens=(number(document, "total_output_tokens") or 0.0) / completed,
        ttft_ms=number(document, "mean_ttft_ms", needed=False), tpot_ms=number(document, "mean_tpot_ms", needed=False),
        output_tokens_per_s=number(document, "output_throughput"),
        said={name: str(document[name]) for name in _MACHINE if isinstance(document.get(name), str | int)},
    )]  # fmt: skip


PLUGIN = BenchmarkFormat("vllm_bench", "vLLM's benchmark of a server", _matches, _runs)
