"""Working papers that go with the example: three ledgers over shared inputs, figures invented."""

# ruff: noqa: E501  rows stand on one line

from datetime import date

import numpy as np

from report_example import MONTHS, REQUESTS
from steelyard.domain.ledger import Ledger
from steelyard.domain.workings import Dial, WorkingInput, Workings
from steelyard.finance import builder as b

RATE = "discount_rate_per_year"
VOLUME = "requests_per_month"


def api(option: str, usd_per_request: float, switch_usd: float) -> Ledger:
    book = b.LedgerBuilder(option)
    requests = book.input(VOLUME, "request/month", "Requests a month")
    factor = book.input("price_factor.api", "1", "API price against today's list")
    price = book.constant("usd_per_request", usd_per_request, "USD/request", "Price of a request", "price page")
    tokens = book.quantity("token_usd", requests * price * factor, "USD/month", "Tokens")
    book.line("tokens", tokens, group="tokens", label="Tokens at list price")
    book.line("switch", b.in_month(1) * switch_usd, group="once", label="Evaluation and migration")
    return book.build()


def rented() -> Ledger:
    book = b.LedgerBuilder("rented-qwen")
    requests = book.input(VOLUME, "request/month", "Requests a month")
    rent = book.input("rent_factor.h100", "1", "GPU rent against today's")
    salary = book.input("staffing.engineer_usd_per_year", "USD/a", "Loaded cost of a platform engineer")
    held = book.quantity("machines", b.running_max(b.ceil(requests / 4.1e6)), "count", "Machines held")
    hours = b.lookup(requests, (1e6, 1e7, 4e7), (700.0, 730.5, 730.5))
    book.line("gpu", held * 2 * 2.19 * hours * rent, group="compute", label="GPU hours")
    book.line("people", 0.5 * salary / 12 * b.power(1.03, (b.month() - 1) / 12), group="people", label="Engineers")
    book.line("build", b.in_month(1) * 148_000.0, group="once", label="Building the stack")
    book.line("exit", -b.delay(b.in_month(3) * 9_000.0, 2), group="capital", label="Credit after two months")
    return book.build()


def example_workings(draws: int = 64) -> Workings:
    """Ledgers of three options of the example."""
    growth = 1.027 ** np.arange(MONTHS)
    fall = 0.975 ** np.arange(MONTHS)
    inputs = (
        WorkingInput(VOLUME, "Requests a month", "request/month", tuple(float(v) for v in REQUESTS * growth), "your log"),
        WorkingInput("price_factor.api", "API price against today's list", "1", tuple(float(v) for v in fall), "price history",
                     date(2026, 11, 2)),
        WorkingInput("rent_factor.h100", "GPU rent against today's", "1", (1.0,), "seller's page", date(2026, 8, 14)),
        WorkingInput("staffing.engineer_usd_per_year", "Loaded cost of a platform engineer", "USD/a", (268_000.0,), "your study"),
        WorkingInput(RATE, "Discount rate", "1/a", (0.1,), "your study"),
    )  # fmt: skip
    dials = (
        Dial("Requests a month", "request/month", (VOLUME,), REQUESTS, REQUESTS / 20, REQUESTS * 20, 15.9e6),
        Dial("API and hosted token prices", "of list", ("price_factor.api",), 1.0, 0.1, 4.0),
        Dial("Loaded cost of a platform engineer", "USD/a", ("staffing.engineer_usd_per_year",), 268_000.0, 60_000.0, 900_000.0, 71_000.0),
    )  # fmt: skip
    rng = np.random.default_rng(5)
    values = {i.name: np.asarray(i.mean) * np.exp(rng.normal(0, 0.2, (draws, 1))) for i in inputs if i.name != RATE}
    return Workings(n_months=MONTHS, discount_input=RATE, tie_fraction=0.02, tie_usd=10_000.0,
                    ledgers=(api("api-small", 0.0014, 26_000.0), rented(), api("today", 0.0029, 0.0)),
                    inputs=inputs, dials=dials, draws=values | {RATE: np.array([[0.1]])})  # fmt: skip
