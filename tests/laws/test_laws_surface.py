"""The break-even surface: an own option that never leaves the seller's listing has no price at which it breaks even."""

from dataclasses import replace

from test_laws_decision import study, world  # pyright: ignore[reportUnknownVariableType]  not annotated

from steelyard.decision.decide import decide_options
from steelyard.domain.claims import GateFinding
from steelyard.domain.ledger import Call, Const, Ledger, Line, Quantity, Ref

PARTS = (0.1, 0.7, 0.2)
"""Shares of a bill written as lines of their own: their sum is the bill but for rounding."""


def in_parts(ledger: Ledger) -> Ledger:
    quantities: list[Quantity] = []
    lines: list[Line] = []
    for line in ledger.lines:
        for k, share in enumerate(PARTS):
            part = Call("mul", (Ref(line.quantity), Const(share)))
            quantities.append(Quantity(f"{line.quantity}_{k}", "USD/month", line.label, part))
            lines.append(replace(line, id=f"{line.id}_{k}", quantity=f"{line.quantity}_{k}"))
    return Ledger("never", (*ledger.quantities, *quantities), tuple(lines))


def test_an_own_option_that_only_buys_breaks_even_at_no_price() -> None:
    for volume in (2e5, 2e7, 6e7):
        demand, options, draws = world(volume)
        bought, own = options[0], options[2]
        never = replace(own, id="never", ledger=in_parts(bought.ledger), interim_lines=(), capex_lines=())
        done = decide_options(study(), demand, [*options, never], draws, names={}, costs_of_measuring={})
        assert done.insights.surface is not None
        assert {point.own_option for point in done.insights.surface.curve} <= {own.id, None}


def test_only_who_buys_today_is_told_what_they_pay() -> None:
    demand, options, draws = world(2e7)
    barred = GateFinding(gate="data", answer="blocked", rule="on premises")
    for offered, words in (
        (options, "; you pay $"),
        (options[1:], "; the best bought service costs $"),
        (
            [replace(options[1], gates=(barred,)), options[2]],
            "; the best bought service, which a rule here bars, costs $",
        ),
    ):
        done = decide_options(study(), demand, offered, draws, names={}, costs_of_measuring={})
        assert done.insights.surface is not None
        assert words in done.insights.surface.sentence
