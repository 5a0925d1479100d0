"""How many devices hold a traffic at a promise: memory, step time, capacity, sizing. Pure."""

from steelyard.serving.capacity import Candidate, capacity_curve, capacity_curves
from steelyard.serving.commands import benchmark_command, start_command
from steelyard.serving.constants import resolve
from steelyard.serving.parallelism import fits, kv_capacity_tokens, smallest_parallelism
from steelyard.serving.sizing import best_config, best_curves, candidate_configs, devices_needed

__all__ = [
    "Candidate", "benchmark_command", "best_config", "best_curves", "candidate_configs", "capacity_curve",
    "capacity_curves", "devices_needed", "fits", "kv_capacity_tokens", "resolve", "smallest_parallelism",
    "start_command",
]  # fmt: skip
