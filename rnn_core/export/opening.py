"""Open the zip of a run from another machine as a run of this one.

Nothing in the file is trusted: only known names are read, each up to a size, and the checks of a run's own files decide. `model.keras` is
not opened, because a Keras file may contain code: the network is read from `weights.npz`, whose arrays must have the names and shapes that
the settings demand.
"""

import csv
import hashlib
import io
import json
import math
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO, Any, BinaryIO, get_origin

from rnn_core.data import atomic, uploads
from rnn_core.data.normalize import clean
from rnn_core.errors import UserError, quoted
from rnn_core.export.bundle import CURVES, DATA, KIND, MOST_DATA, PROGRESS, RUN, SETTINGS, VERSION
from rnn_core.nn.run_files import DamagedFile, weight_shapes
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.store.kinds import KINDS, Event, encode, measured
from rnn_core.runs.store.rows import FINISHED, STOPPED, Point
from rnn_core.runs.store.store import TEST_LOGITS, WEIGHTS, Store
from rnn_core.runs.submit import disk_refusals
from rnn_core.settings import Settings
from rnn_core.spec.model import ModelSpec
from rnn_core.tasks.task import DataFile, Task, task_of

_MOST_MEMBERS = 100
_MOST_JSON = 10_000_000  # bytes, unpacked; the largest vocabulary has 6 MB
_MOST_RUN, _MOST_CURVES = 100_000_000, 50_000_000  # bytes: three layers report 10 KB in each of 10,000 epochs
_MOST_OUTPUTS = 100_000_000  # bytes, of the test set
_COPIES = 8  # of the weights in a checkpoint, at most: the newest, the best, those of the optimizer and of states
_MOST_POINTS, _MOST_EVENTS = 250_000, 50_000
_LARGEST = 1e15  # of a number that counts steps or seconds
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")  # of a metric
_DATA_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}\.[a-z]{1,5}")
_AGAIN = "Download the zip again on the machine that it comes from."
_NO_RUN = "The file is not the zip of a run, which Share on a run's page writes, as does export --format zip. Choose another file."


@dataclass(frozen=True)
class _Checked:
    spec: RunSpec
    described: dict[str, Any]  # RUN, checked
    points: list[Point]
    events: list[Event]


def open_run(file: BinaryIO, store: Store, settings: Settings, owner: str = "", most_mb: float | None = None) -> str:
    """Add the run in a zip to the store, as a run of `owner`; returns its id.

    `most_mb` is how large its files may be together, unpacked; None: no limit but those of each file. Raises `UserError`.
    """
    if errors := disk_refusals(store, settings):
        raise UserError(*errors)
    run_id = store.runs.new_id()
    folder = store.runs.folder(run_id)
    try:
        with _archive(file, most_mb) as archive, atomic.explain_errors("The run", folder):
            members = _members(archive)
            spec = RunSpec.from_json(_text(archive, members, SETTINGS, 100_000))
            store.runs.make_folder(run_id)
            opened = _read(archive, members, spec, folder, settings)
        _add(opened, run_id, store, owner)
    except BaseException as error:  # a run that could not be added leaves no folder
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, DamagedFile):
            raise UserError(f"The zip cannot be opened: its file {error.path.name} is damaged ({error.why}). {_AGAIN}") from None
        raise
    return run_id


