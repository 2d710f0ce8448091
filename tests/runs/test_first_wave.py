"""A home of the first version of the program opens: its runs are listed, shown, tried and continued as they were then."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from rnn_core.cli.main import main
from rnn_core.data import uploads
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.store.kinds import Sample
from rnn_core.runs.store.rows import FINISHED, STOPPED
from rnn_core.runs.store.schema import VERSION
from rnn_core.runs.submit import continue_run
from rnn_core.tasks import sources
from rnn_core.tasks.sampler import Sampling
from rnn_core.tasks.task import task_of
from tests.runs.helpers import until

FIRST_WAVE = Path(__file__).parents[1] / "fixtures" / "first_wave"
EXPECTED = json.loads((FIRST_WAVE / "expected.json").read_text(encoding="utf-8"))
STOPPED_RUN = next(run for run, then in EXPECTED.items() if then["state"] == STOPPED)

each_run = pytest.mark.parametrize("run", EXPECTED, ids=lambda run: f"{EXPECTED[run]['task']} {EXPECTED[run]['state']}")


@pytest.fixture(autouse=True)
def first_wave(home) -> Path:
    """RNN_HOME in the format of that version. A test that needs the store requests this fixture first."""
    shutil.copytree(FIRST_WAVE / "home", home)
    return home


def test_the_store_is_brought_to_this_version_and_lists_all_runs(store):
    assert store.database.read("PRAGMA user_version")[0][0] == VERSION
    assert [run.id for run in store.runs.newest()] == list(EXPECTED)
    assert {EXPECTED[run]["task"] for run in EXPECTED if EXPECTED[run]["state"] == FINISHED} == {"text", "digits", "reviews"}


@each_run
def test_a_run_is_shown_as_it_was(run, store):
    now, then = store.runs.get(run), EXPECTED[run]
    seen = ("task", "title", "state", "epoch")
    assert [getattr(now, name) for name in seen] == [then[name] for name in seen]
    assert now.metrics["val_loss"] == then["val_loss"]
    assert then["results"].items() <= now.results.items() and now.outdated_test is None
    assert [point.value for point in store.events.curve(run, "loss")] == then["loss"] and then["loss"]
    assert [sample.text for sample in store.events.read(run, Sample)] == then["samples"]
    tested = checkpoints.test_logits(store, run)
    assert (tested is None) == (not then["results"]) and (tested is None or len(tested) > 100)


@each_run
def test_a_run_has_the_same_settings_also_as_a_link_and_as_a_file(run, store, tmp_path):
    then = EXPECTED[run]
    spec, source = store.runs.spec(run), then["spec"]["data"].get("corpus") or then["spec"]["data"]["dataset"]
    assert spec.data.source == source and spec.training.epochs == then["spec"]["training"]["epochs"]
    if not task_of(spec.task).per_timestep:
        assert spec.model.pooling == then["spec"]["model"]["read_out"] != "last"
    assert RunSpec.from_short(then["link"]) == RunSpec.from_json(json.dumps(then["spec"])) == spec


@each_run
def test_a_network_gives_the_same_logits(run, store):
    network, then = checkpoints.network(store, run), EXPECTED[run]
    x = np.array(then["inputs"])
    logits = network.run(x)[0] if task_of(then["task"]).per_timestep else network.classify(x)
    np.testing.assert_allclose(logits, then["logits"], atol=2e-6)


def test_a_run_on_text_writes(store):
    assert len("".join(checkpoints.writer(store, STOPPED_RUN).write("It was", Sampling(length=20)))) == 20


def test_an_upload_keeps_its_content_and_its_label(store, settings):
    name = store.runs.spec(STOPPED_RUN).data.source
    assert uploads.read(name, settings).startswith(b"It was the best of times")
    assert sources.label("text", name, settings, {}) == "book.txt"
    assert store.runs.source_names() == {name, "python-reference", "digits-8x8", "review-language"}


@pytest.mark.slow
def test_a_stopped_run_is_continued_on_the_same_curve(engine, store):
    before, curve = store.runs.get(STOPPED_RUN), store.events.points(STOPPED_RUN)
    shutil.rmtree(store.home / "uploads")  # the run has a copy
    continue_run(STOPPED_RUN, store, engine.settings)
    engine.wake()
    until(lambda: store.runs.get(STOPPED_RUN).epoch >= before.epoch + 1.1)
    store.lifecycle.stop(STOPPED_RUN)
    until(lambda: not store.runs.get(STOPPED_RUN).active)
    after = store.runs.get(STOPPED_RUN)
    assert after.state == STOPPED and after.step > before.step
    assert (
        after.metrics["val_loss"] < before.metrics["val_loss"] + 0.05 < math.log(27)
    )  # it began where the other had come, not at guessing
    points = store.events.points(STOPPED_RUN)
    assert points != curve and {(p.name, p.step) for p in curve if p.step < before.step} <= {(p.name, p.step) for p in points}


@pytest.mark.slow
@pytest.mark.parametrize("task", ["digits", "reviews"])
def test_a_finished_run_is_trained_for_another_epoch(task, engine, store, in_this_process):
    run = next(run for run, then in EXPECTED.items() if then["task"] == task)
    continue_run(run, store, engine.settings, more=1)
    engine.wake()
    until(lambda: not store.runs.get(run).active)
    assert store.runs.get(run).state == FINISHED and store.runs.get(run).epoch == EXPECTED[run]["epoch"] + 1
    assert EXPECTED[run]["results"].items() <= store.runs.get(run).results.items()


@pytest.mark.slow
def test_a_spec_file_is_trained(tmp_path, store):
    spec = next(then["spec"] for then in EXPECTED.values() if then["task"] == "digits")
    (tmp_path / "run.json").write_text(json.dumps(spec), encoding="utf-8")
    assert main(["train", "--spec", str(tmp_path / "run.json"), "--epochs", "1"]) == 0
    assert store.runs.spec(store.runs.newest()[0].id) == RunSpec.from_json(spec).changed(epochs=1)
