"""A worker that is killed at a chosen write, as in a power cut: `python -m benchmarks.kill_at_write RUN WRITE`.

The worker trains the run as usual. Writes are: the start and the commit of a transaction, a temporary file written, an fsync, a file
renamed. At write number WRITE the process kills itself; a process with fewer writes ends with status 0.
"""

import itertools
import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path

from rnn_core import settings as settings_of
from rnn_core.runs.engine import worker
from rnn_core.runs.store.database import Database
from rnn_core.runs.store.store import Store


def main(run_id: str, fatal: int) -> int:
    count = itertools.count(1)

    def write() -> None:
        if next(count) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(function):
        def before_and_after(*args, **kwargs):
            write()
            result = function(*args, **kwargs)
            write()
            return result

        return before_and_after

    change = Database.change

    @contextmanager
    def counted_change(database):
        with change(database) as db:
            write()
            yield db
            write()
        write()

    Database.change = counted_change
    os.fsync, Path.replace, Path.write_text = counted(os.fsync), counted(Path.replace), counted(Path.write_text)
    settings = settings_of.load()
    store = Store.of(settings)
    store.lifecycle.attach(run_id, os.getpid(), "cut")
    return worker.train_run(run_id, store, settings, "cut")[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
