"""All benchmarks, each in a process of its own."""

import subprocess
import sys

NAMES = (
    "sampling",
    "first_loss",
    "words",
    "training_speed",
    "trace",
    "loading",
    "drawn",
    "memory",
    "store",
    "step_time",
    "hostile_text",
    "classroom",
    "turns",
    "faults",
)

for name in NAMES:
    print(f"\n== {name}", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], stderr=subprocess.DEVNULL, check=True)
