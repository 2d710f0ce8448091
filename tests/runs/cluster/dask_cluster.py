"""A real Dask cluster on loopback: a scheduler, and computers that join as in docs/cluster.md, each a separate process."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import psutil

from rnn_core import settings as settings_of
from rnn_core.runs.engine.local import kill_tree
from tests.conftest import processes

ROOT = Path(__file__).parents[3]
DASK = shutil.which("dask", path=str(Path(sys.executable).parent))

BRIEF = {"epochs": 40, "dropout": 0.2, "recurrent_dropout": 0.2}  # some seconds


class Cluster:
    def __init__(self, folder: Path):
        self.folder, self.processes = folder, []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"

    def scheduler(self) -> subprocess.Popen:
        return self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard", name="scheduler")

    def worker(self, name: str, *options: str, project: Path = ROOT, **environ: str) -> subprocess.Popen:
        return self._start(
            "worker", f"tcp://{self.address}", "--name", name, "--nthreads", "1", "--no-dashboard", *options,
            name=name, project=project, RNN_HOME=str(self.folder / name), RNN_THREADS="1", RNN_WARM_UP="0", **environ,
        )  # fmt: skip

    def _start(self, *command: str, name: str, project: Path = ROOT, **environ: str) -> subprocess.Popen:
        own = {variable: value for variable, value in os.environ.items() if variable not in _SETTINGS}
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [DASK, *command, *(["--local-directory", str(self.folder)] if command[0] == "worker" else [])],
                cwd=project, env={**own, **environ}, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def end(self, process: subprocess.Popen) -> None:
        kill_tree(process.pid)
        process.wait()

    def close(self) -> None:
        for process in reversed(self.processes):
            self.end(process)


_SETTINGS = {row["variable"] for row in settings_of.table()}


def trainers(process: subprocess.Popen) -> list[psutil.Process]:
    """The training processes of a Dask worker."""
    return processes("rnn_core.runs.engine.worker", psutil.Process(process.pid).children(recursive=True))


def dask_worker(process: subprocess.Popen) -> psutil.Process:
    """The process that runs tasks: a child of the started process, which would restart it."""
    return next(child.parent() for child in trainers(process))


def computer_of(cluster: Cluster, run: str):
    """The computer whose training process has this run."""
    computers = [
        computer for computer in cluster.computers if list((cluster.folder / name(cluster, computer)).rglob(f"runs/{run}"))
    ]
    return computers[0] if computers else None


def name(cluster: Cluster, computer) -> str:
    return ("first", "second")[cluster.computers.index(computer)]
