"""Public quality evidence: it can rule an option out, never certify it."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from steelyard.domain.accelerator import Precision
from steelyard.domain.evidence import Evidence
from steelyard.domain.value import Value
from steelyard.units import Count, Fraction, IndexPoints, Ratio, Tokens

__all__ = ["CalibrationBin", "CalibrationScope", "CapabilityScore", "EvaluationRun", "FineTuningCase", "PairedAnswer",
           "PairedResult", "PublicScore", "QualityScore", "QuantizationLoss", "ShareRange", "TokenRatio",
           "VendorScore"]  # fmt: skip

CalibrationScope = Literal["overall", "few families", "capability"]
PairedAnswer = Literal["equal", "better", "no worse", "worse", "not established"]


class CapabilityScore(Value):
    """Index of one capability of one configuration, over the benchmarks of that capability alone."""

    index: IndexPoints
    """Index among the configurations measured on the capability, mean 100, standard deviation 15."""
    se: IndexPoints
    """Standard error of the index."""
    families: Count
    """Benchmark families behind it."""


class VendorScore(Value):
    """A score that the vendor reports of its own model: kept beside the index, never in it."""

    benchmark: str
    """Benchmark."""
    score: Ratio
    """Score as reported, in the benchmark's own unit."""
    independent: Ratio | None = None
    """Mean of independent evaluators on the same benchmark, in the same unit; absent where there is none."""
    reported_by: str
    """Who reports it."""


class PublicScore(Value):
    """What one evaluator measured of one configuration on one benchmark."""

    model: str
    """Model as the evaluator names it."""
    effort: str = ""
    """Reasoning effort, thinking budget or weights date as tagged by the evaluator; empty where none is told."""
    benchmark: str
    """Benchmark."""
    score: Ratio
    """Mean over the evaluator's rows, in the benchmark's own unit."""
    low: Ratio
    """Lowest of them."""
    high: Ratio
    """Highest of them."""
    rows: Count
    """How many there are (agents, runs, settings): they count as one evaluator."""
    evaluator: Literal["independent", "vendor"]
    """Whether the evaluator sells the model."""
    reported_by: str = ""
    """Vendor that reports it; empty where independent."""
    seen: str
    """Day or month of the newest row, ISO 8601."""
    source: str
    """Identifier of the source."""


class QualityScore(Value):
    """Ability index of one configuration (weights, effort, quantization)."""

    model: str
    """Model identifier as in the catalogue."""
    effort: str
    """Reasoning effort the score was taken at."""
    index: IndexPoints
    """Ability index, mean 100, standard deviation 15."""
    se: IndexPoints
    """Standard error of the index."""
    families: Count
    """Benchmark families behind it; fewer than 6: screen only; none: estimated."""
    spread: IndexPoints | None = None
    """Standard deviation among the estimates of single families; absent for one family."""
    capabilities: Mapping[str, CapabilityScore] = {}
    """Index by capability where measured; missing is unknown."""
    efforts: tuple[str, ...] = ()
    """Efforts and budgets the evaluators name for the scores used."""
    quantization: str = "as published or as served"
    """Weight format the scores were taken at; evaluators rarely tell."""
    weights_dates: tuple[str, ...] = ()
    """Dated releases of the weights the scores were taken on, as evaluators tag them."""
    evaluators: tuple[str, ...] = ()
    """Independent evaluators behind it."""
    vendor_reported: tuple[VendorScore, ...] = ()
    """The vendor's own scores, kept beside the index."""
    as_of: date
    """Date of the newest score used."""
    evidence: Evidence
    """Where it comes from."""

    @property
    def estimated(self) -> bool:
        """Whether no evaluator measured it: the index is estimated, ``se`` is the spread of that estimate."""
        return self.families == 0


class CalibrationBin(Value):
    """How often the model with the higher index wins on a benchmark family left out."""

    gap_from: IndexPoints
    """Lower edge of the index gap."""
    gap_to: IndexPoints
    """Upper edge of the index gap."""
    win_rate: Fraction
    """Share of held-out comparisons won by the higher index."""
    win_rate_frontier: Fraction | None = None
    """The same where both are above 110."""
    scope: CalibrationScope = "overall"
    """Whether the gap is of the ability index, of one where the thinner rests on fewer than 6 benchmark families, or
    of the index of one capability."""
    pairs: Count | None = None
    """Comparisons behind the rate."""


class QuantizationLoss(Value):
    """How much of a score survives a weight format, by size of the model: measured pairs, quantized against not."""

    formats: tuple[Precision, ...]
    """Weight formats it holds for."""
    parameters_from: Count
    """Smallest total of parameters it holds for."""
    parameters_to: Count | None = None
    """Total of parameters from which it no longer holds; absent: no upper end."""
    recovery_p10: Fraction
    """Share of the unquantized score that is kept, 10th percentile over pairs; noise of the evaluations included."""
    recovery_p50: Fraction
    """The same, median."""
    recovery_p90: Fraction
    """The same, 90th percentile."""
    index_shift: IndexPoints
    """Median shift of the ability index over checkpoints; negative is a loss."""
    index_sd: IndexPoints
    """Spread of that shift among checkpoints."""
    pairs: Count
    """Measured pairs."""
    checkpoints: Count
    """Quantized checkpoints among them."""
    evidence: Evidence
    """Where they come from."""


