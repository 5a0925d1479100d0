"""Text that is safe to show: no control codes, known widths, wrapped and clipped by what a reader sees."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["clip", "columns", "condense", "inside_sentence", "markdown_text", "middle", "plain", "to_ascii",
           "typeset", "unparted", "wrap"]  # fmt: skip

_REPLACEMENT = "\ufffd"
_HIDDEN = frozenset({"Cc", "Cs", "Cf", "Zl", "Zp", "Co", "Cn"})
_KEPT = frozenset({"\u200d"})
_SPACE = re.compile(r"[ \t\r\n\f\v\u00ad]+")
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z\u2212$€£¥₹₩₪0-9])")
_ASIDE = re.compile(r" \([^()]*\)")
_CLAUSE_ENDS = ("; ", ": ", ", ")
_OPEN_WORDS = ("says", "say")
"""Words that promise what follows their colon."""
_FIRST_COMBINING = "\u0300"
_WIDE = frozenset({"W", "F"})
_UNIT_SPACE = re.compile(
    r"(?<=\d) (?=(?:[kMBT%]|ms|[shd]|[kMGT]i?B|Mtok|[kM]?W|kWh|months?|years?|days?|hours?)(?!\w))"
)
"""The space between a number and its scale, percent sign or unit."""
_SIGN_BEFORE_CURRENCY = re.compile(r"(?<=[\u2212+])(?=[$\u00a2-\u00a5\u20a0-\u20cf])")
"""The place between a sign and a currency's: browsers and typesetters may end a line there."""
_WORD_JOINER = "\u2060"
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_LIST_START = re.compile(r"^(\d+)([.)])|^([+=:-])")
_BARE_ADDRESS = re.compile(r"(?i)\b(https?|ftp|www)([:.])")
_ASCII = str.maketrans({
    "\u2212": "-", "\u2013": "-", "\u2014": "-", "\u00a0": " ", "\u202f": " ", "\u2026": "...", "\u00d7": "x",
    "\u2265": ">=", "\u2264": "<=", "\u2192": "->", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00b7": "-",
    "\u25cf": "*", "\u2500": "-", "\u2550": "=",
})  # fmt: skip


def plain(text: str) -> str:
    """Return text without control, formatting and direction-changing characters; runs of white space become one space.

    A name from a study or a log may hold terminal escapes or bidirectional overrides; each becomes U+FFFD.
    """
    spaced = _SPACE.sub(" ", text).strip()
    if spaced.isprintable():  # then no character is of a hidden kind
        return spaced
    return "".join(_REPLACEMENT if unicodedata.category(c) in _HIDDEN and c not in _KEPT else c for c in spaced)


def unparted(text: str) -> str:
    """Return text in which no line ends between a number and its scale letter or unit.

    For outputs that break lines by themselves; what a program or a shell reads keeps its plain spaces.

    Examples
    --------
    >>> unparted("105 k requests in 36 months, or $3 M").replace("\u00a0", "_")
    '105_k requests in 36_months, or $3_M'
    """
    return _UNIT_SPACE.sub("\u00a0", text)


def typeset(text: str) -> str:
    """Return text for outputs that lay out lines in a font: as ``unparted``, and no sign parts from its currency.

    The joiner between them has no width in a font, but takes a column in a terminal.

    Examples
    --------
    >>> typeset("\u2212$34 k").replace("\u00a0", "_").replace("\u2060", "^")
    '\u2212^$34_k'
    """
    return _SIGN_BEFORE_CURRENCY.sub(_WORD_JOINER, unparted(text))


def inside_sentence(words: str) -> str:
    """Return plain words as they stand inside a sentence: a capital that only began them becomes small."""
    shown = plain(words)
    return shown if shown[1:2].isupper() else shown[:1].lower() + shown[1:]


def columns(text: str) -> int:
    """Return the number of terminal columns a text takes: two for wide characters, none for combining ones."""
    if not text or max(text) < _FIRST_COMBINING:  # every earlier character takes one column
        return len(text)
    return sum(map(_width, text))


