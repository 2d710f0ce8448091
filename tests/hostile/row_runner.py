"""Starts the process that runs rows, sends it rows, and prints at the end which were the slowest and the largest."""

import json
import os
import subprocess
import sys
from pathlib import Path

from rnn_core import settings

ROOT = Path(__file__).parents[2]


def environment() -> dict[str, str]:
    """Environment variables without settings of this machine, and with one thread for matrix products: numbers are those of one core."""
    settings_variables = {row["variable"] for row in settings.table()}
    return {name: value for name, value in os.environ.items() if name not in settings_variables} | {
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8",
    }  # fmt: skip


class RowRunner:
    def __init__(self):
        command = [sys.executable, "-m", "tests.hostile.row_process"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def run(self, module: str, name: str, folder: Path) -> dict:
        """Run a row of a door, with RNN_HOME in `folder`; see `row_process` for the result."""
        job = {"module": module, "name": name, "folder": str(folder), "environment": {"RNN_HOME": str(folder / "home")}}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


def summary(results: list[dict]) -> list[str]:
    """`results` has module, name, seconds and mb of each row that was run."""
    if not results:
        return []
    slowest, largest = (max(results, key=lambda row: row[what]) for what in ("seconds", "mb"))
    doors = len({row["module"] for row in results})
    return [
        f"{len(results)} hostile inputs at {doors} doors. Slowest: {_label(slowest)}, {slowest['seconds']:.2f} s of CPU. "
        f"Largest: {_label(largest)}, {largest['mb']:.0f} MB."
    ]


def _label(row: dict) -> str:
    return f"{door(row['module'])}, {row['name']}"


def door(module: str) -> str:
    return module.rpartition(".test_")[2].replace("_", " ")
