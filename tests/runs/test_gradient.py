"""What a run reports about its gradient: for every task, and with each cell."""

import numpy as np
import pytest

from rnn_core.runs import checkpoints
from rnn_core.runs.engine import recorder as recorder_module
from rnn_core.runs.engine.gradient import GradientProbe
from rnn_core.runs.engine.recorder import Recorder
from rnn_core.runs.store.kinds import GradientByTimestep
from rnn_core.runs.store.rows import FINISHED
from rnn_core.spec.metrics import CLIPPED, GRADIENT_NORM
from rnn_core.training.loop import Training
from rnn_core.training.protocol import Command
from tests.conftest import each_task, one_task, tiny_spec
from tests.training.test_continue import dataset_of


def trained(spec, store, settings) -> str:
    """A run that was trained in this process, as its worker does."""
    run, dataset = store.runs.add(spec, "title"), dataset_of(spec)
    store.runs.make_folder(run)
    recorder = Recorder(run, store, settings, gradient=GradientProbe(spec.model, dataset).measure)
    recorder.command = Command  # the run waits in the queue: nobody asks it to leave
    assert Training(spec, dataset, test_at_end=False).run(recorder) == FINISHED
    recorder.flush()
    return run


@each_task()
def test_every_run_measures_it_before_training_and_after_each_epoch(store, settings, monkeypatch, task):
    monkeypatch.setattr(recorder_module, "_QUICK_GRADIENT", 60.0)  # on any machine
    run = trained(tiny_spec(task, cell="lstm"), store, settings)
    probes = store.events.read(run, GradientByTimestep)
    assert [probe.epoch for probe in probes] == [0, 1, 2]
    for probe in probes:
        assert [(curve["layer"], curve["state"]) for curve in probe.curves] == [(0, "hidden"), (0, "cell")] and probe.rows > 1
        for curve in probe.curves:
            assert curve["back"][0] == 0 and curve["relative"][0] == 1.0 and min(curve["relative"]) >= 0
            assert len(curve["back"]) == len(curve["relative"]) > 5
    assert probes[0].curves != probes[-1].curves
    norms, cut = store.events.points(run), store.events.curve(run, CLIPPED)
    assert all(p.value > 0 for p in norms if p.name == GRADIENT_NORM) and all(0 <= p.value <= 1 for p in cut)
    assert any(p.name == GRADIENT_NORM for p in norms)


@one_task("digits")
def test_a_slow_measurement_is_left_out_but_never_at_the_end(store, settings, monkeypatch, task):
    monkeypatch.setattr(recorder_module, "_QUICK_GRADIENT", 0.0)
    monkeypatch.setattr(recorder_module, "_GRADIENT_SHARE", 1e-9)
    run = trained(tiny_spec(task, epochs=3), store, settings)
    assert [probe.epoch for probe in store.events.read(run, GradientByTimestep)] == [0, 3]


@one_task("digits")
def test_without_clipping_nothing_is_counted_as_clipped(store, settings, task):
    run = trained(tiny_spec(task, clip_norm=0.0, epochs=1), store, settings)
    assert store.events.curve(run, CLIPPED) == [] and store.events.curve(run, GRADIENT_NORM)


def test_the_examples_of_a_large_network_are_fewer():
    dataset = dataset_of(tiny_spec("digits"))
    large = tiny_spec("digits", units=2048, cell="lstm")
    rows = GradientProbe(large.model, dataset).measure(Training(large, dataset).trainer.weights())[1]
    assert 4 <= rows < 16


def test_the_measured_network_is_the_one_of_the_checkpoint(store, settings):
    spec = tiny_spec("digits", epochs=1)
    run = trained(spec, store, settings)
    weights = checkpoints.weights(store, run, best=False)
    curves, _ = GradientProbe(spec.model, dataset_of(spec)).measure(weights)
    assert np.allclose(curves[0].relative, store.events.read(run, GradientByTimestep)[-1].curves[0]["relative"], rtol=1e-4)


@pytest.mark.parametrize("clip_norm", [0.0, 0.01])
def test_the_norm_is_that_of_the_gradient_before_clipping(clip_norm):
    spec = tiny_spec("digits", optimizer="sgd", learning_rate=1.0, clip_norm=clip_norm)
    training = Training(spec, dataset_of(spec))
    inputs, targets = next(training.dataset.training(0))
    before = training.trainer.weights()
    *_, norm = training.trainer.train_step(inputs, targets, [])[0].numpy()
    step = np.sqrt(sum(((before[name] - array) ** 2).sum() for name, array in training.trainer.weights().items()))
    assert step == pytest.approx(clip_norm or norm, rel=1e-3) and norm > 0.01


@one_task("digits")
def test_a_cluster_that_fetches_after_every_write_misses_no_measurement(store, settings, monkeypatch, task):
    """It asks for what was measured from the newest step on that it has."""
    monkeypatch.setattr(recorder_module, "_WRITE_SECONDS", 0.0)
    fetched, newest, record = {}, [0], store.events.record

    def record_and_fetch(run, *arguments, **progress):
        record(run, *arguments, **progress)
        fetched.update({event.step: event for event in store.events.measured(run, newest[0])})
        newest[0] = store.runs.get(run).step

    monkeypatch.setattr(store.events, "record", record_and_fetch)
    run = trained(tiny_spec(task), store, settings)
    assert list(fetched.values()) == store.events.measured(run) and 0 in fetched


@one_task("digits")
def test_a_probe_that_fails_does_not_fail_the_run_and_is_asked_no_more(store, settings, monkeypatch, capsys, task):
    asked = []

    def fails(probe, weights):
        asked.append(weights)
        raise IndexError("of a made-up task")

    monkeypatch.setattr(GradientProbe, "measure", fails)
    run = trained(tiny_spec(task), store, settings)
    assert store.events.read(run, GradientByTimestep) == [] and len(asked) == 1
    assert "of a made-up task" in capsys.readouterr().err
