"""What one tuning costs, part by part, and when it is repeated."""

from dataclasses import dataclass
from datetime import date

from steelyard.units import TOKENS_PER_MTOK

__all__ = ["TuningCost", "TuningProgramme", "data_work_usd", "managed_tuning", "refresh_months", "self_hosted_tuning"]

MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class TuningCost:
    """One tuning, by part [USD]."""

    compute_usd: float
    """Devices or the seller's training price."""
    data_usd: float
    """Collecting, labelling, cleaning."""
    people_usd: float
    """Engineers."""
    evaluation_usd: float
    """Evaluations of candidates and of the result."""

    @property
    def usd(self) -> float:
        """All parts."""
        return self.compute_usd + self.data_usd + self.people_usd + self.evaluation_usd


@dataclass(frozen=True, slots=True)
class TuningProgramme:
    """A seller's managed fine-tuning, as announced."""

    usd_per_mtok_trained: float
    """Price per million training tokens, epochs counted [USD/Mtok]."""
    hosting_usd_per_h: float = 0.0
    """Price of keeping a tuned model deployed [USD/h]; 0 where tokens alone are charged."""
    minimum_usd: float = 0.0
    """Least charge of a job [USD]."""
    closed_to_new_since: date | None = None
    """From this day organisations that never used it are not admitted."""
    no_jobs_after: date | None = None
    """Last day on which a job can be started."""

    def open_on(self, day: date, *, used_before: bool) -> bool:
        """Return whether a job can be started on that day."""
        if self.no_jobs_after is not None and day > self.no_jobs_after:
            return False
        return used_before or self.closed_to_new_since is None or day < self.closed_to_new_since


def data_work_usd(examples: int, *, minutes_per_example: float, usd_per_h: float, passes: float = 1.0) -> float:
    """Return the cost of labelling or reviewing examples [USD].

    Parameters
    ----------
    examples
        Examples.
    minutes_per_example
        Work on each [min].
    usd_per_h
        Loaded cost of who does it [USD/h].
    passes
        People who see each example; more than 1 where labels are checked.

    Examples
    --------
    >>> data_work_usd(40_000, minutes_per_example=3, usd_per_h=50, passes=1.2)
    120000.0
    """
    return examples * passes * minutes_per_example / MINUTES_PER_HOUR * usd_per_h


def managed_tuning(
    programme: TuningProgramme, training_tokens: float, *, epochs: float, runs: float, data_usd: float,
    people_usd: float, evaluation_usd: float,
) -> TuningCost:  # fmt: skip
    """Return the cost of a tuning at a seller.

    Parameters
    ----------
    programme
        Prices.
    training_tokens
        Tokens of the training set [token].
    epochs
        Times each is seen.
    runs
        Jobs paid for each one used, at least 1.
    data_usd, people_usd, evaluation_usd
        Other parts [USD].
    """
    job = max(training_tokens * epochs / TOKENS_PER_MTOK * programme.usd_per_mtok_trained, programme.minimum_usd)
    return TuningCost(job * runs, data_usd, people_usd, evaluation_usd)


def self_hosted_tuning(
    device_h: float, usd_per_device_h: float, *, data_usd: float, people_usd: float, evaluation_usd: float
) -> TuningCost:
    """Return the cost of a tuning on one's own or rented devices.

    Parameters
    ----------
    device_h
        Device hours, lost time and failed runs included [h].
    usd_per_device_h
        Price of one [USD/h].
    data_usd, people_usd, evaluation_usd
        Other parts [USD].

    Examples
    --------
    >>> round(self_hosted_tuning(2.788e6, 2, data_usd=0, people_usd=0, evaluation_usd=0).usd)  # DeepSeek-V3, table 1
    5576000
    """
    return TuningCost(device_h * usd_per_device_h, data_usd, people_usd, evaluation_usd)


def refresh_months(horizon_months: int, *, first: int, every: int) -> tuple[int, ...]:
    """Return the months, from 1, in which a tuning is done and repeated; ``every`` 0: once only.

    Examples
    --------
    >>> refresh_months(36, first=1, every=12)
    (1, 13, 25)
    """
    return tuple(range(first, horizon_months + 1, every)) if every > 0 else (first,)
