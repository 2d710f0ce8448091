"""The line under the curves: advice with its cure, and how good a run is."""

import contextlib

import numpy as np

from pages.parts.shell import services, session
from rnn_core.errors import UserError
from rnn_core.lessons import ruler
from rnn_core.runs.store.kinds import Cure
from rnn_core.runs.store.rows import FAILED, FINISHED, Point
from rnn_core.runs.submit import submit
from tests.conftest import COUNTING, each_task, one_task, tiny_spec
from tests.pages.helpers import button, ended, texts


def has_button(at) -> bool:
    return any(b.label.startswith("Try ") for b in at.button)


def line(at) -> str:
    return next(html.proto.body for html in at.get("html") if 'class="coach"' in html.proto.body)


def made_run(task: str, training, validation, owner: str = "", **options) -> str:
    """A finished run with these curves: functions of the share of its training."""
    store, spec = services.store(), tiny_spec(task, epochs=10, **options)
    run = submit(spec, store, services.settings(), kept_for=1, owner=owner)
    at = np.linspace(0, 1, 51)[1:]
    points = [Point("loss", i + 1, 10 * t, t, *[training(t)] * 3) for i, t in enumerate(at)]
    points += [Point("val_loss", 5 * i, i, i / 10, *[validation(i / 10)] * 3) for i in range(1, 11)]
    store.events.record(run, points, step=50, steps=50, epoch=10.0, metrics={"val_loss": validation(1)})
    store.lifecycle.end(run, FINISHED)
    return run


def overfitting(t):
    return 0.4 + 2 * (t - 0.4) ** 2


@each_task("digits")
def test_a_run_that_diverged_is_cured_by_one_press(visit, task):
    at = visit(task)
    run = submit(
        tiny_spec(task, learning_rate=90.0, clip_norm=0.0, optimizer="sgd", epochs=30), services.store(), services.settings()
    )
    services.engine().wake()
    assert ended(run).state == FAILED and ended(run).diverged
    at.query_params["run"] = run
    at.run()
    assert "The loss has exploded: at learning rate 90, each update overshoots, and nothing limits it." in line(at)
    assert 'role="status"' in line(at)
    button(at, "Try rate 2, clipping 1").click().run()
    assert not at.exception
    new = services.store().runs.newest(task)[0]
    assert new.id != run and new.id in at.query_params["run"]
    spec = services.store().runs.spec(new.id)
    assert spec == services.store().runs.spec(run).changed(learning_rate=2.0, clip_norm=1.0)  # and so the same seed
    assert at.session_state[session.SPEC(task, "learning_rate").name] == 2.0  # Set up shows what trains
    (cure,) = services.store().events.read(new.id, Cure)
    assert (cure.of, cure.change) == (run, "rate 2, clipping 1")


@one_task("digits")
def test_both_curves_are_in_one_chart_also_after_the_first_run_is_deleted(visit, task):
    at = visit(task)
    run = made_run(task, lambda t: 0.9 - 0.8 * t, overfitting)
    at.query_params["run"] = run
    at.run()
    assert "Validation has risen from 0.4 to 0.9 since epoch 4" in line(at)
    button(at, "Try dropout 0.4").click().run()
    new = services.store().runs.newest(task)[0].id
    ended(new)
    at.run()
    charts = [chart.proto.alt for chart in at.get("vega_lite_chart")]
    assert any("before the cure" in alt for alt in charts), charts
    services.store().runs.delete(run)
    at.run()
    assert not at.exception and not any("before the cure" in chart.proto.alt for chart in at.get("vega_lite_chart"))


@each_task()
def test_an_example_gets_no_advice(visit, task):
    at = visit(task)
    assert not at.exception and not has_button(at)


@one_task("digits")
def test_a_healthy_run_and_one_whose_plan_was_changed_get_no_advice(visit, task):
    at = visit(task)
    healthy = made_run(task, lambda t: 0.1 + 2 * np.exp(-12 * t), lambda t: 0.15 + 2 * np.exp(-12 * t))
    changed = made_run(task, lambda t: 0.9 - 0.8 * t, overfitting)
    assert services.store().events.read(changed, Cure) == []
    at.query_params["run"] = changed
    at.run()
    assert has_button(at)
    services.store().events.note(changed, "Learning rate 0.004 → 0.001")
    at.run()
    assert not has_button(at)
    at.query_params["run"] = healthy
    at.run()
    assert not at.exception and not has_button(at)


@one_task("digits")
def test_in_a_class_only_the_owner_starts_the_cure_and_a_limit_is_a_sentence(class_mode, visit, monkeypatch, task):
    people = services.store().people
    ada, ben = people.enter("Ada"), people.enter("Ben")
    run = made_run(task, lambda t: 0.9 - 0.8 * t, overfitting, owner=ada.id)
    at = visit(task, person=ben.id, run=run)
    assert "Validation has risen" in line(at) and button(at, "Try dropout 0.4").disabled
    at = visit(task, person=ada.id, run=run)
    assert not button(at, "Try dropout 0.4").disabled
    monkeypatch.setattr("rnn_core.runs.variants.submit", _refuse)
    button(at, "Try dropout 0.4").click().run()
    assert "You have 3 active runs, the limit here." in [warning.value for warning in at.warning]
    assert services.store().runs.newest(task, owner=ada.id, examples=False)[0].id == run


def _refuse(*_, **__):
    from rnn_core.errors import UserError

    raise UserError("You have 3 active runs, the limit here.")


# How good is it?


@each_task()
def test_the_ruler_places_an_example_among_the_methods(visit, task):
    at = visit(task)
    run = services.store().runs.newest(task)[0]
    with contextlib.suppress(UserError):  # its data may not be on this computer: then the ruler has guessing
        ruler.measure(services.store().runs.spec(run.id), services.store().runs.folder(run.id), services.settings())
    at.run()
    assert not at.exception
    assert "This run, validation" in texts(at) and 'class="ruler"' in texts(at)
    assert any(words in line(at) for words in ("better than", "not yet as good as"))


@one_task("text")
def test_text_has_nats_bits_and_perplexity(visit, task):
    at = visit(task)
    run = made_run(task, lambda t: 3 - t, lambda t: 3 - t)
    ruler.measure(services.store().runs.spec(run), services.store().runs.folder(run), services.settings())
    at.query_params["run"] = run
    at.run()
    table = texts(at)
    assert all(f'<th scope="col">{name}</th>' in table for name in ("nats", "bits", "perplexity"))
    assert "<td>2.000</td><td>2.885</td><td>7.39</td>" in table
    for name in ("Guessing", "Letter frequencies", "Pairs of letters", "A 5-gram model"):
        assert f'<th scope="row">{name}' in table
    assert "not yet as good as" in line(at)


@one_task("text")
def test_nothing_is_called_the_best_before_all_are_measured(visit, task, monkeypatch):
    monkeypatch.setattr(ruler, "measure_soon", lambda *_: True)
    at = visit(task)
    assert "the best of" not in line(at) and "More methods are being measured" in texts(at)


def test_a_made_up_task_has_guessing_alone(visit, monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)
    at = visit("task", task="counting")
    run = made_run("counting", lambda t: 2 - 1.9 * t**0.1, lambda t: 2 - 1.9 * t**0.1)
    at.query_params["run"] = run
    at.run()
    assert not at.exception and "In validation, better than guessing (2.197)." in line(at)
