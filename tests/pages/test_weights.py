"""Which weights are tried: the newest while a run trains; after its end the best, or the newest on request."""

import pytest

from pages.parts.shell import services, session
from rnn_core.runs.submit import submit
from tests.conftest import COUNTING, slow_but, tiny_spec
from tests.pages.helpers import button, ended, given_to_components, texts
from tests.runs.helpers import LONG, set_best, training, until

NEXT = {
    "text": {},
    "digits": {session.DIGIT_FROM.name: "test"},
    "reviews": {},
    "counting": {},
}  # what is chosen to see a prediction


def page_of(task: str) -> tuple[str, dict[str, str]]:
    return ("task", {"task": task}) if task == "counting" else (task, {})


def trained(task: str, **options) -> str:
    run = submit(tiny_spec(task, epochs=2, **options), services.store(), services.settings())
    services.engine().wake()
    assert ended(run).state == "finished"
    return run


@pytest.mark.parametrize("task", slow_but(["digits"], NEXT))
def test_after_the_end_the_best_weights_are_tried_and_the_newest_on_request(visit, monkeypatch, task):
    monkeypatch.setenv("RNN_TASKS", COUNTING)
    page, query = page_of(task)
    visit()
    run = trained(task)
    set_best(services.store(), run, 1)
    at = visit(page, run=run, **query)
    for name, value in NEXT[task].items():
        at.get("segmented_control")[[c.key for c in at.get("segmented_control")].index(name)].set_value(value).run()
    choice = next(c for c in at.get("segmented_control") if c.label == "Weights")
    assert not at.exception and choice.options == ["Best: epoch 1", "Newest"] and choice.value == "best"

    def shown() -> str:
        page = button(at, "Generate").click().run() if task == "text" else at
        return texts(page) + given_to_components(page)

    best = shown()
    choice.set_value("newest").run()
    newest = shown()
    assert not at.exception and newest != best
    choice.set_value("best").run()
    assert shown() == best


@pytest.mark.parametrize("task", ["digits"])
def test_the_last_epoch_may_be_the_best(visit, task):
    visit()
    run = trained(task)
    set_best(services.store(), run, 2)
    at = visit(task, run=run)
    assert "Weights: epoch 2, the last and the best" in texts(at)
    assert "Weights" not in [control.label for control in at.get("segmented_control")]


def test_while_a_run_trains_the_newest_weights_are_tried(visit):
    visit()
    run = submit(tiny_spec("text", **LONG), services.store(), services.settings())
    services.engine().wake()
    until(lambda: training(services.store(), run) and services.store().runs.get(run).metrics)
    assert ", the newest" in texts(visit("text", run=run))


def test_an_example_says_its_epoch(visit):
    at = visit("digits")
    assert f"Weights: epoch {services.store().runs.get('example-digits').epoch:.0f}" in texts(at)
