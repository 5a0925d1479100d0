"""The Result: what ``decide --json`` prints. Cost is positive, unknown is null."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from steelyard.domain.break_points import BreakEven, Flip, SweepPoint
from steelyard.domain.claims import GateFinding
from steelyard.domain.currency import Currency
from steelyard.domain.insight import (
    Advocate,
    Contradiction,
    Convergence,
    CostSurface,
    GateCost,
    Influence,
    QualityStep,
    Removal,
    Tradeoffs,
)
from steelyard.domain.traffic import Profile
from steelyard.domain.value import Value
from steelyard.units import (
    Count,
    Days,
    Fraction,
    IndexPoints,
    Months,
    Ratio,
    Usd,
    UsdPerMonth,
    UsdPerMtok,
    UsdPerRequest,
)

__all__ = ["SCHEMA_VERSION", "AssumptionRow", "Baseline", "BillLine", "BreakEven", "Flip", "FrameworkView", "Kind",
           "MarginalCost", "Measurement", "OptimizeFirst", "OptionResult", "Payback", "PlanStep", "QuestionView",
           "Receipt", "Result", "Spread", "SweepPoint", "TuningView", "Verdict",
           "oldest_moving"]  # fmt: skip

SCHEMA_VERSION = "1.1"
"""Version of the decision document. Minor: fields with a default were added, and older documents still open. Major:
fields were changed or taken away. What each version added stands in ``docs/reference/decision-document.md``."""

Kind = Literal[
    "keep_today", "buy_api", "buy_hosted_open_weights", "fine_tune_managed", "self_host_rented",
    "fine_tune_self_hosted", "self_host_owned", "hybrid", "staged", "train",
]  # fmt: skip
Verdict = Kind | Literal["too_close_to_call", "infeasible"]


class Spread(Value):
    """Percentiles and mean of an uncertain amount."""

    p10: Usd
    """10th percentile."""
    p50: Usd
    """Median."""
    p90: Usd
    """90th percentile."""
    mean: Usd
    """Mean."""


class BillLine(Value):
    """One named cash-flow line of an option, at the mean over draws."""

    id: str
    """Identifier within the option's ledger."""
    label: str
    """Words for a reader."""
    group: str
    """What kind of cost: tokens, compute, people, power, space, network, once, capital, other."""
    usd_per_month: tuple[UsdPerMonth, ...]
    """Mean cost by month."""
    npv_usd: Usd
    """Mean present value."""
    formula: str = ""
    """The arithmetic in words, in the first month in which it is not nil, with every input at its stated mean."""


class PlanStep(Value):
    """What to hold from a month on."""

    month: Count
    """First month, 1 is the first month of the horizon."""
    action: str
    """In words."""
    units: Ratio | None = None
    """Devices, where the step concerns them."""


class Payback(Value):
    """Odds of paying back what building costs, against the best bought option."""

    prob_within_horizon: Fraction
    """Chance that the cumulative saving turns positive for good within the horizon."""
    prob_by_month: tuple[Fraction, ...]
    """The same by the end of each month."""
    p50_months: Months | None
    """Median month, null if the odds within the horizon are below one half."""
    discounted_prob_by_month: tuple[Fraction, ...] = ()
    """The same with every month at its present value."""
    discounted_p50_months: Months | None = None
    """Median month of that, null if its odds within the horizon are below one half."""
    irr_per_year: tuple[Fraction, ...] = ()
    """Internal rates of return of the mean saving; none, one or several."""
    irr_warning: str = ""
    """Why there is none, or that there are several and the present value is what counts."""


class ServingPlan(Value):
    """How a self-hosted option serves the traffic."""

    model: str
    """Open model."""
    accelerator: str
    """Accelerator."""
    precision: str
    """Weight format."""
    tp: Count
    """Tensor parallel."""
    pp: Count
    """Pipeline parallel."""
    ep: Count
    """Expert parallel."""
    gpus_per_replica: Count
    """Devices per replica."""
    replicas_peak: Ratio
    """Replicas in the busiest hour of month 1, spare included."""
    replicas_by_hour: tuple[Ratio, ...]
    """Replicas needed in each of the 168 hours of month 1, spare included."""
    goodput_rps: Ratio
    """Requests per second one replica holds within the SLO, bursts included [1/s]."""
    ttft_p95_s: Ratio | None
    """TTFT p95 at that load [s]."""
    tpot_p95_s: Ratio | None
    """TPOT p95 at that load [s]."""
    utilization_fraction: Fraction
    """Served load over what the paid replicas could carry within the SLO, mean over the week."""
    start_command: str = ""
    """The engine's start command with these settings."""
    benchmark_command: str = ""
    """Measures one replica at its goodput; ``steelyard calibrate`` reads the file it writes."""


