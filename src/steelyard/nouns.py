"""Nouns behind numbers: one of them in the singular, any other number in the plural."""

__all__ = ["counted", "noun"]


def counted(number: float, one: str, several: str = "") -> str:
    """Return a whole number in full and its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(1_200, "row"), counted(2, "entry", "entries")
    ('1 row', '1,200 rows', '2 entries')
    """
    return f"{number:,.0f} {noun(number, one, several)}"


def noun(number: float, one: str, several: str = "") -> str:
    """Return the noun that stands behind a number: its singular behind 1, else its plural.

    Parameters
    ----------
    number
        What is counted [1], as it is printed.
    one
        Singular.
    several
        Plural; empty: the singular and an s.

    Examples
    --------
    >>> [f"{n} {noun(n, 'month')}" for n in (0, 1, 36)], noun(2, "entry", "entries")
    (['0 months', '1 month', '36 months'], 'entries')
    """
    return one if number == 1 else several or f"{one}s"
