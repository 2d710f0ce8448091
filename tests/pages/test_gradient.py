"""The gradient in the zone Watch, and what is marked as copied."""

import json
import os

import pytest

from pages.parts.run.gradient import _number
from pages.parts.shell import services, session
from pages.parts.tasks.text.corpus import parts_of
from rnn_core.runs.store.kinds import GradientByTimestep
from rnn_core.runs.store.rows import Point
from rnn_core.runs.submit import submit
from rnn_core.spec.metrics import CLIPPED, GRADIENT_NORM
from rnn_core.tasks.task import task_of
from rnn_core.tasks.text.copied import copied
from tests.conftest import one_task, tiny_spec
from tests.pages.helpers import button, chosen, given_to_components, texts


def alts(at) -> str:
    """What the charts of the page say to a screen reader."""
    return "\n".join(chart.proto.alt for chart in at.get("vega_lite_chart"))


def shown(visit, task: str, picture: str = "By timestep", **query):
    at = visit(task, **query)
    chosen(at, "Show").set_value("gradient").run()
    chosen(at, "Picture").set_value(picture).run()
    assert not at.exception
    return at


@one_task("digits")
def test_the_example_shows_where_its_gradient_goes(visit, task):
    at = shown(visit, task)
    run = task_of(task).example
    probe = services.store().events.read(run, GradientByTimestep)[-1]
    left = dict(zip(probe.curves[0]["back"], probe.curves[0]["relative"], strict=True))[20]
    assert f"What remains of the gradient 20 timesteps back: GRU (epoch 6) {_number(left)}." in texts(at)
    assert button(at, "Train SimpleRNN, LSTM and GRU") and "Gradient of the loss at the last timestep" in alts(at)


@one_task("digits")
def test_the_same_run_with_other_cells_is_drawn_with_it(visit, task):
    visit()
    store, runs = services.store(), {}
    for cell, left in (("gru", 0.5), ("lstm", 2e-7), ("rnn", 3e-12)):
        runs[cell] = submit(tiny_spec(task, cell=cell), store, services.settings(), kept_for=os.getpid())
        curve = {"layer": 0, "state": "hidden", "back": [0, 10, 20], "relative": [1.0, 0.6, left]}
        store.events.record(runs[cell], events=[GradientByTimestep(0, 0.0, [curve], 16)])
    submit(
        tiny_spec(task, cell="lstm", seed=2), store, services.settings(), kept_for=os.getpid()
    )  # another seed does not belong to them
    at = shown(visit, task, run=runs["gru"])
    said = "GRU (untrained) 0.5, SimpleRNN (untrained) below 1 × 10⁻⁹, LSTM (untrained) 2 × 10⁻⁷."
    assert f"What remains of the gradient 20 timesteps back: {said}" in texts(at)
    assert button(at, "Train SimpleRNN, LSTM and GRU").disabled  # all are there
    spec = tiny_spec(task, cell="gru", units=24)
    at = shown(visit, task, run=runs["gru"], spec=spec.to_short())
    assert not button(at, "Train SimpleRNN, LSTM and GRU").disabled  # other settings


@one_task("digits")
@pytest.mark.parametrize(("clip_norm", "said"), [(1.0, "Clipping cut 25% of the steps"), (0.0, "Nothing is clipped")])
def test_the_norm_over_training_says_how_often_clipping_cut_it(visit, task, clip_norm, said):
    visit()
    run = submit(tiny_spec(task, clip_norm=clip_norm), services.store(), services.settings(), kept_for=os.getpid())
    points = [Point(GRADIENT_NORM, step, step / 32, step, 0.5, 0.4, 333.0 if step == 2 else 0.6) for step in (1, 2, 4)]
    points += [Point(CLIPPED, step, step / 32, step, share, share, share) for step, share in ((1, 0.0), (2, 1.0), (4, 0.0))]
    services.store().events.record(run, points if clip_norm else points[:3])
    at = shown(visit, task, "Norm", run=run)
    assert said in texts(at) and "highest 333" in texts(at) and "Norm of the whole gradient over training" in alts(at)


@one_task("series")
def test_before_there_is_anything_and_of_untrained_cells(visit, task):
    visit()
    run = submit(tiny_spec(task), services.store(), services.settings(), kept_for=os.getpid())
    at = shown(visit, task, run=run)
    assert "The first measurement comes with the first step" in texts(at)
    chosen(at, "Picture").set_value("Untrained").run()
    assert "After 20 timesteps, an untrained cell has kept this much of the difference: SimpleRNN 0.8" in texts(at)
    assert "gates forget most: they do not give memory" in texts(at) and "Untrained cells with 64 units" in alts(at)


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (0.4871, "0.49"), (0.000085, "0.000085"), (3.2e-8, "3 × 10⁻⁸"), (1e-20, "below 1 × 10⁻⁹"), (2.345, "2.3")]
)  # fmt: skip
def test_numbers_are_written_for_people(value, text):
    assert _number(value) == text


@one_task("text")
def test_what_a_sample_copies_is_marked(visit, task):
    at = visit(task)
    button(at, "Generate").click().run()
    boxes = [json.loads(element.proto.json) for element in at.get("bidi_component") if "has_summary" in element.proto.json]
    (box,) = [box for box in boxes if box["written"]]
    result = copied(box["written"], parts_of("example")[0])
    assert [stretch[:2] for stretch in box["stretches"]] == [[s.start, s.end] for s in result.stretches]
    assert "copied" in box["summary"] and "copied from the training text" in given_to_components(at)  # the live sample, too


@one_task("text")
def test_looking_back_is_measured_on_request_and_can_be_downloaded(visit, task):
    at = visit(task)
    at.session_state[session.TRY_TAB.name] = "Look back"
    at.run()
    assert "one character is changed" in texts(at)
    button(at, "How far back does the network look?").click().run()
    assert not at.exception
    shares = at.session_state[session.LOOKED_BACK("example").name][1]
    assert shares[1] > 0.6 and shares[5] < 0.4 and shares[30] < 0.05 and "places back on, it hardly matters" in texts(at)
