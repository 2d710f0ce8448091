"""Settings that the teacher sends to the class: one spec for everybody, or two, for half of the class each.

A person belongs to a half from the first page that they open after the settings were sent: the halves are then equal among those who
are there, also where the store knows people of earlier lessons, and a latecomer joins the smaller half.
"""

import json
import time
from dataclasses import dataclass, replace

from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.database import Database

HALVES = ("A", "B")  # the names of the specs that are sent


@dataclass(frozen=True)
class Sent:
    number: int
    time: float  # seconds since 1970
    withdrawn: float | None  # when the teacher withdrew it; people no longer see it
    specs: tuple[RunSpec, ...]  # one or two

    @property
    def task(self) -> str:
        return self.specs[0].task

    def spec_for(self, half: int, seed: int) -> RunSpec:
        """The spec of a person: runs with the same seed have the same numbers, so each person gets another seed."""
        return replace(self.specs[half], seed=seed)


class SentSettings:
    def __init__(self, database: Database):
        self._database = database

    def send(self, *specs: RunSpec) -> None:
        """Send one or two specs; they replace those that were sent before. Raises `UserError` for a pair that cannot be compared."""
        if len(specs) == 2:
            _refuse_pair(*specs)
        now = time.time()
        with self._database.change() as db:
            db.execute("UPDATE sent SET withdrawn = ? WHERE withdrawn IS NULL", (now,))
            db.execute("INSERT INTO sent (time, specs) VALUES (?, ?)", (now, json.dumps([spec.to_json() for spec in specs])))

    def withdraw(self) -> None:
        with self._database.change() as db:
            db.execute("UPDATE sent SET withdrawn = ? WHERE withdrawn IS NULL", (time.time(),))

    def newest(self) -> Sent | None:
        """What was sent last, also where it was withdrawn; None where nothing was, or its task is no longer here."""
        for row in self._database.read("SELECT * FROM sent ORDER BY number DESC LIMIT 1"):
            try:
                return Sent(row["number"], row["time"], row["withdrawn"], tuple(map(RunSpec.from_json, json.loads(row["specs"]))))
            except (UserError, ValueError):
                return None
        return None

    def half_of(self, sent: Sent, person_id: str) -> int:
        """The half (0 or 1) of a person; who has none joins the smaller one."""
        if len(sent.specs) == 1:
            return 0
        query = "SELECT half FROM sent_to WHERE sent = ? AND person = ?"
        if rows := self._database.read(query, (sent.number, person_id)):
            return rows[0]["half"]
        with self._database.change() as db:
            sizes = [0, 0]
            for row in db.execute("SELECT half, count(*) AS people FROM sent_to WHERE sent = ? GROUP BY half", (sent.number,)):
                sizes[row["half"]] = row["people"]
            half = int(sizes[1] < sizes[0])
            db.execute("INSERT OR IGNORE INTO sent_to VALUES (?, ?, ?)", (sent.number, person_id, half))
        return self._database.read(query, (sent.number, person_id))[0]["half"]

    def halves(self, sent: Sent) -> dict[str, int]:
        """The half of each person who has one, by their id."""
        return {row["person"]: row["half"] for row in self._database.read("SELECT * FROM sent_to WHERE sent = ?", (sent.number,))}


def _refuse_pair(first: RunSpec, second: RunSpec) -> None:
    if first.task != second.task:
        raise UserError("A and B are settings of different tasks, whose losses cannot be compared. Choose two of one task.")
    if first.setting == second.setting:
        raise UserError("A and B are the same settings. Choose others for B, or none: then everybody gets A.")
