"""``steelyard size``: which accelerator, how many, at what cost."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steelyard.cli.days import DAY
from steelyard.cli.tables import table
from steelyard.cli.terminal import Progress, print_bytes, table_width

if TYPE_CHECKING:
    from steelyard.domain.accelerator import Precision
    from steelyard.study.size import Size, SizeCandidate

__all__ = ["command"]

_MS = 1e3
_PRECISIONS = ("bf16", "fp8", "int8", "fp4", "int4")


@click.command("size", short_help="Find which accelerators, how many, at what cost.")
@click.option("--model", required=True, metavar="MODEL", help="Open-weight model, such as llama-3.3-70b.")
@click.option("--accelerator", metavar="NAME", help="One accelerator; all on offer by default.")
@click.option("--precision", type=click.Choice(_PRECISIONS), help="Weight format; the usual ones by default.")
@click.option("--log", "logs", metavar="LOG", multiple=True, help="Usage log; may be repeated.")
@click.option("--rate", metavar="R", help="Requests per second in the busiest hour, without a log.")
@click.option("--input-tokens", metavar="N", help="Mean input tokens per request, or '{p50: 900, p95: 4k}'.")
@click.option("--output-tokens", metavar="N", help="Mean output tokens per request.")
@click.option("--ttft-p95", required=True, metavar="S", help="Time to first token, 95th percentile: 1.5s.")
@click.option("--tpot-p95", required=True, metavar="S", help="Time per output token, 95th percentile: 50ms.")
@click.option("--availability", type=click.Choice(["none", "n_plus_1"]), default="none", show_default=True)
@click.option("--as-of", metavar="DATE", type=DAY, help="Day of the facts.  [default: today]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
def command(
    model: str, accelerator: str | None, precision: "Precision | None", logs: tuple[str, ...], rate: str | None,
    input_tokens: str | None, output_tokens: str | None, ttft_p95: str, tpot_p95: str, availability: str,
    as_of: datetime | None, as_json: bool,
) -> None:  # fmt: skip
    r"""Find how many accelerators hold a traffic at its latency promises, cheapest a month first.

    The traffic is a usage log, or a rate with lengths. Closed forms pick at most eight ways to run it, and these are
    played request by request on the busiest hour: n replicas hold the promises, n - 1 do not. Prices are the cheapest
    on-demand offers, whole instances held all month. Utilization comes out; there is no input for it.

    \b
    Examples:
      steelyard size --model llama-3.3-70b --log usage.jsonl --ttft-p95 1.5s --tpot-p95 50ms
      steelyard size --model gpt-oss-120b --accelerator h100-sxm --rate 4 --input-tokens 900 --output-tokens 150 \
                     --ttft-p95 1.5s --tpot-p95 50ms --json
    """
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy: only when sizing
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415
    from steelyard.study.size import size_model  # noqa: PLC0415
    from steelyard.study.size_traffic import asked_size  # noqa: PLC0415

    if bool(logs) == bool(rate):
        raise click.UsageError("Give the traffic: --log, or --rate with --input-tokens and --output-tokens.")
    catalogue = load_catalogue(as_of.date() if as_of else datetime.now(UTC).date(), overlay_folders(Path()))
    with Progress() as progress:
        asked = asked_size(catalogue, model, accelerator, ttft_p95=ttft_p95, tpot_p95=tpot_p95,
                           logs=[Path(log) for log in logs], rate=rate, input_tokens=input_tokens,
                           output_tokens=output_tokens, progress=progress)  # fmt: skip
        progress("sizing")
        found = size_model(model, asked.profile, asked.slo, catalogue, accelerator=accelerator, precision=precision,
                           spare=int(availability == "n_plus_1"), trace=asked.trace, progress=progress)  # fmt: skip
    if as_json:
        print_bytes(found.model_dump_json(indent=2) + "\n")
    else:
        click.echo(_page(found))


def _page(found: "Size") -> str:
    head = (f"{found.model}: {found.peak_rps:,.3g} requests/s in the busiest hour, {found.mean_rps:,.3g} on average; "
            f"facts of {found.as_of}")  # fmt: skip
    if not found.candidates:
        return "\n".join([head, "No accelerator on offer holds the promises.", *_why(found)])
    heads = ["accelerator", "weights", "played", "tp", "pp", "replicas", "devices", "requests/s", "TTFT p95",
             "TPOT p95", "busy", "USD/month", "80 % interval", "USD/Mtok"]  # fmt: skip
    rows = [_row(c) for c in found.candidates]
    first = found.candidates[0]
    parts = [head, table(heads, rows, right=set(range(3, len(heads))), width=table_width())]
    commands = [f"Start the first: {first.start_command}",
                f"Measure it, then give the file to steelyard calibrate: {first.benchmark_command}"]  # fmt: skip
    return "\n\n".join([*parts, "\n".join(_why(found)), *_week(found), *commands])


def _week(found: "Size") -> list[str]:
    """Say for how many hours of the week each number of replicas of the first is enough."""
    hours = found.replicas_by_hour
    if not hours:
        return []
    counts = ", ".join(f"{hours.count(n)} h with {n}" for n in sorted(set(hours)))
    return [f"Played: the busiest hour of the week, request by request. Replicas of the first over the week: {counts}."]


def _row(c: "SizeCandidate") -> list[str]:
    usd = c.interval["usd_per_month"]
    return [
        c.accelerator, c.precision, "yes" if c.simulated else "no", str(c.tp), str(c.pp), f"{c.replicas:,}",
        f"{c.replicas * c.gpus_per_replica:,}", f"{c.goodput_rps:.3g}",
        f"{c.ttft_s.p95:.2f} s", f"{c.tpot_s.p95 * _MS:.0f} ms",
        f"{c.utilization_fraction:.0%}", _usd(c.usd_per_month), f"{_usd(usd.low)} to {_usd(usd.high)}",
        "-" if c.usd_per_mtok is None else f"{c.usd_per_mtok:.2f}",
    ]  # fmt: skip


def _usd(amount: float | None) -> str:
    return "-" if amount is None else f"{amount:,.0f}"


def _why(found: "Size") -> list[str]:
    """Group what is ruled out by its reason."""
    reasons: dict[str, list[str]] = {}
    for name, reason in found.ruled_out.items():
        reasons.setdefault(reason, []).append(name)
    ruled_out = [f"! {reason}: {', '.join(names)}" for reason, names in sorted(reasons.items())]
    return [*ruled_out, *(f"! {note}" for note in found.notes)]
