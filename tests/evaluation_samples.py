"""Small evaluations in every format: the same forty items, answered by the same two options."""

import csv
import json
from pathlib import Path

ITEMS = 40
OPTIONS = ("openai/gpt-5.4-mini", "openai/gpt-6-luna")
RIGHT = {OPTIONS[0]: {i for i in range(ITEMS) if i % 5}, OPTIONS[1]: {i for i in range(ITEMS) if i % 4}}
"""Items each option gets right."""
FAILED = {OPTIONS[0]: set[int](), OPTIONS[1]: {0}}
"""Items at which each option errs."""


def tokens(option: str, item: int) -> tuple[int, int]:
    """Input and output tokens: the second option writes twice as much."""
    return 100 + item, (50 + item) * (1 + OPTIONS.index(option))


def write_csv_rows(folder: Path) -> Path:
    path = folder / "evals.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Item", "Option", "Score", "Failed", "Input_Tokens", "Output_Tokens"])
        for option in OPTIONS:
            for item in range(ITEMS):
                right = "pass" if item in RIGHT[option] else "fail"
                writer.writerow([f"q{item}", option, right, "yes" if item in FAILED[option] else "",
                                 *tokens(option, item)])  # fmt: skip
    return path


def write_lm_eval(folder: Path) -> Path:
    for option in OPTIONS:
        place = folder / "out" / option.replace("/", "__")
        place.mkdir(parents=True)
        with (place / "samples_ours_2026-11-01T10-00-00.123456.jsonl").open("w", encoding="utf-8") as file:
            for item in range(ITEMS):
                for name in ("strict", "flexible"):
                    score = float(item in RIGHT[option]) if name == "strict" else 1.0
                    file.write(json.dumps({
                        "doc_id": item, "doc": {"question": "secret"}, "target": "x", "resps": [["y"]],
                        "filtered_resps": ["y"], "filter": name, "metrics": ["exact_match"], "doc_hash": f"h{item}",
                        "exact_match": score,
                    }) + "\n")  # fmt: skip
        (place / "results_2026-11-01T10-00-00.123456.json").write_text('{"results": {}}', encoding="utf-8")
    return folder / "out"


def write_inspect_log(folder: Path) -> Path:
    logs = folder / "logs"
    logs.mkdir()
    for option in OPTIONS:
        samples: list[dict[str, object]] = []
        for item in range(ITEMS):
            read, wrote = tokens(option, item)
            usage = {"input_tokens": read - 10, "input_tokens_cache_read": 10, "output_tokens": wrote,
                     "total_tokens": read + wrote}  # fmt: skip
            sample: dict[str, object] = {"id": item, "epoch": 1, "input": "secret", "model_usage": {option: usage}}
            if item in FAILED[option]:
                sample["error"] = {"message": "time-out"}
            else:
                sample["scores"] = {"match": {"value": "C" if item in RIGHT[option] else "I", "answer": "secret"}}
            samples.append(sample)
        run = {"model": option, "task": "ours", "model_generate_config": {"reasoning_effort": "low"}}
        log = {"version": 2, "status": "success", "samples": samples, "eval": run}
        (logs / f"{option.split('/')[1]}.json").write_text(json.dumps(log), encoding="utf-8")
    return logs


def write_promptfoo(folder: Path) -> Path:
    results: list[dict[str, object]] = []
    for option in OPTIONS:
        for item in range(ITEMS):
            read, wrote = tokens(option, item)
            failed = item in FAILED[option]
            results.append({
                "testIdx": item, "promptIdx": 0, "provider": {"id": option.replace("/", ":chat:"), "label": ""},
                "vars": {"question": "secret"}, "success": item in RIGHT[option], "score": float(item in RIGHT[option]),
                "failureReason": 2 if failed else 0 if item in RIGHT[option] else 1,
                "response": {"output": "secret", "tokenUsage": {"total": read + wrote, "prompt": read,
                                                                "completion": wrote}},
            })  # fmt: skip
    path = folder / "promptfoo.json"
    path.write_text(json.dumps({"evalId": "e", "results": {"version": 3, "results": results}}), encoding="utf-8")
    return path


WRITERS = {"csv_rows": write_csv_rows, "lm_eval": write_lm_eval, "inspect_log": write_inspect_log,
           "promptfoo": write_promptfoo}  # fmt: skip
