"""The messages between the server and a computer of its cluster: packages and orders to the computer, reports back."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.kinds import Event
from rnn_core.runs.store.rows import ON_A_SLOT, QUEUED, Point
from rnn_core.runs.store.store import LOG, TEST_LOGITS, WEIGHTS, Store
from rnn_core.settings import PROJECT, Settings
from rnn_core.tasks.task import task_of

# Files of a run that are sent to a computer and back, after the task's own ones: the weights need these.
SENT_FILES = (WEIGHTS,)
RETURNED_FILES = (WEIGHTS, TEST_LOGITS, LOG)
SENT_COLUMNS = (
    "step, epoch, seconds, learning_rate, requested_learning_rate, segment_step, segment_epoch, segment_seconds, tests, results"
)
PROGRESS = (
    "step",
    "epoch",
    "seconds",
    "steps_per_second",
    "learning_rate",
)
RETURNED_COLUMNS = f"{', '.join(PROGRESS)}, metrics, state, message, steps, items, reference, results"
UNDERWAY = (QUEUED, *ON_A_SLOT)  # states of a run on its computer; in any other state it has left it
_LOG_BYTES = 20_000  # of a log's end


@dataclass(frozen=True)
class Data:
    """A data file of a run, identified by its content."""

    name: str
    sha256: str
    own: bool  # it belongs to the run's folder; other files to the folder with everybody's data


@dataclass(frozen=True)
class Package:
    """A run at its checkpoint: all that another computer needs, except the content of its data files."""

    spec: str  # as JSON
    row: dict
    files: dict[str, bytes]
    data: tuple[Data, ...]


@dataclass
class Order:
    """A message from the server to one attempt at a run."""

    requested: str | None = None
    requested_learning_rate: float | None = None
    package: Package | None = None
    data: dict[str, bytes] = field(default_factory=dict)  # by SHA-256
    have_step: int = 0  # up to this step everything has arrived
    have_files: dict[str, int] = field(default_factory=dict)  # version by name
    drop: bool = False  # this attempt does not count any more, and ends


@dataclass(frozen=True)
class Report:
    """A message from an attempt to the server. An attempt that has not started needs its package, or the `missing` data."""

    run_id: str
    key: str
    started: bool
    missing: tuple[str, ...] = ()  # SHA-256
    row: dict | None = None
    points: list[Point] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    files: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # version and content


def pack(run_id: str, store: Store, settings: Settings) -> Package:
    """The package of a run. Raises `UserError` where its data does not exist any more."""
    folder, spec = store.runs.folder(run_id), store.runs.spec(run_id)
    data = tuple(file for _, file in _data(spec, folder, settings))
    spec = spec.changed(**task_of(spec.task).remote_options([file.sha256 for file in data]))
    row = dict(store.database.read(f"SELECT {SENT_COLUMNS} FROM runs WHERE id = ?", (run_id,))[0])
    names = *task_of(spec.task).run_files, *SENT_FILES
    files = {name: (folder / name).read_bytes() for name in names if (folder / name).exists()}
    return Package(spec.to_json(), row, files, data)


def contents(run_id: str, requested: tuple[str, ...], store: Store, settings: Settings) -> dict[str, bytes]:
    """The contents of a run's data files that a computer misses, by SHA-256."""
    files = _data(store.runs.spec(run_id), store.runs.folder(run_id), settings)
    return {data.sha256: content for content, data in files if data.sha256 in requested}


def _data(spec: RunSpec, folder: Path, settings: Settings) -> Iterator[tuple[bytes, Data]]:
    """Data files, with their content, that another computer may not have in the same version. Others come with the program."""
    for file in task_of(spec.task).data_files(spec, folder, settings):
        yield file.content, Data(file.name, sha256(file.content), file.own)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def report(run_id: str, key: str, order: Order, store: Store, leave_out: str | None = None) -> Report:
    """What is new in a run.

    The row is read first: where the run has ended, nothing follows. The checkpoint is read before the points, which then contain all
    steps that led to it. `leave_out` is a file that is not sent now, unless the run has left its slot.
    """
    row = dict(store.database.read(f"SELECT {RETURNED_COLUMNS} FROM runs WHERE id = ?", (run_id,))[0])
    files, names = {}, (*task_of(store.runs.spec(run_id).task).run_files, *RETURNED_FILES)
    for path in (store.runs.folder(run_id) / name for name in names if name != leave_out or row["state"] not in UNDERWAY):
        if path.exists() and (version := path.stat().st_mtime_ns) != order.have_files.get(path.name):
            files[path.name] = (version, _tail(path) if path.name == LOG else path.read_bytes())
    points = store.events.points(run_id, order.have_step)
    events = store.events.measured(run_id, order.have_step)
    return Report(run_id, key, True, (), row, points, events, files)


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LOG_BYTES))
        return file.read()


@cache
def project() -> str:
    """A digest of the program: two versions that differ in any line of `rnn_core` have different ones."""
    root = PROJECT / "rnn_core"
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()
