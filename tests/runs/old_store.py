"""The store in the format of earlier versions of the program."""

import sqlite3

from rnn_core.runs.store.schema import LAST_EPOCH, RENAMED, VERSION

_DOWNGRADES = {  # by version: the statements that lead back to it from the next one
    6: ("ALTER TABLE runs DROP COLUMN remark",),
    5: (
        *(f"ALTER TABLE runs ADD COLUMN {name} REAL" for name in LAST_EPOCH),
        *(f"UPDATE runs SET {name} = json_extract(metrics, '$.{name}')" for name in LAST_EPOCH),
        "ALTER TABLE runs DROP COLUMN metrics",
        "CREATE TABLE samples (run INTEGER NOT NULL, step INTEGER NOT NULL, epoch REAL NOT NULL, text TEXT NOT NULL, "
        "PRIMARY KEY (run, step)) WITHOUT ROWID",
        "CREATE TABLE changes (run INTEGER NOT NULL, time REAL NOT NULL, state TEXT NOT NULL, message TEXT NOT NULL, "
        "epoch REAL NOT NULL DEFAULT 0)",
        "CREATE INDEX changes_by_run ON changes (run)",
        "INSERT INTO samples SELECT run, step, epoch, json_extract(payload, '$.text') FROM events WHERE kind = 'sample'",
        "INSERT INTO changes SELECT run, json_extract(payload, '$.time'), coalesce(json_extract(payload, '$.state'), 'running'), "
        "json_extract(payload, '$.message'), epoch FROM events WHERE kind IN ('change', 'note') ORDER BY number",
        "DROP TABLE events",
        "ALTER TABLE runs DROP COLUMN queued_at",
    ),
    4: tuple(f"ALTER TABLE runs RENAME COLUMN {new} TO {old}" for old, new in RENAMED.items()),
    3: ("ALTER TABLE runs DROP COLUMN tests", "ALTER TABLE uploads DROP COLUMN label"),
    2: (
        "DROP INDEX runs_by_owner",
        *(
            f"ALTER TABLE runs DROP COLUMN {name}"
            for name in (
                "owner",
                "wanted",
                "wanted_at",
                "wanted_rate",
                "learning_rate",
                "served",
                "leg_step",
                "leg_epoch",
                "leg_seconds",
            )
        ),
        "ALTER TABLE changes DROP COLUMN epoch",
        "ALTER TABLE runs ADD COLUMN stop_wanted REAL",
    ),
    1: (
        "DROP TABLE uploads",
        *(f"ALTER TABLE runs DROP COLUMN {name}" for name in ("train_accuracy", "val_accuracy", "results", "reference")),
    ),
}


def downgrade(db: sqlite3.Connection, version: int) -> None:
    """Change the tables to those of an earlier version."""
    for earlier in range(VERSION - 1, version - 1, -1):
        for statement in _DOWNGRADES[earlier]:
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {version}")
