"""Runs on a real Dask cluster: a scheduler and two computers, all on loopback."""

import os
import shutil
import signal
import time

import psutil
import pytest

from rnn_core import settings as settings_of
from rnn_core.data import labelled, uploads
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.cluster import messages
from rnn_core.runs.engine.local import LocalEngine, log_tail, reap
from rnn_core.runs.engines import DISTRIBUTED, engine_of
from rnn_core.runs.store.kinds import Change, Note, Sample
from rnn_core.runs.store.rows import FAILED, FINISHED, PAUSED, QUEUED, RUNNING, STARTING, STOPPED
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import continue_run, submit
from tests.conftest import COUNTING, each_task, tiny_spec
from tests.data import fake_datasets
from tests.runs.cluster.dask_cluster import ROOT, Cluster, dask_worker, trainers
from tests.runs.helpers import LONG, answers, losses, start_run, training, until, writes

pytestmark = pytest.mark.slow  # the cluster alone takes half a minute to start and to end
SHORT = {"epochs": 40, "dropout": 0.2, "recurrent_dropout": 0.2}  # some seconds


remote_run = pytest.importorskip("rnn_core.runs.cluster.remote_run", reason=f"needs {DISTRIBUTED}", exc_type=ImportError)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    cluster.scheduler()
    cluster.computers = [cluster.worker("first"), cluster.worker("second")]
    yield cluster
    cluster.close()


@pytest.fixture
def server(store, data_dir, monkeypatch):
    """`server(cluster)`: the engine of a server with this test's store. At the end no run is left."""
    engines = []

    def start(cluster: Cluster, slots: int | None = 2):
        monkeypatch.setenv("RNN_ENGINE", f"dask://{cluster.address}")
        engine = engine_of(store, settings_of.load()).start()
        engines.append(engine)
        until(lambda: slots is None or (not engine.waiting_reason and engine.rules.slots == slots))
        return engine

    yield start
    for run in store.runs.newest():
        store.lifecycle.stop(run.id)
    until(lambda: not any(run.active for run in store.runs.newest()))
    for engine in engines:
        engine.close()


@pytest.fixture(scope="module")
def trained_here() -> dict[str, list[tuple]]:
    return {}


@pytest.fixture
def here(trained_here, data_dir, home, warm_workers, task) -> list[tuple]:
    """The losses of SOME epochs of the task on this machine, trained once."""
    if task not in trained_here:
        settings = settings_of.load({"RNN_HOME": str(home / "local"), "RNN_DATA_DIR": str(data_dir), "RNN_THREADS": "1"})
        store = Store.of(settings)
        run = submit(tiny_spec(task, **SHORT), store, settings, kept_for=os.getpid())
        engine = LocalEngine(store, settings, only=run)
        warm_workers.lend(engine)
        engine.start()
        until(lambda: not store.runs.get(run).active)
        warm_workers.take_back(engine)
        assert store.runs.get(run).state == FINISHED
        trained_here[task] = losses(store, run)
    return trained_here[task]


def computer_of(cluster: Cluster, run: str):
    """The computer whose training process has this run."""
    computers = [
        computer for computer in cluster.computers if list((cluster.folder / name(cluster, computer)).rglob(f"runs/{run}"))
    ]
    return computers[0] if computers else None


def name(cluster: Cluster, computer) -> str:
    return ("first", "second")[cluster.computers.index(computer)]


def test_a_task_of_ones_own_is_trained_by_computers_that_are_only_told_its_module(cluster, server, store, monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)
    run = start_run(store, server(cluster), "counting", epochs=3)
    until(lambda: not store.runs.get(run).active)
    assert store.runs.get(run).state == FINISHED, log_tail(store, run)
    assert len(answers(store, run)) and "test_accuracy" in store.runs.get(run).results