def _archive(file: BinaryIO, most_mb: float | None) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, OSError, RecursionError):
        raise UserError(_NO_RUN) from None
    infos = archive.infolist()
    if len(infos) > _MOST_MEMBERS:
        raise UserError(f"The zip has {len(infos):,} files; that of a run has at most {_MOST_MEMBERS}. Choose another file.")
    total = sum(info.file_size for info in infos) / 1e6
    if most_mb is not None and total > most_mb:
        raise UserError(
            f"Unpacked, the zip has {total:,.0f} MB; at most {most_mb:,.0f} MB are allowed here. Open it with python -m rnn_core import, or "
            "raise RNN_MAX_UPLOAD_MB."
        )
    return archive


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files of the zip by name, without a folder around all of them. Raises `UserError` where this is not the zip of a run."""
    infos = [info for info in archive.infolist() if not info.is_dir() and not info.filename.startswith("__MACOSX/")]
    around = next((info.filename.removesuffix(RUN) for info in infos if info.filename.split("/")[-1] == RUN), None)
    if around is None or around.count("/") > 1:
        raise UserError(_NO_RUN)
    members = {}
    for info in infos:
        name = info.filename.removeprefix(around)
        if name in members:
            raise UserError(f"The zip has two files called {quoted(name)}. {_AGAIN}")
        if info.flag_bits & 1:
            raise UserError("The zip has a password. Unpack it, and pack it again without one.")
        members[name] = info
    return members


def _bytes(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str, most: int) -> bytes:
    """The content of a member of at most `most` bytes. Raises `UserError`."""
    with _opened(archive, members, name, most) as file:
        return file.read(most + 1)  # at most as much as the header says, which is compared with the checksum


def _unpack(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str, folder: Path, most: int) -> None:
    """Write a member of at most `most` bytes into a folder, piece by piece. Raises `UserError`."""
    with atomic.writing(folder / name) as out, _opened(archive, members, name, most) as file:
        shutil.copyfileobj(file, out)


@contextmanager
def _opened(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str, most: int) -> Iterator[IO[bytes]]:
    info = members.get(name)
    if info is None:
        raise UserError(f"The zip cannot be opened: its file {name} is missing. {_AGAIN}")
    if info.file_size > most:
        raise UserError(
            f"The zip cannot be opened: its file {name} has {info.file_size / 1e6:,.0f} MB, at most {most / 1e6:,.1f} are possible."
        )
    try:
        with archive.open(info) as file:
            yield file
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error):
        raise UserError(f"The zip cannot be opened: its file {name} is damaged. {_AGAIN}") from None


def _text(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str, most: int) -> str:
    try:
        return _bytes(archive, members, name, most).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"The zip cannot be opened: its file {name} is not text in UTF-8. {_AGAIN}") from None


def _read(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], spec: RunSpec, folder: Path, settings: Settings
) -> _Checked:
    """Check everything, and write the run's files into its folder."""
    task = task_of(spec.task)
    described = _described(_text(archive, members, RUN, _MOST_RUN))
    points = list(_points(_text(archive, members, CURVES, _MOST_CURVES)))
    for name in task.run_files:
        atomic.write(folder / name, _bytes(archive, members, name, _MOST_JSON))
    try:
        model_io = checkpoints.model_io(spec, folder)  # raises for files that do not describe a network
    except KeyError:
        raise UserError(
            f"The zip cannot be opened: this program does not know its data {quoted(spec.data.source)}. Update this program, then open the zip again."
        ) from None
    numbers = sum(math.prod(shape) for shape in weight_shapes(spec.model, model_io).values())
    _unpack(archive, members, WEIGHTS, folder, _COPIES * 4 * numbers + 1_000_000)
    checkpoints.check(spec, folder)
    checkpoints.position(folder)
    if TEST_LOGITS in members:
        _unpack(archive, members, TEST_LOGITS, folder, _MOST_OUTPUTS)
        checkpoints.check_test_logits(folder, model_io.output.units)
    data = {name: info for name, info in members.items() if name.startswith(DATA)}
    if data:
        spec = _with_data({name: _bytes(archive, members, name, MOST_DATA) for name in data}, spec, task, folder, settings)
    return _Checked(spec, described, points, _events(described["events"], spec.model))


def _with_data(data: dict[str, bytes], spec: RunSpec, task: Task, folder: Path, settings: Settings) -> RunSpec:
    """Keep the run's data: as it is here where it is the same, else as an upload, named after its content."""
    (path, content), *others = data.items()
    name = path.removeprefix(DATA)
    if others or not _DATA_NAME.fullmatch(name) or name in (*task.run_files, WEIGHTS, TEST_LOGITS):
        raise UserError(f"The zip cannot be opened: {quoted(path)} is no data of a run on {spec.task}. {_AGAIN}")
    if not uploads.is_upload(spec.data.source) and content in _data_here(spec, task, folder, settings):
        return spec
    sha256 = hashlib.sha256(content).hexdigest()
    spec = spec.changed(**{"source": uploads.name_of(content), **task.remote_options([sha256])})
    atomic.write(folder / name, content)
    try:
        own = task.check_data(spec, settings, folder).own_files  # read and cleaned as an upload is
    except UserError as error:
        raise UserError("The data in the zip cannot be used.", *error.sentences) from None
    if own.keys() != {name}:
        (folder / name).unlink()
        raise UserError(f"The zip cannot be opened: {quoted(path)} is no data of a run on {spec.task}. {_AGAIN}")
    atomic.write(folder / name, own[name])
    uploads.save(content, settings)  # for other runs on this data
    return spec