class TuningView(Value):
    """How an option's model is made one's own, what that costs, and what it must bring to pay."""

    method: Literal["managed", "lora", "full", "continued_pre_training", "from_scratch"]
    """A seller's service; adapters; all weights on examples; on a corpus too; a new model."""
    base: str
    """Model it starts from, or whose shape it has."""
    months: tuple[Count, ...]
    """Months in which it is done: the first, then each repeat."""
    accelerator: str | None = None
    """Devices that train; null where a seller does."""
    least_devices: Count | None = None
    """Fewest that hold the job."""
    device_hours: Ratio | None = None
    """Device hours of one tuning or training, trials and failures included, mean [device h]."""
    cost_usd: Mapping[str, Usd] = {}
    """Line of the bill that tuning adds -> its mean sum over the horizon."""
    index_points_needed: IndexPoints | None = None
    """What tuning must add on the task to match the bar; null where a public score is missing."""
    against: str | None = None
    """Cheapest feasible option that is not tuned."""
    extra_usd: Usd | None = None
    """Present value of its cost beyond that option's."""
    worth_usd_per_request: UsdPerRequest | None = None
    """What each request must be worth more for it to pay."""
    success_uplift_needed: Fraction | None = None
    """How many more requests out of one must succeed; null where a failure has no price, or none would do."""


class MarginalCost(Value):
    """What more traffic costs, present value over present value of the requests added; beside the mean cost."""

    next_request_usd: UsdPerRequest
    """One more request at the stated means: machines held carry it, so that only what is metered costs."""
    usd_per_request: UsdPerRequest
    """A request of a tenth more in every month, mean over draws: machines are added where the load needs them."""
    usd_per_successful_request: UsdPerRequest | None = None
    """The same for one that succeeds; null where failures are not priced."""
    usd_per_mtok: UsdPerMtok
    """The same for a million tokens, input and output."""


class OptionResult(Value):
    """One way to serve, costed."""

    id: str
    """Stable identifier."""
    label: str
    """Words for a reader."""
    kind: Kind
    """Verdict name of its form."""
    feasible: bool
    """Whether no gate rules it out."""
    excluded_by: tuple[str, ...] = ()
    """Rules that exclude it."""
    allowed_if: tuple[str, ...] = ()
    """Conditions it carries."""
    npv_cost_usd: Spread | None = None
    """Present value of its cost; null if it could not be costed."""
    saving_vs_today_usd: Spread | None = None
    """Paired saving against today; null without a today."""
    saving_vs_best_bought_usd: Spread | None = None
    """Paired saving against the best bought option; null if there is none."""
    p_best: Fraction = 0.0
    """Share of draws in which it is the cheapest feasible option."""
    expected_regret_usd: Usd | None = None
    """Mean of its cost less the cheapest feasible option's, draw by draw."""
    cvar90_usd: Usd | None = None
    """Mean cost in the dearest tenth of draws."""
    cost_usd_per_month: tuple[UsdPerMonth, ...] = ()
    """Mean cost by month."""
    usd_per_request: UsdPerRequest | None = None
    """Present value of cost over present value of requests."""
    usd_per_successful_request: UsdPerRequest | None = None
    """Present value of cost, failures charged, over present value of requests that succeed; null where not priced."""
    levelized_cost_usd_per_mtok: UsdPerMtok | None = None
    """Present value of cost over present value of million tokens served."""
    marginal: MarginalCost | None = None
    """What more traffic costs; null where it could not be costed."""
    capex_usd: Usd = 0.0
    """Money spent up front on things owned, mean."""
    payback: Payback | None = None
    """Against the best bought option; null for bought options."""
    plan: tuple[PlanStep, ...] = ()
    """What to hold when."""
    slo: Literal["met", "not_met", "not_measured"] = "not_measured"
    """Whether the SLO is held; bought services publish none, so theirs is not measured."""
    serving: ServingPlan | None = None
    """For self-hosted options."""
    tuning: TuningView | None = None
    """For options whose model is tuned or trained."""
    utilization_fraction_by_month: tuple[Fraction | None, ...] = ()
    """Share of the capacity of every paid GPU hour that tokens take: expected use over expected hours paid, spare
    replicas, idle hours, start-up and staging among them; null in months without a paid hour, empty without GPUs."""
    lines: tuple[BillLine, ...] = ()
    """The bill."""
    gates: tuple[GateFinding, ...] = ()
    """What each gate answered."""
    quality: str = ""
    """What public evidence says of its quality against the reference."""
    notes: tuple[str, ...] = ()
    """Anything a reader should know."""


