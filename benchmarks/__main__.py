"""Run all benchmarks, each in a separate process."""

import subprocess
import sys

NAMES = (
    "sampling",
    "series",
    "claims",
    "first_loss",
    "first_page",
    "sample_words",
    "trace",
    "inside",
    "neurons",
    "copied",
    "gradient",
    "loading",
    "drawn_digits",
    "memory",
    "store",
    "step_time",
    "empty_places",
    "hostile_text",
    "pasted_text",
    "classroom",
    "exports",
    "turns",
    "coach",
    "ruler",
    "faults",
)

for name in NAMES:
    print(f"\n== {name}", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], stderr=subprocess.DEVNULL, check=True)
