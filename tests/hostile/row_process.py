"""`python -m tests.hostile.row_process`: reads jobs, a line of JSON each, and runs each in a forked process that it measures.

The process has imported the modules of a page, without TensorFlow. A child reports the sentences that a person would read (`sentences`), or
that the input was `accepted`, or the `fault`; the CPU seconds of the process and its children; and its peak memory in MB, of the whole
process.
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
    import_modules()
    for line in sys.stdin:
        job = json.loads(line)
        importlib.import_module(job["module"])
        print(json.dumps(_run_in_child(job)), flush=True)


def import_modules() -> None:
    """Prepare as a server does: import modules, build the table of combining marks, detect an encoding."""
    from rnn_core.data.normalize import clean

    importlib.import_module("rnn_core.cli.main")
    importlib.import_module("rnn_core.tasks.digits.picture")
    importlib.import_module("streamlit.testing.v1")
    importlib.import_module("charset_normalizer")
    clean("a\u0301")


def _run_in_child(job: dict) -> dict:
    reads, writes = os.pipe()
    if not (child := os.fork()):
        try:
            os.close(reads)
            result = _run(job)
        except BaseException:  # an error of this module, or while the input was made
            result = {"fault": traceback.format_exc()}
        with os.fdopen(writes, "w") as pipe:
            json.dump(result, pipe)
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as pipe:
        answer = pipe.read()
    status = os.waitpid(child, 0)[1]
    return (
        json.loads(answer) if answer else {"fault": f"ended by signal {os.WTERMSIG(status)} ({MOST_SECONDS} s of CPU are the most)"}
    )


def _run(job: dict) -> dict:
    from rnn_core.errors import UserError

    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    signal.alarm(5 * MOST_SECONDS)  # also ends a child that only waits
    os.environ.update(job["environment"])
    os.chdir(job["folder"])
    _redirect_output(Path(job["folder"]) / "output")
    module = sys.modules[job["module"]]
    given = module.ROWS[job["name"]].given()
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak
    before, start = _memory("VmRSS"), _seconds()
    result = {}
    try:
        result["accepted"] = repr(module.enter(given))[:200]
    except UserError as error:
        result["sentences"] = list(error.sentences)
    except BaseException:
        result["fault"] = traceback.format_exc()
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {**result, "seconds": _seconds() - start, "mb": _memory("VmHWM") + children, "grown": _memory("VmHWM") - before}


def _redirect_output(path: Path) -> None:
    """Redirect standard output and error to a file: they must not mix with the results."""
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
