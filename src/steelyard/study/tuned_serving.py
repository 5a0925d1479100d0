"""The cheapest way to self-host a model that is to be tuned or trained."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from steelyard.decision.cost_model import CostModel
from steelyard.domain.calibration import Calibration
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.study import Study
from steelyard.options.demand import Demand
from steelyard.options.option import Option
from steelyard.options.self_hosted import Candidate, Interim, owned_option, rented_option
from steelyard.study.inputs import draw_inputs
from steelyard.study.machines import LEAD_MONTHS, self_hosted_options
from steelyard.study.reference import Reference

__all__ = ["Serving"]

FEW_DRAWS = 64
"""Draws on which the cheapest serving is picked; the decision itself uses all."""


@dataclass(frozen=True)
class Serving:
    """Finds the cheapest way to self-host; the bar is lifted for a base that the study names."""

    study: Study
    demand: Demand
    catalogue: Catalogue
    calibration: Calibration
    interim: Interim | None
    options: Sequence[Option]
    """Self-hosted options costed already, gates answered."""

    def cheapest(self, base: str | None, wait: int) -> Option | None:
        """Return the cheapest way to self-host a base, or any model that passes, live after ``wait`` months or later.

        Parameters
        ----------
        base
            Open model; None: whatever the costed options serve.
        wait
            Months before it can serve [month].
        """
        held = self._of(base) if base is not None else self.options
        allowed = [option for option in held if option.feasible] or list(held)
        if not allowed:
            return None
        found = self._least(allowed)
        return self._later(found, wait) if wait > self.demand.build_months else found

    def _of(self, base: str) -> Sequence[Option]:
        if any(option.model == base for option in self.options):
            return [option for option in self.options if option.model == base]
        alone = self.study.model_copy(update={"candidates": (base,)})
        unscreened = Reference(None, None, "a base below the bar, to be tuned")
        found, _ = self_hosted_options(alone, self.demand, self.catalogue, unscreened, self.interim,
                                       calibration=self.calibration)  # fmt: skip
        return [option for option in found if not option.bought]

    def _least(self, options: Sequence[Option]) -> Option:
        if len(options) == 1:
            return options[0]
        draws = draw_inputs(self.study, self.demand, options, self.catalogue, seed=0, n_draws=FEW_DRAWS)
        return options[int(np.argmin(CostModel(options, draws).base().mean(axis=0)))]

    def _later(self, option: Option, wait: int) -> Option:
        """Return the same machines, live after ``wait`` months."""
        hardware = option.hardware
        if hardware is None:
            return option
        config, demand = hardware.curve.config, replace(self.demand, build_months=wait)
        candidate = Candidate(self.catalogue.open_models[config.model], self.catalogue.accelerators[config.accelerator],
                              hardware.curve, *hardware.elasticities)  # fmt: skip
        if hardware.server is not None:
            lead = ceil(self.catalogue.figure(LEAD_MONTHS).value)
            return owned_option(candidate, hardware.server, demand, interim=self.interim, lead_months=lead)
        if hardware.offer is None:
            return option
        return rented_option(candidate, hardware.offer, demand, self.catalogue, interim=self.interim,
                             on_demand=hardware.by_the_hour)  # fmt: skip
