"""The store: one SQLite file with specs, states and events of all runs, and a folder a run beside it.

It is the only channel between pages and training. Each subject is an object of its own over the same database; where several take part in
one transaction, they pass on its connection.
"""

import time
from pathlib import Path

from rnn_core.data import atomic, disk, uploads
from rnn_core.runs.store.database import Database
from rnn_core.runs.store.events import Events
from rnn_core.runs.store.lifecycle import Lifecycle
from rnn_core.runs.store.people import People
from rnn_core.runs.store.queue import Queue
from rnn_core.runs.store.runs import Runs
from rnn_core.runs.store.uploads import Uploads
from rnn_core.settings import Settings

WEIGHTS, TESTED, LOG = "weights.npz", "tested.npy", "worker.log"  # in a run's folder


class Store:
    """Of one folder. Cheap to make, and safe to use from many threads. Raises `UserError` for a folder that cannot be used."""

    def __init__(self, home: Path):
        self.home = home
        self.database = Database(home)
        self.runs = Runs(self.database)
        self.queue = Queue(self.database)
        self.lifecycle = Lifecycle(self.database)
        self.events = Events(self.database)
        self.uploads = Uploads(self.database)
        self.people = People(self.database)

    @classmethod
    def of(cls, settings: Settings) -> "Store":
        """The one that the settings name."""
        return cls(settings.home)

    def disk_mb(self) -> float:
        """All runs and uploads together, in millions of bytes. Raises `StoreError` where the store was removed."""
        return (disk.size(self.home / "runs") + disk.size(self.home / "uploads") + self.database.size()) / 1e6

    def tidy(self, settings: Settings) -> None:
        """Remove what nobody needs any more: folders without a run, old uploads, and what writers left that were killed."""
        self.runs.sweep()
        atomic.remove_stale_parts(self.home / "uploads", *(self.home / "runs").glob("*"))
        uploads.prune(settings, self.runs.sources() | self.uploads.listed_since(time.time() - uploads.KEEP_SECONDS))
        self.uploads.forget(lambda name: not uploads.is_here(name, settings))