class FrameworkView(Value):
    """The rule of thumb beside the computed figures."""

    says: tuple[str, ...]
    """Every statement of the framework that applies; the governing one first."""
    governing: str
    """Question that governs: q1, q2, q3, q4 or none."""
    figures_say: str
    """What the computation says, in a sentence."""
    why: str
    """Why they differ, or that they agree."""
    agrees: bool
    """Whether verdict and governing statement point the same way."""
    in_part: bool = False
    """Whether they do for part of the traffic or part of the time: a mix, or buying now to build at a trigger."""


class QuestionView(Value):
    """One of the four questions."""

    id: Literal["q1", "q2", "q3", "q4"]
    """Which."""
    question: str
    """In words."""
    answer: Literal["yes", "no", "unknown"]
    """As stated or computed."""
    stated_by_user: bool
    """Whether the user answered it."""
    rule_of_thumb: str
    """What the framework says for this answer."""
    rule_source: str
    """Source of the rule."""
    finding: str
    """What was computed."""
    agrees_with_rule: bool | None
    """Whether the finding supports the rule; null where it cannot say, or does in part (the finding says how)."""
    evidence: tuple[str, ...] = ()
    """Figures behind the finding."""


class BaselineLine(Value):
    """One reference line."""

    option: str
    """Option identifier."""
    npv_cost_usd: Spread
    """Present value of its cost."""
    usd_per_month_now: UsdPerMonth
    """Cost in month 1."""


class Baseline(Value):
    """The two reference lines."""

    today: BaselineLine | None
    """What runs now; null if nothing does."""
    best_bought: BaselineLine | None
    """Cheapest allowed bought option after optimisation; null if none is allowed."""


class OptimizeFirst(Value):
    """A cheaper way to keep what runs, before any build."""

    action: str
    """What to do."""
    saving_usd_per_month: UsdPerMonth
    """Mean saving in month 1."""
    effort: Literal["hours", "days", "weeks"]
    """Work."""
    risk: str
    """What could go wrong."""
    how: str
    """Where the figure comes from."""


class Measurement(Value):
    """What knowing one input before deciding is worth, and what would tell."""

    input: str
    """Input name."""
    worth_up_to_usd: Usd
    """Expected value of perfect information on it; where it concerns quality, the most that an evaluation may win or
    save, beside ``evpi_usd`` and not bounded by it."""
    measurement: str
    """What to measure."""
    cost_usd: Usd | None
    """What measuring costs."""
    delay_months: Months | None = None
    """How long it takes."""
    delay_usd: Usd | None = None
    """What deciding that much later costs."""
    net_worth_usd: Usd | None = None
    """Worth less cost and delay; null where one of them is unknown."""
    concerns: Literal["cost", "quality"] = "cost"
    """Whether it tells of a cost, within ``evpi_usd``, or of quality, beside it."""


class AssumptionRow(Value):
    """One figure behind the result."""

    name: str
    """Name."""
    value: str
    """Value as printed."""
    unit: str
    """Unit."""
    source: str
    """Who says so."""
    url: str | None
    """Where."""
    as_of: date | None
    """Date the source was seen; null for the user's own statements and computed figures."""
    age_days: Days | None
    """Age on the study's date."""
    grade: str
    """How it was seen."""
    moves_verdict: bool = False
    """Whether some value of this figure, in the range searched, flips the verdict."""
    label: str = ""
    """Words for it, where its name is an identifier."""

    @property
    def words(self) -> str:
        """What a reader calls it."""
        return self.label or self.name


def oldest_moving(rows: Sequence[AssumptionRow]) -> AssumptionRow | None:
    """Return the figure of the oldest source among those that move the verdict; None where none is dated."""
    dated = [row for row in rows if row.moves_verdict and row.as_of is not None]
    return max(dated, key=lambda row: (row.age_days or 0.0, row.name), default=None)


