"""Models and accelerators are found by the names that people copy from a model card or a cloud's list."""

from datetime import date

import pytest

from steelyard.errors import UnknownNameError
from steelyard.facts import load_catalogue
from steelyard.study.machine_names import find_accelerator, find_open_model

CATALOGUE = load_catalogue(date(2026, 11, 23))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Qwen/Qwen3-32B-FP8", "qwen3-32b"), ("RedHatAI/Meta-Llama-3.1-70B-Instruct-FP8-dynamic", "llama-3.1-70b"),
        ("qwen3-32b", "qwen3-32b"),
    ],
)  # fmt: skip
def test_a_repository_s_spelling_finds_its_model(typed: str, found: str) -> None:
    assert find_open_model(typed, CATALOGUE, where="--model").id == found


@pytest.mark.parametrize(("typed", "found"), [("NVIDIA H100 80GB HBM3", "h100-sxm"), ("H200-SXM", "h200-sxm")])
def test_a_device_s_own_name_finds_it(typed: str, found: str) -> None:
    assert find_accelerator(typed, CATALOGUE, where="--accelerator").id == found


def test_what_nobody_knows_and_what_is_only_sold_as_a_service_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="hyena"):
        find_open_model("acme/hyena-9b", CATALOGUE, where="--model")
    with pytest.raises(UnknownNameError, match=r"gpt-5\.4-mini"):
        find_open_model("openai/gpt-5.4-mini", CATALOGUE, where="--model")
    with pytest.raises(UnknownNameError, match="H999"):
        find_accelerator("H999", CATALOGUE, where="--accelerator")
