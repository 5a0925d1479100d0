"""The rule of thumb: four questions, what each answer says, and which statement governs."""

from dataclasses import dataclass
from typing import Literal

from steelyard.domain.study import Answer

__all__ = ["PAYBACK_MONTHS", "QUESTIONS", "RULE_REQUESTS", "RULE_REQUESTS_OWNING", "RULE_SOURCE",
           "RULE_USD_PER_REQUEST", "Direction", "FrameworkSays", "Question", "Statement", "framework"]  # fmt: skip

RULE_SOURCE = '"Build vs. Buy: Making the right call on your AI stack", insights article, 15 January 2026'
"""Source of the four questions and their thresholds."""

RULE_REQUESTS = 50e6
"""Volume above which the framework says to model the economics [request/month]."""
RULE_REQUESTS_OWNING = 100e6
"""Volume above which the framework expects owning to pay back [request/month]."""
RULE_USD_PER_REQUEST = 0.001
"""Price above which it does [USD/request]."""
PAYBACK_MONTHS = 18
"""Time within which it does [month]."""

Direction = Literal["self_host", "fine_tune", "model_the_economics", "build", "buy", "none"]


@dataclass(frozen=True, slots=True)
class Question:
    """One of the four questions and what the framework says to each answer."""

    id: Literal["q1", "q2", "q3", "q4"]
    text: str
    yes: str
    no: str
    yes_direction: Direction
    no_direction: Direction


QUESTIONS: tuple[Question, ...] = (
    Question(
        "q1", "Does the data legally need to stay on-premises?",
        yes="Build, or self-host open weights.", no="", yes_direction="self_host", no_direction="none",
    ),
    Question(
        "q2", "Is there unique training data that others cannot access?",
        yes="Fine-tune; consider whether full training is needed.", no="",
        yes_direction="fine_tune", no_direction="none",
    ),
    Question(
        "q3", "Is inference the first operating expense at this scale?",
        yes="Model the economics: the threshold is usually above 50 M requests a month; at 100 M and more, above "
            "$0.001 a request, owning starts to pay back within 18 months.",
        no="", yes_direction="model_the_economics", no_direction="none",
    ),
    Question(
        "q4", "Is the model itself the core differentiator?",
        yes="Build.", no="Buy, integrate, ship faster.", yes_direction="build", no_direction="buy",
    ),
)  # fmt: skip
"""The questions in the order in which they govern."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of the framework that applies."""

    question: str
    answer: Answer
    text: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class FrameworkSays:
    """What the framework says to four answers."""

    statements: tuple[Statement, ...]
    """Every statement that applies, in the order of the questions."""
    governing: Statement | None
    """The first of them; None when nothing applies."""

    @property
    def direction(self) -> Direction:
        """Where the governing statement points."""
        return self.governing.direction if self.governing else "none"


def framework(q1: Answer, q2: Answer, q3: Answer, q4: Answer) -> FrameworkSays:
    """Return every statement that applies to the four answers and the one that governs.

    Parameters
    ----------
    q1, q2, q3, q4
        Answers to the questions in order: data must stay, exclusive training data, inference the first expense,
        the model is the product.

    References
    ----------
    "Build vs. Buy: Making the right call on your AI stack", 15 January 2026.

    Examples
    --------
    >>> framework("no", "no", "unknown", "no").direction
    'buy'
    >>> framework("yes", "yes", "no", "no").governing.question
    'q1'
    """
    said: list[Statement] = []
    for question, answer in zip(QUESTIONS, (q1, q2, q3, q4), strict=True):
        text = {"yes": question.yes, "no": question.no, "unknown": ""}[answer]
        direction = question.yes_direction if answer == "yes" else question.no_direction
        if text:
            said.append(Statement(question.id, answer, text, direction))
    return FrameworkSays(tuple(said), said[0] if said else None)
