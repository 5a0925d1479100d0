"""How published benchmarks set the engines they measure where that delays the first token, unlike engines' defaults."""

__all__ = ["poll_iterations"]

_LOOKS = {("inferencex", "sglang"): ((16.0, 30.0), (0.0, 10.0))}
"""Word in the source's name, engine -> from how many clients on, iterations between looks for new requests.

InferenceX starts SGLang with ``--scheduler-recv-interval`` 30 from 16 clients on, 10 below (its start scripts of 2025
and 2026); SGLang's own default is 1."""
_BALANCED = {("inferencex", "tensorrt-llm"): 60.0}
"""The same where attention is data parallel: new prompts wait until every rank has one or the iterations are over.

InferenceX gives TensorRT-LLM ``attention_dp_config: {enable_balance: true, timeout_iters: 60}`` there."""


def poll_iterations(source: str, engine: str, *, clients: float, dp_attention: int) -> float:
    """Return the iterations between two times at which new requests start, 1 unless a benchmark sets more.

    Parameters
    ----------
    source
        Name of the benchmark.
    engine
        Engine, known spelling.
    clients
        Requests in flight at a time [1].
    dp_attention
        Ranks that share the attention of one replica by request.

    Examples
    --------
    >>> poll_iterations("inferencex", "sglang", clients=64, dp_attention=1)
    30.0
    >>> poll_iterations("our own bench", "sglang", clients=64, dp_attention=1)
    1.0
    """
    if dp_attention > 1:
        for (word, name), iterations in _BALANCED.items():
            if word in source and name == engine:
                return iterations
    steps = next((steps for (word, name), steps in _LOOKS.items() if word in source and name == engine), ())
    return next((iterations for least, iterations in steps if clients >= least), 1.0)
