"""The traffic of ``size``: from logs, or a rate with lengths; and its latency promises."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeVar, cast

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.serving import Slo, SloTerm
from steelyard.domain.study import StatedLengths, StatedTraffic
from steelyard.domain.traffic import Profile, Trace
from steelyard.domain.uncertain import Uncertain
from steelyard.errors import Fault, InputError, StudyError
from steelyard.facts.workload import length_spread, load_shapes
from steelyard.study.fields import Broken, Reader
from steelyard.study.fields_traffic import TRAFFIC
from steelyard.study.fields_yaml import Node, Scalar, read_yaml
from steelyard.study.machine_names import find_accelerator, find_open_model
from steelyard.study.quantities import SECONDS, Quantity, QuantityError, parse_quantity
from steelyard.units import SECONDS_PER_MONTH
from steelyard.workload.stated import stated_profile

__all__ = ["Asked", "asked_size", "logged_traffic", "promise_s", "promises", "stated_traffic"]

Made = TypeVar("Made")
RATE = Quantity("requests per second", "1/s", "4", 1e-6, 1e6)
P95 = 95.0
"""Percentile of the promises that ``size`` takes."""


class Asked(NamedTuple):
    """What sizing starts from."""

    slo: Slo
    """Latency promises."""
    profile: Profile
    """Traffic."""
    trace: Trace | None
    """Its single requests, where a log has them."""


def asked_size(
    catalogue: Catalogue, model: str, accelerator: str | None, *, ttft_p95: str, tpot_p95: str, logs: Sequence[Path],
    rate: str | None, input_tokens: str | None, output_tokens: str | None,
    progress: Callable[[str], None] = lambda _: None,
) -> Asked:  # fmt: skip
    """Return what was asked for, as typed at ``size``.

    Parameters
    ----------
    catalogue
        Known models and accelerators.
    model, accelerator
        Their names; no accelerator means all.
    ttft_p95, tpot_p95
        Promises.
    logs
        Usage logs; or ``rate`` with lengths.
    rate, input_tokens, output_tokens
        Traffic without a log.
    progress
        Told what is being read.

    Raises
    ------
    InputError
        With every fault: names, promises and traffic.
    """
    faults: list[Fault] = []

    def tried(make: Callable[[], Made]) -> Made | None:
        try:
            return make()
        except InputError as error:
            faults.extend(error.faults)
            return None

    tried(lambda: find_open_model(model, catalogue, where="--model"))
    if accelerator is not None:
        tried(lambda: find_accelerator(accelerator, catalogue, where="--accelerator"))
    traffic = tried(lambda: logged_traffic(logs, progress) if logs
                    else (stated_traffic(rate, input_tokens, output_tokens), None))  # fmt: skip
    slo = tried(lambda: promises(ttft_p95, tpot_p95))
    if faults or slo is None or traffic is None:
        raise InputError(faults)
    return Asked(slo, *traffic)


def promises(ttft_p95: str, tpot_p95: str) -> Slo:
    """Return the promises as typed.

    Raises
    ------
    StudyError
        With a fault for each that is no time.
    """
    faults: list[Fault] = []
    seconds = [_number(text, replace(SECONDS, high=3_600), flag, faults)
               for flag, text in (("--ttft-p95", ttft_p95), ("--tpot-p95", tpot_p95))]  # fmt: skip
    if faults:
        raise StudyError(faults)
    return Slo(terms=(SloTerm(metric="ttft", percentile=P95, threshold_s=seconds[0]),
                      SloTerm(metric="tpot", percentile=P95, threshold_s=seconds[1])))  # fmt: skip


def promise_s(text: str | None, flag: str) -> float | None:
    """Return one promise as typed [s]; None where none was.

    Raises
    ------
    StudyError
        If it is no time.
    """
    faults: list[Fault] = []
    seconds = None if text is None else _number(text, replace(SECONDS, high=3_600), flag, faults)
    if faults:
        raise StudyError(faults)
    return seconds


def stated_traffic(rate: str | None, input_tokens: str | None, output_tokens: str | None) -> Profile:
    """Return the profile of a steady rate with stated lengths.

    Raises
    ------
    StudyError
        With a fault for each flag that is missing or cannot be read.
    """
    typed = {"rate": rate or "", "input_tokens": input_tokens or "", "output_tokens": output_tokens or ""}
    faults = [_missing(key) for key, text in typed.items() if not text.strip()]
    rps = _number(typed["rate"], RATE, "--rate", faults) if typed["rate"].strip() else 0.0
    lengths = [_lengths(key, typed[key], faults) for key in ("input_tokens", "output_tokens") if typed[key].strip()]
    if faults:
        raise StudyError(faults)
    given, made = cast(list[StatedLengths], lengths)
    stated = StatedTraffic(requests_per_month=Uncertain.point(rps * SECONDS_PER_MONTH), input_tokens=given,
                           output_tokens=made, shape="flat")  # fmt: skip
    return stated_profile(stated, load_shapes()["flat"], spread=length_spread())


def logged_traffic(logs: Sequence[Path], progress: Callable[[str], None]) -> tuple[Profile, Trace | None]:
    """Return the profile of usage logs, and their requests where they have single ones.

    Raises
    ------
    LogError
        If a log cannot be read.
    """
    from steelyard.ingest import profile_table, read_logs  # noqa: PLC0415  loads the query engine
    from steelyard.ingest.trace import trace_of  # noqa: PLC0415

    table = read_logs(logs, progress=progress)
    single = table.grain == "request" and table.rows.used > 0
    return profile_table(table, shapes=load_shapes(), spread=length_spread()), trace_of(table) if single else None


def _missing(key: str) -> Fault:
    flag = f"--{key.replace('_', '-')}"
    return Fault("missing", flag, "--rate with --input-tokens and --output-tokens, or --log", f"Add {flag}")


def _number(text: str, quantity: Quantity, flag: str, faults: list[Fault]) -> float:
    try:
        value = parse_quantity(text, quantity)
    except QuantityError as error:
        faults.append(Fault(error.what, flag, quantity.expected, error.remedy))
        return 0.0
    if not value.is_point:
        faults.append(Fault(f"{text!r} is a range", flag, f"one value, {quantity.expected}", "Give the value to hold"))
    return value.p50


def _lengths(key: str, text: str, faults: list[Fault]) -> StatedLengths | None:
    flag = f"--{key.replace('_', '-')}"
    kind = next(entry.kind for entry in TRAFFIC.fields if entry.key == key)
    node: Node | None = read_yaml(text, flag)[0]
    reader = Reader(flag)
    value = kind.read(node if node is not None else Scalar(text, 0), reader, "")
    faults.extend(Fault(fault.what, flag, fault.expected, fault.remedy) for fault in reader.faults)
    return None if isinstance(value, Broken) else cast(StatedLengths, value)
