"""The likely shapes of a model of which no more is known than the number of parameters in its name."""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date
from statistics import median
from typing import NamedTuple

from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.model import Architecture, AttentionLayers, FeedForwardLayers, Licence, OpenModel

__all__ = ["Size", "size_in", "sized_model"]

BILLION = 1e9
NEIGHBOURS = 5
"""Models of nearest size whose shapes are averaged [1]."""
LEAST_PARAMETERS, MOST_PARAMETERS = 5e7, 3e12
"""Sizes that are taken for a language model's [parameter]."""
HEAD_DIM = 128
"""Width of a head, to a multiple of which widths are rounded: that of most models in the catalogue [1]."""
SHARED_OF_EXPERT_NAME = 0.22
"""Share of one expert's nominal size that all experts share, from Mixtral 8x7B: 46.7 B in all, 12.9 B for two [1]."""
ACTIVE_EXPERTS = 2.0
"""Experts a token uses where a name says only how many there are, as in Mixtral [1]."""
_UNIT = r"(?P<unit{0}>[bmt])(?![a-z0-9])"
_EXPERTS = re.compile(r"(?<![a-z0-9.])(?P<experts>[0-9]{1,3}) ?x ?(?P<each>[0-9]+(\.[0-9]+)?) ?b(?![a-z0-9])")
_SIZE = re.compile(r"(?<![0-9.])(?<!a)(?P<total>[0-9]+(\.[0-9]+)?) ?" + _UNIT.format(""))
_ACTIVE = re.compile(r"(?<![a-z0-9])a(?P<active>[0-9]+(\.[0-9]+)?) ?" + _UNIT.format(""))
_SCALES = {"m": 1e6, "b": BILLION, "t": 1e12}


class Size(NamedTuple):
    """Parameters that a name states."""

    total: float
    """All of them."""
    active: float
    """Used per token."""


def size_in(name: str) -> Size | None:
    """Return the parameters a model's name states, as in ``13B``, ``30B-A3B`` or ``8x7B``; None without.

    Parameters
    ----------
    name
        As a benchmark spells it.
    """
    text = re.sub(r"[_/]", "-", name.lower())
    if found := _EXPERTS.search(text):
        shared, count = SHARED_OF_EXPERT_NAME, float(found["experts"])
        each = float(found["each"]) * BILLION
        used = min(ACTIVE_EXPERTS, count)
        return _possible(each * (shared + count * (1 - shared)), each * (shared + used * (1 - shared)))
    stated = [float(m["total"]) * _SCALES[m["unit"]] for m in _SIZE.finditer(text)]
    total = max(stated, default=0.0)
    active = next((float(m["active"]) * _SCALES[m["unit"]] for m in _ACTIVE.finditer(text)), total)
    return _possible(total, min(active, total))


def _possible(total: float, active: float) -> Size | None:
    return Size(total, active) if LEAST_PARAMETERS <= active <= total <= MOST_PARAMETERS else None


def sized_model(size: Size, models: Iterable[OpenModel]) -> OpenModel | None:
    """Return a model of a size with the shapes usual for it, or None where no known model resembles it.

    A dense one takes the median widths of its neighbours in size; a mixture of experts the shapes of the nearest one,
    its layers and experts counted to reach the size.

    Parameters
    ----------
    size
        Parameters.
    models
        Models with known shapes.
    """
    ordered = sorted(models, key=lambda m: m.id)
    sparse = size.active < size.total
    alike = [m for m in ordered if _is_sparse(m) == sparse]
    near = sorted(alike, key=lambda m: _distance(m, size))[:NEIGHBOURS]
    if not near:
        return None
    shapes = _scaled(near[0].architecture, size, near[0]) if sparse else _dense(size, near)
    active = f"-a{size.active / BILLION:.3g}b" if sparse else ""
    name = f"unknown-{size.total / BILLION:.3g}b{active}"
    source = f"shapes usual for the size, from {', '.join(m.id for m in (near[:1] if sparse else near))}"
    return OpenModel(
        id=name, name=name, vendor="unknown", family="unknown", released=max(m.released for m in near),
        architecture=shapes, parameters_total=round(size.total), parameters_active=round(size.active),
        context_tokens=max(m.context_tokens for m in near),
        licence=Licence(name="unknown, not read", commercial_use="unknown"),
        evidence=(Evidence(source=source, as_of=max(_days(near)), grade=Grade.ESTIMATE),),
    )  # fmt: skip


def _days(models: Sequence[OpenModel]) -> list[date]:
    return [e.as_of for m in models for e in m.evidence]


def _is_sparse(model: OpenModel) -> bool:
    return any(group.kind == "moe" for group in model.architecture.feed_forward)


def _distance(model: OpenModel, size: Size) -> tuple[float, str]:
    far = math.log(model.parameters_total / size.total) ** 2 + math.log(model.parameters_active / size.active) ** 2
    return far, model.id


def _dense(size: Size, near: Sequence[OpenModel]) -> Architecture:
    """Return dense layers with full attention: hidden and cache width of the neighbours, scaled, the rest counted."""
    hidden = _rounded(median(m.architecture.hidden_size * (size.total / m.parameters_total) ** (1 / 3) for m in near))
    cached = [max(g.kv_heads * g.head_dim for g in m.architecture.attention) for m in near]
    kv_heads = max(round(median(cached) / HEAD_DIM), 1)
    heads = max(round(hidden / HEAD_DIM / kv_heads), 1) * kv_heads
    layers = round(median(sum(g.layers for g in m.architecture.attention) for m in near))
    vocabulary = round(median(m.architecture.vocab_size for m in near))
    tied = sum(m.architecture.tied_embeddings for m in near) * 2 > len(near)
    embeddings = vocabulary * hidden * (1 if tied else 2)
    attention = 2 * hidden * HEAD_DIM * (heads + kv_heads)
    width = max(round(((size.total - embeddings) / layers - attention) / (3 * hidden)), hidden)
    return Architecture(
        hidden_size=hidden, vocab_size=vocabulary, tied_embeddings=tied,
        attention=(AttentionLayers(layers=layers, kind="full", heads=heads, kv_heads=kv_heads, head_dim=HEAD_DIM),),
        feed_forward=(FeedForwardLayers(layers=layers, kind="dense", width=width),),
    )  # fmt: skip


def _rounded(width: float) -> int:
    return max(round(width / HEAD_DIM), 2) * HEAD_DIM


def _scaled(known: Architecture, size: Size, model: OpenModel) -> Architecture:
    """Return the shapes of a mixture of experts with layers in proportion to what is used, experts to what is not."""
    deeper = size.active / model.parameters_active
    sparser = size.total / size.active / (model.parameters_total / model.parameters_active)
    attention = tuple(g.model_copy(update={"layers": max(round(g.layers * deeper), 1)}) for g in known.attention)
    forward = tuple(
        g.model_copy(update={"layers": max(round(g.layers * deeper), 1),
                             "experts": max(round(g.experts * sparser), g.active_experts + 1) if g.experts else 0})
        for g in known.feed_forward)  # fmt: skip
    return known.model_copy(update={"attention": attention, "feed_forward": forward})
