"""Speed of money: 36 months, the week tabulated against volume, 12 options, 10,000 draws on one core."""

import time

import numpy as np
import pytest

from steelyard.finance import builder as b
from steelyard.finance.evaluate import evaluate
from steelyard.finance.measures import npv_usd

N_DRAWS, N_MONTHS, N_OPTIONS, HOURS = 10_000, 36, 12, 168
MOST_SECONDS = 1.0


def week(random):
    """Return volume multipliers and machine hours per month, summed over the 168 hours of the week."""
    load = random.gamma(2.0, 5.0, HOURS)
    multipliers = np.geomspace(0.01, 100, 241)
    machines = np.maximum(np.ceil(multipliers[:, None] * load[None, :] / 7.0), 1.0) + 1.0
    return multipliers, machines.sum(axis=1) * 730.5 / HOURS


def option(k, random):
    """Return a ledger of the size of a self-hosted option: nine lines, some thirty operations."""
    book = b.LedgerBuilder(f"option_{k}")
    volume = book.input("volume", "request/month", "Requests")
    rent, engine, wage = (book.input(name, "1", name) for name in ("rent", "engine", "wage"))
    live = b.from_month(4)
    load = book.quantity("load", volume / engine / 20e6, "1", "Load over the base month")
    hours = book.quantity("hours", b.lookup(load, *map(np.ndarray.tolist, week(random))), "h/month", "Machine hours")
    book.line("rent", hours * 24.0 * rent * live, group="compute", label="Rent")
    book.line("tokens", volume * 0.001 * rent * (1 - live), group="tokens", label="Tokens while building")
    book.line("people", wage / 12 * (1.0 + 0.5 * live), group="people", label="People")
    book.line("egress", volume * 4e-6, group="network", label="Egress")
    book.line("storage", b.running_sum(volume) * 1e-7, group="other", label="Logs kept")
    book.line("servers", b.running_max(hours) * 0.1, group="capital", label="Servers")
    book.line("migration", b.in_month(1) * wage * 0.1, group="once", label="Migration")
    book.line("refresh", b.in_month(13) * wage * 0.05 + b.in_month(25) * wage * 0.05, group="once", label="Refresh")
    book.line("support", b.maximum(b.delay(volume, 1) * 1e-6, 500), group="other", label="Support")
    return book.build()


def make(n_draws=N_DRAWS):
    random = np.random.default_rng(1)
    inputs = {
        "volume": 20e6 * np.exp(random.normal(0.02, 0.1, (n_draws, N_MONTHS)).cumsum(axis=1)),
        "rent": np.exp(random.normal(0, 0.07, (n_draws, N_MONTHS)).cumsum(axis=1)),
        "engine": random.uniform(0.8, 1.2, (n_draws, 1)),
        "wage": random.uniform(2e5, 3e5, (n_draws, 1)),
    }
    return [option(k, random) for k in range(N_OPTIONS)], inputs


def present_values(options, inputs):
    return np.stack([npv_usd(evaluate(o, inputs, N_MONTHS, keep="total").total, 0.1) for o in options], axis=1)


@pytest.mark.bench
def test_twelve_options_ten_thousand_draws(benchmark):
    options, inputs = make()
    assert benchmark(present_values, options, inputs).shape == (N_DRAWS, N_OPTIONS)


@pytest.mark.slow
def test_the_same_stays_under_a_second():
    options, inputs = make()
    present_values(options, inputs)
    spent = []
    for _ in range(3):
        start = time.process_time()
        present_values(options, inputs)
        spent.append(time.process_time() - start)
    assert min(spent) < MOST_SECONDS
