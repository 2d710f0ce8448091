"""The Inside page: opens for every task, gives the browser the numbers of the trace, reads on, trains twins, and saves CSV."""

import base64
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pages.parts.inside import download
from pages.parts.inside.content import MOST_COLUMNS, MOST_ROWS, Seen, content, facts_of
from pages.parts.inside.inside import wanted_start
from pages.parts.shell import services, session
from pages.parts.tasks.reading import Reading
from pages.parts.tasks.text.corpus import parts_of
from rnn_core.lessons import example
from rnn_core.nn.inside import look_inside
from rnn_core.nn.network import Network
from rnn_core.nn.run_files import weight_shapes
from rnn_core.runs import checkpoints, variants
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.rows import FINISHED
from rnn_core.runs.submit import submit
from rnn_core.spec.model import LayerSpec, ModelSpec
from rnn_core.spec.model_io import Classes, ModelIO, Tokens
from rnn_core.tasks.task import task_names, task_of
from rnn_core.tasks.text.neurons import FEATURES, followers
from tests.conftest import COUNTING, each_task, one_task, tiny_spec
from tests.pages.helpers import button, links, texts
from tests.runs.helpers import until


def given(at) -> dict:
    """What the component of the page was given."""
    (data,) = [json.loads(each.proto.json) for each in at.get("bidi_component") if '"cells"' in each.proto.json]
    return data


def unpacked(packed: dict) -> np.ndarray:
    whole = np.frombuffer(base64.b64decode(packed["data"]), "<i2")
    return whole.reshape(-1, packed["rows"]) * packed["scale"]


@each_task()
def test_the_example_of_every_task_opens(visit, task):
    at = visit("home")
    run = example.run_of(task, services.store())
    at = visit("inside", run=run.id)
    assert not at.exception and not at.error and not at.warning
    data, spec = given(at), services.store().runs.spec(run.id)
    (cell,) = data["cells"]
    assert data["total"] == len(data["labels"]) == len(cell["answers"]["at"]) > 4
    assert cell["units"] == spec.model.layers[0].units == len(cell["rows"]) and all(cell["answers"]["texts"])
    for name, packed in cell["arrays"].items():
        assert unpacked(packed).shape == (data["total"], len(cell["rows"])), name
    assert {part["name"] for part in cell["parts"]} <= cell["arrays"].keys() and all(part["explanation"] for part in cell["parts"])
    assert any(f"?run={run.id}" in link for link in links(at).values())


def test_the_numbers_are_those_of_the_trace(visit):
    at = visit("inside")
    run = example.run_of("text", services.store())
    data, network = given(at), checkpoints.network(services.store(), run.id)
    tokenizer = checkpoints.tokenizer(services.store(), run.id)
    read = at.text_area(key=session.INSIDE_INPUT("text", "typed").name).value
    assert data["total"] == len(read)
    ((trace,),) = network.trace(tokenizer.encode(read)[None])
    (cell,) = data["cells"]
    for name, values in {**trace.states, **trace.gates}.items():
        np.testing.assert_allclose(unpacked(cell["arrays"][name]), values[0][:, cell["rows"]], atol=5e-5, err_msg=name)
    before = unpacked(cell["arrays"]["before.hidden"])
    assert not before[0].any() and np.allclose(before[1:], unpacked(cell["arrays"]["hidden"])[:-1], atol=1e-4)
    assert sum(share for _, share in cell["answers"]["texts"][-1]) <= 1.001


def test_a_run_without_weights_says_when_it_opens(visit):
    visit("home")
    services.engine().halt()
    run = submit(tiny_spec(), services.store(), services.settings())
    at = visit("inside", run=run)
    assert not at.exception and "You can look inside this network after its first training steps" in texts(at)


