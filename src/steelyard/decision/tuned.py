"""What a model of one's own must bring to pay: its cost beside that of the best model as published."""

from dataclasses import dataclass

from steelyard.decision.findings import Findings
from steelyard.decision.words import doing
from steelyard.finance.measures import npv_usd
from steelyard.nouns import counted, noun
from steelyard.options.option import REQUESTS
from steelyard.printed import count, money, percent
from steelyard.tuning.payoff import uplift_to_pay

__all__ = ["TunedPath", "corpus_in_words", "tuned_path", "tuned_paths", "tuning_in_words"]


@dataclass(frozen=True, slots=True)
class TunedPath:
    """One way to make a model one's own, against the cheapest feasible option that does not."""

    index: int
    """Column of the option."""
    against: int
    """Column of the option it is compared with."""
    extra_usd: float
    """Present value of its cost beyond that option's, mean [USD]; below 0: it is cheaper."""
    worth_usd_per_request: float
    """What each request must be worth more for it to pay, 0 where it is cheaper anyway [USD/request]."""
    success_uplift: float | None
    """How many more requests out of one must succeed; None where a failure has no price, or no uplift would do."""


def tuned_path(found: Findings, index: int) -> TunedPath | None:
    """Return what the option in a column must bring; None where it is not tuned or there is nothing to compare."""
    if found.options[index].tuning is None:
        return None
    others = [i for i, o in enumerate(found.options) if o.feasible and o.tuning is None]
    if not others:
        return None
    means = found.costs.mean(axis=0)
    against = min(others, key=lambda i: (float(means[i]), found.options[i].id))
    extra = float(means[index] - means[against])
    requests = float(npv_usd(found.draws[REQUESTS], found.draws["discount_rate_per_year"]).mean())
    failure = found.study.quality.failed_request_usd
    uplift = uplift_to_pay(extra, requests, usd_per_success=failure, success_fraction=0.0) if failure else None
    return TunedPath(index, against, extra, max(extra, 0.0) / requests if requests > 0 else 0.0, uplift)


def tuned_paths(found: Findings) -> tuple[TunedPath, ...]:
    """Return every way to make a model one's own, the cheapest first."""
    paths = [path for i in range(len(found.options)) if (path := tuned_path(found, i)) is not None]
    return tuple(sorted(paths, key=lambda path: (path.extra_usd, found.options[path.index].id)))


def tuning_in_words(path: TunedPath, found: Findings) -> str:
    """Return what a way to tune costs and must bring, in a sentence."""
    option, other = found.options[path.index], found.options[path.against]
    total = money(float(found.costs[:, path.index].mean()))
    months = found.demand.horizon_months
    if path.extra_usd <= 0:
        return (f"{option.label}: {total} over {counted(months, 'month')}, {money(-path.extra_usd)} less than the best "
                f"model as published ({other.label}).")  # fmt: skip
    must = f"each request must be worth {money(path.worth_usd_per_request)} more"
    if path.success_uplift is not None:
        must += f", or {percent(path.success_uplift)} more requests must succeed"
    elif found.study.quality.failed_request_usd:
        must += "; at your cost of a failure, no gain in success pays for it"
    return (f"{option.label}: {total} over {counted(months, 'month')}, {money(path.extra_usd)} beyond "
            f"{doing(other.label)}: to pay, {must}.")  # fmt: skip


def corpus_in_words(found: Findings) -> str:
    """Return the exclusive data as stated."""
    data = found.study.training_data
    parts = [f"{count(data.tokens)} {noun(data.tokens, 'token')}"] if data.tokens else []
    if data.labelled_examples:
        parts.append(f"{count(data.labelled_examples)} {noun(data.labelled_examples, 'labelled example')}")
    return " and ".join(parts) or "a corpus of unstated size"
