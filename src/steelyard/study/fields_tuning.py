"""What a study may say of tuning a model on its own data."""

from steelyard.study.fields import Field
from steelyard.study.fields_kinds import Exact, ListOf, Text, UncertainKind
from steelyard.study.quantities import COUNT, INDEX_POINTS, MONTHS, TOKENS, exactly

__all__ = ["TUNING"]

_IDENTIFIER = Text("an identifier such as gpt-5.4-mini", r"[A-Za-z0-9][\w.:@/+-]{0,119}")

TUNING = (
    Field("base", _IDENTIFIER, "Model to tune; where absent the cheapest that passes the bar."),
    Field("gain", UncertainKind(INDEX_POINTS), "Index points that tuning adds on your task, as your own evaluation "
          "shows; none is assumed.", attribute="gain_index"),
    Field("prompt_tokens_saved", Exact(exactly(TOKENS, low=0)), "Input tokens that prompts no longer need once the "
          "model is tuned; none where absent."),
    Field("shared_by", Exact(exactly(COUNT, low=1, high=1_000), whole=True), "Workloads of this size whose adapters "
          "would share the machines, this one included; 1 where absent."),
    Field("tuned_every", Exact(exactly(MONTHS, low=0, high=120), whole=True), "Months between tunings, 0 for once; "
          "12 where absent.", attribute="refresh_months"),
    Field("tuned_at", ListOf(_IDENTIFIER), "Sellers at which you have tuned models already: some admit nobody new."),
)  # fmt: skip
"""Keys beside the data itself."""
