"""What a tuning must bring to pay: uplift, smaller model, shorter prompt, shared base."""

import math
from dataclasses import dataclass

__all__ = ["ServingEffect", "serving_usd_per_month", "uplift_to_pay"]


@dataclass(frozen=True, slots=True)
class ServingEffect:
    """What serving a tuned model changes against serving the untuned one."""

    parameter_ratio: float = 1.0
    """Active parameters of the tuned model over the untuned one's [1]: below 1 for a smaller model."""
    prompt_tokens_removed: float = 0.0
    """Instructions and examples no longer needed in each prompt [token]."""
    adapters_on_base: int = 1
    """Tuned variants that share one set of base weights in memory."""
    adapter_overhead_fraction: float = 0.0
    """Extra work per token of unmerged adapters [1]."""


def serving_usd_per_month(
    usd_per_month: float, mean_input_tokens: float, input_share_of_cost: float, effect: ServingEffect
) -> float:
    r"""Return what serving costs after the change.

    .. math:: C \cdot p (1 + o) \left[ i \left(1 - \frac{\min(r, \bar n)}{\bar n}\right) + (1 - i) \right] / a

    Parameters
    ----------
    usd_per_month
        Cost of serving the untuned model, per variant [USD/month].
    mean_input_tokens
        Mean input of a request, above 0 [token].
    input_share_of_cost
        Share of the cost that follows the input [1].
    effect
        What changes.

    Examples
    --------
    >>> effect = ServingEffect(parameter_ratio=0.25, prompt_tokens_removed=600)
    >>> serving_usd_per_month(40_000, 1200, 0.5, effect)
    7500.0
    """
    kept = 1.0 - min(effect.prompt_tokens_removed, mean_input_tokens) / mean_input_tokens
    work = input_share_of_cost * kept + (1.0 - input_share_of_cost)
    ratio = effect.parameter_ratio * (1.0 + effect.adapter_overhead_fraction)
    return usd_per_month * ratio * work / effect.adapters_on_base


def uplift_to_pay(
    extra_usd_per_month: float, requests_per_month: float, *, usd_per_success: float, success_fraction: float
) -> float | None:
    r"""Return how many more requests out of one must succeed for the extra cost to pay.

    .. math:: u = \Delta C / (R v)

    Parameters
    ----------
    extra_usd_per_month
        Cost of the tuned path less that of the path it replaces, everything included [USD/month].
    requests_per_month
        Requests [1/month].
    usd_per_success
        Worth of one more successful request, or cost of one failure avoided [USD].
    success_fraction
        Share that succeeds now [1].

    Returns
    -------
    float or None
        Uplift needed [1], 0 where the path is cheaper anyway; None where even no failure at all would not pay.

    Examples
    --------
    >>> uplift_to_pay(20_000, 4e6, usd_per_success=0.05, success_fraction=0.8)
    0.1
    """
    worth = requests_per_month * usd_per_success
    needed = max(extra_usd_per_month, 0.0) / worth if worth > 0 else (math.inf if extra_usd_per_month > 0 else 0.0)
    return needed if needed <= 1.0 - success_fraction else None
