"""In which inputs a ledger's bill is a straight line: it need be priced twice, whatever the number of values asked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from steelyard.domain.ledger import Call, Const, Expr, Input, Ledger, Lookup, Ref

__all__ = ["Bends", "bends_of"]

_NONE: frozenset[str] = frozenset()
_TERM_BY_TERM = frozenset({"add", "sub", "neg", "running_sum"})
"""Functions that are straight in all their arguments together."""


@dataclass(frozen=True, slots=True)
class Bends:
    """Where a ledger's total is not a straight line in its inputs.

    Read from the formulas: what is called straight is so exactly; what is called bent may still be nearly so.
    """

    straight: frozenset[str] = _NONE
    """Inputs that are only added, or multiplied with what does not depend on them."""
    bent: frozenset[str] = _NONE
    """Inputs that some other function reaches, whatever else becomes of them."""
    multiplied: frozenset[tuple[str, str]] = frozenset()
    """Pairs of inputs that are multiplied with each other: straight in either, not in both together."""

    def along(self, members: Collection[str]) -> bool:
        """Whether the total is a straight line in one factor on all these inputs together."""
        if any(name in self.bent for name in members):
            return False
        return len(members) < 2 or not any(a in members and b in members for a, b in self.multiplied)

    def joined(self, *others: "Bends") -> "Bends":
        """Return what holds for a sum of this and others."""
        return Bends(
            self.straight.union(*(o.straight for o in others)), self.bent.union(*(o.bent for o in others)),
            self.multiplied.union(*(o.multiplied for o in others)),
        )  # fmt: skip

    def times(self, other: "Bends") -> "Bends":
        """Return what holds for a product of two."""
        own, theirs = self.straight | self.bent, other.straight | other.bent
        both = self.joined(other)
        pairs = frozenset((a, b) for a in self.straight for b in other.straight if a != b)
        return Bends(both.straight, both.bent | (own & theirs), both.multiplied | pairs)

    def all_bent(self) -> "Bends":
        """Return what holds for a function of this that is not a straight line."""
        return Bends(_NONE, self.straight | self.bent)


_FREE = Bends()


def bends_of(ledger: Ledger) -> Bends:
    """Return where the sum of a ledger's lines is not a straight line in its inputs.

    Parameters
    ----------
    ledger
        The ledger; quantities that no line uses do not count.
    """
    known: dict[str, Bends] = {}
    for quantity in ledger.quantities:
        known[quantity.name] = _bends(quantity.expression, known)
    return _FREE.joined(*(known[line.quantity] for line in ledger.lines))


def _bends(node: Expr, known: Mapping[str, Bends]) -> Bends:
    match node:
        case Input(name):
            return Bends(frozenset({name}))
        case Ref(name):
            return known[name]
        case Const():
            return _FREE
        case Lookup(argument):
            return _bends(argument, known).all_bent()
        case Call(function, arguments):
            return _of_call(function, [_bends(a, known) for a in arguments])


def _of_call(function: str, arguments: list[Bends]) -> Bends:
    """Return what holds for a function of several arguments."""
    if all(a is _FREE for a in arguments):
        return _FREE
    first, rest = arguments[0], arguments[1:]
    if function in _TERM_BY_TERM:
        return first.joined(*rest)
    if function == "mul":
        for other in rest:
            first = first.times(other)
        return first
    if function in ("div", "delay"):  # straight in what is divided or delayed, not in by how much
        return first.times(_FREE.joined(*rest).all_bent())
    if function == "where_positive":
        return first.all_bent().times(_FREE.joined(*rest))
    return _FREE.joined(*arguments).all_bent()
