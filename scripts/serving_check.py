"""One published table that the serving fit never sees, as rows of measured runs."""

from pathlib import Path

from ruamel.yaml import YAML

TABLE = Path(__file__).resolve().parents[1] / "tests/references/data/rocm_vllm_mi300x.yaml"
SETUP = ("engine", "engine_version", "gpu", "n_gpus", "tp", "precision")


def published_rows(path: Path = TABLE) -> list[dict[str, str]]:
    """Return the cells of a table of batch latencies and saturated throughputs in the schema of ``calibrate.csv``."""
    table = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    setup = {name: str(table[name]) for name in SETUP} | {"metric": "output_tokens_per_s_total"}

    def row(cell: dict[str, str | int], **more: str) -> dict[str, str]:
        return setup | {"model": str(cell["model"]), "isl": str(cell["input"]), "osl": str(cell["output"])} | more

    static = [row(cell, scenario="offline-static-batch", concurrency=str(batch),
                  value=str(batch * cell["output"] / seconds))
              for cell in table["latency_s"] for batch, seconds in cell["by_batch"].items()]  # fmt: skip
    return static + [row(cell, concurrency="", value=str(cell["value"])) for cell in table["tokens_per_s"]]
