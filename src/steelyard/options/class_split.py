"""Classes of the traffic, each served its own way: bought, or run on own machines sized for that class."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import NamedTuple

from steelyard.domain.price import RateCard
from steelyard.domain.result import Kind, PlanStep
from steelyard.finance.builder import LedgerBuilder, Term, from_month, in_month
from steelyard.finance.embedding import Embedded, embed
from steelyard.options.bought import switch_cost
from steelyard.options.demand import Demand
from steelyard.options.option import REQUESTS, Option, listing_name, live_month
from steelyard.options.people import add_people, salary_of
from steelyard.options.routing import add_routing
from steelyard.printed import percent

__all__ = ["SHARED_BY_CLASSES", "ClassService", "split_option"]

_SWITCHES = ("migration", "forced_migration")
"""Lines of a bought option that are charged once for all classes on its model."""
SHARED_BY_CLASSES = ("build_people", "run_people", "ramp", "evaluation")
"""Lines of own machines that are charged once for all classes on machines."""
_BY_MODEL = ("refresh", "staging")
"""Lines of own machines that are charged once for all classes on one model."""


@dataclass(frozen=True, slots=True)
class ClassService:
    """A class and what serves it."""

    name: str
    """Name of the class."""
    share: float
    """Share of the requests [1]."""
    option: Option
    """What serves the class alone, costed on the class's own traffic."""
    demand: Demand
    """The class's own lengths, hours and deadlines."""

    @property
    def bought(self) -> RateCard | None:
        """Price list, where the class is bought."""
        return self.option.card

    @property
    def service(self) -> tuple[str, str]:
        """What tells ways to serve apart: seller and model, or machines and model."""
        return (self.bought.seller if self.bought else self.option.id, self.option.model)

    @property
    def said(self) -> str:
        """What serves the class, in a few words."""
        name = self.option.model.split("/")[-1]
        return name if self.bought else f"{name} on machines {'owned' if _is_owned(self.option) else 'rented'}"


class _Taken(NamedTuple):
    part: ClassService
    tag: str
    """Begins the names of its lines."""
    embedded: Embedded

    def lines(self, wanted: Collection[str]) -> list[str]:
        """Return the identifiers, in the whole, of some lines of the part that were taken in."""
        return [f"{self.tag}_{name}" for name in wanted if f"{self.tag}_{name}" in self.embedded.lines]


@dataclass
class _Book:
    """The ledger under construction and what was charged already."""

    builder: LedgerBuilder
    taken: list[_Taken] = field(default_factory=lambda: [])
    run: set[str] = field(default_factory=set[str])
    """Models on own machines so far."""


class _Machines(NamedTuple):
    devices: Term
    """Devices in service over all classes [device]."""
    live: Term
    """1 from the month in which the first of them serve [1]."""
    demand: Demand
    """Traffic whose build time is that of the first."""


def split_option(classes: Sequence[ClassService], demand: Demand, *, today: Collection[str]) -> Option:
    """Return the option of serving each class its own way.

    Every bought model that does not run today costs a migration and an evaluation of its own, and so does each
    retirement. Requests already carry what tells their classes apart, so classes that are all bought need no router;
    machines beside a bought service are charged routing and an evaluation of the mix. Whoever builds and runs the
    machines is charged once for all classes on them; each model on machines is evaluated and refreshed once.

    Parameters
    ----------
    classes
        Classes with what serves them, at least two ways in all.
    demand
        All traffic.
    today
        Models bought today.
    """
    own = [part for part in classes if part.bought is None]
    option_id = "split-by-class:machines" if own else "split-by-class"
    book = _Book(LedgerBuilder(option_id))
    requests = book.builder.input(REQUESTS, unit="request/month", label="Requests")
    for number, part in enumerate(classes, start=1):
        _add_class(book, part, requests, tag=_tag(part.name, number, classes))
    _add_switches(book.builder, [part.bought for part in classes if part.bought], today)
    if own:
        _add_own(book, demand, mixed=len(own) < len(classes))
    return _laid_out(option_id, classes, book, today)


def _tag(name: str, number: int, classes: Sequence[ClassService]) -> str:
    """Return what begins the names of a class's lines; numbered where two names would begin alike."""
    plain = re.sub(r"\W+", "_", name).strip("_").lower() or f"class_{number}"
    alike = [c for c in classes if re.sub(r"\W+", "_", c.name).strip("_").lower() == plain]
    return plain if len(alike) == 1 else f"{plain}_{number}"


def _is_owned(option: Option) -> bool:
    return option.hardware is not None and option.hardware.server is not None


def _add_class(book: _Book, part: ClassService, requests: Term, *, tag: str) -> None:
    share = book.builder.constant(f"{tag}_share", part.share, unit="1", source="traffic",
                                  label=f"Share of the requests, {part.name}")  # fmt: skip
    own = book.builder.quantity(f"{tag}_requests", requests * share, unit="request/month",
                                label=f"Requests, {part.name}")  # fmt: skip
    without = (
        [*_SWITCHES] if part.bought else [*SHARED_BY_CLASSES, *(_BY_MODEL if part.option.model in book.run else ())]
    )
    also = () if part.bought else ("servers" if _is_owned(part.option) else "machines",)
    taken = embed(book.builder, part.option.ledger, prefix=f"{tag}_", heading=f"{part.name}, {_model(part)}: ",
                  given={REQUESTS: own}, without=without, also=also)  # fmt: skip
    if f"{tag}_delay" in taken.lines:
        book.builder.share_line(f"{tag}_delay", part.share)
    book.taken.append(_Taken(part, tag, taken))
    if not part.bought:
        book.run.add(part.option.model)


