"""Shared test set-up: where the measured data lies, and how hard hypothesis tries."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from steelyard.study.compiled_code import keep_compiled_code

settings.register_profile("default", deadline=None, max_examples=50, derandomize=True,
                          suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
settings.register_profile("long", deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

keep_compiled_code()

SHARED = Path(os.environ.get("STEELYARD_SHARED", Path(__file__).parents[2] / "shared")) / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the measured data beside the project; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the measured data beside the project (../shared/data) is not here")
    return SHARED
