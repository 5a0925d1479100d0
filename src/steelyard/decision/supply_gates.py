"""Gates on who made a model, how much a seller lets through and how fast: from what the organisation states."""

from typing import NamedTuple

import numpy as np

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.claims import GateFinding
from steelyard.domain.serving import SloTerm
from steelyard.domain.study import RateLimit, Study
from steelyard.options.demand import Demand
from steelyard.options.option import Option
from steelyard.printed import count, seconds
from steelyard.units import SECONDS_PER_MINUTE

__all__ = ["busiest_minute", "promise_findings", "provenance_findings", "rate_findings"]

_METRICS = {"ttft": "time to first token", "tpot": "time per output token", "e2e": "time to the last token"}
"""What a latency promise is on, in words."""


class BusiestMinute(NamedTuple):
    """Load of the busiest minute of month 1."""

    requests: float
    """Requests in it."""
    tokens: float
    """Input and output tokens in it."""


def provenance_findings(option: Option, study: Study, catalogue: Catalogue) -> tuple[GateFinding, ...]:
    """Return whether the organisation bars the vendor of a model; nothing where it bars none.

    Weights made from those of a barred vendor count as its own where their name or family says so.

    Parameters
    ----------
    option
        The option.
    study
        ``data.barred_vendors``.
    catalogue
        Vendors and families of models.
    """
    barred = {name.strip().lower() for name in study.data.barred_vendors}
    if not barred:
        return ()
    rule = f"your policy says: no model of {', '.join(sorted(barred))}"
    open_model, managed = catalogue.open_models.get(option.model), catalogue.managed_models.get(option.model)
    known = open_model or managed
    if known is None:
        words = f"who made {option.model}: it is in no catalogue here"
        return (GateFinding(gate="provenance", answer="unknown", rule=rule, whose="your policy", condition=words),)
    said = {known.vendor.lower(), *known.id.lower().replace("/", " ").replace("-", " ").split()}
    said |= {open_model.family.lower()} if open_model else set()
    hit = sorted(name for name in barred if any(word == name or word.startswith(name) for word in said))
    if hit:
        words = f"{rule}; {option.model} is of {known.vendor}"
        return (GateFinding(gate="provenance", answer="blocked", rule=words, whose="your policy"),)
    return (GateFinding(gate="provenance", answer="no blocking rule found", rule=rule, whose="your policy"),)


def busiest_minute(demand: Demand) -> BusiestMinute:
    """Return the load of the busiest minute of month 1, batch left out of it where it may wait.

    Parameters
    ----------
    demand
        Traffic: rates by hour of the week, and how far a minute rises above its hour.
    """
    requests = float(np.max(demand.hourly_rps)) * SECONDS_PER_MINUTE * max(demand.profile.peak_to_mean_per_minute, 1.0)
    profile = demand.profile
    return BusiestMinute(requests, requests * (profile.mean_input_tokens + profile.mean_output_tokens))


def rate_findings(option: Option, study: Study, demand: Demand) -> tuple[GateFinding, ...]:
    """Return whether the busiest minute fits what a seller lets through; nothing where no limit is known.

    A limit that is too low does not exclude, for sellers raise it on request: the condition is that they do.

    Parameters
    ----------
    option
        The option.
    study
        ``rate_limits``.
    demand
        Traffic.
    """
    if option.card is None:
        return ()
    found: list[GateFinding] = []
    busiest = busiest_minute(demand)
    for limit in study.rate_limits:
        if limit.seller.lower() != option.card.seller or not _holds_for(limit, option.model):
            continue
        pairs = (("requests", limit.requests_per_minute, busiest.requests),
                 ("tokens", limit.tokens_per_minute, busiest.tokens))  # fmt: skip
        for what, allowed, needed in pairs:
            if allowed is None:
                continue
            rule = f"the vendor's terms say: {count(allowed)} {what} a minute; your busiest minute has {count(needed)}"
            over = needed > allowed
            words = f"{option.card.seller} raises the limit to {count(needed)} {what} a minute" if over else ""
            answer = "possible if you can show" if over else "no blocking rule found"
            found.append(GateFinding(gate="rate limit", answer=answer, rule=rule, whose="vendor's terms",
                                     condition=words))  # fmt: skip
    return tuple(found)


def _holds_for(limit: RateLimit, model: str) -> bool:
    return limit.model is None or model.lower().split("/")[-1] == limit.model.lower().split("/")[-1]


def promise_findings(option: Option, study: Study) -> tuple[GateFinding, ...]:
    """Return that a seller's latency is to be measured, where the organisation states promises; nothing else.

    How long a shared service lets wait is on no price list, so that no seller is ruled out here: the condition is that
    your own measurement holds the promise. What runs today holds what it holds.

    Parameters
    ----------
    option
        The option; the machines of one that has any are played request by request instead.
    study
        ``traffic.classes``; the promises used where it states none ask nothing of a seller.
    """
    terms = _stated_promises(study)
    sold = option.bought_in_part or (option.bought and option.hardware is None)
    if not sold or option.kind == "keep_today" or not terms:
        return ()
    seller = option.card.seller if option.card is not None else "the seller"
    told = " and ".join(f"{_METRICS[term.metric]} (p{term.percentile:g}) at most {seconds(term.threshold_s)}"
                        for term in terms)  # fmt: skip
    rule = f"your policy says: {told}; nobody here measured {seller}"
    return (GateFinding(gate="slo", answer="possible if you can show", rule=rule, whose="your policy",
                        condition=f"you measure its {told} at {seller}"),)  # fmt: skip


def _stated_promises(study: Study) -> tuple[SloTerm, ...]:
    """Return the strictest latency promises that the study itself states, by metric and percentile."""
    assumed = {default.key for default in study.assumed}
    terms: dict[tuple[str, float], SloTerm] = {}
    for number, part in enumerate(() if "traffic.classes" in assumed else study.traffic.classes, start=1):
        if f"traffic.classes[{number}].slo" in assumed:
            continue
        for term in part.slo.terms:
            held = terms.get((term.metric, term.percentile))
            if held is None or term.threshold_s < held.threshold_s:
                terms[term.metric, term.percentile] = term
    return tuple(terms[key] for key in sorted(terms, reverse=True))
