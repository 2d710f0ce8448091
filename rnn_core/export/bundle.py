"""A run as one zip: what is needed to use its network elsewhere, and to open it again as a run.

MEMBERS is the table of its files: a new file is a row. `opening` reads some of them again.
"""

import csv
import io
import json
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass, fields
from importlib import metadata
from pathlib import Path

from rnn_core.errors import UserError
from rnn_core.export import model, readme, script
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.kinds import Sample, name_of
from rnn_core.runs.store.rows import Point, Run
from rnn_core.runs.store.store import MODEL, TEST_LOGITS, WEIGHTS, Store
from rnn_core.runs.submit import label
from rnn_core.settings import Settings
from rnn_core.tasks.task import Task, task_of

KIND, VERSION = "rnn-lab run", 1  # of RUN
RUN, SETTINGS, CURVES, SAMPLES, README = "run.json", "settings.json", "curves.csv", "samples.txt", "README.txt"
TRAIN = "train/"  # folder of the script that trains the network, and of the file that the script reads
DATA = "data/"  # folder of the data that the run was trained on, in the form in which a run keeps it
MOST_DATA = 20_000_000  # bytes; more data stays at home
PROGRESS = ("step", "steps", "epoch", "seconds", "steps_per_second", "items", "learning_rate", "segment_step", "segment_epoch", "segment_seconds")  # fmt: skip
LIBRARIES = ("keras", "tensorflow", "numpy")  # that `use.py` needs, in the versions that wrote the model
_ONE_AT_A_TIME = threading.Lock()  # a zip is made in memory
_AS_IT_IS = (".npz", ".npy", ".keras")  # compressing them gains little and takes long


@dataclass(frozen=True)
class Content:
    """Everything that the members are made from."""

    store: Store
    settings: Settings
    run: Run
    spec: RunSpec
    task: Task
    folder: Path  # of the run
    saved: model.Saved


@dataclass(frozen=True)
class Member:
    about: str  # a line of the readme
    make: Callable[[Content], bytes | None]  # None: this run has no such file


def make(store: Store, run_id: str, settings: Settings) -> bytes:
    """The zip of a run. Raises `UserError` where the run has no weights, or they cannot be read."""
    with _ONE_AT_A_TIME:
        return _make(store, run_id, settings)


def _make(store: Store, run_id: str, settings: Settings) -> bytes:
    run, spec = store.runs.get(run_id), store.runs.spec(run_id)
    content = Content(store, settings, run, spec, task_of(run.task), store.runs.folder(run_id), model.saved(store, run_id))
    files = {name: (member.about, member.make(content)) for name, member in MEMBERS.items()}
    about = content.task.elsewhere.about
    files |= {name: (about.get(name, "for use.py"), raw) for name, raw in _task_files(content).items()}
    files |= {name: ("the data that it was trained on", raw) for name, raw in _data(content).items()}
    files |= _training(content)
    there = {name: file for name, file in files.items() if file[1] is not None}
    text = readme.write(content, {name: about for name, (about, _) in there.items()}, any(name.startswith(DATA) for name in there))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (_, raw) in {README: ("", text.encode()), **there}.items():
            info = zipfile.ZipInfo(name, time.localtime(run.ended or run.created)[:6])
            info.compress_type = zipfile.ZIP_STORED if name.endswith(_AS_IT_IS) else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, raw)
    return out.getvalue()


def _run(content: Content) -> bytes:
    """What the store holds of the run and no other file does."""
    store, run = content.store, content.run
    row = dict(store.database.read(f"SELECT {', '.join(PROGRESS)} FROM runs WHERE id = ?", (run.id,))[0])
    events = [{"kind": name_of(type(event)), **asdict(event)} for event in store.events.measured(run.id)]
    described = {"format": KIND, "version": VERSION, "title": run.title, "remark": run.remark, "state": run.state, "progress": row,
                 "metrics": run.metrics, "results": run.results, "data": label(content.spec, store, content.settings, run.owner or ""),
                 "events": events}  # fmt: skip
    return json.dumps(described, ensure_ascii=False, allow_nan=False).encode()


def curves(points: list[Point]) -> bytes:
    """Every point as a row of CSV."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([f.name for f in fields(Point)])
    table.writerows(map(astuple, points))
    return text.getvalue().encode()


def samples(written: list[Sample]) -> bytes:
    """What a network wrote, with its epochs."""
    return "\n\n".join(f"=== epoch {s.epoch:.2f} ===\n{s.text}" for s in written).encode()


def _test_outputs(content: Content) -> bytes | None:
    path = content.folder / TEST_LOGITS
    return path.read_bytes() if path.exists() else None


def _requirements(content: Content) -> bytes:
    return "".join(f"{name}>={metadata.version(name)}\n" for name in LIBRARIES).encode()


def _task_files(content: Content) -> dict[str, bytes]:
    own = {name: (content.folder / name).read_bytes() for name in content.task.run_files}
    return own | content.task.elsewhere.files(content.spec, content.folder, content.settings)


def _data(content: Content) -> dict[str, bytes]:
    """The data, where no published file has it and it is one file that is not too large: `opening` reads one."""
    try:
        files = list(content.task.data_files(content.spec, content.folder, content.settings))
    except (UserError, OSError):  # it is not on this machine any more: the readme says what it was
        return {}
    own = [file for file in files if file.own and len(file.content) <= MOST_DATA]
    return {f"{DATA}{file.name}": file.content for file in own} if len(own) == 1 else {}


def _training(content: Content) -> dict[str, tuple[str, bytes]]:
    """The Keras script that trains such a network, with its data, where no published file has it and it is not too large."""
    arguments = (content.spec, content.settings, content.folder)
    try:
        made = script.script(*arguments)
        source = content.task.sources(content.settings).get(content.spec.data.source)
        data = None if source and source.remotes else script.content_of(*arguments)
    except (UserError, OSError):  # the data is not on this machine any more
        return {}
    files = {f"{TRAIN}{made.name}.py": (f"trains such a network; reads {made.file} beside it", made.source.encode())}
    if data and len(data) <= MOST_DATA:
        files[f"{TRAIN}{made.file}"] = ("what the training script reads", data)
    return files


MEMBERS = {
    "use.py": Member(
        "uses the network: Python with public libraries only", lambda content: content.task.elsewhere.script.read_bytes()
    ),
    "requirements.txt": Member("the libraries that use.py needs", _requirements),
    MODEL: Member("the network for Keras, with the weights of its best epoch", lambda content: content.saved.model),
    WEIGHTS: Member(
        "the same as arrays, and what is needed to continue training: to open the run again", lambda content: content.saved.weights
    ),
    SETTINGS: Member("all settings of the run", lambda content: content.spec.to_json(indent=2).encode()),
    CURVES: Member("every point of every curve", lambda content: curves(content.store.events.points(content.run.id))),
    SAMPLES: Member(
        "what the network wrote during training", lambda content: samples(content.store.events.read(content.run.id, Sample)) or None
    ),
    TEST_LOGITS: Member("the outputs for the test set, for the tables and pictures of test results", _test_outputs),
    RUN: Member("name, note and results: to open the run again", _run),
}
