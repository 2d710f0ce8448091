"""Who uploaded what, and what each calls it. The files are those of `rnn_core.data.uploads`."""

import time
from collections.abc import Callable

from rnn_core.data.normalize import clean
from rnn_core.runs.store.database import Database


class Uploads:
    """Lists of uploads, one for each owner and task."""

    def __init__(self, database: Database):
        self._database = database

    def add(self, owner: str, task: str, name: str, label: str) -> None:
        """List an upload among the owner's. `label` is what this owner calls it; the same file may be another one's, too."""
        label = " ".join(clean(label[:1000]).split())[:200]
        with self._database.change() as db:
            db.execute(
                "INSERT OR REPLACE INTO uploads (owner, task, name, time, label) VALUES (?, ?, ?, ?, ?)",
                (owner, task, name, time.time(), label),
            )

    def labels(self, owner: str, task: str) -> dict[str, str]:
        """The label of each by its name, newest first; "" for those that were listed before labels had owners."""
        query = "SELECT name, label FROM uploads WHERE owner = ? AND task = ? ORDER BY time DESC"
        return {row["name"]: row["label"] for row in self._database.read(query, (owner, task))}

    def listed_since(self, moment: float) -> set[str]:
        """The names of everybody's, listed after a time in seconds since 1970."""
        return {row["name"] for row in self._database.read("SELECT name FROM uploads WHERE time > ?", (moment,))}

    def forget(self, gone: Callable[[str], bool]) -> None:
        """Strike from all lists what is not there any more."""
        names = [(name,) for name in self.listed_since(0) if gone(name)]
        with self._database.change() as db:
            db.executemany("DELETE FROM uploads WHERE name = ?", names)
