"""The tables of the store, and the migrations from earlier versions."""

TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, task TEXT NOT NULL, title TEXT NOT NULL, spec TEXT NOT NULL,
    state TEXT NOT NULL, message TEXT NOT NULL DEFAULT '', created REAL NOT NULL, started REAL, ended REAL,
    pid INTEGER, worker TEXT, kept_for INTEGER,
    step INTEGER NOT NULL DEFAULT 0, steps INTEGER, epoch REAL NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0,
    steps_per_second REAL, items INTEGER, metrics TEXT NOT NULL DEFAULT '{}', results TEXT NOT NULL DEFAULT '{}', reference REAL,
    owner TEXT, requested TEXT, requested_at REAL, requested_learning_rate REAL, learning_rate REAL, last_served_at REAL, queued_at REAL,
    segment_step INTEGER NOT NULL DEFAULT 0, segment_epoch REAL NOT NULL DEFAULT 0, segment_seconds REAL NOT NULL DEFAULT 0,
    tests INTEGER NOT NULL DEFAULT 1, remark TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS runs_by_state ON runs (state, number);
CREATE INDEX IF NOT EXISTS runs_by_owner ON runs (owner, last_served_at);
CREATE TABLE IF NOT EXISTS points (
    run INTEGER NOT NULL, name TEXT NOT NULL, step INTEGER NOT NULL, epoch REAL NOT NULL, seconds REAL NOT NULL,
    value REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, PRIMARY KEY (run, name, step)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY, run INTEGER NOT NULL, kind TEXT NOT NULL, step INTEGER NOT NULL, epoch REAL NOT NULL,
    payload TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_run ON events (run, kind, step);
CREATE TABLE IF NOT EXISTS people (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, created REAL NOT NULL, teacher TEXT
);
CREATE TABLE IF NOT EXISTS uploads (
    owner TEXT NOT NULL, task TEXT NOT NULL, name TEXT NOT NULL, time REAL NOT NULL, label TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (owner, task, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent (
    number INTEGER PRIMARY KEY, time REAL NOT NULL, withdrawn REAL, specs TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sent_to (
    sent INTEGER NOT NULL, person TEXT NOT NULL, half INTEGER NOT NULL, PRIMARY KEY (sent, person)
) WITHOUT ROWID;
"""
VERSION = 7  # of the tables above; a store of a later version is refused
_FINISHED_AT = (  # epoch of the test before version 4
    "(SELECT epoch FROM changes WHERE run = number AND changes.state = 'finished' AND changes.epoch > 0 ORDER BY changes.rowid DESC LIMIT 1)"
)
RENAMED = {  # columns of `runs` in version 5, by their earlier names
    "rate": "steps_per_second", "wanted": "requested", "wanted_at": "requested_at", "wanted_rate": "requested_learning_rate",
    "served": "last_served_at", "leg_step": "segment_step", "leg_epoch": "segment_epoch", "leg_seconds": "segment_seconds",
}  # fmt: skip
LAST_EPOCH = ("train_loss", "val_loss", "train_accuracy", "val_accuracy")  # columns of `runs` before version 6
# A number as JSON with all its digits, of which json_object alone keeps 15; json_patch leaves out those that are NULL.
_EXACTLY = "'{0}', iif(abs({0}) < 1e308, json(printf('%!.17g', {0})), NULL)"
_INTO_EVENTS = "INSERT INTO events (run, kind, step, epoch, payload)"
_STEP_THEN = "coalesce(round(r.step * c.epoch / r.epoch), 0)"  # step of a change before version 6, which had only its epoch
_CHANGES = "FROM changes c LEFT JOIN runs r ON r.number = c.run"
_IS_NOTE = "c.message <> '' AND c.state NOT IN ('stopped', 'finished', 'failed')"
MIGRATIONS = {  # by version: the statements that lead to the next version
    1: (
        "ALTER TABLE runs ADD COLUMN train_accuracy REAL",
        "ALTER TABLE runs ADD COLUMN val_accuracy REAL",
        "ALTER TABLE runs ADD COLUMN results TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE runs ADD COLUMN reference REAL",
    ),
    2: (
        *(f"ALTER TABLE runs ADD COLUMN {name} TEXT" for name in ("owner", "wanted")),
        *(f"ALTER TABLE runs ADD COLUMN {name} REAL" for name in ("wanted_at", "wanted_rate", "learning_rate", "served")),
        "ALTER TABLE runs ADD COLUMN leg_step INTEGER NOT NULL DEFAULT 0",
        *(f"ALTER TABLE runs ADD COLUMN {name} REAL NOT NULL DEFAULT 0" for name in ("leg_epoch", "leg_seconds")),
        "ALTER TABLE changes ADD COLUMN epoch REAL NOT NULL DEFAULT 0",
        "UPDATE runs SET wanted = 'stop', wanted_at = stop_wanted WHERE stop_wanted IS NOT NULL",
        "ALTER TABLE runs DROP COLUMN stop_wanted",
        "UPDATE runs SET owner = '' WHERE id NOT LIKE 'example%'",
    ),
    3: (
        "CREATE TABLE IF NOT EXISTS uploads (owner TEXT NOT NULL, task TEXT NOT NULL, name TEXT NOT NULL, time REAL NOT NULL, "
        "PRIMARY KEY (owner, task, name)) WITHOUT ROWID",  # a store of version 1 may lack this table
        "ALTER TABLE uploads ADD COLUMN label TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE runs ADD COLUMN tests INTEGER NOT NULL DEFAULT 1",
        f"UPDATE runs SET results = json_set(results, '$.tested_epoch', coalesce({_FINISHED_AT}, epoch)) "
        "WHERE CASE WHEN json_valid(results) THEN json_extract(results, '$.test_accuracy') END IS NOT NULL",
    ),
    4: (
        *(f"ALTER TABLE runs RENAME COLUMN {old} TO {new}" for old, new in RENAMED.items()),
        "UPDATE runs SET requested = 'yield' WHERE requested = 'room'",
    ),
    5: (
        "CREATE TABLE events (number INTEGER PRIMARY KEY, run INTEGER NOT NULL, kind TEXT NOT NULL, step INTEGER NOT NULL, "
        "epoch REAL NOT NULL, payload TEXT NOT NULL)",
        f"{_INTO_EVENTS} SELECT run, 'sample', step, epoch, json_object('text', text) FROM samples ORDER BY run, step",
        f"{_INTO_EVENTS} SELECT run, 'note', {_STEP_THEN}, c.epoch, json_object('time', time, 'message', c.message) "
        f"{_CHANGES} WHERE {_IS_NOTE} ORDER BY c.rowid",
        f"{_INTO_EVENTS} SELECT run, 'change', {_STEP_THEN}, c.epoch, json_object('time', time, 'state', c.state, 'message', c.message) "
        f"{_CHANGES} WHERE NOT ({_IS_NOTE}) ORDER BY c.rowid",
        "ALTER TABLE runs ADD COLUMN queued_at REAL",
        "UPDATE runs SET queued_at = (SELECT max(time) FROM changes c WHERE c.run = number AND c.state = 'queued')",
        "DROP TABLE samples",
        "DROP TABLE changes",
        "ALTER TABLE runs ADD COLUMN metrics TEXT NOT NULL DEFAULT '{}'",
        "UPDATE runs SET metrics = json_patch('{}', json_object(" + ", ".join(_EXACTLY.format(name) for name in LAST_EPOCH) + "))",
        *(f"ALTER TABLE runs DROP COLUMN {name}" for name in LAST_EPOCH),
    ),
    6: ("ALTER TABLE runs ADD COLUMN remark TEXT NOT NULL DEFAULT ''",),
}
