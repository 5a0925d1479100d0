"""The examples, decided once each for every test that reads what real studies give."""

import shutil
import tempfile
from datetime import date
from functools import cache
from pathlib import Path

from steelyard.facts.workload import load_shapes, measured_trace
from steelyard.ingest.demo import DEMO_SEED, write_demo_log
from steelyard.study.load import load_study
from steelyard.study.pipeline import Outcome, decide_in_full

__all__ = ["AS_OF", "EXAMPLES", "LOGGED", "NAMES", "decided"]

EXAMPLES = Path(__file__).parents[1] / "examples"
LOGGED = "support-assistant"
NAMES = ("hospital", "startup", "scale", "legal-publisher", "model-company", LOGGED)
AS_OF = date(2026, 11, 23)


@cache
def decided(name: str, draws: int) -> Outcome:
    """Decide an example; the demo's log is written by `make demo`, and is no part of the repository."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = EXAMPLES / name
        if name == LOGGED:
            folder = Path(scratch)
            write_demo_log(folder / "usage", trace=measured_trace("azure_conv"), week=load_shapes()["measured"],
                           seed=DEMO_SEED)  # fmt: skip
            shutil.copy(EXAMPLES / name / "study.yaml", folder)
        study = load_study(folder / "study.yaml")
        return decide_in_full(study, base_folder=folder, seed=0, as_of=AS_OF, draws=draws)
