"""Write the demo's usage log: four weeks of requests synthesised from measured traffic, the same on every run."""

import sys
from pathlib import Path

from steelyard.facts.workload import load_shapes, measured_trace
from steelyard.ingest.demo import DEMO_SEED, write_demo_log


def main(folder: str) -> int:
    """Write the log into ``folder`` unless it is there; return an exit code."""
    target = Path(folder)
    if list(target.glob("*.jsonl.gz")):
        print(f"The demo's log lies in {folder}.")
        return 0
    print(f"Writing the demo's log to {folder}: four weeks, 210,000 requests ...", flush=True)
    target.mkdir(parents=True, exist_ok=True)
    files = write_demo_log(target, trace=measured_trace("azure_conv"), week=load_shapes()["measured"], seed=DEMO_SEED)
    print(f"Wrote {len(files)} files.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
