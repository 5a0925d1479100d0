"""Measure a real engine on this machine's processor, calibrate on one load, predict the other, and say how far off.

Not part of CI. It needs llama.cpp's ``llama-server`` and a vocabulary file, both from its source (``cmake --build .
--target llama-server``, ``models/ggml-vocab-llama-spm.gguf``), and the package ``gguf``. The model has random weights.

    python scripts/real_engine_check.py --server build/bin/llama-server --vocab models/ggml-vocab-llama-spm.gguf
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median

import numpy as np

LAYERS, HIDDEN, HEADS, KV_HEADS, WIDTH = 12, 1024, 16, 4, 4096
INPUT_TOKENS, OUTPUT_TOKENS, PROMPTS_PER_CLIENT = 256, 64, 10
LOADS = (2, 6)
MODEL, MACHINE = "random-llama-250m", "this-processor"
PAGE = "docs/real-engine.md"
NOTES = """
A closed loop on so small an engine is a hard case for a step-time model made for accelerators: llama.cpp fills each
iteration with up to 512 prompt tokens and stops decoding meanwhile, its arithmetic slows with the context, and two
cores carry the clients as well as the engine. One load tells how fast products and memory are, not how the engine
shares its time between prompts and outputs; first tokens at another load therefore stay uncertain, and the interval
says so. Calibrate on two loads or more, one near the load you plan for.
"""


def write_model(vocabulary: Path, target: Path) -> int:
    """Write a Llama with random 16-bit weights and the vocabulary of another file; return its parameters."""
    import gguf  # noqa: PLC0415  only this script needs it

    rng = np.random.default_rng(0)
    reader = gguf.GGUFReader(vocabulary)
    writer = gguf.GGUFWriter(target, "llama")
    head = HIDDEN // HEADS
    sizes = {"context_length": 8192, "embedding_length": HIDDEN, "block_count": LAYERS, "feed_forward_length": WIDTH,
             "head_count": HEADS, "head_count_kv": KV_HEADS}  # fmt: skip
    for name, value in sizes.items():
        getattr(writer, f"add_{name}")(value)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(head)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    words = 0
    for field in reader.fields.values():
        if field.name.startswith("tokenizer."):
            value, kind = field.contents(), field.types[0]
            writer.add_key_value(field.name, value, kind, field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None)
            words = len(value) if field.name == "tokenizer.ggml.tokens" else words
    writer.add_vocab_size(words)
    shapes = {"token_embd.weight": (words, HIDDEN), "output.weight": (words, HIDDEN), "output_norm.weight": (HIDDEN,)}
    for layer in range(LAYERS):
        shapes |= {f"blk.{layer}.{name}.weight": shape for name, shape in (
            ("attn_norm", (HIDDEN,)), ("ffn_norm", (HIDDEN,)), ("attn_q", (HIDDEN, HIDDEN)),
            ("attn_k", (KV_HEADS * head, HIDDEN)), ("attn_v", (KV_HEADS * head, HIDDEN)),
            ("attn_output", (HIDDEN, HIDDEN)), ("ffn_gate", (WIDTH, HIDDEN)), ("ffn_up", (WIDTH, HIDDEN)),
            ("ffn_down", (HIDDEN, WIDTH)))}  # fmt: skip
    for name, shape in shapes.items():
        flat = len(shape) == 1
        weights = np.ones(shape, np.float32) if flat else (rng.standard_normal(shape, np.float32) * 0.02)
        writer.add_tensor(name, weights if flat else weights.astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return sum(int(np.prod(shape)) for shape in shapes.values())


def machine_peaks() -> tuple[float, float]:
    """Return what this processor reaches: products of matrices [FLOP/s] and reading memory [B/s], best of several."""
    a = np.random.default_rng(0).standard_normal((3072, 3072), np.float32)
    flops, reads = [], []
    large = np.ones(200_000_000, np.float32)
    halves = np.array_split(large, 2)
    for _ in range(4):
        start = time.perf_counter()
        a @ a
        flops.append(2 * 3072**3 / (time.perf_counter() - start))
        threads = [threading.Thread(target=half.sum) for half in halves]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        reads.append(large.nbytes / (time.perf_counter() - start))
    return max(flops), max(reads)


def write_facts(folder: Path, parameters: int, words: int, peaks: tuple[float, float]) -> None:
    """Write the model and the processor as own facts, as a user would."""
    today = datetime.now(UTC).date().isoformat()
    evidence = [{"source": "measured here", "as_of": today, "grade": "user"}]
    model = {
        "id": MODEL, "name": MODEL, "vendor": "nobody", "family": MODEL, "released": today,
        "architecture": {
            "hidden_size": HIDDEN, "vocab_size": words, "tied_embeddings": False,
            "attention": [{"layers": LAYERS, "kind": "full", "heads": HEADS, "kv_heads": KV_HEADS,
                           "head_dim": HIDDEN // HEADS}],
            "feed_forward": [{"layers": LAYERS, "kind": "dense", "width": WIDTH}]},
        "parameters_total": parameters, "parameters_active": parameters, "context_tokens": 8192,
        "native_precision": "bf16", "capabilities": [],
        "licence": {"name": "none", "commercial_use": "yes", "outputs_may_train": "yes"}, "evidence": evidence,
    }  # fmt: skip
    machine = {
        "id": MACHINE, "name": MACHINE, "vendor": "processor", "generation": "processor",
        "peak_flop_per_s": {"bf16": peaks[0]}, "memory_bytes": 16_000_000_000,
        "memory_bandwidth_bytes_per_s": peaks[1], "link": "pcie", "link_bytes_per_s": 16e9, "devices_per_server": 1,
        "tdp_w": 100.0, "released": "2024-01-01", "evidence": evidence,
    }  # fmt: skip
    for kind, entry in (("models", model), ("accelerators", machine)):
        (folder / kind).mkdir(parents=True)
        (folder / kind / f"{entry['id']}.yaml").write_text(json.dumps(entry), encoding="utf-8")


def measure(address: str, clients: int, words: int) -> dict[str, object]:
    """Return the means of a closed loop in the keys that ``vllm bench serve`` writes."""
    times: list[tuple[float, float]] = []
    start = time.perf_counter()

    def client(number: int) -> None:
        rng = np.random.default_rng(number)
        times.extend(_ask(address, rng.integers(300, words - 300, INPUT_TOKENS).tolist())
                     for _ in range(PROMPTS_PER_CLIENT))  # fmt: skip

    threads = [threading.Thread(target=client, args=(k,)) for k in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    n, took = len(times), time.perf_counter() - start
    return {
        "model_id": MODEL, "accelerator": MACHINE, "weights": "bf16", "tp": "1", "engine": "llama.cpp",
        "request_rate": "inf", "max_concurrency": clients, "completed": n, "total_input_tokens": n * INPUT_TOKENS,
        "total_output_tokens": n * OUTPUT_TOKENS, "output_throughput": n * OUTPUT_TOKENS / took,
        "mean_ttft_ms": mean(first for first, _ in times) * 1e3, "mean_tpot_ms": mean(gap for _, gap in times) * 1e3,
    }  # fmt: skip


def _ask(address: str, prompt: list[int]) -> tuple[float, float]:
    """Return the time to the first token and the mean gap between tokens [s] of one request."""
    body = json.dumps({"prompt": prompt, "n_predict": OUTPUT_TOKENS, "ignore_eos": True, "stream": True,
                       "cache_prompt": False, "temperature": 0.0}).encode()  # fmt: skip
    request = urllib.request.Request(f"{address}/completion", body, {"Content-Type": "application/json"})  # noqa: S310
    start = time.perf_counter()
    with urllib.request.urlopen(request, timeout=600) as answer:  # noqa: S310  our own server
        arrived = [time.perf_counter() for line in answer if line.startswith(b"data:")]
    tokens = arrived[:OUTPUT_TOKENS]
    return tokens[0] - start, (tokens[-1] - tokens[0]) / (OUTPUT_TOKENS - 1)


def steelyard(folder: Path, *words: str) -> str:
    """Return what the command line prints, run in a folder with own facts."""
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "steelyard", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def check(folder: Path, calibrate_on: int, predict: int) -> list[tuple[str, float, float]]:
    """Return table rows with the errors in them: the other load predicted before and after calibrating on one."""
    for kept in (folder / "facts" / "own_calibration").glob("*"):
        kept.unlink()
    other = f"run-{predict}.json"
    before = json.loads(steelyard(folder, "validate", other, "--json"))["rows"]
    steelyard(folder, "calibrate", f"run-{calibrate_on}.json", "--study", "study.yaml")
    after = json.loads(steelyard(folder, "validate", other, "--json"))["rows"]
    found: list[tuple[str, float, float]] = []
    for b, a in zip(before, after, strict=True):
        was, now = b["predicted"] / b["measured"] - 1, a["predicted"] / a["measured"] - 1
        found.append((f"| {calibrate_on} | {predict} | {a['metric']} | {a['measured']:,.4g} | {b['predicted']:,.4g} "
                      f"({was:+.0%}) | {a['predicted']:,.4g} ({now:+.0%}) | {a['low']:,.4g} to {a['high']:,.4g} |",
                      abs(was), abs(now)))  # fmt: skip
    return found


def main() -> int:
    """Measure, calibrate, predict, write the page; return an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", type=Path, required=True)
    parser.add_argument("--vocab", type=Path, required=True)
    parser.add_argument("--port", type=int, default=18080)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        (folder / "study.yaml").write_text("{}\n", encoding="utf-8")
        parameters = write_model(asked.vocab, folder / "model.gguf")
        words = (parameters - LAYERS * _layer() - HIDDEN) // (2 * HIDDEN)
        peaks = machine_peaks()
        write_facts(folder / "facts", parameters, words, peaks)
        print(f"{parameters / 1e6:,.0f} M parameters; {peaks[0] / 1e9:,.0f} GFLOP/s, {peaks[1] / 1e9:,.1f} GB/s")
        slots = max(LOADS)
        server = subprocess.Popen(  # noqa: S603  the binary the caller named
            [asked.server, "-m", folder / "model.gguf", "-c", str(slots * 1024), "-np", str(slots), "-t", "2", "--port",
             str(asked.port), "--no-webui", "--cache-ram", "0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _measure_all(f"http://127.0.0.1:{asked.port}", folder, words)
        finally:
            server.terminate()
            server.wait()
        rows = [row for pair in (LOADS, LOADS[::-1]) for row in check(folder, *pair)]
    _write_page(parameters, peaks, rows)
    return 0


def _layer() -> int:
    head = HIDDEN // HEADS
    return 2 * HIDDEN + 2 * HIDDEN * HIDDEN + 2 * KV_HEADS * head * HIDDEN + 3 * WIDTH * HIDDEN


def _measure_all(address: str, folder: Path, words: int) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):  # noqa: S310  our own server
                break
        except OSError:
            time.sleep(0.5)
    else:
        raise SystemExit("the server did not come up")
    _ask(address, [1000] * INPUT_TOKENS)
    for clients in LOADS:
        run = measure(address, clients, words)
        (folder / f"run-{clients}.json").write_text(json.dumps(run), encoding="utf-8")
        print(f"{clients} clients: TTFT {run['mean_ttft_ms']:,.0f} ms, TPOT {run['mean_tpot_ms']:,.1f} ms, "
              f"{run['output_throughput']:,.1f} token/s")  # fmt: skip


def _write_page(parameters: int, peaks: tuple[float, float], rows: list[tuple[str, float, float]]) -> None:
    head = f"""# A real engine, predicted

Written by `scripts/real_engine_check.py` on {datetime.now(UTC).date()}: llama.cpp's server (16-bit weights, continuous
batching) on two cores of a processor that reaches {peaks[0] / 1e9:,.0f} GFLOP/s in products of matrices and
{peaks[1] / 1e9:,.1f} GB/s from memory, as measured beside it; a Llama of {parameters / 1e6:,.0f} M random weights;
{INPUT_TOKENS} tokens in, {OUTPUT_TOKENS} out, {PROMPTS_PER_CLIENT} prompts a client. Nothing in the published fit is of
a processor or of this engine, so the prediction before calibrating is that of a mean engine on a device never seen.
`steelyard calibrate` on one load, `steelyard validate` on the other.

| calibrated on | clients | metric | measured | before (off by) | after (off by) | 80 % interval after |
|---|---|---|---|---|---|---|
"""
    told = (f"\nMedian error {median(was for _, was, _ in rows):.0%} before, {median(now for _, _, now in rows):.0%} "
            "after.\n")  # fmt: skip
    Path(PAGE).write_text(head + "\n".join(row for row, _, _ in rows) + "\n" + told + NOTES, encoding="utf-8")
    print("\n".join(row for row, _, _ in rows), told, f"Wrote {PAGE}.")


if __name__ == "__main__":
    sys.exit(main())
