"""Short ways to measure and clean text give what the definition gives."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from steelyard.report.text import columns, plain

HIDDEN = {"Cc", "Cs", "Cf", "Zl", "Zp", "Co", "Cn"}
TEXT = st.text(st.characters() | st.sampled_from("a 1\u00a0\u00ad\u0301\u200d\u202e\u2212\u6f22\u1100\x07\u02ff\u0300"),
               max_size=40)  # fmt: skip


def width(character: str) -> int:
    if unicodedata.combining(character) or character == "\u200d":
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


@given(text=TEXT)
def test_a_text_takes_the_columns_of_its_characters(text: str) -> None:
    assert columns(text) == sum(map(width, text))


@given(text=TEXT)
def test_what_is_hidden_is_replaced_and_nothing_else(text: str) -> None:
    shown = plain(text)
    assert all(c == "\u200d" or unicodedata.category(c) not in HIDDEN for c in shown)
    if all(unicodedata.category(c) not in HIDDEN for c in text):
        assert shown == " ".join(part for part in text.split(" ") if part)
