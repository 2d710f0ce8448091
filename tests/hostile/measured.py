"""Starts the thrower, hands it rows, and says at the end which was the slowest and which the largest."""

import json
import os
import subprocess
import sys
from pathlib import Path

from rnn_core import settings

ROOT = Path(__file__).parents[2]


def environment() -> dict[str, str]:
    """No setting of this machine, and one thread for products of matrices: the numbers are those of one core."""
    ours = {row["variable"] for row in settings.table()}
    return {name: value for name, value in os.environ.items() if name not in ours} | {
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8",
    }  # fmt: skip


class Thrower:
    def __init__(self):
        command = [sys.executable, "-m", "tests.hostile.thrower"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def throw(self, module: str, name: str, folder: Path) -> dict:
        """The row of a door, with `folder` for its home; see `thrower` for the answer."""
        job = {"module": module, "name": name, "folder": str(folder), "environment": {"RNN_HOME": str(folder / "home")}}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


def summary(found: list[dict]) -> list[str]:
    """`found` has module, name, seconds and mb of each row that was thrown."""
    if not found:
        return []
    slowest, largest = (max(found, key=lambda row: row[what]) for what in ("seconds", "mb"))
    doors = len({row["module"] for row in found})
    return [
        f"{len(found)} hostile inputs at {doors} doors. Slowest: {_named(slowest)}, {slowest['seconds']:.2f} s of CPU. "
        f"Largest: {_named(largest)}, {largest['mb']:.0f} MB."
    ]


def _named(row: dict) -> str:
    return f"{door(row['module'])}, {row['name']}"


def door(module: str) -> str:
    return module.rpartition(".test_")[2].replace("_", " ")
