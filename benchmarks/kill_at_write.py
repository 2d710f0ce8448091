"""A worker that dies at a chosen write, as a power cut would have it: `python -m benchmarks.kill_at_write RUN WRITE`.

It trains the run as any worker does. Each of these counts as a write: a transaction begun and one committed, a file written
beside, one made safe (fsync), one renamed. At the WRITE-th the process kills itself; without reaching it, it ends with 0.
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
            done = function(*args, **kwargs)
            write()
            return done

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
