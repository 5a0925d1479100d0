"""How a tuned option is shown: what tuning takes, costs and must bring."""

from steelyard.decision.findings import Findings
from steelyard.decision.tuned import tuned_path
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.result import TuningView
from steelyard.domain.study import Study
from steelyard.finance.line_means import LineMeans
from steelyard.study.reference import Reference
from steelyard.study.tuned_quality import uplift_points

__all__ = ["tuning_view"]

TUNING_PREFIX = "tuning_"
"""Beginning of the lines that tuning adds."""


def tuning_view(
    found: Findings, index: int, means: LineMeans, *, study: Study, catalogue: Catalogue, reference: Reference
) -> TuningView | None:  # fmt: skip
    """Return what tuning takes, costs and must bring, for the option in a column; None where it is not tuned.

    Parameters
    ----------
    found
        Costs of all options.
    index
        Column of the option.
    means
        Its lines at their means over the draws.
    study, catalogue, reference
        The quality bar and the scores against it.
    """
    plan = found.options[index].tuning
    if plan is None:
        return None
    path = tuned_path(found, index)
    hours = means.quantities.get("training_device_hours")
    costs = {name: float(amounts.sum()) for name, amounts in means.usd_per_month.items()
             if name.startswith(TUNING_PREFIX)}  # fmt: skip
    needed = None if plan.method == "from_scratch" else uplift_points(plan, study, catalogue, reference)
    return TuningView(
        method=plan.method, base=plan.base, months=plan.months,
        accelerator=plan.devices.accelerator if plan.devices else None,
        least_devices=plan.devices.least if plan.devices else None,
        device_hours=float(hours[0]) if hours is not None else None, cost_usd=costs,
        index_points_needed=needed, against=found.options[path.against].id if path else None,
        extra_usd=path.extra_usd if path else None,
        worth_usd_per_request=path.worth_usd_per_request if path else None,
        success_uplift_needed=path.success_uplift if path else None,
    )  # fmt: skip
