"""A study file opened in a browser: read as the command line reads it, and carried in the address."""

from steelyard.errors import StudyError
from steelyard.study.fields_yaml import Keys, Node, read_yaml
from steelyard.web.faults import Refusal, faults_of
from steelyard.web.inputs import GROUPS
from steelyard.web.study_state import BLANK, FROM, State, as_typed, state_of

__all__ = ["LARGEST_BYTES", "opened"]

LARGEST_BYTES = 64 << 10
"""Largest study file a browser may open [byte]."""
_ASIDE = {"text", "where"}


def opened(raw: bytes) -> State:
    """Return the state of a page that holds the study of a file.

    Parameters
    ----------
    raw
        The file as sent, at most :data:`LARGEST_BYTES` and one more.

    Raises
    ------
    Refusal
        If it is too large, no study (each fault with its line), or more than an address can hold.
    """
    from steelyard.study.load import study_from_text  # noqa: PLC0415  heavy: only when a study is read

    if len(raw) > LARGEST_BYTES:
        raise Refusal(413, "too_large", f"the study file is larger than {LARGEST_BYTES:,} bytes",
                      "Send the study alone, logs apart", field="study")  # fmt: skip
    try:
        text = raw.decode("utf-8-sig")
        study = study_from_text(text, "study")
        state = state_of({FROM: BLANK, **_pairs(read_yaml(text, "study")[0])})
        again = study_from_text(state.text(), "study")
    except UnicodeDecodeError:
        raise Refusal(422, "invalid_input", "the study file is not UTF-8", "Save it as UTF-8", field="study") from None
    except StudyError as error:
        told = faults_of(error.faults, field="study")
        words = f"{len(told)} {'thing is' if len(told) == 1 else 'things are'} wrong with the study"
        raise Refusal(422, "invalid_input", words, faults=told) from None
    if again.model_dump(exclude=_ASIDE) != study.model_dump(exclude=_ASIDE):
        raise Refusal(422, "invalid_input", "this study holds more than an address can carry",
                      "Decide it with `steelyard decide`, or send it to /api/v1/decide", field="study")  # fmt: skip
    return state


def _pairs(root: Node | None) -> dict[str, str]:
    """Return the keys of a study with their values as typed: dotted where one holds others and is no input itself."""
    whole = {key for group in GROUPS for key in group.inputs}
    found: dict[str, str] = {}
    for key, entry in root.entries.items() if isinstance(root, Keys) else ():
        if isinstance(entry.node, Keys) and entry.node.entries and key not in whole:
            found |= {f"{key}.{inner}": as_typed(held.node) for inner, held in entry.node.entries.items()}
        else:
            found[key] = as_typed(entry.node)
    return found