def test_a_task_whose_module_a_computer_lacks_says_so(cluster, server, store, monkeypatch, tmp_path):
    (tmp_path / "only_here.py").write_text(
        (ROOT / "tests" / "tasks" / "counting.py").read_text().replace('"counting"', '"only_here"')
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("RNN_TASKS", "only_here=only_here")
    engine = server(cluster, slots=None)
    run = submit(RunSpec.from_options("only_here"), store, engine.settings)
    engine.wake()
    until(lambda: not store.runs.get(run).active)
    read = store.runs.get(run)
    assert read.state == FAILED and "The task only_here cannot be used" in read.message


@each_task()
def test_two_runs_train_at_once_with_the_losses_of_this_machine(cluster, server, store, here, task):
    engine = server(cluster)
    runs = [start_run(store, engine, task, **SHORT), start_run(store, engine, task, **SHORT)]
    until(lambda: all(training(store, run) for run in runs))
    assert computer_of(cluster, runs[0]) is not computer_of(cluster, runs[1])
    samples = store.events.read(runs[0], Sample)
    assert store.events.curve(runs[0], "loss") and bool(samples) == writes(task)  # watched while they train
    until(lambda: not any(store.runs.get(run).active for run in runs))
    for run in runs:
        read = store.runs.get(run)
        assert read.state == FINISHED, read.message + log_tail(store, run)
        assert read.epoch == SHORT["epochs"] and read.step == read.steps and read.learning_rate
        assert losses(store, run) == here and len(here) == (2 if writes(task) else 4) * SHORT["epochs"]
        assert [change.state for change in store.events.read(run, Change)] == [QUEUED, STARTING, RUNNING, FINISHED]
        assert checkpoints.position(store.runs.folder(run))[0] == read.step and len(answers(store, run))


@each_task()
def test_stop_keeps_what_was_learnt_and_frees_the_slot(cluster, server, store, task):
    engine = server(cluster)
    runs = [start_run(store, engine, task, **LONG) for _ in range(3)]
    until(lambda: all(training(store, run) for run in runs[:2]))
    assert store.runs.get(runs[2]).state == QUEUED
    store.lifecycle.stop(runs[0])
    engine.wake()
    until(lambda: not store.runs.get(runs[0]).active)
    read = store.runs.get(runs[0])
    assert read.state == STOPPED and read.message == ""
    assert checkpoints.position(store.runs.folder(read.id))[0] == read.step > 0 and len(answers(store, read.id))
    until(lambda: training(store, runs[2]))


@each_task()
def test_what_does_not_stop_is_killed(cluster, server, store, task):
    engine = server(cluster)
    run = start_run(store, engine, task, **LONG)
    until(lambda: training(store, run))
    process = trainers(computer_of(cluster, run))[0]
    process.suspend()  # it cannot hear
    store.lifecycle.stop(run)
    until(lambda: not store.runs.get(run).active, seconds=15)
    assert store.runs.get(run).state == STOPPED and "did not stop within 3 s" in store.runs.get(run).message
    assert not process.is_running()


@each_task()
def test_a_run_on_a_computer_that_does_not_answer_can_be_stopped(cluster, server, store, task):
    engine = server(cluster)
    run = start_run(store, engine, task, **LONG)
    until(lambda: training(store, run))
    computer = computer_of(cluster, run)
    process = dask_worker(computer)
    process.suspend()
    try:
        store.lifecycle.stop(run)
        until(lambda: not store.runs.get(run).active, seconds=20)
    finally:
        process.resume()
    assert store.runs.get(run).state == STOPPED and "could not be reached" in store.runs.get(run).message
    until(lambda: not list(cluster.folder.rglob(f"runs/{run}")))  # when it is back, it gets the order to end
    runs = [start_run(store, engine, task, **LONG) for _ in range(2)]
    until(lambda: all(training(store, run) for run in runs))


@each_task()
def test_a_process_that_dies_fails_the_run_with_the_reason(cluster, server, store, task):
    engine = server(cluster)
    run = start_run(store, engine, task, **LONG)
    until(lambda: training(store, run))
    trainers(computer_of(cluster, run))[0].kill()
    until(lambda: not store.runs.get(run).active)
    assert store.runs.get(run).state == FAILED and "ran out of memory" in store.runs.get(run).message
    assert continue_run(run, store, engine.settings) == []  # from its checkpoint
    engine.wake()
    until(lambda: training(store, run))


@each_task()
def test_pause_resume_and_a_new_learning_rate(cluster, server, store, here, task):
    engine = server(cluster)
    run = start_run(store, engine, task, **SHORT)
    until(lambda: training(store, run))
    store.lifecycle.pause(run)
    until(lambda: store.runs.get(run).state == PAUSED)
    step = store.runs.get(run).step
    assert checkpoints.position(store.runs.folder(run))[0] == step
    until(lambda: not list(cluster.folder.rglob(f"runs/{run}")))  # it left nothing there
    store.lifecycle.resume(run)
    engine.wake()
    until(lambda: store.runs.get(run).state == FINISHED)
    assert losses(store, run) == here
    other = start_run(store, engine, task, schedule="constant", **LONG)
    until(lambda: training(store, other))
    store.lifecycle.set_learning_rate(other, 0.001)
    until(lambda: store.runs.get(other).learning_rate == 0.001)


@each_task()
def test_time_is_limited_by_the_servers_setting(cluster, server, store, monkeypatch, task):
    monkeypatch.setenv("RNN_MAX_SECONDS", "1")
    run = start_run(store, server(cluster), task, **LONG)
    until(lambda: not store.runs.get(run).active)
    read = store.runs.get(run)
    assert read.state == STOPPED and "RNN_MAX_SECONDS" in read.message and read.seconds > 1
    assert checkpoints.position(store.runs.folder(run))[0] == read.step


@each_task()
def test_turns_are_taken_on_a_cluster_too(cluster, server, store, monkeypatch, task):
    monkeypatch.setenv("RNN_CLASS", "1")
    monkeypatch.setenv("RNN_SLICE_SECONDS", "2")
    engine = server(cluster)
    runs = [submit(tiny_spec(task, **LONG), store, engine.settings, owner=owner) for owner in ("ada", "bob", "cleo")]
    engine.wake()
    until(lambda: all(store.runs.get(run).step for run in runs))
    until(lambda: all(len([c for c in store.events.read(run, Change) if c.state == RUNNING]) > 1 for run in runs))


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
    for name, days in (("old", 31), ("used", 29)):
        (folder / name).write_bytes(b"text")
        os.utime(folder / name, (then := time.time() - days * 24 * 3600, then))
    remote_run._sweep(tmp_path)
    assert [path.name for path in folder.iterdir()] == ["used"]


@each_task()
def test_the_next_server_finds_the_run_that_went_on_without_it(cluster, server, store, here, task):
    first = server(cluster)
    run = start_run(store, first, task, **SHORT)
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


@each_task()
def test_a_run_whose_computer_is_lost_goes_on_elsewhere_with_the_same_losses(cluster, server, store, here, task):
    engine = server(cluster)
    run = start_run(store, engine, task, **SHORT)
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


@each_task()
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
