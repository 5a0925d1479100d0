"""Price processes: three behaviours of an API buyer, GPU rents, engine progress. Each is a factor on today's price.

Every factor is 1 in month 1 (unless a change is announced for it), moves at month ends, and is held at 1 until a
quote or contract of the user's own ends. Where a move forces work, ``<name>.migration`` is 1 in its month.

Defaults and their source: ``prices/README.md`` of the measured price histories (2026-11-23); the sizes of listing
changes are the p10, p50 and p90 of 901 changes of the blended price in monthly snapshots of an API marketplace.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.domain.uncertain import Uncertain
from steelyard.risk.distributions import MAX_DEVIATE, TwoPiece, mean_of, two_piece
from steelyard.risk.streams import Drawn, Sampling

__all__ = ["LISTING_CHANGE", "RENT_CORRELATION", "RENT_YEARLY", "REPICK_YEARLY", "TIER_YEARLY", "EngineGain",
           "FollowTierFactor", "GpuRentFactor", "PinnedPriceFactor", "RePickFactor"]  # fmt: skip

Array = NDArray[np.float64]

MONTHS_PER_YEAR = 12

LISTING_CHANGE = Uncertain(p10=0.50, p50=0.96, p90=2.04)
"""New price over old when a listing's price changes [1]."""
TIER_YEARLY = Uncertain(p10=0.45, p50=0.85, p90=1.5)
"""Yearly price factor of a vendor's tier [1/a]."""
REPICK_YEARLY = (Uncertain(p10=0.01, p50=0.10, p90=0.35), Uncertain(p10=0.13, p50=0.25, p90=0.60),
                 Uncertain(p10=0.6, p50=0.9, p90=1.4))  # fmt: skip
"""Yearly factor of the cheapest price at a fixed quality, in its first, second and any later year [1/a]."""
RENT_YEARLY = Uncertain(p10=0.70, p50=0.95, p90=1.25)
"""Yearly factor of a GPU's rent [1/a]."""
RENT_CORRELATION = 0.5
"""Correlation of the moves of two accelerators' rents [1]; a convention halfway between none and one market. The
history is too short to tell: monthly moves of listings seen twice, six accelerators, 15 pairs over 5 or 6 months up to
July 2026, correlate between -0.84 and 0.81 with a median of 0.07."""


def _announced_path(announced: tuple[tuple[int, float], ...], quote_months: int, n_months: int) -> Array:
    """Return the product of the announced factors in force once a quote has ended, shape (1, n_months)."""
    months = np.arange(1, n_months + 1)
    path = np.ones(n_months)
    for month, factor in announced:
        path = path * np.where(months >= max(month, quote_months + 1), factor, 1.0)
    return path[None, :]


def _steps(path: Array) -> Array:
    """Return each month's factor over that of the month before, shape (n_months,); the first month's over 1."""
    return path / np.concatenate([[1.0], path[:-1]])


def _after(quote_months: int, n_months: int) -> Array:
    """Return 1 in the months after a quote has ended, else 0, shape (1, n_months)."""
    return (np.arange(1, n_months + 1) > quote_months).astype(np.float64)[None, :]


def _monthly_chances(hazard_per_year: float, n_months: int) -> Array:
    """Return the chance of an event of that hazard in each month, none in month 1, shape (n_months,)."""
    chances = np.full(n_months, -np.expm1(-hazard_per_year / MONTHS_PER_YEAR))
    chances[0] = 0.0
    return chances


