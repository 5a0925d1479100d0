"""The study's traffic: read from its logs or taken as stated, and matched to models of the catalogue."""

import glob
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.price import RateCard
from steelyard.domain.study import Study, TodayApi
from steelyard.domain.traffic import ModelTraffic, Profile, TierTokens, TrafficTable
from steelyard.domain.traffic_details import TrafficDetails
from steelyard.errors import Fault, LogError, StudyError
from steelyard.facts.workload import length_spread, load_shapes
from steelyard.finance.bills import price_per_request
from steelyard.options.bought import Service, services_of
from steelyard.options.demand import Demand
from steelyard.study.logged_models import logged_model
from steelyard.workload.stated import stated_profile

if TYPE_CHECKING:
    from steelyard.ingest.classes import TrafficPart

__all__ = ["Traffic", "read_traffic", "tier_breakpoints", "today_services"]

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Traffic:
    """The traffic and where it came from."""

    profile: Profile
    """Statistics."""
    sha256: Mapping[str, str]
    """File name without path -> hash."""
    parts: Mapping[str, "TrafficPart"] = field(default_factory=lambda: {})
    """Profile and share of each class that the study tells apart by rules; empty where it has none."""

    def study_as_measured(self, study: Study) -> Study:
        """Return the study with the shares of its classes as the log shows them."""
        if not self.parts:
            return study
        classes = tuple(c.model_copy(update={"share": self.parts[c.name].share}) for c in study.traffic.classes
                        if c.name in self.parts)  # fmt: skip
        return study.model_copy(update={"traffic": study.traffic.model_copy(update={"classes": classes})})


def tier_breakpoints(catalogue: Catalogue) -> tuple[int, ...]:
    """Return every input length at which some price list changes its prices [token], ascending."""
    return tuple(
        sorted({int(t.above_input_tokens) for c in catalogue.rate_cards for t in c.tiers if t.above_input_tokens})
    )


def read_traffic(study: Study, base_folder: Path, catalogue: Catalogue, progress: Progress) -> Traffic:
    """Return the study's traffic.

    Parameters
    ----------
    study
        Names logs relative to its folder, or states the traffic.
    base_folder
        Folder of the study file.
    catalogue
        Its price breakpoints cut the input lengths, so that tiered bills are exact.
    progress
        Told what is being done.

    Raises
    ------
    LogError
        If a log is missing or cannot be read.
    StudyError
        If a stated traffic names an unknown shape.
    """
    shapes = load_shapes()
    wanted = study.traffic.stated.shape if study.traffic.stated else study.traffic.shape
    if wanted is not None and wanted not in shapes:
        raise StudyError(Fault(f"unknown shape {wanted!r}", f"{study.where}: traffic.shape",
                               f"one of {', '.join(sorted(shapes))}", "Name one of them"))  # fmt: skip
    if study.traffic.stated is not None:
        return Traffic(
            stated_profile(study.traffic.stated, shapes[study.traffic.stated.shape], spread=length_spread()), {}
        )
    from steelyard.ingest import profile_table, read_logs  # noqa: PLC0415  # loads the query engine

    progress("reading the log")
    table = read_logs(_paths(study, base_folder), log_format=study.traffic.log_format, mapping=study.traffic.mapping,
                      progress=lambda said: progress(f"reading the log: {said}"))  # fmt: skip
    progress("profiling the log")
    edges = tier_breakpoints(catalogue)
    profile = profile_table(table, shape=study.traffic.shape, breakpoints=edges, shapes=shapes, spread=length_spread())
    parts = _parts(study, table, edges)
    return Traffic(profile.model_copy(update={"details": _details(table, parts)}),
                   {file.name: file.sha256 for file in table.files}, parts)  # fmt: skip


