"""What a flip point says of the volume: what there is, and how far growth may carry it."""

from datetime import date
from pathlib import Path

import pytest

from steelyard.study.load import study_from_text
from steelyard.study.pipeline import decide

TEXT = """
study: flip-words
horizon: 18 months
traffic: {requests_per_month: 180k, input_tokens: 1100, output_tokens: 180, growth: GROWTH}
today: {provider: openai, model: gpt-5.4-mini}
candidates: [openai/gpt-5.4-mini, openai/gpt-6-luna]
"""


def test_a_volume_stated_as_a_range_is_one_number_on_every_page() -> None:
    """8 to 20 M has a median of 12.6 M and a mean of 13.4 M: flips and break-evens hold against the same of the two."""
    ranged = TEXT.replace("180k", "8M to 20M").replace("GROWTH", "0%")
    result = decide(study_from_text(ranged, "flips.yaml"), base_folder=Path(), seed=0, as_of=date(2026, 11, 23),
                    draws=256)  # fmt: skip
    flip = next(flip for flip in result.flips if flip.input == "Requests a month")
    assert flip.from_ == pytest.approx((8e6 * 20e6) ** 0.5)
    if result.break_even:
        assert flip.from_ == pytest.approx(result.break_even[0].today)


@pytest.mark.parametrize("growth", ["5% to 20% per month", "0%"])
def test_a_volume_stated_as_one_number_is_told_as_stated(growth: str) -> None:
    """180 k stated is never told as an interval around it: the spread is growth's."""
    study = study_from_text(TEXT.replace("GROWTH", growth), "flips.yaml")
    result = decide(study, base_folder=Path(), seed=0, as_of=date(2026, 11, 23), draws=256)
    told = next(flip.sentence for flip in result.flips if flip.input == "Requests a month").replace("\u00a0", " ")
    assert "; you have 180 k, and doubt about it and its growth spans" in told
