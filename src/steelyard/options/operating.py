"""How an organisation runs what it hosts itself: on-call, refreshes, what its engineers and months are worth."""

from dataclasses import dataclass
from typing import Literal

from steelyard.domain.study import Study
from steelyard.units import MONTHS_PER_YEAR

__all__ = ["Operating", "operating_from"]


@dataclass(frozen=True, slots=True)
class Operating:
    """What the study says of running own machines, the same for every option that has some."""

    on_call: Literal["shared", "own"] = "shared"
    """Whether a rota around the clock exists anyway, or is to be staffed."""
    engineers_employed: float = 0.0
    """Engineers there already who need no time to get up to speed [person]."""
    opportunity_usd_per_year: float = 0.0
    """What an engineer's year earns elsewhere; charged where above the loaded cost [USD/a]."""
    refresh_months: int = 0
    """Months between refreshes of the model [month]; 0: never."""
    re_picks: bool = False
    """Whether a refresh takes the model that then needs least compute at equal quality."""
    delay_priced: bool = False
    """Whether the study says what a month without the service costs, and nothing serves today."""


def operating_from(study: Study) -> Operating:
    """Return how the study's organisation would run its own machines.

    A buyer that pins its API model pins its own model too; one that follows prices refreshes it every year unless the
    study names another rhythm, so that both sides progress alike.

    Parameters
    ----------
    study
        Team, buyer and what runs today.
    """
    follows = study.buyer != "pinned"
    refresh = study.refresh_months if study.refresh_months is not None else MONTHS_PER_YEAR if follows else 0
    value = study.differentiator.value_of_a_month_earlier_usd
    return Operating(
        on_call=study.team.on_call,
        engineers_employed=study.team.ml_platform_engineers,
        opportunity_usd_per_year=study.team.opportunity_usd_per_year,
        refresh_months=int(refresh),
        re_picks=study.buyer == "re_pick",
        delay_priced=value is not None and study.today is None,
    )
