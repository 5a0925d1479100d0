"""``steelyard simulate``: a log played against a fleet, request by request."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steelyard.cli.days import DAY
from steelyard.cli.tables import table
from steelyard.cli.terminal import Progress, print_bytes, table_width
from steelyard.nouns import counted

if TYPE_CHECKING:
    from steelyard.domain.accelerator import Precision
    from steelyard.study.simulation import Latency, Played, Routing

__all__ = ["command"]

_MS = 1e3
_HOUR = 3600.0
_PRECISIONS = ("bf16", "fp8", "int8", "fp4", "int4")
_ROUTINGS = ("round_robin", "least_loaded", "power_of_two", "prefix_affinity")
_MOST_REPLICAS = 8


@click.command("simulate", short_help="Play a log against a fleet, request by request.")
@click.argument("logs", metavar="LOG...", nargs=-1, required=True)
@click.option("--model", required=True, metavar="MODEL", help="Open-weight model, such as llama-3.3-70b.")
@click.option("--accelerator", required=True, metavar="NAME", help="Such as h100-sxm.")
@click.option("--tp", type=click.IntRange(1, 64), default=1, show_default=True, help="Accelerators per replica.")
@click.option("--replicas", type=click.IntRange(1, 10_000), default=1, show_default=True, help="Equal replicas.")
@click.option("--precision", type=click.Choice(_PRECISIONS), help="Weight format.  [default: the published one]")
@click.option("--routing", type=click.Choice(_ROUTINGS), default="round_robin", show_default=True,
              help="How a request finds its replica.")  # fmt: skip
@click.option("--prefix-caching/--no-prefix-caching", default=True, show_default=True, help="Reuse equal prefixes.")
@click.option("--max-num-seqs", type=click.IntRange(1, 8192), default=256, show_default=True,
              help="Most requests in one iteration.")  # fmt: skip
@click.option("--max-num-batched-tokens", type=click.IntRange(1, 131_072), default=8192, show_default=True,
              help="Most tokens in one iteration.")  # fmt: skip
@click.option("--autoscale-from", metavar="N", type=click.IntRange(1), help="Keep N on, the rest as the work asks.")
@click.option("--start-up", metavar="S", default="5 min", show_default=True, help="From ordered to serving.")
@click.option("--target-in-flight", type=click.IntRange(1), default=32, show_default=True,
              help="Requests per replica that autoscaling aims at.")  # fmt: skip
@click.option("--ttft-p95", metavar="S", help="Time to first token that goodput counts: 1.5s.")
@click.option("--tpot-p95", metavar="S", help="Time per output token that goodput counts: 50ms.")
@click.option("--as-of", metavar="DATE", type=DAY, help="Day of the facts.  [default: today]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
def command(  # noqa: PLR0913, PLR0917  one per flag
    logs: tuple[str, ...], model: str, accelerator: str, tp: int, replicas: int, precision: "Precision | None",
    routing: "Routing", prefix_caching: bool, max_num_seqs: int, max_num_batched_tokens: int,
    autoscale_from: int | None, start_up: str, target_in_flight: int, ttft_p95: str | None,
    tpot_p95: str | None, as_of: datetime | None, as_json: bool,
) -> None:  # fmt: skip
    r"""Play the requests of usage logs against a fleet, at their own times and lengths, and say how each would fare.

    The engine is simulated as vLLM schedules: continuous batching, chunked prefill, preemption when the cache is full,
    reuse of prefixes where the log has their hashes. No accelerator is needed.

    \b
    Examples:
      steelyard simulate usage.jsonl --model llama-3.3-70b --accelerator h100-sxm --tp 4 --replicas 2
      steelyard simulate trace.jsonl --model llama-3.1-8b --accelerator h100-sxm --no-prefix-caching --json
      steelyard simulate usage.jsonl --model gpt-oss-120b --accelerator h200-sxm --replicas 4 --routing power_of_two \
                         --ttft-p95 1.5s --tpot-p95 50ms
    """
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy: only when simulating
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415
    from steelyard.study.simulation import Setup, simulate_log  # noqa: PLC0415
    from steelyard.study.size_traffic import promise_s  # noqa: PLC0415

    if max_num_batched_tokens < max_num_seqs:
        raise click.UsageError("--max-num-batched-tokens must not be below --max-num-seqs: each request needs a token.")
    limits = [promise_s(text, flag) for flag, text in (("--ttft-p95", ttft_p95), ("--tpot-p95", tpot_p95))]
    if autoscale_from is not None and autoscale_from > replicas:
        raise click.UsageError("--autoscale-from must not exceed --replicas, the most there may be.")
    setup = Setup(model, accelerator, tp, replicas, precision, routing, prefix_caching, max_num_seqs,
                  max_num_batched_tokens, autoscale_from, promise_s(start_up, "--start-up") or 0.0,
                  target_in_flight)  # fmt: skip
    catalogue = load_catalogue(as_of.date() if as_of else datetime.now(UTC).date(), overlay_folders(Path()))
    with Progress() as progress:
        found = simulate_log([Path(log) for log in logs], setup, catalogue, ttft_p95_s=limits[0], tpot_p95_s=limits[1],
                             progress=progress)  # fmt: skip
    if as_json:
        print_bytes(found.model_dump_json(indent=2) + "\n")
    else:
        click.echo(_page(found, promised=any(limit is not None for limit in limits)))


def _page(found: "Played", *, promised: bool) -> str:
    head = (f"{found.model} in {found.precision} on {found.replicas:,} x {found.tp} {found.accelerator}, "
            f"{found.routing.replace('_', ' ')}, prefix caching {'on' if found.prefix_caching else 'off'}; "
            f"facts of {found.as_of}")  # fmt: skip
    rejected = f", {found.rejected:,} too long for the cache" if found.rejected else ""
    good = f"; {found.within_fraction:.1%} within the promises, {found.goodput_rps:.3g} a second" if promised else ""
    lines = [
        f"{counted(found.arrived, 'request')} over {found.span_s:,.0f} s: {found.finished:,} answered{rejected}{good}",
        f"{found.output_tokens_per_s:,.0f} output tokens a second; {found.prefix_hit_fraction:.1%} of input tokens "
        f"found in the cache; a replica's cache holds {found.kv_capacity_tokens:,.0f} tokens",
    ]  # fmt: skip
    return "\n\n".join([head, "\n".join(lines), _latencies(found), _use(found), *_notes(found),
                        f"Start a replica: {found.start_command}"])  # fmt: skip


def _latencies(found: "Played") -> str:
    named: list[tuple[str, Latency | None]] = [
        ("waiting for the first iteration", found.queue_s), ("time to first token", found.ttft_s),
        ("time per output token", found.tpot_s), ("longest gap between tokens", found.longest_gap_s),
        ("end to end", found.e2e_s),
    ]  # fmt: skip
    rows = [[name, _time(t.p50), _time(t.p95), _time(t.p99), _time(t.max), _span(t)] for name, t in named if t]
    heads = ["", "p50", "p95", "p99", "longest", "p95, 80 % interval"]
    return table(heads, rows, right={1, 2, 3, 4, 5}, width=table_width())


def _span(t: "Latency") -> str:
    return "-" if t.low is None or t.high is None else f"{_time(t.low)} to {_time(t.high)}"


def _time(seconds: float) -> str:
    return f"{seconds * _MS:,.0f} ms" if seconds < 1.0 else f"{seconds:,.2f} s"


def _use(found: "Played") -> str:
    heads = ["replica", "paid", "busy", "cache, mean", "cache, peak", "preempted", "answered"]
    rows = [[str(k), f"{u.paid_s / _HOUR:.2f} h", f"{u.busy_fraction:.0%}", f"{u.kv_mean_fraction:.0%}",
             f"{u.kv_peak_fraction:.0%}", f"{u.preemptions:,}", f"{u.finished:,}"]
            for k, u in enumerate(found.use[:_MOST_REPLICAS], 1)]  # fmt: skip
    left = len(found.use) - len(rows)
    more = f"\n... and {left:,} more in --json" if left else ""
    return table(heads, rows, right={1, 2, 3, 4, 5, 6}, width=table_width()) + more


def _notes(found: "Played") -> list[str]:
    return ["\n".join(f"! {warning}" for warning in found.warnings)] if found.warnings else []