def _model(part: ClassService) -> str:
    return part.option.model.split("/")[-1]


def _add_switches(builder: LedgerBuilder, cards: Sequence[RateCard], today: Collection[str]) -> None:
    """Add a migration for each bought model that does not run today, and those that retirements force."""
    if not cards:
        return
    once = switch_cost(builder)
    for _, card in sorted({(card.seller, card.model): card for card in cards}.items()):
        name = card.model.split("/")[-1]
        tag = re.sub(r"\W+", "_", name)
        if card.model not in today:
            builder.line(
                f"{tag}_migration", once * in_month(1), group="once", label=f"Migration and evaluation, {name}"
            )
        forced = builder.input(f"{listing_name(card)}.migration", unit="1",
                               label=f"Retirement of {card.model} at {card.seller}")  # fmt: skip
        builder.line(f"{tag}_forced_migration", once * forced, group="once",
                     label=f"Migration forced by a retirement, {name}")  # fmt: skip


def _add_own(book: _Book, demand: Demand, *, mixed: bool) -> None:
    """Add who builds and runs the machines of all classes, an evaluation of each model, and what a mix adds."""
    builder = book.builder
    salary = salary_of(builder, demand)
    machines = _machines(book, demand)
    add_people(builder, machines.demand, machines.devices, machines.live, salary)
    evaluation = builder.input("migration.evaluation_usd", unit="USD", label="One paired evaluation")
    more = len(book.run) - 1
    if more:
        builder.line("further_evaluations", evaluation * float(more) * in_month(1), group="once",
                     label="Evaluations of the other models on machines")  # fmt: skip
    if mixed:
        add_routing(builder, salary, live=machines.live)


def _machines(book: _Book, demand: Demand) -> _Machines:
    own = [taken for taken in book.taken if taken.part.bought is None]
    live = [live_month(taken.part.option.ledger, demand.build_months) for taken in own]
    devices = [_held(taken) * from_month(month) * float(_devices(taken.part))
               for taken, month in zip(own, live, strict=True)]  # fmt: skip
    main = max((taken.part for taken in own), key=lambda part: part.share)
    total = book.builder.quantity("devices", reduce(add, devices), unit="device", label="Devices over all classes")
    name = "servers" if _is_owned(main.option) else "machines"
    book.builder.quantity(name, total / float(_devices(main)), unit="machine",
                          label=f"Machines of the size that serves {main.name}, over all classes")  # fmt: skip
    return _Machines(total, from_month(min(live)), replace(demand, build_months=min(live) - 1))


def _held(taken: _Taken) -> Term:
    return taken.embedded.quantities["servers" if _is_owned(taken.part.option) else "machines"]


def _devices(part: ClassService) -> int:
    hardware = part.option.hardware
    machine = (hardware.server or hardware.offer) if hardware else None
    return machine.devices if machine else 1


def _kind(classes: Sequence[ClassService]) -> Kind:
    """Return the form of the whole: that of its parts where all are machines held the same way."""
    first = classes[0].option.kind
    alike = all(part.bought is None and part.option.kind == first for part in classes)
    return first if alike else "hybrid"


def _laid_out(option_id: str, classes: Sequence[ClassService], book: _Book, today: Collection[str]) -> Option:
    own = [part for part in classes if part.bought is None]
    main = max(own or classes, key=lambda part: part.share)
    said = ", ".join(f"{part.name} on {part.said}" for part in classes)
    notes = (*(_note(part) for part in classes), *(note for part in own for note in part.option.notes))
    return Option(
        id=option_id, label=f"{'Serve' if own else 'Buy'} by class: {said}", kind=_kind(classes),
        model=main.option.model, ledger=book.builder.build(), card=None if own else main.option.card,
        hardware=main.option.hardware if own else None,
        capex_lines=tuple(name for taken in book.taken for name in taken.lines(taken.part.option.capex_lines)),
        interim_lines=tuple(name for taken in book.taken for name in _paid_today(taken, today)) if own else (),
        notes=tuple(dict.fromkeys(notes)), steps=_steps(classes) if own else (),
    )  # fmt: skip


def _paid_today(taken: _Taken, today: Collection[str]) -> list[str]:
    """Return the lines of what is bought today already: until machines serve the class, or for good."""
    card = taken.part.bought
    if card is None:
        return taken.lines(taken.part.option.interim_lines)
    tokens = [line.id for line in taken.part.option.ledger.lines if line.group == "tokens"]
    return taken.lines(tokens) if card.model in today else []


def _note(part: ClassService) -> str:
    where = f"from {part.bought.seller}" if part.bought else part.option.label[0].lower() + part.option.label[1:]
    return f"class {part.name}: {percent(part.share)} of requests, {part.option.model} {where}"


def _steps(classes: Sequence[ClassService]) -> tuple[PlanStep, ...]:
    steps: list[PlanStep] = []
    for part in classes:
        month = 1 if part.bought else live_month(part.option.ledger, part.demand.build_months)
        steps.append(
            PlanStep(month=month, action=f"serve {part.name} ({percent(part.share)} of requests) on {part.said}")
        )
    return tuple(sorted(steps, key=lambda step: step.month))
