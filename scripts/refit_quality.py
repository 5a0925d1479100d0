"""Refit the quality evidence: ability index, calibration, losses to quantization; write the packaged files.

python scripts/refit_quality.py            from the rows carried in the package
python scripts/refit_quality.py FOLDER     from a folder with benchmarks_open.csv, quantisation.csv, finetuning.csv,
                                           whose rows are merged and carried first
python scripts/refit_quality.py --check    write nothing; exit 1 if the packaged files differ
"""

import csv
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML

from steelyard.domain.accelerator import Precision
from steelyard.domain.evidence import Evidence, Grade
from steelyard.domain.quality import FineTuningCase
from steelyard.domain.value import Value
from steelyard.facts.quality_rows import DATA, read_benchmarks, read_public_scores, read_published_rows, write_scores
from steelyard.quality.quantization import QuantizedPair, losses
from steelyard.quality.refit import refit

FACTS = DATA.parent
SEEN = date(2026, 11, 23)
INDEX = Evidence(source="one-factor ability index over public benchmark scores (Arena, Epoch, tau2-bench, Vectara), "
                        "fitted by scripts/refit_quality.py", as_of=SEEN, grade=Grade.DERIVED,
                 licence="CC BY 4.0 / MIT / Apache-2.0 by source")  # fmt: skip
PAIRS = Evidence(source="measured pairs of quantized and unquantized checkpoints: sch0tten/nvfp4-benchmark (MIT), "
                        "TensorRT-LLM and Qwen3 repositories (Apache-2.0), model cards and reports as cited facts",
                 as_of=SEEN, grade=Grade.DERIVED)  # fmt: skip
BILLION = 1e9
NOT_COMPARABLE = ("thinking truncated to speed up the test",)
"""Recipes measured as stress tests, per their own note."""
OWN_FORMATS = ("mixed", "NVFP4 KV", "q4_0 KV")
"""Formats whose loss is not that of the weights alone."""


def as_yaml(entries: Iterable[Value]) -> str:
    """Return entries as a YAML list, defaults left out."""
    writer, out = YAML(), StringIO()
    writer.width, writer.default_flow_style = 4096, None
    dumped = [entry.model_dump(mode="json", exclude_defaults=True) for entry in entries]
    writer.dump(dumped, out)  # pyright: ignore[reportUnknownMemberType]
    return out.getvalue()


def precision(text: str) -> Precision | None:
    """Return the weight format of a published label; None if it is another."""
    if any(word in text for word in OWN_FORMATS):
        return None
    starts: tuple[tuple[str, Precision], ...] = (("FP8", "fp8"), ("INT8", "int8"), ("NVFP4", "fp4"), ("INT4", "int4"),
                                                 ("AWQ", "int4"), ("Q4", "int4"))  # fmt: skip
    return next((kind for start, kind in starts if text.startswith(start)), None)


def quantized_pairs(path: Path) -> list[QuantizedPair]:
    """Return the measured pairs of a published table; relative losses have no levels."""
    found: list[QuantizedPair] = []
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            kind = precision(row["format"])
            if kind is None or not row["recovery_pct"] or row["recipe"] in NOT_COMPARABLE:
                continue
            levels = "relative" not in row["benchmark"] and row["baseline"] and row["quantised"]
            before, after = (float(row["baseline"]), float(row["quantised"])) if levels else (None, None)
            if before is not None and not 0 <= before <= 100:
                before = after = None
            found.append(QuantizedPair(f"{row['model']}|{row['recipe']}|{row['evaluator']}",
                                       float(row["params_b"]) * BILLION, kind, float(row["recovery_pct"]) / 100,
                                       before, after))  # fmt: skip
    return found


def tuning_cases(path: Path) -> list[FineTuningCase]:
    """Return the published before and after of fine-tuning."""
    with path.open(newline="", encoding="utf-8") as file:
        return [_case(row) for row in csv.DictReader(file)]


def _case(row: Mapping[str, str]) -> FineTuningCase:
    def number(key: str) -> float | None:
        try:
            return float(row[key])
        except ValueError:
            return None

    size = number("params_b")
    return FineTuningCase(
        case=row["case"], organisation=row["org"], task=row["task"], task_type=row["task_type"],
        base_model=row["base_model"], parameters=round(size * BILLION) if size else None, method=row["method"],
        train_examples=row["train_examples"], metric=row["metric"], base_score=number("base_score"),
        tuned_score=number("finetuned_score"), uplift_points=number("uplift_points"), comparator=row["comparator"],
        comparator_score=number("comparator_score"), verdict=row["verdict"], grade=row["evidence_grade"],
        evaluator=row["evaluator"], published=row["date"],
        evidence=Evidence(source=row["source"], as_of=SEEN, grade=Grade.WEAK),
    )  # fmt: skip


def built(folder: Path | None) -> Mapping[Path, str]:
    """Return the packaged files as they follow from the rows."""
    if folder is not None:
        write_scores(DATA / "public_scores.csv", read_published_rows(folder / "benchmarks_open.csv"))
    fitted = refit(read_public_scores(), read_benchmarks(), evidence=INDEX)
    files = {DATA / "scores.yaml": as_yaml(fitted.scores),
             FACTS / "quality_calibration" / "bins.yaml": as_yaml(fitted.calibration)}  # fmt: skip
    if folder is not None:
        pairs = quantized_pairs(folder / "quantisation.csv")
        found = losses(pairs, logits_per_sd=fitted.logits_per_sd, evidence=PAIRS)
        files[FACTS / "quantization" / "losses.yaml"] = as_yaml(found)
        files[FACTS / "fine_tuning_evidence" / "cases.yaml"] = as_yaml(tuning_cases(folder / "finetuning.csv"))
    return files


def main(arguments: list[str]) -> int:
    """Write, or compare, the packaged files."""
    check = "--check" in arguments
    folders = [Path(a) for a in arguments if not a.startswith("--")]
    files = built(folders[0] if folders else None)
    stale = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{'differs' if check else 'wrote'}: {path.relative_to(FACTS)}")
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