def test_units_are_ranked_by_what_they_follow_on_request(visit):
    at = visit("inside")
    run = example.run_of("text", services.store())
    assert given(at)["cells"][0]["ranks"] and given(at)["cells"][0]["following"] is None
    button(at, "What do units follow?").click().run()
    assert not at.exception
    following = given(at)["cells"][0]["following"]
    vocabulary = checkpoints.tokenizer(services.store(), run.id)
    found = followers(checkpoints.network(services.store(), run.id), vocabulary, parts_of(run.id)[1])
    assert [feature["label"] for feature in following["features"]] == [FEATURES[name].label for name in found]
    assert following["features"][0]["units"] == [
        [unit.unit, unit.state, pytest.approx(unit.correlation, abs=1e-5)] for unit in found["line-break"]
    ]
    assert any(element.label == "Ranked units as CSV" for element in at.get("download_button"))


@pytest.mark.parametrize("task", [task for task in task_names() if task != "text"])
def test_units_of_other_tasks_are_not_ranked(visit, task):
    at = visit("inside", run=task_of(task).example)
    assert not given(at)["cells"][0]["ranks"] and not any(b.label == "What do units follow?" for b in at.button)


def test_a_made_up_task_opens(visit, monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)
    visit("home")
    run = submit(tiny_spec("counting"), services.store(), services.settings())
    until(lambda: services.store().runs.get(run).state == FINISHED)
    at = visit("inside", run=run)
    assert (
        not at.exception and given(at)["total"] == 8 and given(at)["note"].startswith("True: ") and given(at)["note"].endswith(".")
    )
    assert any(f"run={run}" in link and "task=counting" in link for link in links(at).values())


def test_a_run_that_is_not_here_is_a_sentence(visit):
    at = visit("inside", run="nonesuch")
    assert not at.exception and "There is no run 'nonesuch' here" in at.warning[0].value
    assert len(given(at)["cells"]) == 1  # an example in its place


def test_a_task_page_links_to_it(visit):
    at = visit("text")
    run = example.run_of("text", services.store())
    assert f"inside?run={run.id}" in links(at).values()


def address(at) -> dict[str, str]:
    """What the page has written into its address, which AppTest gives as text or as a list."""
    return {name: value if isinstance(value, str) else value[-1] for name, value in dict(at.query_params).items()}


@one_task("series")
def test_twins_are_trained_once_and_stand_beside_each_other(visit, task):
    visit("home")
    store, settings = services.store(), services.settings()
    first = submit(tiny_spec(task, cell="lstm"), store, settings)
    until(lambda: store.runs.get(first).state == FINISHED)
    at = visit("inside", run=first)
    button(at, "Train twins").click().run()
    assert not at.exception and "They appear here as soon as both have weights" in texts(at)
    assert address(at) == {"run": first} and len(given(at)["cells"]) == 1  # the page stays as it is
    second = store.runs.newest(task, examples=False)[0].id
    until(lambda: store.runs.get(second).state == FINISHED)
    at.run()
    assert not at.exception and address(at) == {"run": first, "with": second}  # the LSTM that exists
    assert store.runs.spec(second) == tiny_spec(task, cell="gru") and len(store.runs.newest(task, examples=False)) == 2
    twins = variants.cells_of(store.runs.spec(second), ("lstm", "gru"))
    assert variants.start(twins, store, settings).runs == (first, second)
    until(lambda: store.runs.get(second).state == FINISHED)
    at = visit("inside", run=first, **{"with": second})
    one, other = given(at)["cells"]
    assert not at.exception and one["name"] == "LSTM" and other["name"] == "GRU"
    assert {"cell", "forget"} <= one["arrays"].keys() and {"update", "reset"} <= other["arrays"].keys()
    assert len(at.get("download_button")) == 2
    other_data = submit(tiny_spec(task, window=9), store, settings)
    at = visit("inside", run=first, **{"with": other_data})
    assert len(given(at)["cells"]) == 1
    offered = at.selectbox(key=session.INSIDE_BESIDE(first).name).options
    assert [label[-4:] for label in offered] == [second[:4]] and second[:4] != other_data[:4]