class FineTuningCase(Value):
    """One published before and after of fine-tuning."""

    case: str
    """Name of the case."""
    organisation: str
    """Who published it."""
    task: str
    """Task as named."""
    task_type: str = ""
    """Kind of task; empty where the source does not say."""
    base_model: str = ""
    """Model that was tuned."""
    parameters: Count | None = None
    """Its parameters."""
    method: str = ""
    """How it was tuned."""
    train_examples: str = ""
    """Size of the training data as published."""
    metric: str = ""
    """What the scores measure."""
    base_score: Ratio | None = None
    """Score before, in the metric's unit."""
    tuned_score: Ratio | None = None
    """Score after, in the metric's unit."""
    uplift_points: Ratio | None = None
    """After less before, in points of the metric."""
    comparator: str = ""
    """What it is compared with."""
    comparator_score: Ratio | None = None
    """Score of the comparator, in the metric's unit."""
    verdict: str = ""
    """Outcome as published."""
    grade: str
    """Grade of the evidence: A best; B published by its seller with code or data; C a statement."""
    evaluator: str
    """Who measured, and whether they sell tuning."""
    published: str
    """Year or month of publication."""
    evidence: Evidence
    """Where it comes from."""


class EvaluationRun(Value):
    """What the user's own evaluation says of one option: scores by item."""

    option: str
    """Option or model as named in the file."""
    scores: Mapping[str, Fraction]
    """Mean score of each item over its repeats, 0 to 1; an answer that failed counts 0."""
    groups: Mapping[str, str] = {}
    """Cluster of an item (a conversation, a document) where the file names one."""
    failures: Count | None = None
    """Answers that failed (error, time-out); absent where the file does not tell."""
    answers: Count = 0
    """Answers in all, repeats included."""
    input_tokens: Mapping[str, Tokens] = {}
    """Mean input tokens of each item over its repeats, where the file tells."""
    output_tokens: Mapping[str, Tokens] = {}
    """Mean output tokens of each item, reasoning included, where the file tells."""
    effort: str = ""
    """Reasoning effort, where the file names it."""


class TokenRatio(Value):
    """Tokens of one option over those of another on the same items, with its 80 % interval."""

    value: Ratio
    """Sum over sum."""
    low: Ratio
    """10th percentile."""
    high: Ratio
    """90th percentile."""
    items: Count
    """Items both told the tokens of."""


class ShareRange(Value):
    """A share with its 80 % interval."""

    value: Fraction
    """As counted."""
    low: Fraction
    """10th percentile."""
    high: Fraction
    """90th percentile."""


class PairedResult(Value):
    """What the user's own paired evaluation says of one option against the reference."""

    option: str
    """Option."""
    reference: str
    """Reference."""
    answer: PairedAnswer
    """``equal``: the interval lies within the margin on both sides; ``better``: it lies above zero and reaches beyond
    the margin; ``no worse``: it lies above the margin's lower end; ``worse``: below it; else more items are needed."""
    items: Count
    """Items both answered."""
    groups: Count
    """Independent clusters among them."""
    difference: Fraction
    """Mean score of the option less that of the reference."""
    low: Fraction
    """Lower end of the 90 % interval: a one-sided test at 5 %."""
    high: Fraction
    """Upper end of it."""
    margin: Fraction
    """How much worse still counts as no worse."""
    items_needed: Count
    """Items that would establish no worse with 80 % power if both were as good, at the scatter seen."""
    option_failures: Fraction | None = None
    """Share of answers of the option that failed; absent where the file does not tell."""
    reference_failures: Fraction | None = None
    """The same for the reference."""
    input_token_ratio: TokenRatio | None = None
    """Input tokens, option over reference; absent where the file does not tell."""
    output_token_ratio: TokenRatio | None = None
    """Output tokens, option over reference; absent where the file does not tell."""
    worse_fraction: ShareRange | None = None
    """Share of the items on which the option scored below the reference."""
    option_effort: str = ""
    """Reasoning effort of the option, where the file names it."""

    @property
    def words(self) -> str:
        """Return the result as a sentence, with its sample size and interval."""
        said = "not established as no worse" if self.answer == "not established" else self.answer
        at = f" (effort {self.option_effort})" if self.option_effort else ""
        more = f"; about {self.items_needed:,} items would settle it" if self.answer == "not established" else ""
        failed = f"; {self.option_failures:.1%} of its answers failed" if self.option_failures else ""
        return (f"{said} on your own evaluation{at}: {100 * self.difference:+.1f} points "
                f"({100 * self.low:+.1f} to {100 * self.high:+.1f}, n = {self.items:,}, margin "
                f"{100 * self.margin:g}){failed}{more}")  # fmt: skip
