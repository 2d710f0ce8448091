"""Damaged files of one run, of every kind: its pages show that, and all other runs continue."""

import functools
import io
import json
import logging
import os
import re
import zipfile

import numpy as np
import psutil
import pytest

from rnn_core.errors import UserError
from rnn_core.lessons import example
from rnn_core.nn.run_files import DamagedFile
from rnn_core.runs import checkpoints
from rnn_core.runs.cluster.inbox import Inbox
from rnn_core.runs.cluster.messages import Report
from rnn_core.runs.engine import local as engine_module
from rnn_core.runs.engine.local import LocalEngine, kill_tree, log_tail, reap
from rnn_core.runs.scheduler import Rules
from rnn_core.runs.store.kinds import Change, Sample
from rnn_core.runs.store.rows import FAILED, QUEUED, RUNNING, STOPPED
from rnn_core.runs.store.store import LOG, TEST_LOGITS, WEIGHTS
from rnn_core.runs.submit import continue_run
from rnn_core.tasks.task import task_names, task_of
from tests.conftest import tiny_spec


def position(step: int = 3, epoch: float = 0.5) -> dict[str, np.ndarray]:
    return {"position": np.array([step, 0, step, 9], np.int64), "epoch": np.array(epoch)}


def npz(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


@functools.cache
def bomb(member: str = "output.kernel.npy") -> bytes:
    """A compressed member that would take a gigabyte."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(member, "w", force_zip64=True) as inside,
    ):
        np.lib.format.write_array_header_1_0(inside, {"descr": "<f4", "fortran_order": False, "shape": (250_000, 1000)})
        for _ in range(100):
            inside.write(bytes(10_000_000))
    return file.getvalue()


def boast(shape=(10**9, 10**6)) -> bytes:
    """An array whose header claims a huge size."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return file.getvalue() + bytes(400)


def boastful_npz() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("output.kernel", "training.position", "training.epoch"):
            archive.writestr(f"{name}.npy", boast())
    return file.getvalue()


def flipped(content: bytes) -> bytes:
    """With one bit wrong in the middle of the largest array."""
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def other_arrays(content: bytes, change) -> bytes:
    with np.load(io.BytesIO(content)) as arrays:
        return npz(**change(dict(arrays)))


def without_the_largest(arrays: dict) -> dict:
    return {name: a for name, a in arrays.items() if a.size < max(a.size for a in arrays.values())}


DAMAGES = {
    "garbage": lambda content: bytes(range(256)) * 20,
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "without its end": lambda content: content[:-30],
    "one bit": flipped,
    "a bomb": lambda content: bomb(),
    "a boast": lambda content: boastful_npz(),
    "text": lambda content: "Not a network. ☃".encode() * 100,
    "pickled": lambda content: npz(**{"output.kernel": np.array([{"a": 1}], object), "training.position": np.array([None], object)}),
    "no arrays": lambda content: npz(),
    "other shapes": lambda content: other_arrays(content, lambda a: {n: v if n.startswith("training") else v[:-1] for n, v in a.items()}),
    "one missing": lambda content: other_arrays(content, without_the_largest),
    "not a number": lambda content: other_arrays(content, lambda a: {n: v * np.float32("nan") if v.dtype.kind == "f" else v for n, v in a.items()}),
    "letters": lambda content: other_arrays(content, lambda a: {n: np.full(v.shape, "x") for n, v in a.items()}),
}  # fmt: skip
JSON_DAMAGES = {
    "garbage": bytes(range(256)),
    "empty": b"",
    "half": b'{"characters": ["a", "b',
    "a list": b"[1, 2]",
    "nested": b"[" * 200_000,
    "other names": b'{"letters": []}',
    "numbers": b'{"characters": [1, 2], "words": [3, 4], "names": [5, 6], "unknown": false}',
    "nothing in it": b'{"characters": null, "words": null, "names": null, "unknown": null}',
}


@pytest.fixture(params=task_names())
def run(request, store) -> str:
    """A stopped run of each task, with the example's network and a checkpoint."""
    example.install(store)
    source = task_of(request.param).example
    damaged_run = store.runs.add(store.runs.spec(source), "Mine")
    for name in (*task_of(request.param).run_files, TEST_LOGITS):
        if (store.runs.folder(source) / name).exists():
            (store.runs.folder(damaged_run) / name).write_bytes((store.runs.folder(source) / name).read_bytes())
    checkpoints.save(store.runs.folder(damaged_run), checkpoints.weights(store, source), position())
    store.queue.claim(Rules())
    store.lifecycle.end(damaged_run, STOPPED)
    return damaged_run


def damage(path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(content)


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_checkpoint_is_none_and_is_called_so(run, store, settings, kind):
    path = store.runs.folder(run) / WEIGHTS
    damage(path, DAMAGES[kind](path.read_bytes()))
    for use in (checkpoints.weights, checkpoints.network):
        with pytest.raises(DamagedFile, match=r"weights\.npz of this run is damaged: .* Train a new run"):
            use(store, run)
    with pytest.raises(UserError, match=r"damaged|no checkpoint"):
        continue_run(run, store, settings, more=1)
    assert store.runs.get(run).state == STOPPED
    reap(store)


def test_a_whole_checkpoint_is_read_as_it_was_written(run, store, settings):
    weights = checkpoints.weights(store, run)
    assert all(array.flags.writeable for array in weights.values())
    assert checkpoints.position(store.runs.folder(run)) == (3, 0.5)
    checkpoints.check(store.runs.spec(run), store.runs.folder(run))


def test_a_folder_in_its_place_and_a_file_that_may_not_be_read(run, store, monkeypatch):
    path = store.runs.folder(run) / WEIGHTS
    path.unlink()
    assert checkpoints.position(store.runs.folder(run)) is None
    path.mkdir()
    for use in (checkpoints.position, lambda folder: checkpoints.network(store, run)):
        with pytest.raises(DamagedFile, match="cannot be opened"):
            use(store.runs.folder(run))
    path.rmdir()
    path.write_bytes(b"")
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    with pytest.raises(DamagedFile, match="Permission denied"):
        checkpoints.position(store.runs.folder(run))


@pytest.mark.parametrize("wrong", [
    {"position": np.array([-1, 0, 0, 0])}, {"position": np.array([])}, {"position": np.array(3)}, {"epoch": np.array(np.nan)},
    {"epoch": np.array([1.0, 2.0])}, {"position": np.array(["x"] * 4)},
])  # fmt: skip
def test_a_position_that_makes_no_sense(run, store, wrong):
    checkpoints.save(store.runs.folder(run), checkpoints.weights(store, run), {**position(), **wrong})
    with pytest.raises(DamagedFile, match="its step and epoch are missing or impossible"):
        checkpoints.position(store.runs.folder(run))


@pytest.mark.parametrize("kind", JSON_DAMAGES)
def test_a_damaged_file_of_the_task_is_called_so(run, store, settings, kind):
    names = task_of(store.runs.get(run).task).run_files
    if not names:
        pytest.skip("this task has no files")
    path = store.runs.folder(run) / names[0]
    damage(path, JSON_DAMAGES[kind])
    for use in (checkpoints.network, lambda *_: continue_run(run, store, settings, more=1)):
        with pytest.raises(DamagedFile, match=f"{re.escape(path.name)} of this run is damaged"):
            use(store, run)
    path.unlink()
    with pytest.raises(DamagedFile, match="it is missing"):
        checkpoints.network(store, run)


@pytest.mark.parametrize("content", [b"", b"garbage", boast(), bytes(5000), npz(a=np.zeros(3))], ids=len)
def test_damaged_answers_of_the_test_are_called_so(run, store, content):
    damage(store.runs.folder(run) / TEST_LOGITS, content)
    with pytest.raises(DamagedFile, match=r"tested\.npy of this run is damaged"):
        checkpoints.test_logits(store, run)
    for invalid in (np.zeros(3), np.zeros((2, 2), int), np.full((2, 2), np.nan)):
        np.save(store.runs.folder(run) / TEST_LOGITS, invalid)
        with pytest.raises(DamagedFile, match="not logits"):
            checkpoints.test_logits(store, run)


def test_rows_of_the_store_that_make_no_sense_hide_no_other_run(store, settings):
    good, bad = store.runs.add(tiny_spec(), "good"), store.runs.add(tiny_spec(), "bad")
    with store.database.change() as db:
        db.execute("UPDATE runs SET spec = '{\"task\": ', results = 'half', message = CAST(x'ff00fe' AS TEXT) WHERE id = ?", (bad,))
        sample = "INSERT INTO events (run, kind, step, epoch, payload) SELECT number, 'sample', 1, 0.5, {} FROM runs WHERE id = ?"
        for payload in ("""'{"text": "' || CAST(x'ff41' AS TEXT) || '"}'""", "'half'", "'[1]'", "'{\"word\": 1}'"):
            db.execute(sample.format(payload), (bad,))
        db.execute(
            "UPDATE events SET payload = '{\"state\": ' WHERE kind = 'change' AND run = (SELECT number FROM runs WHERE id = ?)",
            (bad,),
        )
    store.events.record(good, events=[Sample(1, 0.1, "words")])
    assert {run.id for run in store.runs.newest()} == {good, bad} and store.runs.get(bad).results == {}
    assert [sample.text for sample in store.events.read(bad, Sample)] == ["\ufffdA"] and store.events.read(bad, Change) == []
    assert store.runs.source_names() == {"tiny"}
    with pytest.raises(UserError, match="The settings of bad are damaged in the store"):
        store.runs.spec(bad)
    assert store.queue.claim(Rules()) == good


def test_what_runs_read_is_known_by_every_name_that_specs_had_for_it(store):
    runs = {
        name: store.runs.add(tiny_spec(task), "") for name, task in (("source", "text"), ("corpus", "text"), ("dataset", "reviews"))
    }
    with store.database.change() as db:
        for name, run in runs.items():
            tree = json.loads(store.runs.spec(run).to_json())
            del tree["data"]["source"]
            tree["data"][name] = f"by {name}"
            db.execute("UPDATE runs SET spec = ? WHERE id = ?", (json.dumps(tree), run))
    assert store.runs.source_names() == {"by source", "by corpus", "by dataset"}
    assert {store.runs.spec(run).data.source for run in runs.values()} == store.runs.source_names()


def test_a_log_that_cannot_be_read_stops_nothing(store, settings):
    run = store.runs.add(tiny_spec(), "title")
    (store.runs.folder(run) / LOG).mkdir()
    assert "cannot be read" in log_tail(store, run)
    store.queue.claim(Rules())
    store.lifecycle.attach(run, 2**22 + 1, "worker-that-is-gone")
    engine_module.worker_log(store, "worker-that-is-gone").parent.mkdir()
    engine_module.worker_log(store, "worker-that-is-gone").write_text("last words")
    reap(store)
    assert store.runs.get(run).state == FAILED and "ended without an error message" in store.runs.get(run).message


# The engine's rounds


@pytest.fixture
def still_engine(store, settings):
    """An engine whose ticks the test calls, and which starts no process."""
    engine = LocalEngine(store, settings)
    engine.spare_due = float("inf")
    return engine


def on_a_slot(store, title: str) -> str:
    run = store.runs.add(tiny_spec(), title)
    assert store.queue.claim(Rules(slots=9, slots_per_person=9)) == run
    store.lifecycle.attach(run, 2**22 + 1, "worker-that-is-gone")
    return run


def test_one_run_that_cannot_be_looked_after_ends_and_the_others_go_on(store, still_engine, monkeypatch, caplog):
    """Every exception; the damaged run is the first one of the tick."""
    for error in (
        RuntimeError("strange"),
        psutil.AccessDenied(1),
        DamagedFile(store.home / WEIGHTS, "garbage"),
        json.JSONDecodeError("x", "y", 0),
    ):
        bad, good = on_a_slot(store, "bad"), on_a_slot(store, "good")

        def position(folder, bad=bad, error=error, real=checkpoints.position):
            if folder.name == bad:
                raise error
            return real(folder)

        with monkeypatch.context() as patch:
            patch.setattr(checkpoints, "position", position)
            still_engine.tick()
        assert (store.runs.get(bad).state, store.runs.get(good).state) == (FAILED, FAILED)
        assert "ended without an error message" in store.runs.get(good).message and store.runs.get(bad).message
    assert "An action for run" in caplog.text and "Traceback" in caplog.text


def test_a_full_disk_is_tried_again(store, still_engine, monkeypatch):
    run, other = on_a_slot(store, "first"), on_a_slot(store, "second")
    with monkeypatch.context() as patch:
        patch.setattr(engine_module, "_end_dead_run", lambda store, run_id, *_: (_ for _ in ()).throw(OSError(28, "No space left")))
        still_engine.tick()
    assert {store.runs.get(run).state, store.runs.get(other).state} == {"starting"}
    still_engine.tick()
    assert (store.runs.get(run).state, store.runs.get(other).state) == (FAILED, FAILED)


def test_a_process_that_may_not_be_looked_at_is_neither_ended_nor_given_up(store, monkeypatch, caplog):
    run = store.runs.add(tiny_spec(), "title")
    store.queue.claim(Rules())
    store.lifecycle.attach(run, os.getpid(), "somebody")
    store.lifecycle.mark_running(run, 10, 1)

    def denied(*_, **__):
        raise psutil.AccessDenied(os.getpid())

    with monkeypatch.context() as patch:
        patch.setattr(psutil.Process, "cmdline", denied)
        reap(store)
        assert store.runs.get(run).state == RUNNING
        store.lifecycle.stop(run)
        store.events.record(run, requested_at=0.0)
        patch.setattr(engine_module, "kill_tree", lambda pid: pytest.fail("this process may be anybody's"))
        reap(store)
        assert store.runs.get(run).state == STOPPED
    monkeypatch.setattr(psutil.Process, "children", denied)
    with caplog.at_level(logging.WARNING):
        kill_tree(os.getpid())
    assert "was not ended" in caplog.text


def test_one_report_that_cannot_be_taken_in_disturbs_no_other_run_of_its_computer(store, settings, monkeypatch):
    bad, good = on_a_slot(store, "bad"), on_a_slot(store, "good")
    checkpoints.save(store.runs.folder(bad), {"w": np.zeros(1)}, {"position": np.array(0), "epoch": np.array(0.0)})
    reports = Inbox(store, settings)
    monkeypatch.setattr("rnn_core.runs.cluster.messages.pack", lambda run_id, *_: f"package of {run_id}")
    orders = reports.orders_after({run: Report(run, "worker-that-is-gone", False) for run in (bad, good)})
    assert orders[bad].drop and store.runs.get(bad).state == FAILED and "damaged" in store.runs.get(bad).message
    assert orders[good].package == f"package of {good}"

    broken = Report(good, "worker-that-is-gone", True, row={"state": "running"})  # columns are missing
    other = on_a_slot(store, "other")
    orders = reports.orders_after({"x": broken, other: Report(other, "worker-that-is-gone", False)})
    assert orders[other].package and store.runs.get(other).state != FAILED


def test_a_queued_run_with_a_damaged_checkpoint_does_not_stop_the_queue(store, settings):
    bad, good = store.runs.add(tiny_spec(), "bad"), store.runs.add(tiny_spec(), "good")
    (store.runs.folder(bad) / WEIGHTS).write_bytes(b"garbage")
    assert store.queue.claim(Rules()) == bad
    store.lifecycle.end(bad, FAILED)
    assert store.queue.claim(Rules()) == good and store.runs.get(good).state != QUEUED