class Receipt(Value):
    """What rebuilds this result."""

    engine_version: str
    """Steelyard's version."""
    seed: Count
    """Seed."""
    draws: Count
    """Draws."""
    as_of: date
    """Date of the facts."""
    study_sha256: str
    """Hash of the study."""
    log_sha256: Mapping[str, str]
    """File name (no path) -> hash."""
    facts_sha256: str
    """Hash of the catalogue."""
    overlay_sha256: str | None
    """Hash of the user's overlay."""
    command: str = ""
    """Command that repeats it."""


class Result(Value):
    """A decision anyone can check."""

    schema_version: str = SCHEMA_VERSION
    """Version of this document."""
    study: str
    """Name of the study."""
    as_of: date
    """Date of the facts."""
    horizon_months: Count
    """Horizon."""
    currency: str = "USD"
    """Currency of every amount that is a number."""
    display_currency: Currency | None = None
    """Currency, with its dated rate, of amounts inside sentences and of the reports; USD where null."""
    verdict: Verdict
    """The form that wins."""
    verdict_option: str | None
    """Identifier of the winning option."""
    confidence: Fraction | None
    """Share of draws in which no other option beats it by more than the threshold."""
    materiality_usd: Usd
    """Threshold below which options tie."""
    reason: str
    """One sentence."""
    framework: FrameworkView
    """Rule of thumb beside figures."""
    baseline: Baseline
    """Reference lines."""
    optimize_first: tuple[OptimizeFirst, ...]
    """Cheaper first steps."""
    base_case: Mapping[str, Ratio]
    """Every numeric input at its stated mean, and ``npv_cost_usd.<option>`` computed from them."""
    fixed: Mapping[str, Ratio] = {}
    """Numbers fixed inside the chosen option's ledger, by quantity: list prices, rents, counts of machines."""
    questions: tuple[QuestionView, ...]
    """The four questions."""
    options: tuple[OptionResult, ...]
    """All options, cheapest feasible first."""
    break_even: tuple[BreakEven, ...]
    """Break-even points."""
    flips: tuple[Flip, ...]
    """Flip points, nearest first."""
    regret_usd: Usd | None
    """Expected regret of the verdict."""
    evpi_usd: Usd | None
    """Expected value of perfect information on every input of cost, among the options that pass now; knowing quality,
    which could let others pass, is not in it: see the rows of ``value_of_information`` that concern quality."""
    value_of_information: tuple[Measurement, ...]
    """By input, most worth first."""
    convergence: Convergence | None = None
    """Whether the draws suffice for this decision; null where nothing passes."""
    influences: tuple[Influence, ...] = ()
    """How much of the doubt about the choice each input explains, with the margin at its p10 and p90; most first."""
    gate_costs: tuple[GateCost, ...] = ()
    """What each gate that blocks an option costs, dearest first."""
    removal: Removal | None = None
    """What removing or tokenising the sensitive part would open; null where no rule on the data blocks."""
    quality_steps: tuple[QualityStep, ...] = ()
    """How the choice moves with the chance asked of an option to be no worse than the reference."""
    advocate: Advocate | None = None
    """The strongest honest case for the runner-up; null without one."""
    cost_surface: CostSurface | None = None
    """Requests a month against price per request; null where nothing is bought or nothing is own."""
    tradeoffs: Tradeoffs | None = None
    """Ownership, speed, focus, frontier in dollars and engineer-months; null where no own option could be costed."""
    contradictions: tuple[Contradiction, ...] = ()
    """Figures of the study that cannot all be right, with the arithmetic; read them before the verdict."""
    not_considered: tuple[str, ...] = ()
    """Ways to serve that this version does not cost yet."""
    assumptions: tuple[AssumptionRow, ...]
    """Every figure behind the result."""
    oldest_figure: str | None = None
    """The oldest figure that moves the verdict, in words."""
    warnings: tuple[str, ...]
    """What to keep in mind."""
    traffic: Profile
    """The traffic decided on."""
    receipt: Receipt
    """What rebuilds it."""

    @property
    def one_reference_line(self) -> bool:
        """Whether what runs today is itself the best bought option."""
        lines = self.baseline
        return bool(lines.today and lines.best_bought and lines.today.option == lines.best_bought.option)

    @property
    def amounts_in(self) -> str:
        """The currency of what is shown, in words, with the rate, its date and its source."""
        shown = self.display_currency
        return self.currency if shown is None else f"{shown.code}, at {shown.words}"
