"""`python -m tests.hostile.thrower`: reads jobs, a line of JSON each, and runs each in a forked process that it measures.

It has imported what a page imports, and not TensorFlow. A child reports what a person would read (`sentences`), or that the
input was `accepted`, or the `fault`; its CPU seconds with those of its own children; and its peak of memory in MB: all of the
process, not only what the input added.
"""

import gc
import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path

MOST_SECONDS = 20  # of CPU, then the kernel ends the child
_MOST_BYTES = 8 << 30  # of addresses


def main() -> None:
    warm()
    for line in sys.stdin:
        job = json.loads(line)
        importlib.import_module(job["module"])
        print(json.dumps(_in_a_child(job)), flush=True)


def warm() -> None:
    """What a server has done before anybody comes: the modules, the table of combining marks, the first detection."""
    from rnn_core.data.normalize import clean

    importlib.import_module("rnn_core.cli.main")
    importlib.import_module("rnn_core.tasks.digits.picture")
    importlib.import_module("streamlit.testing.v1")
    importlib.import_module("charset_normalizer")
    clean("a\u0301")


def _in_a_child(job: dict) -> dict:
    reads, writes = os.pipe()
    if not (child := os.fork()):
        try:
            os.close(reads)
            found = _run(job)
        except BaseException:  # of the harness, or while the input was made
            found = {"fault": traceback.format_exc()}
        with os.fdopen(writes, "w") as pipe:
            json.dump(found, pipe)
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as pipe:
        told = pipe.read()
    status = os.waitpid(child, 0)[1]
    return json.loads(told) if told else {"fault": f"ended by signal {os.WTERMSIG(status)} ({MOST_SECONDS} s of CPU are the most)"}


def _run(job: dict) -> dict:
    from rnn_core.errors import UserError

    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    signal.alarm(5 * MOST_SECONDS)  # of a child that waits
    os.environ.update(job["environment"])
    os.chdir(job["folder"])
    _quiet(Path(job["folder"]) / "output")
    module = sys.modules[job["module"]]
    given = module.ROWS[job["name"]].given()
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before, start = _memory("VmRSS"), _seconds()
    found = {}
    try:
        found["accepted"] = repr(module.enter(given))[:200]
    except UserError as error:
        found["sentences"] = list(error.sentences)
    except BaseException:
        found["fault"] = traceback.format_exc()
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {**found, "seconds": _seconds() - start, "mb": _memory("VmHWM") + children, "grown": _memory("VmHWM") - before}


def _quiet(path: Path) -> None:
    """What is printed past Python's own streams goes to a file, and not among the answers."""
    file = os.open(path, os.O_CREAT | os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(file, stream)


def _seconds() -> float:
    used = os.times()
    return time.process_time() + used.children_user + used.children_system


def _memory(what: str) -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(what))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
