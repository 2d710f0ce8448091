"""The coach on made-up curves, and its table on recorded runs."""

import math

import numpy as np
import pytest

from benchmarks.coach import KINDS, judged, table
from benchmarks.coach_runs import FILE, HEALTHY, planned, recorded
from rnn_core.lessons import example
from rnn_core.lessons.coach import Seen, advise
from rnn_core.lessons.cures import CURES, DIVERGES, FLAT, OVERFITS
from rnn_core.spec.training import usual_rate
from rnn_core.tasks.task import all_tasks
from tests.conftest import each_task, tiny_spec

EPOCHS, GUESSING = 10, 2.0


def curves(training, validation, **state) -> Seen:
    """Functions of the share of the training that is over."""
    at = np.linspace(0, 1, 101)[1:]
    return Seen(
        [(EPOCHS * t, training(t)) for t in at],
        [(float(epoch), validation(epoch / EPOCHS)) for epoch in range(1, EPOCHS + 1)],
        EPOCHS,
        GUESSING,
        **({"ended": True} | state),
    )


def settles(t):
    return 0.5 + 1.5 * math.exp(-12 * t)


def falls(t):
    return 2 - 1.2 * t


def test_a_run_that_settles_gets_no_advice():
    assert advise(tiny_spec(epochs=EPOCHS), curves(settles, settles)) is None


def test_a_run_that_overfits_gets_dropout_and_the_sentence_has_the_numbers():
    seen = curves(lambda t: 2 * math.exp(-4 * t), lambda t: 1 + 2 * (t - 0.4) ** 2)
    advice = advise(tiny_spec(epochs=EPOCHS), seen)
    assert (advice.kind, advice.change, advice.label) == (OVERFITS, {"dropout": 0.4}, "Try dropout 0.4")
    assert "from 1 to 1.5 since epoch 4" in advice.sentence
    assert "from 1.44 to 2.16 since epoch 4" in advise(tiny_spec(epochs=EPOCHS), seen, factor=1.44).sentence  # in bits


def test_dropout_grows_and_ends():
    overfits = curves(lambda t: 2 * math.exp(-4 * t), lambda t: 1 + 2 * (t - 0.4) ** 2)
    assert advise(tiny_spec(epochs=EPOCHS, dropout=0.3), overfits).change == {"dropout": 0.5}
    assert advise(tiny_spec(epochs=EPOCHS, dropout=0.6), overfits) is None


def test_noise_in_validation_is_no_overfitting():
    random = np.random.default_rng(0).normal(0, 0.02, 1000)
    for shift in range(50):
        noisy = curves(lambda t: 0.95 * settles(t), lambda t, shift=shift: settles(t) + random[round(t * 10) + 11 * shift])
        assert advise(tiny_spec(epochs=EPOCHS), noisy) is None


def test_a_run_that_still_falls_gets_more_epochs_but_only_at_its_end():
    spec = tiny_spec(epochs=EPOCHS)
    assert advise(spec, curves(falls, falls)).change == {"epochs": 20}
    assert advise(spec, curves(falls, falls, ended=False)) is None
    assert advise(spec.changed(learning_rate=0.0004), curves(falls, falls)).change == {"learning_rate": 0.004}


@pytest.mark.parametrize("rate", [4.0, 0.00001])
def test_a_run_that_learns_nothing_gets_the_usual_rate_halfway(rate):
    flat = curves(lambda t: GUESSING, lambda t: GUESSING, ended=False)
    advice = advise(tiny_spec(epochs=EPOCHS, learning_rate=rate), flat)
    assert (advice.kind, advice.change) == (FLAT, {"learning_rate": 0.004})
    assert ("overshoots" in advice.sentence) == (rate > 1)
    early = Seen(flat.training[:40], flat.validation[:4], EPOCHS, GUESSING)
    assert advise(tiny_spec(epochs=EPOCHS, learning_rate=rate), early) is None


def test_nothing_is_advised_where_no_option_is_likely_to_help():
    flat = curves(lambda t: GUESSING, lambda t: GUESSING)
    assert advise(tiny_spec(epochs=EPOCHS), flat) is None
    assert advise(tiny_spec(epochs=EPOCHS, schedule="constant"), flat).change == {"schedule": "cosine"}


