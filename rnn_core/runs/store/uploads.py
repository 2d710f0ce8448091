"""Which uploads each person has, and under which label. The files are those of `rnn_core.data.uploads`."""

import time
from collections.abc import Callable

from rnn_core.data.normalize import clean
from rnn_core.runs.store.database import Database


class Uploads:
    """Lists of uploads, one for each owner and task."""

    def __init__(self, database: Database):
        self._database = database

    def add(self, owner: str, task: str, name: str, label: str) -> None:
        """Add an upload to the owner's list, with this owner's label; the same file may be in other lists, too."""
        label = " ".join(clean(label[:1000]).split())[:200]
        with self._database.change() as db:
            db.execute(
                "INSERT OR REPLACE INTO uploads (owner, task, name, time, label) VALUES (?, ?, ?, ?, ?)",
                (owner, task, name, time.time(), label),
            )

    def labels(self, owner: str, task: str) -> dict[str, str]:
        """The label of each upload by its name, newest first; "" for uploads from before labels had owners."""
        query = "SELECT name, label FROM uploads WHERE owner = ? AND task = ? ORDER BY time DESC"
        return {row["name"]: row["label"] for row in self._database.read(query, (owner, task))}

    def listed_since(self, moment: float) -> set[str]:
        """The names of everybody's uploads that were added after `moment`, in seconds since 1970."""
        return {row["name"] for row in self._database.read("SELECT name FROM uploads WHERE time > ?", (moment,))}

    def forget(self, gone: Callable[[str], bool]) -> None:
        """Remove uploads whose file is gone from all lists."""
        names = [(name,) for name in self.listed_since(0) if gone(name)]
        with self._database.change() as db:
            db.executemany("DELETE FROM uploads WHERE name = ?", names)