def _data_here(spec: RunSpec, task: Task, folder: Path, settings: Settings) -> list[bytes]:
    try:
        files: list[DataFile] = list(task.data_files(spec, folder, settings))
    except UserError:  # there is no such data here
        return []
    return [file.content for file in files]


def _described(text: str) -> dict[str, Any]:
    """RUN, with every field of the right type. Raises `UserError`."""
    try:
        described = json.loads(text)
        if described["format"] != KIND:
            raise UserError(_NO_RUN)
        if described["version"] != VERSION:
            raise UserError("The zip was written by a newer version of this program. Update this program, then open the zip again.")
        progress = {name: described["progress"].get(name) for name in PROGRESS}
        for name, value in progress.items():
            whole = name in ("step", "steps", "items", "segment_step")
            if value is not None and not (_is_number(value, whole) and 0 <= value < _LARGEST):
                raise ValueError
        required = ("step", "epoch", "seconds", "segment_step", "segment_epoch", "segment_seconds")
        if not all(isinstance(described[name], str) for name in ("title", "remark", "state", "data")) or None in map(
            progress.get, required
        ):
            raise ValueError
        for numbers in (described["metrics"], described["results"]):
            if len(numbers) > 100 or not all(_NAME.fullmatch(name) and _is_number(value) for name, value in numbers.items()):
                raise ValueError
        if not isinstance(described["events"], list) or len(described["events"]) > _MOST_EVENTS:
            raise ValueError
        return {**described, "progress": progress}
    except UserError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UserError(f"The zip cannot be opened: its file {RUN} makes no sense. {_AGAIN}") from None


def _is_number(value: object, whole: bool = False) -> bool:
    """Whether the value is a finite number that SQLite can hold."""
    kinds = int if whole else int | float
    return isinstance(value, kinds) and not isinstance(value, bool) and abs(value) < 1e300


def _points(text: str) -> Iterator[Point]:
    try:
        rows = csv.reader(io.StringIO(text), strict=True)
        if next(rows, None) != [f.name for f in fields(Point)]:
            raise ValueError
        for count, (name, step, *numbers) in enumerate(rows):
            if count == _MOST_POINTS:
                raise ValueError
            point = Point(name, int(step), *map(float, numbers))
            if not _NAME.fullmatch(name) or not 0 <= point.step < _LARGEST or not all(map(math.isfinite, map(float, numbers))):
                raise ValueError
            yield point
    except (ValueError, TypeError, csv.Error):
        raise UserError(f"The zip cannot be opened: its file {CURVES} makes no sense. {_AGAIN}") from None


def _events(described: list[Any], model: ModelSpec) -> list[Event]:
    """The events of the kinds that this program measures. Raises `UserError` for one that it cannot have written."""
    events = []
    try:
        for values in described:
            name, values = values["kind"], {key: value for key, value in values.items() if key != "kind"}
            if name not in measured():
                continue  # of a later version of this program
            event = KINDS[name].event(**{key: clean(value) if isinstance(value, str) else value for key, value in values.items()})
            if not all(isinstance(getattr(event, f.name), _kind(f.type)) for f in fields(event)) or not 0 <= event.step < _LARGEST:
                raise ValueError
            if not event.possible(model):
                raise ValueError
            encode(event)  # raises for numbers that are not finite
            events.append(event)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UserError(f"The zip cannot be opened: a sample or a measurement in its file {RUN} makes no sense. {_AGAIN}") from None
    return events


def _kind(annotation: Any) -> Any:
    """What a field's value must be an instance of."""
    return int | float if annotation is float else get_origin(annotation) or annotation


def _add(opened: _Checked, run_id: str, store: Store, owner: str) -> None:
    described = opened.described
    state = FINISHED if described["state"] == FINISHED else STOPPED
    store.runs.add_finished(
        run_id, opened.spec, "Run from a file", described["progress"], described["metrics"], owner=owner, state=state
    )
    if described["title"].strip():
        store.runs.rename(run_id, described["title"].removeprefix("Example: "))
    store.runs.set_remark(run_id, described["remark"])
    store.runs.add_results(run_id, **described["results"])
    store.events.record(run_id, opened.points, opened.events)
    store.events.note(run_id, "Opened from a zip")
    source = opened.spec.data.source
    if uploads.is_upload(source) and source not in store.uploads.labels(owner, opened.spec.task):
        store.uploads.add(owner, opened.spec.task, source, described["data"])
