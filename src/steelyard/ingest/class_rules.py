"""Rules of a study's classes as conditions on the canonical table; the first rule that fits a request takes it."""

from collections.abc import Mapping, Sequence

from steelyard.errors import UnknownNameError
from steelyard.ingest.canonical import pseudonym_of_token, token
from steelyard.ingest.log_format import quoted_text

__all__ = ["RULE_KEYS", "conditions"]

_COLUMNS: Mapping[str, str] = {
    "model": "model", "operation": "operation", "key": "api_key", "team": "team", "user": "end_user",
    "session": "session", "tag": "tag",
}  # fmt: skip
_LENGTHS: Mapping[str, str] = {
    "input_tokens": "(uncached_input + cache_read + cache_write_5m + cache_write_1h)", "output_tokens": "output",
}  # fmt: skip
_BATCH = "batch"
RULE_KEYS = (*_COLUMNS, *_LENGTHS, _BATCH)
"""What a rule may ask for."""
_PLAIN = ("model", "operation")
"""Columns that hold names as logged; the others hold pseudonyms."""


def conditions(rules: Sequence[Mapping[str, Sequence[str]] | None], salt: str | None) -> list[str]:
    """Return a condition for each rule, none of which overlap; a rule that is None takes what is left.

    Parameters
    ----------
    rules
        Key -> values, any of which fits, all keys of which must fit; in order of precedence. ``model`` and
        ``operation`` may hold ``*``; lengths are ``> n`` or ``<= n``; identities are written as in the log.
    salt
        Salt of the table's pseudonyms; None: it holds identities as logged.

    Raises
    ------
    UnknownNameError
        If a rule asks for something else than ``RULE_KEYS``.
    """
    own = [None if rule is None else _condition(rule, salt) for rule in rules]
    said = [condition for condition in own if condition is not None]
    found: list[str] = []
    taken: list[str] = []
    for condition in own:
        before = " AND ".join(f"NOT {other}" for other in (said if condition is None else taken)) or "true"
        found.append(before if condition is None else f"({condition} AND {before})")
        if condition is not None:
            taken.append(condition)
    return found


def _condition(rule: Mapping[str, Sequence[str]], salt: str | None) -> str:
    parts = [" OR ".join(_part(key, value, salt) for value in values) for key, values in sorted(rule.items())]
    return "coalesce((" + ") AND (".join(parts) + "), false)"


def _part(key: str, value: str, salt: str | None) -> str:
    if key in _LENGTHS:
        sign, _, number = value.partition(" ")
        return f"{_LENGTHS[key]} {'>' if sign == '>' else '<='} {int(float(number))}"
    if key == _BATCH:
        return f"batch = {value == 'yes'}"
    if key not in _COLUMNS:
        raise UnknownNameError("rule of a class", key, RULE_KEYS)
    column = _COLUMNS[key]
    if key in _PLAIN:
        pattern = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("*", "%")
        return f"{column} ILIKE {quoted_text(pattern)} ESCAPE '\\'"
    stated = quoted_text(value)
    named = [] if salt is None else [pseudonym_of_token(token(stated, salt), column, salt)]
    return f"{column} IN ({', '.join([stated, *named])})"
