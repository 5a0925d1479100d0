"""The commands an engineer runs: start a replica as computed, and measure it."""

from typing import NamedTuple

from steelyard.domain.model import OpenModel
from steelyard.domain.serving import ServingConfig
from steelyard.domain.traffic import Profile
from steelyard.serving.commands import benchmark_command, start_command

__all__ = ["EngineCommands", "engine_commands"]

BENCHMARK_REQUESTS = 500
"""Requests of the benchmark command: 25 lie beyond a 95th percentile [1]."""
RESULT_FILE = "steelyard-run.json"


class EngineCommands(NamedTuple):
    """Shell commands."""

    start: str
    benchmark: str
    """Writes the file that ``steelyard calibrate`` reads."""


def engine_commands(config: ServingConfig, model: OpenModel, profile: Profile, goodput_rps: float) -> EngineCommands:
    """Return how to start a replica with exactly these settings, and how to measure it at its goodput.

    Parameters
    ----------
    config
        The replica.
    model
        Its model.
    profile
        Traffic; its mean lengths are measured.
    goodput_rps
        Load [1/s].
    """
    return EngineCommands(
        start_command(config, model.name, native=config.weights == model.native_precision),
        benchmark_command(
            config, model.name, load_rps=goodput_rps, input_tokens=max(round(profile.mean_input_tokens), 1),
            output_tokens=max(round(profile.mean_output_tokens), 1), requests=BENCHMARK_REQUESTS,
            result_file=RESULT_FILE,
        ),
    )  # fmt: skip