@lru_cache(maxsize=4096)
def _width(character: str) -> int:
    if unicodedata.combining(character) or character == "\u200d":
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def clip(text: str, width: int) -> str:
    """Return text of at most ``width`` columns, ended by an ellipsis where something was left out."""
    if columns(text) <= width:
        return text
    kept, used = "", 0
    for character in text:
        used += _width(character)
        if used > width - 1:
            break
        kept += character
    return kept.rstrip() + "\u2026"


def wrap(text: str, width: int, *, lines: int) -> list[str]:
    """Return text in at most ``lines`` lines of ``width`` columns; the last is clipped where text is left over."""
    found = _broken(text, max(width, 2))
    if len(found) > lines:
        return [*found[: lines - 1], clip(f"{found[lines - 1]} {found[lines]}", max(width, 2))]
    return found


def middle(text: str, width: int) -> str:
    """Return text of at most ``width`` columns that keeps its first and last words, an ellipsis between them."""
    if columns(text) <= width:
        return text
    tail = ""
    for character in reversed(text):
        if columns(character + tail) > width // 3:
            break
        tail = character + tail
    tail = tail.partition(" ")[2] or tail
    return clip(text, width - columns(tail)) + tail


def condense(text: str, width: int, *, lines: int, tail: str = "", spare: int = 0) -> list[str]:
    """Return text in at most ``lines`` lines of ``width`` columns in which no sentence is cut.

    Where it is too long, last sentences go first, then asides in parentheses, then last clauses; only a single clause
    that is too long by itself is clipped.

    Parameters
    ----------
    text
        Plain words.
    tail
        Words that always stand at the end.
    spare
        Lines that may be added before anything is clipped.
    """
    for room in range(lines, lines + spare + 1):
        for shorter in _shorter(text):
            found = _broken(f"{shorter}{tail}", max(width, 2))
            if len(found) <= room:
                return found
    found = wrap(text, width, lines=lines)
    return [*found[:-1], f"{clip(found[-1], width - columns(tail))}{tail}"] if tail else found


def _shorter(text: str) -> Iterator[str]:
    """Yield the text, then ever shorter ones, each of whole sentences or whole clauses."""
    bare = _without_asides(text)
    for words in dict.fromkeys((text, bare)):
        sentences = _SENTENCE_END.split(words)
        yield from (" ".join(sentences[:n]) for n in range(len(sentences), 0, -1))
    first = _SENTENCE_END.split(bare)[0]
    for end in _CLAUSE_ENDS:
        clauses = first.split(end)
        kept = (end.join(clauses[:n]) for n in range(len(clauses) - 1, 0, -1))
        yield from (f"{words}." for words in kept if not words.endswith(_OPEN_WORDS))


def _without_asides(text: str) -> str:
    """Return text without what stands in parentheses, those inside others first."""
    shorter = _ASIDE.sub("", text)
    return shorter if shorter == text else _without_asides(shorter)


def _broken(text: str, width: int) -> list[str]:
    """Return text broken at spaces, and inside words that are longer than a line."""
    found = [""]
    for word in text.split(" "):
        joined = f"{found[-1]} {word}" if found[-1] else word
        if columns(joined) <= width:
            found[-1] = joined
            continue
        if found[-1]:
            found.append("")
        for character in word:
            if columns(found[-1] + character) > width:
                found.append("")
            found[-1] += character
    return found


def markdown_text(words: str) -> str:
    """Return words that Markdown shows as they are."""
    escaped = _SPECIAL.sub(r"\\\1", plain(words))
    escaped = _LIST_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", escaped)
    return _BARE_ADDRESS.sub(lambda m: f"{m[1]}\\{m[2]}" if m[2] == ":" else f"{m[1]}&#46;", escaped)


def to_ascii(text: str) -> str:
    """Return text in ASCII: signs and dashes have their usual stand-ins, anything else becomes a question mark."""
    return text.translate(_ASCII).encode("ascii", "replace").decode("ascii")