def test_a_loss_far_above_guessing_gets_smaller_steps_while_it_trains():
    spec = tiny_spec(epochs=EPOCHS, learning_rate=1.0, clip_norm=0.0, activation="relu")
    advice = advise(spec, curves(lambda t: 2 + 3 * t, lambda t: 3, ended=False))
    assert advice.kind == DIVERGES and advice.change == {"activation": "tanh", "learning_rate": 0.004, "clip_norm": 1.0}
    assert advice.label == "Try tanh, rate 0.004, clipping 1"


def test_a_run_that_diverged_at_once_has_no_curve_and_gets_advice():
    advice = advise(tiny_spec(learning_rate=1.0), Seen([], [], 2, GUESSING, diverged=True))
    assert advice.kind == DIVERGES and "exploded" in advice.sentence


def test_a_change_beyond_an_options_limits_is_not_advised():
    assert advise(tiny_spec(learning_rate=1e-6), Seen([], [], 2, GUESSING, diverged=True)) is None
    assert advise(tiny_spec(epochs=10_000), Seen(*_falling_to_the_last(10_000), 10_000, GUESSING, ended=True)) is None


def _falling_to_the_last(epochs: int):
    at = np.linspace(0, 1, 101)[1:]
    return [(epochs * t, falls(t)) for t in at], [(epochs * t, falls(t)) for t in at]


def test_few_points_and_no_validation_are_too_little_to_judge():
    seen = curves(falls, falls)
    assert advise(tiny_spec(epochs=EPOCHS), Seen(seen.training[:10], seen.validation, EPOCHS, GUESSING, ended=True)) is None
    assert advise(tiny_spec(epochs=EPOCHS), Seen(seen.training, [], EPOCHS, GUESSING, ended=True)) is None


@each_task()
def test_every_cure_is_a_possible_spec_of_every_task(task):
    for optimizer in ("adam", "rmsprop", "sgd"):
        for factor in (0.01, 1, 10):
            spec = tiny_spec(task, optimizer=optimizer, learning_rate=usual_rate(optimizer) * factor, clip_norm=0.0, layers=2)
            changes = [change for cure in CURES.values() if (change := cure(spec))]
            assert len(changes) >= 3 and all(spec.changed(**change) != spec for change in changes)


def test_the_examples_are_healthy(store):
    example.install(store)
    for task in all_tasks():
        run = example.run_of(task.name, store)
        training, validation = ([(p.epoch, p.value) for p in store.events.curve(run.id, name)] for name in ("loss", "val_loss"))
        guessing = task.model_io(store.runs.spec(run.id), store.runs.folder(run.id)).output.guessing_loss
        seen = Seen(training, validation, run.epochs, guessing, ended=True)
        assert advise(store.runs.spec(run.id), seen) is None, task.name


# The recorded runs


@pytest.fixture(scope="module")
def runs():
    return [judged(run) for run in recorded()]


def test_at_least_twenty_runs_of_each_kind_are_recorded_and_they_are_the_planned_ones(runs):
    counts = table(runs)
    assert {kind: counts[kind]["runs"] for kind in KINDS if counts[kind]["runs"] < 20} == {}
    assert sorted(run.spec.to_short() for run in runs) == sorted(plan.spec.to_short() for plan in planned())
    assert {run.spec.task for run in runs} == {"text", "digits", "reviews", "series"}
    assert FILE.stat().st_size < 250_000


@pytest.mark.parametrize("held_out", [False, True])
def test_no_false_alarms_and_few_missed(runs, held_out):
    chosen = {plan.spec.to_short() for plan in planned() if plan.held_out == held_out}
    counts = table([run for run in runs if run.spec.to_short() in chosen])
    assert {kind: count["false"] for kind, count in counts.items()} == dict.fromkeys([*KINDS, ""], 0)
    assert counts[HEALTHY]["raised"] == 0
    in_trouble = [counts[kind] for kind in KINDS if kind != HEALTHY]
    assert sum(count["raised"] for count in in_trouble) >= 0.6 * sum(count["runs"] for count in in_trouble)
