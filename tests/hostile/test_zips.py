"""Zips that are no run, damaged or made to hurt: as the page Runs and `import` open them."""

import functools
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from rnn_core import settings as settings_of
from rnn_core.export.bundle import CURVES, DATA, RUN, SETTINGS
from rnn_core.export.formats import export
from rnn_core.export.opening import open_run
from rnn_core.lessons import example
from rnn_core.runs.store.store import MODEL, TEST_LOGITS, WEIGHTS, Store
from rnn_core.tasks.task import task_of
from rnn_core.tasks.tokenizer import VOCABULARY
from tests.hostile import ACCEPTED, Row
from tests.hostile.inputs import PROSE, archive, marks, spreadsheet
from tests.runs.test_damage import DAMAGES, JSON_DAMAGES, boast

MEGABYTES = 200.0


def enter(raw: bytes) -> None:
    settings = settings_of.load()
    store = Store.of(settings)
    run = open_run(io.BytesIO(raw), store, settings, "somebody", MEGABYTES)
    store.runs.spec(run), store.runs.get(run), store.events.points(run)


@functools.cache
def members(task: str) -> dict[str, bytes]:
    """The files of the example's zip; the Keras model is empty, because nothing reads it."""
    settings = settings_of.load()
    store = Store.of(settings)
    example.install(store)
    run = task_of(task).example
    folder = store.runs.folder(run)
    (folder / MODEL).write_bytes(b"")
    os.utime(folder / MODEL, ns=(time := (folder / WEIGHTS).stat().st_mtime_ns, time))
    with zipfile.ZipFile(io.BytesIO(export(store, run, "zip", settings))) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(files: Iterable[tuple[str, bytes]], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        for name, content in files:
            file.writestr(name, content)
    return out.getvalue()


def changed(name: str, change: Callable[[bytes], bytes] | None, task: str = "text") -> Callable[[], bytes]:
    """The zip of an example with one file changed; None: without it."""

    def given() -> bytes:
        files = dict(members(task))
        if change is None:
            del files[name]
        else:
            files[name] = change(files.get(name, b""))
        return packed(files.items())

    return given


def described(**values) -> Callable[[], bytes]:
    """With other fields in RUN."""
    return changed(RUN, lambda content: json.dumps({**json.loads(content), **values}).encode())


def progressed(**values) -> Callable[[], bytes]:
    return changed(
        RUN,
        lambda content: json.dumps({**json.loads(content), "progress": {**json.loads(content)["progress"], **values}}).encode(),
    )


def spec(**values) -> Callable[[], bytes]:
    return changed(SETTINGS, lambda content: json.dumps({**json.loads(content), **values}).encode())


def sourced(task: str) -> Callable[[], bytes]:
    """The example of a task, on data that nobody has."""
    return changed(
        SETTINGS,
        lambda content: json.dumps({**(tree := json.loads(content)), "data": {**tree["data"], "source": "foo"}}).encode(),
        task,
    )


def twice() -> bytes:
    files = list(members("text").items())
    with pytest.warns(UserWarning):
        return packed([*files, (RUN, b"{}")])


def with_password() -> bytes:
    raw = bytearray(packed(members("text").items()))
    for sign, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = raw.find(sign)
        while at >= 0:
            raw[at + offset] |= 1
            at = raw.find(sign, at + 4)
    return bytes(raw)


def many_points(count: int) -> bytes:
    header = members("text")[CURVES].splitlines()[0]
    return b"\n".join([header, *(b"loss,%d,0.5,1.0,2.0,1.5,2.5" % i for i in range(1, count + 1))])


CURVE = {"layer": 0, "state": "hidden", "back": [0, 1], "relative": [1.0, 0.5]}
GRADIENT = {"kind": "gradient", "step": 1, "epoch": 1.0, "rows": 16}
NO_RUN = "is not the zip of a run"
MISSING = "its file .* is missing"
NO_SENSE = "makes no sense"
HURT = f"cannot be opened: its file .* is damaged|{NO_SENSE}|its file .* has"

ROWS = (
    {
        "an example of text": Row(lambda: packed(members("text").items()), ACCEPTED),
        "an example of series, not packed": Row(lambda: packed(members("series").items(), zipfile.ZIP_STORED), ACCEPTED),
        "empty": Row(lambda: b"", NO_RUN),
        "one byte": Row(lambda: b"P", NO_RUN),
        "text": Row(lambda: b"This is a network." * 1000, NO_RUN),
        "zero bytes": Row(lambda: bytes(1_000_000), NO_RUN),
        "a zip's first bytes": Row(lambda: b"PK\3\4" + bytes(100), NO_RUN),
        "a zip cut in half": Row(lambda: (raw := packed(members("text").items()))[: len(raw) // 2], NO_RUN),
        "an empty zip": Row(lambda: packed([]), NO_RUN),
        "a spreadsheet": Row(spreadsheet, NO_RUN),
        "a Keras model": Row(lambda: archive(**{"config.json": b"{}", "metadata.json": b"{}", "model.weights.h5": b"x"}), NO_RUN),
        "a deep folder": Row(lambda: packed([("a/b/c/" + RUN, b"{}")]), NO_RUN),
        "10,000 files": Row(lambda: packed([(f"{i}.txt", b"") for i in range(10_000)]), "at most 100"),
        "a bomb of 1 GB": Row(changed("README.txt", lambda _: bytes(1_000_000_000)), "Unpacked, the zip has"),
        "a bomb in the weights": Row(changed(WEIGHTS, lambda _: bytes(150_000_000)), HURT),
        "a bomb in the vocabulary": Row(changed(VOCABULARY, lambda _: bytes(150_000_000)), HURT),
        "a bomb in the settings": Row(changed(SETTINGS, lambda _: b" " * 150_000_000), HURT),
        "two files of one name": Row(twice, "two files called"),
        "a password": Row(with_password, "has a password"),
        "a path out of the folder": Row(lambda: packed([*members("text").items(), ("../../../tmp/evil", b"x")]), ACCEPTED),
        "data with a path": Row(changed(f"{DATA}../../evil.txt", lambda _: b"x"), "is no data of a run"),
        "data over the weights": Row(
            lambda: packed([(n, c) for n, c in members("text").items() if not n.startswith(DATA)] + [(f"{DATA}{WEIGHTS}", b"x")]),
            "is no data of a run",
        ),
        "data of another task": Row(
            lambda: packed([(n, c) for n, c in members("text").items() if not n.startswith(DATA)] + [(f"{DATA}series.csv", b"date,a\n")]),
            "The data in the zip cannot be used",
        ),
        "data of combining marks": Row(changed(f"{DATA}corpus.txt", lambda _: (PROSE + marks(2_000_000)).encode()), ACCEPTED),
        "data that is no text": Row(changed(f"{DATA}corpus.txt", lambda _: bytes(range(256)) * 400), "The data in the zip cannot be used"),
        "weights of another network": Row(
            changed(SETTINGS, lambda content: content.replace(b'"units": 128', b'"units": 64')), "are not those of the run's network"
        ),
        "a network of billions": Row(changed(SETTINGS, lambda content: content.replace(b'"units": 128', b'"units": 2048')), HURT),
        "another task": Row(spec(task="digits"), "Unknown field"),
        "a task of nowhere": Row(spec(task="../../evil"), "Task must be one of"),
        "settings that are no JSON": Row(changed(SETTINGS, lambda _: b"{'task': 1"), "not valid JSON"),
        "settings without end": Row(changed(SETTINGS, lambda _: b"[" * 90_000), "nested too deeply|not valid JSON"),
        "settings in another encoding": Row(changed(SETTINGS, lambda content: content.decode().encode("utf-16")), "not text in UTF-8"),
        "not a run of this program": Row(described(format="evil"), NO_RUN),
        "a newer version": Row(described(version=99), "newer version of this program"),
        "no version": Row(described(version=None), "newer version of this program"),
        "a title of a million letters": Row(described(title="x" * 1_000_000), ACCEPTED),
        "a title of HTML": Row(described(title="<script>alert(1)</script>", remark="</textarea><script>"), ACCEPTED),
        "a title that is none": Row(described(title=["x"]), NO_SENSE),
        "a title of blanks": Row(described(title=" \n\t "), ACCEPTED),
        "a state that runs": Row(described(state="running"), ACCEPTED),
        "a step below zero": Row(progressed(step=-1), NO_SENSE),
        "a step of 10 to the 400": Row(progressed(step=10**400), NO_SENSE),
        "a step that is a text": Row(progressed(step="DROP TABLE runs"), NO_SENSE),
        "an epoch that is no number": Row(changed(RUN, lambda content: content.replace(b'"epoch": 10.0', b'"epoch": NaN')), NO_SENSE),
        "an infinite epoch": Row(changed(RUN, lambda content: content.replace(b'"epoch": 10.0', b'"epoch": Infinity')), NO_SENSE),
        "no progress": Row(described(progress={}), NO_SENSE),
        "progress that is a list": Row(described(progress=[1]), NO_SENSE),
        "a metric with a strange name": Row(described(metrics={"a'; DROP TABLE runs; --": 1.0}), NO_SENSE),
        "a metric that is a text": Row(described(metrics={"val_loss": "low"}), NO_SENSE),
        "results that are a number": Row(described(results=5), NO_SENSE),
        "100,000 samples": Row(described(events=[{"kind": "sample", "step": i, "epoch": 1.0, "text": "x"} for i in range(100_000)]), NO_SENSE),
        "a sample that is a number": Row(described(events=[{"kind": "sample", "step": 1, "epoch": 1.0, "text": 7}]), "makes no sense"),
        "a sample with more fields": Row(described(events=[{"kind": "sample", "step": 1, "epoch": 1.0, "text": "x", "evil": 1}]), "makes no sense"),
        "a sample at no step": Row(described(events=[{"kind": "sample", "step": -3, "epoch": 1.0, "text": "x"}]), "makes no sense"),
        "an event of a later version": Row(described(events=[{"kind": "dream", "step": 1, "epoch": 1.0}]), ACCEPTED),
        "a change of state": Row(described(events=[{"kind": "change", "step": 1, "epoch": 1.0, "state": "running"}]), ACCEPTED),
        "curves that are numbers": Row(described(events=[{**GRADIENT, "curves": [1, 2]}]), "makes no sense"),
        "no curves": Row(described(events=[{**GRADIENT, "curves": []}]), "makes no sense"),
        "a curve of a layer that is not there": Row(described(events=[{**GRADIENT, "curves": [{**CURVE, "layer": 7}]}]), "makes no sense"),
        "a curve of no state": Row(described(events=[{**GRADIENT, "curves": [{**CURVE, "state": "mood"}]}]), "makes no sense"),
        "a curve of unequal columns": Row(described(events=[{**GRADIENT, "curves": [{**CURVE, "back": [0, 1, 2]}]}]), "makes no sense"),
        "a curve with a text in it": Row(described(events=[{**GRADIENT, "curves": [{**CURVE, "relative": [1.0, "x"]}]}]), "makes no sense"),
        "a curve of a gradient": Row(described(events=[{**GRADIENT, "curves": [CURVE]}]), ACCEPTED),
        "parts that are texts": Row(described(events=[{"kind": "by_part", "step": 1, "epoch": 1.0, "values": {"a": "x"}}]), "makes no sense"),
        "digits of no known source": Row(sourced("digits"), "does not know its data"),
        "a memory problem of no known source": Row(sourced("memory"), "does not know its data"),
        "events that are texts": Row(described(events=["x", "y"]), "makes no sense"),
        "a curve of a million points": Row(changed(CURVES, lambda _: many_points(300_000)), NO_SENSE),
        "a curve of other columns": Row(changed(CURVES, lambda _: b"a,b\n1,2\n"), NO_SENSE),
        "a curve of words": Row(changed(CURVES, lambda content: content.splitlines()[0] + b"\nloss,one,two,3,4,5,6\n"), NO_SENSE),
        "a curve that is infinite": Row(changed(CURVES, lambda content: content.splitlines()[0] + b"\nloss,1,1,1,inf,1,1\n"), NO_SENSE),
        "a curve of formulas": Row(changed(CURVES, lambda content: content.splitlines()[0] + b"\n=cmd(),1,1,1,1,1,1\n"), NO_SENSE),
        "an empty curve": Row(changed(CURVES, lambda content: content.splitlines()[0]), ACCEPTED),
        "a curve with zero bytes": Row(changed(CURVES, lambda content: content + bytes(1000)), NO_SENSE),
        "answers of another shape": Row(changed(TEST_LOGITS, lambda _: npy(np.zeros((5, 3), np.float32)), "digits"), HURT),
        "answers that are a bomb": Row(changed(TEST_LOGITS, lambda _: boast() + bytes(100_000_000), "digits"), HURT),
    }
    | {f"without {name}": Row(changed(name, None), f"{MISSING}|{NO_RUN}") for name in (SETTINGS, RUN, CURVES, WEIGHTS, VOCABULARY)}
    | {f"weights, {kind}": Row(changed(WEIGHTS, change), HURT) for kind, change in DAMAGES.items()}
    | {f"vocabulary, {kind}": Row(changed(VOCABULARY, lambda _, content=content: content), HURT) for kind, content in JSON_DAMAGES.items()}
    | {f"run.json, {kind}": Row(changed(RUN, lambda _, content=content: content), f"{NO_SENSE}|not text|{HURT}") for kind, content in JSON_DAMAGES.items()}
)  # fmt: skip


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_a_zip_is_opened_or_refused_with_a_reason(name, check_row):
    check_row(name)
