"""Commands that start and measure exactly the configuration that was computed."""

import shlex
from collections.abc import Sequence

from steelyard.domain.serving import ServingConfig

__all__ = ["benchmark_command", "start_command"]

_QUANTIZATION = {"fp8": "fp8", "int8": "compressed-tensors", "int4": "compressed-tensors", "fp4": "compressed-tensors"}
"""vLLM's name of the method that loads such weights."""


def start_command(config: ServingConfig, model_name: str, *, native: bool = True) -> str:
    """Return the shell command that starts vLLM with these settings.

    Parameters
    ----------
    config
        The replica.
    model_name
        Repository or folder of the weights.
    native
        Whether the checkpoint already is in ``config.weights``; if not, fp8 is made while loading and other formats
        need a quantized checkpoint.

    Examples
    --------
    >>> from steelyard.domain.serving import Parallelism, ServingConfig
    >>> config = ServingConfig(model="m", accelerator="h100-sxm", weights="bf16", parallelism=Parallelism(tp=2))
    >>> start_command(config, "org/m")  # doctest: +NORMALIZE_WHITESPACE
    'vllm serve org/m --tensor-parallel-size 2 --kv-cache-dtype auto --max-num-seqs 256 --max-num-batched-tokens 8192
    --enable-chunked-prefill --enable-prefix-caching'
    """
    spread = config.parallelism
    words = ["vllm", "serve", model_name, "--tensor-parallel-size", str(spread.tp)]
    words += _if(spread.pp > 1, "--pipeline-parallel-size", str(spread.pp))
    words += _if(spread.dp_attention > 1, "--data-parallel-size", str(spread.dp_attention))
    words += _if(spread.ep > 1, "--enable-expert-parallel")
    words += _if(config.weights == "bf16" and not native, "--dtype", "bfloat16")
    words += _if(config.weights != "bf16" and not native, "--quantization", _QUANTIZATION.get(config.weights, ""))
    words += ["--kv-cache-dtype", "fp8" if config.kv == "fp8" else "auto"]
    words += ["--max-num-seqs", str(config.max_running_requests)]
    words += ["--max-num-batched-tokens", str(config.token_budget), "--enable-chunked-prefill"]
    words += ["--enable-prefix-caching" if config.prefix_caching else "--no-enable-prefix-caching"]
    return shlex.join(words)


def _if(condition: bool, *words: str) -> Sequence[str]:
    return words if condition else ()


def benchmark_command(
    config: ServingConfig, model_name: str, *, load_rps: float, input_tokens: int, output_tokens: int, requests: int,
    result_file: str,
) -> str:  # fmt: skip
    """Return the shell command that measures one replica at a load and writes the JSON that ``calibrate`` reads.

    Parameters
    ----------
    config
        The replica; sets no option of the benchmark but is stored in its metadata.
    model_name
        Name under which the server answers.
    load_rps
        Requests per second, Poisson.
    input_tokens, output_tokens
        Lengths of every request.
    requests
        How many to send.
    result_file
        File to write.
    """
    spread = config.parallelism
    words = ["vllm", "bench", "serve", "--model", model_name, "--dataset-name", "random"]
    words += ["--random-input-len", str(input_tokens), "--random-output-len", str(output_tokens), "--ignore-eos"]
    words += ["--request-rate", f"{load_rps:.4g}", "--num-prompts", str(requests)]
    words += ["--percentile-metrics", "ttft,tpot,itl,e2el", "--metric-percentiles", "50,95,99"]
    words += ["--save-result", "--result-filename", result_file]
    words += ["--metadata", f"accelerator={config.accelerator}", f"weights={config.weights}",
              f"tp={spread.tp}", f"pp={spread.pp}", f"engine={config.engine}"]  # fmt: skip
    return shlex.join(words)