def _parts(study: Study, table: TrafficTable, edges: Sequence[int]) -> Mapping[str, "TrafficPart"]:
    if all(part.where is None for part in study.traffic.classes):
        return {}
    from steelyard.ingest import profile_rules  # noqa: PLC0415  # loads the query engine

    if table.formats == ("warehouse",):
        raise LogError(Fault("a class has a rule, and the result of a warehouse holds no single rows",
                             f"{study.where}: traffic.classes", "shares", "Give each class its share"))  # fmt: skip
    rules = {part.name: part.where for part in study.traffic.classes}
    return profile_rules(table, rules, shape=study.traffic.shape, breakpoints=edges, shapes=load_shapes(),
                         spread=length_spread())  # fmt: skip


def _details(table: TrafficTable, parts: Mapping[str, "TrafficPart"]) -> TrafficDetails | None:
    from steelyard.ingest import daily_usage, traffic_details  # noqa: PLC0415  # loads the query engine
    from steelyard.ingest.classes import summary_of  # noqa: PLC0415

    if table.formats == ("warehouse",):
        return None
    summaries = tuple(summary_of(name, part) for name, part in parts.items())
    return traffic_details(table, daily_usage(table)).model_copy(update={"classes": summaries})


def _paths(study: Study, base_folder: Path) -> list[Path]:
    found: list[Path] = []
    faults: list[Fault] = []
    for pattern in study.traffic.logs:
        here = sorted(glob.glob(str(base_folder / pattern), recursive=True))
        if not here:
            faults.append(Fault(f"no file matches {pattern!r}", f"{study.where}: traffic.log",
                                "a file or pattern relative to the study file", "Check the path"))  # fmt: skip
        found += [Path(name) for name in here]
    if faults:
        raise LogError(faults)
    return list(dict.fromkeys(found))


def today_services(
    study: Study, demand: Demand, catalogue: Catalogue, card: RateCard | None
) -> tuple[tuple[Service, ...], tuple[str, ...]]:
    """Return what is bought today, the study's model first, each log model at its own price list.

    Models of the log that the catalogue does not know are priced as the study's model, and said so.

    Parameters
    ----------
    study
        Names what runs today.
    demand
        Traffic, by model as logged.
    catalogue
        Price lists.
    card
        Price list of the model the study names; None if nothing is bought.
    """
    if card is None or not isinstance(study.today, TodayApi):
        return (), ()
    if demand.profile.source == "stated":
        return services_of(card, demand), ()
    parts: dict[str, list[ModelTraffic]] = {}
    warnings: list[str] = []
    for traffic in demand.profile.models:
        found = logged_model(catalogue, traffic.model, seller=card.seller)
        own = catalogue.rate_card(card.seller, found) if found else None
        if own is None:
            own = card
            if traffic.model:
                warnings.append(f"the log names {traffic.model!r}, which {card.seller} does not list; "
                                f"it is priced as {card.model}")  # fmt: skip
        parts.setdefault(own.model, []).append(traffic)
    requests = sum(t.requests for t in demand.profile.models)
    if not requests or set(parts) <= {card.model}:
        return services_of(card, demand), tuple(warnings)
    order = [card.model, *(m for m in parts if m != card.model)] if card.model in parts else list(parts)
    cards = {m: catalogue.rate_card(card.seller, m) or card for m in order}
    return tuple(Service(cards[m], _usd(cards[m], parts[m], requests, demand)) for m in order), tuple(warnings)


def _usd(card: RateCard, traffics: Sequence[ModelTraffic], requests: int, demand: Demand) -> Mapping[str, float]:
    bands = [band for traffic in traffics for band in (traffic.tiers or _one_band(traffic))]
    price = price_per_request(card, bands, in_region=demand.in_region)
    share = sum(traffic.requests for traffic in traffics) / requests
    classes = ("uncached_input", "cache_read", "cache_write", "output", "fees")
    return {name: getattr(price, name) * share for name in classes}


def _one_band(traffic: ModelTraffic) -> tuple[TierTokens, ...]:
    return (TierTokens(above_input_tokens=0, requests=traffic.requests, tokens=traffic.tokens),)