@one_task("text")
def test_a_long_text_is_sent_in_stretches(visit, task):
    at = visit("inside")
    field = session.INSIDE_INPUT(task, "typed").name
    at.text_area(key=field).set_value("class Cell: return state " * 20).run()
    data = given(at)
    assert data["total"] == 500 and data["start"] == 500 - MOST_COLUMNS and data["cells"][0]["overview"]
    at.session_state[session.INSIDE_CELLS.name] = {"window": {"input": data["input"], "start": 100}}
    data = given(at.run())
    assert data["start"] == 100 and len(data["labels"]) == MOST_COLUMNS
    before = unpacked(data["cells"][0]["arrays"]["before.hidden"])
    assert before[0].any()  # what came before the stretch is known
    at.text_area(key=field).set_value("\x00").run()
    assert not at.exception and "Type a text for the network to read" in texts(at)


@pytest.mark.parametrize(
    "state", [None, 3, {}, {"window": None}, {"window": {"input": "a", "start": -1}}, {"window": {"input": "a", "start": True}},
              {"window": {"input": "b", "start": 1}}, {"window": {"input": "a", "start": float("nan")}}, {"window": {"input": "a", "start": "1"}}],
)  # fmt: skip
def test_what_a_browser_never_sends_changes_nothing(monkeypatch, state):
    monkeypatch.setattr(type(session.INSIDE_CELLS), "get", lambda key: state)
    assert wanted_start("a", 50) == 50


def large(cell: str = "lstm", units: int = 300, timesteps: int = 700) -> tuple[Network, Reading]:
    spec, model_io = (
        ModelSpec((LayerSpec(cell, units), LayerSpec(cell, units, bidirectional=True)), 4),
        ModelIO(Tokens(9), Classes(3)),
    )
    random = np.random.default_rng(1)
    weights = {name: random.normal(0, 0.1, shape).astype(np.float32) for name, shape in weight_shapes(spec, model_io).items()}
    ids = random.integers(0, 9, timesteps)
    return Network(spec, weights), Reading(
        ids, tuple(map(str, ids)), "step", lambda logits, ends: [[("x", 1.0)]] * len(logits), "Answer"
    )


def looked_into(network: Network, reading: Reading, layer: int, side: int) -> Seen:
    inside = look_inside(network, reading.inputs)
    return Seen("run", Weights(1), network, inside, facts_of(network, inside, layer, side), layer, side, "A cell")


def test_what_is_too_much_to_draw_is_grouped():
    network, reading = large()
    seen = looked_into(network, reading, 1, 1)
    data = content(reading, [seen], 10_000)
    (cell,) = data["cells"]
    assert data["start"] == 700 - MOST_COLUMNS and cell["units"] == 300
    assert len(set(cell["rows"])) == MOST_ROWS and sum(cell["sizes"]) == 300 and cell["backwards"]
    assert not unpacked(cell["arrays"]["before.cell"])[-1].any()  # it starts to read at the end
    assert len(json.dumps(data)) < 2_500_000


def test_the_file_holds_every_number_that_fits(monkeypatch):
    network, reading = large("gru", 12, 30)
    seen = looked_into(network, reading, 0, 0)
    table = pd.read_csv(pd.io.common.StringIO(download.csv_of(reading, seen, slice(0, 30))))
    assert list(table) == ["timestep", "label", "layer", "direction", "unit", "name", "value"]
    assert len(table) == 30 * 12 * 4 * 3  # three directions of two layers, each with a state and three values of gates
    row = table[
        (table.timestep == 7) & (table.layer == 2) & (table.direction == "backward") & (table.unit == 5) & (table.name == "update")
    ]
    assert row.value.item() == pytest.approx(seen.inside.layers[1][1].gates["update"][0, 6, 5], rel=1e-5)
    monkeypatch.setattr(download, "MOST_LINES", 30 * 12 * 4)
    assert download.scope_of(seen, 30, slice(5, 20))[0] == [(0, 0)]
    monkeypatch.setattr(download, "MOST_LINES", 500)
    _, times, words = download.scope_of(seen, 30, slice(5, 20))
    assert times == slice(5, 15) and words.endswith("timesteps 6 to 15")
    formula = replace(reading, labels=("=1+1", *reading.labels[1:]))
    assert "'=1+1" in download.csv_of(formula, seen, slice(0, 30))
