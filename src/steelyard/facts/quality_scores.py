"""Public scores under the catalogue's names: every effort of a model, and the one that speaks for it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from steelyard.domain.evidence import Grade
from steelyard.domain.model import OpenModel
from steelyard.domain.quality import QualityScore
from steelyard.facts.prices.names import open_model_names, spelling

__all__ = ["best_scores", "scores_by_effort"]


def scores_by_effort(
    scores: Iterable[QualityScore], models: Mapping[str, OpenModel], sold: Iterable[str] = ()
) -> Mapping[str, tuple[QualityScore, ...]]:
    """Return the scores of every model, one an effort, best evidenced first.

    Parameters
    ----------
    scores
        Scores under the names that evaluators use, or under identifiers of the catalogue.
    models
        Open weights: a score is theirs by repository name, alias or spelling.
    sold
        Identifiers of models sold as a service: a score is theirs by its last part.
    """
    names = open_model_names(models.values())
    exact = {_tail(name): name for name in sorted(sold)} | {model.name.lower(): model.id for model in models.values()}
    found: dict[str, dict[str, QualityScore]] = defaultdict(dict)
    for score in scores:
        direct = score.model if score.model in models else exact.get(score.model.lower())
        model = direct or names.get(spelling(score.model)) or exact.get(_tail(score.model)) or score.model
        found[model][score.effort] = score if score.model == model else score.model_copy(update={"model": model})
    return {model: tuple(sorted(found[model].values(), key=_evidenced)) for model in sorted(found)}


def _tail(name: str) -> str:
    return name.rsplit("/", maxsplit=1)[-1].lower().replace(".", "-").replace("_", "-")


def _evidenced(score: QualityScore) -> tuple[bool, int, float, str]:
    """Order own scores first, then by families, then by index: one family says less than many."""
    return (score.evidence.grade is not Grade.USER, -score.families, -score.index, score.effort)


def best_scores(by_effort: Mapping[str, tuple[QualityScore, ...]]) -> Mapping[str, QualityScore]:
    """Return the best evidenced score of every model: that of the effort most families measured."""
    return {model: scores[0] for model, scores in by_effort.items()}
