"""Marks as SVG text, which stands alone in a PDF or an email.

Colours are literal attributes; the page's style sheet overrides them by class for its dark theme.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

__all__ = ["GROUP_TONES", "Anchor", "Canvas", "Tone", "fit", "split", "text_width"]

Tone = Literal["ink", "muted", "grid", "paper", "teal", "orange", "teal-soft", "orange-soft", "grey", "dark"]
Texture = Literal["", "diagonal", "dots", "cross", "level"]
Anchor = Literal["start", "middle", "end"]

_LITERAL: dict[str, str] = {
    "ink": "#1b1f24", "muted": "#57606a", "grid": "#d0d7de", "paper": "#ffffff", "teal": "#0b6e69", "orange": "#b5500b",
    "teal-soft": "#7cc4be", "orange-soft": "#f0b27a", "grey": "#9aa4ae", "dark": "#3a444e",
}  # fmt: skip
"""Tone -> colour on white paper."""

GROUP_TONES: dict[str, tuple[Tone, Texture]] = {
    "tokens": ("orange", ""), "compute": ("teal", ""), "people": ("dark", ""), "power": ("orange-soft", "diagonal"),
    "space": ("teal-soft", "dots"), "network": ("grey", "level"), "once": ("grey", "cross"),
    "capital": ("teal", "diagonal"), "other": ("orange-soft", ""),
}  # fmt: skip
"""Cost group -> tone and texture; no two share both, so that the groups differ in grey."""

_TEXTURES: dict[str, str] = {
    "diagonal": '<path d="M-1 1 L1 -1 M0 6 L6 0 M5 7 L7 5" stroke="#ffffff" class="sp" stroke-width="1.6"/>',
    "dots": '<circle cx="3" cy="3" r="1.3" fill="#ffffff" class="fp"/>',
    "cross": '<path d="M0 0 L6 6 M6 0 L0 6" stroke="#ffffff" class="sp" stroke-width="1"/>',
    "level": '<path d="M0 3 L6 3" stroke="#ffffff" class="sp" stroke-width="1.6"/>',
}
_NARROW = frozenset("iljtfrI.,:;'|()[]! \u00a0\u2212-")
_BROAD = frozenset("mwMW@%\u2026")
_WIDTHS = (0.41, 0.636, 0.98, 0.77)
_BOLD = 1.12
_FIRST_FULL_WIDTH = 0x2E80
_FONT = "system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif"


@dataclass(slots=True)
class Canvas:
    """A drawing of a given size [px]; marks are added in the order they are painted."""

    key: str
    """Unique on the page: prefix of every identifier inside."""
    width: float
    """Width of the view box."""
    height: float = 0.0
    """Height of the view box."""
    body: list[str] = field(default_factory=list[str])
    """Marks so far."""

    def rect(self, x0: float, x1: float, y: float, height: float, tone: Tone, texture: Texture = "") -> None:
        """Add a bar from ``x0`` to ``x1``; a texture is laid over it."""
        left, width = min(x0, x1), abs(x1 - x0)
        place = f'x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
        self.body.append(f'<rect {place} fill="{_LITERAL[tone]}" class="f-{tone}"/>')
        if texture:
            self.body.append(f'<rect {place} fill="url(#{self.key}-{texture})"/>')

    def line(self, x0: float, y0: float, x1: float, y1: float, tone: Tone, *, width: float = 1, dash: str = "") -> None:
        """Add a straight rule."""
        self.path([(x0, y0), (x1, y1)], tone, width=width, dash=dash)

    def path(self, points: Sequence[tuple[float, float]], tone: Tone, *, width: float = 2, dash: str = "") -> None:
        """Add a line through points."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.body.append(f'<path d="{_through(points)}" fill="none" stroke="{_LITERAL[tone]}" class="s-{tone}" '
                         f'stroke-width="{width:g}" stroke-linejoin="round"{dashed}/>')  # fmt: skip

    def area(self, points: Sequence[tuple[float, float]], floor: float, tone: Tone) -> None:
        """Add the area between points and a level."""
        closed = [(points[0][0], floor), *points, (points[-1][0], floor)]
        self.body.append(f'<path d="{_through(closed)}Z" fill="{_LITERAL[tone]}" class="f-{tone}"/>')

    def squares(self, marks: Sequence[tuple[float, float, float]], tone: Tone) -> None:
        """Add squares (middle x, middle y, side) as one mark, which keeps a grid of many small."""
        corners = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
        parts = (_through([(x + a * side, y + b * side) for a, b in corners]) + "Z" for x, y, side in marks)
        self.body.append(f'<path d="{"".join(parts)}" fill="{_LITERAL[tone]}" class="f-{tone}"/>')

    def dot(self, x: float, y: float, tone: Tone, *, radius: float = 4.5) -> None:
        """Add a round mark with a paper rim."""
        self.body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{_LITERAL[tone]}" '
                         f'stroke="#ffffff" stroke-width="1.5" class="f-{tone} sp"/>')  # fmt: skip

    def text(self, x: float, y: float, words: str, *, tone: Tone = "ink", anchor: Anchor = "start", size: float = 13,
             bold: bool = False, halo: bool = False) -> None:  # fmt: skip
        """Add words with their baseline at ``y``; a paper halo keeps them legible over lines."""
        weight = ' font-weight="600"' if bold else ""
        lit = ' stroke="#ffffff" stroke-width="4" paint-order="stroke"' if halo else ""
        classes = f"f-{tone} sp" if halo else f"f-{tone}"
        aligned = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.body.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{_LITERAL[tone]}" '
                         f'class="{classes}"{aligned}{weight}{lit}>{escape(words)}</text>')  # fmt: skip

    def render(self, title: str, description: str, *, css_class: str) -> str:
        """Return the drawing as one ``svg`` element with title and description."""
        used = [name for name in _TEXTURES if any(f"url(#{self.key}-{name})" in mark for mark in self.body)]
        patterns = "".join(f'<pattern id="{self.key}-{name}" width="6" height="6" patternUnits="userSpaceOnUse">'
                           f"{_TEXTURES[name]}</pattern>" for name in used)  # fmt: skip
        defs = f"<defs>{patterns}</defs>" if patterns else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class={quoteattr(css_class)} role="img" '
            f'aria-labelledby="{self.key}-t {self.key}-d" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'width="{self.width:g}" height="{self.height:g}" font-family="{_FONT}">'
            f'<title id="{self.key}-t">{escape(title)}</title><desc id="{self.key}-d">{escape(description)}</desc>'
            f"{defs}{''.join(self.body)}</svg>"
        )


