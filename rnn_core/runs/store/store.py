"""The store: one SQLite file with specs, states and events of all runs, and a folder for each run.

The store is the only channel between pages and training. There is one object per subject over the same database; functions that take part
in another subject's transaction are given its connection.
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
from rnn_core.runs.store.sent import SentSettings
from rnn_core.runs.store.uploads import Uploads
from rnn_core.settings import Settings

# In a run's folder; MODEL is the Keras model with its best weights, for exports.
WEIGHTS, TEST_LOGITS, LOG, MODEL = "weights.npz", "tested.npy", "worker.log", "model.keras"


class Store:
    """The store in the folder `home`. Cheap to create, and safe to use from many threads. Raises `UserError` for an unusable folder."""

    def __init__(self, home: Path):
        self.home = home
        self.database = Database(home)
        self.runs = Runs(self.database)
        self.queue = Queue(self.database)
        self.lifecycle = Lifecycle(self.database)
        self.events = Events(self.database)
        self.uploads = Uploads(self.database)
        self.people = People(self.database)
        self.sent = SentSettings(self.database)

    @classmethod
    def of(cls, settings: Settings) -> "Store":
        """The store that the settings name."""
        return cls(settings.home)

    def disk_mb(self) -> float:
        """Size of all runs and uploads in MB. Raises `StoreError` where the store was removed."""
        return (disk.size(self.home / "runs") + disk.size(self.home / "uploads") + self.database.size()) / 1e6

    def tidy(self, settings: Settings) -> None:
        """Remove folders without a run, old uploads, and temporary files of processes that were killed."""
        self.runs.sweep()
        atomic.remove_stale_parts(self.home / "uploads", *(self.home / "runs").glob("*"))
        uploads.prune(settings, self.runs.source_names() | self.uploads.listed_since(time.time() - uploads.KEEP_SECONDS))
        self.uploads.forget(lambda name: not uploads.is_here(name, settings))
