"""What travels between the server and a computer of its cluster: a run as it is sent out, and what comes back of it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.kinds import Event
from rnn_core.runs.store.rows import ON_A_SLOT, QUEUED, Point
from rnn_core.runs.store.store import LOG, TESTED, WEIGHTS, Store
from rnn_core.settings import PROJECT, Settings
from rnn_core.tasks.task import task_of
from rnn_core.tasks.tokenizer import VOCABULARY

OUT = (VOCABULARY, WEIGHTS)  # a run's files that go with it ...
BACK = (VOCABULARY, WEIGHTS, TESTED, LOG)  # ... and that come back, a vocabulary before the weights that need it
OUT_COLUMNS = (
    "step, epoch, seconds, learning_rate, requested_learning_rate, segment_step, segment_epoch, segment_seconds, tests, results"
)
PROGRESS = (
    "step",
    "epoch",
    "seconds",
    "steps_per_second",
    "learning_rate",
)
BACK_COLUMNS = f"{', '.join(PROGRESS)}, metrics, state, message, steps, items, reference, results"
UNDERWAY = (QUEUED, *ON_A_SLOT)  # on its computer; in any other state the run has left it
_LOG_BYTES = 20_000  # of a log's end


@dataclass(frozen=True)
class Data:
    """A file that a run is trained on, known by its content."""

    name: str
    sha256: str
    own: bool  # of this run alone: it belongs into its folder, others into the folder with everybody's data


@dataclass(frozen=True)
class Package:
    """A run as it stands: all that another computer needs, except the content of its data."""

    spec: str  # as JSON
    row: dict
    files: dict[str, bytes]
    data: tuple[Data, ...]


@dataclass
class Order:
    """From the server to one attempt at a run."""

    requested: str | None = None
    requested_learning_rate: float | None = None
    package: Package | None = None
    data: dict[str, bytes] = field(default_factory=dict)  # by SHA-256
    have_step: int = 0  # up to here everything has arrived
    have_files: dict[str, int] = field(default_factory=dict)  # name and version
    drop: bool = False  # nobody listens to this attempt any more


@dataclass(frozen=True)
class Report:
    """From an attempt to the server. One that has not begun needs its package, or the data that it misses."""

    run_id: str
    key: str
    begun: bool
    missing: tuple[str, ...] = ()  # SHA-256
    row: dict | None = None
    points: list[Point] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    files: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # version and content


def pack(run_id: str, store: Store, settings: Settings) -> Package:
    """Raises `UserError` where its data is not here any more."""
    folder, spec = store.runs.folder(run_id), store.runs.spec(run_id)
    data = tuple(found for _, found in _data(spec, folder, settings))
    spec = spec.changed(**task_of(spec.task).remote_options([file.sha256 for file in data]))
    row = dict(store.database.read(f"SELECT {OUT_COLUMNS} FROM runs WHERE id = ?", (run_id,))[0])
    files = {name: (folder / name).read_bytes() for name in OUT if (folder / name).exists()}
    return Package(spec.to_json(), row, files, data)


def contents(run_id: str, requested: tuple[str, ...], store: Store, settings: Settings) -> dict[str, bytes]:
    """What a computer misses of a run's data, by SHA-256."""
    found = _data(store.runs.spec(run_id), store.runs.folder(run_id), settings)
    return {data.sha256: content for content, data in found if data.sha256 in requested}


def _data(spec: RunSpec, folder: Path, settings: Settings) -> Iterator[tuple[bytes, Data]]:
    """Files that another computer may not have, or not in the same version. The others come with the program."""
    for file in task_of(spec.task).data_files(spec, folder, settings):
        yield file.content, Data(file.name, sha256(file.content), file.own)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def report(run_id: str, key: str, order: Order, store: Store, leave_out: str | None = None) -> Report:
    """What is new of a run. The row is read first: where it says that the run has ended, nothing comes after. The checkpoint is
    read before the points, so that those which led to it are there.

    `leave_out` is a file that need not come now, unless the run has left its slot.
    """
    row = dict(store.database.read(f"SELECT {BACK_COLUMNS} FROM runs WHERE id = ?", (run_id,))[0])
    files = {}
    for path in (store.runs.folder(run_id) / name for name in BACK if name != leave_out or row["state"] not in UNDERWAY):
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
    """Which version of the program this is: two that differ in any line of `rnn_core` differ here."""
    root = PROJECT / "rnn_core"
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()