def _hits(random: np.random.Generator, chances: Array, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return where events of those monthly chances happen."""
    return random.random(shape) < chances


def _log_steps(sampling: Sampling, name: str, where: NDArray[np.bool_], factor: Uncertain) -> Array:
    """Return the logarithm of a factor drawn at each event, 0 elsewhere."""
    steps = np.zeros(where.shape)
    z = sampling.stream(name).standard_normal(int(where.sum())).clip(-MAX_DEVIATE, MAX_DEVIATE)
    steps[where] = np.log(two_piece(factor).at(z))
    return steps


@dataclass(frozen=True, slots=True)
class PinnedPriceFactor:
    """The buyer stays with one model: its listing may change price either way, and may retire.

    A retirement forces a migration to the vendor's successor of that tier, whose price differs by one draw of
    ``successor``. The stated mean is the expected factor and the expected number of migrations by month.
    """

    name: str
    """Input name."""
    change_hazard_per_year: float = 0.145
    """Hazard of a price change [1/a]."""
    retirement_hazard_per_year: float = 0.17
    """Hazard of a retirement [1/a]."""
    announced: tuple[tuple[int, float], ...] = ()
    """Announced changes: (month from which they apply, factor on the price before)."""
    change: Uncertain = LISTING_CHANGE
    """New over old price at a change [1]."""
    successor: Uncertain = TIER_YEARLY
    """Successor's over retired model's price [1]."""
    retires_in_month: int | None = None
    """Month of an announced retirement; replaces the hazard until then."""
    quote_months: int = 0
    """Months for which a quote or contract fixes the price."""

    def draw(self, sampling: Sampling) -> Mapping[str, Drawn]:
        """Return the factor and the migrations it forces."""
        shape = (sampling.n_draws, sampling.n_months)
        free = _after(self.quote_months, sampling.n_months)
        changes = _hits(sampling.stream(f"{self.name}.change"), self._change_chances(sampling.n_months), shape)
        chances = self._retirement_chances(sampling.n_months)
        retirements = _hits(sampling.stream(f"{self.name}.retirement"), chances, shape)
        steps = _log_steps(sampling, f"{self.name}.change_size", changes, self.change)
        steps += _log_steps(sampling, f"{self.name}.successor", retirements, self.successor)
        fixed = _announced_path(self.announced, self.quote_months, sampling.n_months)
        mean_step = (1.0 + self._change_chances(sampling.n_months) * free[0] * (mean_of(self.change) - 1.0)) * (
            1.0 + chances * free[0] * (mean_of(self.successor) - 1.0)
        )
        return {
            self.name: Drawn(np.exp(np.cumsum(steps * free, axis=1)) * fixed, np.cumprod(mean_step)[None, :] * fixed),
            f"{self.name}.migration": Drawn(retirements.astype(np.float64), chances[None, :]),
        }

    def _change_chances(self, n_months: int) -> Array:
        return _monthly_chances(self.change_hazard_per_year, n_months)

    def _retirement_chances(self, n_months: int) -> Array:
        chances = _monthly_chances(self.retirement_hazard_per_year, n_months)
        if self.retires_in_month is not None:
            chances[: self.retires_in_month] = 0.0
            chances[self.retires_in_month - 1 : self.retires_in_month] = 1.0
        return chances


@dataclass(frozen=True, slots=True)
class FollowTierFactor:
    """The buyer moves to each new model of the vendor's tier: once a year, in a month that differs by draw.

    After every twelve months the factor has the stated yearly distribution; each move is a migration.
    """

    name: str
    """Input name."""
    yearly: Uncertain = TIER_YEARLY
    """Yearly price factor [1/a]."""
    announced: tuple[tuple[int, float], ...] = ()
    """Announced changes: (month, factor)."""
    quote_months: int = 0
    """Months for which a quote or contract fixes the price."""

    def draw(self, sampling: Sampling) -> Mapping[str, Drawn]:
        """Return the factor and the migrations."""
        n_months = sampling.n_months
        years = -(-n_months // MONTHS_PER_YEAR)
        free = _after(self.quote_months, n_months)
        # Within each year the release comes in month 2 to 13, so that month 1 pays today's price.
        month = sampling.stream(f"{self.name}.release_month").integers(
            2, MONTHS_PER_YEAR + 2, (sampling.n_draws, 1)
        ) + MONTHS_PER_YEAR * np.arange(years, dtype=np.int64)
        release = np.zeros((sampling.n_draws, MONTHS_PER_YEAR * years + 2), dtype=np.bool_)
        np.put_along_axis(release, month, True, axis=1)
        release = release[:, 1 : n_months + 1] & (free > 0)
        path = np.exp(np.cumsum(_log_steps(sampling, f"{self.name}.step", release, self.yearly), axis=1))
        fixed = _announced_path(self.announced, self.quote_months, n_months)
        chance = free[0] / MONTHS_PER_YEAR
        chance[0] = 0.0
        return {self.name: Drawn(path * fixed, self._mean(chance) * fixed),
                f"{self.name}.migration": Drawn(release.astype(np.float64), chance[None, :])}  # fmt: skip

    def _mean(self, chance: Array) -> Array:
        """Return the mean path: by each month every year's release has come with the chances summed so far."""
        year = np.maximum(np.arange(chance.size) - 1, 0) // MONTHS_PER_YEAR
        come = [np.cumsum(np.where(year == y, chance, 0.0)) for y in range(int(year[-1]) + 1)]
        factors = [1.0 + share * (mean_of(self.yearly) - 1.0) for share in come]
        return np.prod(factors, axis=0)[None, :]


@dataclass(frozen=True, slots=True)
class RePickFactor:
    r"""The buyer re-picks the cheapest model of equal quality every so many months, when that is cheaper.

    The market's cheapest price at a fixed quality falls fast while the quality is new and little later: the yearly
    factor of the capability's age applies, one draw per year of age, spread evenly over the year's months on the log
    scale. Serves self-hosting too: compute per request at equal quality, re-picked at each refresh of the open model.
    """

    name: str
    """Input name."""
    age_years_at_start: float
    """Age of today's quality level in month 1 [a]: time since the first model reached it; 0 for the frontier."""
    every_months: int = 12
    """Months between re-picks."""
    floor_factor: float = 0.0
    """Least factor: the price floor (0.03 to 0.05 USD per blended Mtok) over today's blended price."""
    lag_months: int = 0
    """Months by which the re-picked model trails the market."""
    yearly: tuple[Uncertain, ...] = REPICK_YEARLY
    """Yearly factor in the first, second, ... year of age; the last holds for all later ones."""
    quote_months: int = 0
    """Months for which a quote or contract fixes the price."""
    market: str = ""
    """Name of the market's stream, shared by all that follow the same progress; absent: the input's own name."""
    announced: tuple[tuple[int, float], ...] = ()
    """Announced changes of today's listing: (month, factor); they are paid until a re-pick leaves it."""

    def draw(self, sampling: Sampling) -> Mapping[str, Drawn]:
        """Return the factor paid and the months of re-picks that changed the model."""
        stages = self._stages(sampling.n_months)
        logs, means = np.empty((sampling.n_draws, len(stages))), np.empty((1, len(stages)))
        for k, stage in enumerate(stages):
            yearly = self.yearly[min(stage, len(self.yearly) - 1)]
            z = sampling.deviates(f"{self.market or self.name}.age_year_{stage + 1}")
            logs[:, k] = np.log(two_piece(yearly).at(z))[:, 0]
            means[0, k] = np.log(mean_of(yearly))
        weights = self._weights(stages, sampling.n_months)
        steps = _steps(_announced_path(self.announced, self.quote_months, sampling.n_months)[0])
        paid, moved = self._held(np.exp(logs @ weights), steps)
        base, base_moved = self._held(np.exp(means @ weights), steps)
        return {self.name: Drawn(paid, base), f"{self.name}.migration": Drawn(moved, base_moved)}

    def _stages(self, n_months: int) -> list[int]:
        last = self.age_years_at_start + n_months / MONTHS_PER_YEAR
        return list(range(int(self.age_years_at_start), int(np.ceil(last)) + 1))

    def _weights(self, stages: list[int], n_months: int) -> Array:
        """Return the years spent in each stage of age by the start of each month, shape (n_stages, n_months)."""
        elapsed = np.maximum(np.arange(n_months) - self.lag_months, 0) / MONTHS_PER_YEAR
        age = self.age_years_at_start + elapsed
        begin = np.maximum(np.asarray(stages, dtype=np.float64), self.age_years_at_start)[:, None]
        return np.clip(age[None, :] - begin, 0.0, np.asarray(stages)[:, None] + 1.0 - begin)

    def _held(self, market: Array, steps: Array) -> tuple[Array, Array]:
        paid, moved = np.full_like(market, steps[0]), np.zeros_like(market)
        for m in range(1, market.shape[1]):
            stays = moved[:, :m].sum(axis=1) == 0
            paid[:, m] = paid[:, m - 1] * np.where(stays, steps[m], 1.0)
            if m % self.every_months == 0 and m >= self.quote_months:
                offered = np.maximum(market[:, m], self.floor_factor)
                moved[:, m] = offered < paid[:, m]
                paid[:, m] = np.minimum(offered, paid[:, m])
        return paid, moved


@dataclass(frozen=True, slots=True)
class GpuRentFactor:
    r"""Rent of an accelerator against today's: a random walk of the logarithm, partly common to all rents.

    .. math:: \ln f_m = \tfrac{m-1}{12} \ln p_{50} + \sigma_\pm W_{(m-1)/12}, \quad
              W = \sqrt{\rho}\, W^{market} + \sqrt{1 - \rho}\, W^{own}

    After a year the factor has the stated p10, p50 and p90.
    """

    name: str
    """Input name."""
    yearly: Uncertain = RENT_YEARLY
    """Yearly factor [1/a]."""
    correlation: float = RENT_CORRELATION
    """Correlation of the moves of two rents [1], 0 to 1."""
    announced: tuple[tuple[int, float], ...] = ()
    """Announced changes: (month, factor)."""
    quote_months: int = 0
    """Months for which a quote or contract fixes the rent."""
    market: str = "gpu_rent_market"
    """Name of the common stream."""

    def draw(self, sampling: Sampling) -> Mapping[str, Drawn]:
        """Return the factor."""
        shape = (sampling.n_draws, sampling.n_months)
        free = _after(max(self.quote_months, 1), sampling.n_months)
        common = sampling.stream(self.market).standard_normal(shape)
        own = sampling.stream(f"{self.name}.own").standard_normal(shape)
        moves = np.sqrt(self.correlation) * common + np.sqrt(1.0 - self.correlation) * own
        walk = np.cumsum(moves * free, axis=1) / np.sqrt(MONTHS_PER_YEAR)
        elapsed = np.cumsum(free, axis=1) / MONTHS_PER_YEAR
        bell = two_piece(self.yearly)
        spread = np.where(walk < 0, bell.below, bell.above) * walk
        fixed = _announced_path(self.announced, self.quote_months, sampling.n_months)
        mean = [TwoPiece(bell.middle * t, bell.below * t**0.5, bell.above * t**0.5, logarithmic=True).mean()
                for t in elapsed[0].tolist()]  # fmt: skip
        return {self.name: Drawn(np.exp(bell.middle * elapsed + spread) * fixed, np.array([mean]) * fixed)}


@dataclass(frozen=True, slots=True)
class EngineGain:
    r"""Throughput of the serving engine against today's: one uncertain yearly gain per draw, compounding monthly.

    .. math:: f_m = (1 + g)^{(m - 1)/12}
    """

    name: str
    """Input name; the gain itself is ``<name>.yearly``."""
    yearly_gain: Uncertain
    """Gain in throughput [1/a], such as 0.15."""
    ends_after_months: int | None = None
    """Months after which an engine generation is exhausted; absent: never."""

    def draw(self, sampling: Sampling) -> Mapping[str, Drawn]:
        """Return the factor and the yearly gain behind it."""
        gain = sampling.static(f"{self.name}.yearly", self.yearly_gain, low=-0.9)
        last = sampling.n_months if self.ends_after_months is None else self.ends_after_months
        years = np.minimum(np.arange(sampling.n_months), last)[None, :] / MONTHS_PER_YEAR
        return {self.name: Drawn((1.0 + gain.values) ** years, (1.0 + gain.mean) ** years),
                f"{self.name}.yearly": gain}  # fmt: skip