def text_width(words: str, size: float = 13, *, bold: bool = False) -> float:
    """Return the width of words in a broad sans-serif face [px], estimated from above by class of letter."""
    return size * (_BOLD if bold else 1.0) * sum(map(_letter_width, words))


@lru_cache(maxsize=4096)
def _letter_width(letter: str) -> float:
    narrow, usual, broad, capital = _WIDTHS
    if letter in _NARROW:
        return narrow
    if letter in _BROAD or ord(letter) >= _FIRST_FULL_WIDTH:
        return broad
    return capital if letter.isupper() else usual


def fit(words: str, width: float, size: float = 13, *, bold: bool = False) -> str:
    """Return words clipped to a width [px], ended by an ellipsis where something was left out."""
    if text_width(words, size, bold=bold) <= width:
        return words
    kept = words
    while kept and text_width(kept + "\u2026", size, bold=bold) > width:
        kept = kept[:-1]
    return kept.rstrip() + "\u2026"


def split(words: str, width: float, *, size: float = 13) -> tuple[str, ...]:
    """Return words on one line, or broken at a space into two; the second is clipped to the width [px]."""
    if text_width(words, size) <= width:
        return (words,)
    parts = words.split(" ")
    n = max((k for k in range(1, len(parts)) if text_width(" ".join(parts[:k]), size) <= width), default=0)
    if n == 0:
        return (fit(words, width, size),)
    return " ".join(parts[:n]), fit(" ".join(parts[n:]), width, size)


def _through(points: Sequence[tuple[float, float]]) -> str:
    steps = [f"{x:.1f} {y:.1f}" for x, y in points if math.isfinite(x) and math.isfinite(y)]
    return "M" + "L".join(steps) if steps else ""
