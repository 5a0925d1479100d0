"""Words of inputs inside a sentence."""

import pytest

from steelyard.decision.words import in_a_sentence, is_plural


@pytest.mark.parametrize(("name", "plural"), [
    ("Requests a month", False), ("API and hosted token prices", True), ("GPU rent", False),
    ("Work to build the stack", False),
    ("Devices replaced a year", True), ("Engineers to run a first cluster", True), ("Training examples", True),
    ("Network, cables, installation, insurance over server price", True), ("Value left after 36 months", False),
    ("Share of requests that deepseek-v3.2 passes on", False), ("Times each example is seen", True),
])  # fmt: skip
def test_the_verb_agrees_with_the_input(name: str, *, plural: bool) -> None:
    assert is_plural(in_a_sentence(name)) is plural
