"""The computers of a Dask cluster: what they get, and what happens when one of them, a server or the scheduler is lost."""

import os
import shutil
import signal
import time

import psutil
import pytest

from rnn_core.data import labelled, uploads
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.cluster import messages
from rnn_core.runs.engine.local import log_tail, reap
from rnn_core.runs.engines import DISTRIBUTED
from rnn_core.runs.store.kinds import Change, Note
from rnn_core.runs.store.rows import FAILED, FINISHED, QUEUED, RUNNING
from rnn_core.runs.submit import submit
from tests.conftest import one_task
from tests.data import fake_datasets
from tests.runs.cluster.dask_cluster import BRIEF, ROOT, Cluster, computer_of, dask_worker, name, trainers
from tests.runs.helpers import LONG, losses, start_run, training, until

pytestmark = pytest.mark.slow  # the cluster alone takes half a minute to start and to end


remote_run = pytest.importorskip("rnn_core.runs.cluster.remote_run", reason=f"needs {DISTRIBUTED}", exc_type=ImportError)


def test_data_goes_along_unless_it_is_there(cluster, server, store, data_dir):
    """IMDB from this server's RNN_DATA_DIR, and uploaded sentences: no computer has either."""
    fake_datasets.imdb(data_dir)
    engine = server(cluster)
    small = {"units": 8, "embedding": 8, "epochs": 1, "examples": 200}
    sentences = [f"{'good' if i % 2 else 'bad'} number {i}" for i in range(40)]
    own = labelled.LabelledTexts(tuple(sentences), tuple(i % 2 for i in range(40)), ("bad", "good"))
    own = uploads.save(labelled.to_bytes(own), engine.settings)
    runs = [
        submit(RunSpec.from_options(task="reviews", source=dataset, **small), store, engine.settings) for dataset in ("imdb", own)
    ]
    engine.wake()
    until(lambda: not any(store.runs.get(run).active for run in runs))
    for run in runs:
        assert store.runs.get(run).state == FINISHED, store.runs.get(run).message + log_tail(store, run)
        assert "test_accuracy" in store.runs.get(run).results and checkpoints.test_logits(store, run) is not None
    cached = {path.name for path in cluster.folder.glob("*/cluster/data/*")}
    assert cached >= {data.sha256 for run in runs for data in messages.pack(run, store, engine.settings).data}


def test_data_that_no_run_has_needed_for_a_month_goes(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    for file_name, days in (("old", 31), ("used", 29)):
        (folder / file_name).write_bytes(b"text")
        os.utime(folder / file_name, (then := time.time() - days * 24 * 3600, then))
    remote_run._sweep(tmp_path)
    assert [path.name for path in folder.iterdir()] == ["used"]


@one_task("text")
def test_the_next_server_finds_the_run_that_went_on_without_it(cluster, server, store, here, task):
    first = server(cluster)
    run = start_run(store, first, task, **BRIEF)
    until(lambda: training(store, run))
    first.close()
    step, process = store.runs.get(run).step, trainers(computer_of(cluster, run))[0]
    reap(store)  # in another process, which leaves runs on other computers alone
    time.sleep(1.0)
    assert (store.runs.get(run).state, store.runs.get(run).step) == (RUNNING, step) and process.is_running()
    server(cluster)
    until(lambda: store.runs.get(run).state == FINISHED)
    assert losses(store, run) == here
    assert [c.state for c in store.events.read(run, Change)].count(RUNNING) == 1  # it was never started again


@one_task("reviews")
def test_a_run_whose_computer_is_lost_goes_on_elsewhere_with_the_same_losses(cluster, server, store, here, task):
    engine = server(cluster)
    run = start_run(store, engine, task, **BRIEF)
    until(lambda: (checkpoints.position(store.runs.folder(run)) or (0,))[0] > 0 and training(store, run))
    lost = computer_of(cluster, run)
    place = name(cluster, lost)
    remaining = [dask_worker(lost), *trainers(lost)]
    os.kill(lost.pid, signal.SIGKILL)
    lost.wait()
    until(lambda: not any(process.is_running() for process in remaining), seconds=10)
    until(lambda: store.runs.get(run).state == FINISHED)
    assert losses(store, run) == here
    assert any("continues on another one from epoch" in note.message for note in store.events.read(run, Note))
    steps = [p.step for p in store.events.points(run) if p.name == "loss"]
    assert steps == sorted(set(steps))
    until(lambda: engine.rules.slots == 1)
    cluster.computers[cluster.computers.index(lost)] = cluster.worker(place)  # for the next test


@one_task("digits")
def test_where_computers_have_gpus_each_run_gets_one(cluster, server, store, task):
    """GPUs that do not exist: the test checks which one each process has to use."""
    computer = cluster.worker("gpus", "--resources", "GPU=1", CUDA_VISIBLE_DEVICES="5,6")
    engine = server(cluster, slots=1)
    until(lambda: engine.gpus)
    run = start_run(store, engine, task, epochs=1)
    until(lambda: store.runs.get(run).state == FINISHED)
    assert [process.environ()["CUDA_VISIBLE_DEVICES"] for process in trainers(computer)] == ["5"]
    cluster.end(computer)


def test_a_server_without_scheduler_waits_and_a_computer_with_another_version_is_refused(tmp_path, server, store, settings):
    cluster = Cluster(tmp_path)
    engine = server(cluster, slots=None)
    try:
        run = start_run(store, engine)
        until(lambda: "cannot be reached" in engine.waiting_reason)
        assert store.runs.get(run).state == QUEUED
        cluster.scheduler()
        until(lambda: "No computer has joined" in engine.waiting_reason)
        shutil.copytree(ROOT / "rnn_core", tmp_path / "older" / "rnn_core", ignore=shutil.ignore_patterns("__pycache__"))
        (tmp_path / "older" / "rnn_core" / "problem.py").open("a").write("# older\n")
        cluster.worker("older", project=tmp_path / "older")
        until(lambda: not store.runs.get(run).active)
        assert store.runs.get(run).state == FAILED and "another version of this program" in store.runs.get(run).message
    finally:
        cluster.close()


def test_a_computer_without_its_scheduler_trains_no_longer(tmp_path, server, store):
    """With a separate cluster, which the test ends."""
    cluster = Cluster(tmp_path)
    cluster.scheduler()
    cluster.worker("only")
    engine = server(cluster, slots=1)
    run = start_run(store, engine, **LONG)
    until(lambda: training(store, run))
    here = [process for process in cluster.processes if process.poll() is None]
    remaining = [*here[1:], *(child for process in here for child in psutil.Process(process.pid).children(recursive=True))]
    os.kill(here[0].pid, signal.SIGKILL)
    until(lambda: not any(alive(process) for process in remaining), seconds=20)
    until(lambda: "cannot be reached" in engine.waiting_reason)
    assert store.runs.get(run).active  # it continues when the cluster is back, and can be stopped without it
    cluster.close()


def alive(process) -> bool:
    if isinstance(process, psutil.Process):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return process.poll() is None
