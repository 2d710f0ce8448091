"""The map of the embedding: recorded while a run trains, drawn for every task that has one, with its kinds and as CSV."""

import base64
import json

import numpy as np
import pytest

from pages.parts.run import embedding_map
from pages.parts.shell import services, session
from pages.parts.tasks.view import view_of
from rnn_core.nn.embedding_map import places, unpacked
from rnn_core.runs import checkpoints
from rnn_core.runs.store.kinds import Embedded
from rnn_core.runs.submit import submit
from rnn_core.tasks.task import task_names, task_of
from tests.conftest import tiny_spec
from tests.pages.helpers import ended, texts

EMBEDDED = [task for task in task_names() if view_of(task).token_kinds]


def opened(visit, task: str, run: str):
    at = visit(task)
    at.session_state[session.WATCH_TAB(task).name] = "embedding"
    at.query_params["run"] = run
    return at.run()


def given(at) -> dict:
    return next(json.loads(each.proto.json) for each in at.get("bidi_component") if '"vectors"' in each.proto.json)


@pytest.mark.parametrize("task", EMBEDDED)
def test_a_run_records_its_embedding_at_each_epoch(visit, task):
    visit("home")
    run = submit(tiny_spec(task, epochs=3), services.store(), services.settings())
    ended(run)
    events = services.store().events.read(run, Embedded)
    assert [event.epoch for event in events] == [0, 1, 2, 3]
    at = opened(visit, task, run)
    assert not at.exception and "of the variance" in texts(at)
    data = given(at)
    assert data["epochs"] == ["untrained", "epoch 1", "epoch 2", "epoch 3"] and len(data["kind"]) == len(data["tokens"]) > 5
    where = np.frombuffer(base64.b64decode(data["places"]), "<i2").reshape(4, -1, 2) / 32767
    shown = [i for i, token in enumerate(checkpoints.tokenizer(services.store(), run).tokens) if token]
    theirs, _ = places([unpacked(event.size, event.scale, event.data)[shown] for event in events])
    np.testing.assert_allclose(where, theirs / np.abs(theirs).max(), atol=1e-4)
    _, *rows = embedding_map._rows(data)
    assert len(rows) == 4 * len(data["tokens"]) and {row[2] for row in rows} <= {name for name, _ in data["kinds"]}


@pytest.mark.parametrize("task", EMBEDDED)
def test_an_example_shows_its_way_from_the_untrained_embedding(visit, task):
    at = opened(visit, task, task_of(task).example)
    assert not at.exception and len(given(at)["tokens"]) > 50
    epochs = services.store().runs.get(task_of(task).example).epochs
    assert given(at)["epochs"] == ["untrained", *(f"epoch {epoch}" for epoch in range(1, epochs + 1))]


@pytest.mark.parametrize("task", [task for task in task_names() if task not in EMBEDDED])
def test_tasks_without_an_embedding_have_no_map(visit, task):
    at = visit(task)
    control = next(each for each in at.get("button_group") if "Curves" in [option.content for option in each.proto.options])
    assert "Embedding" not in [option.content for option in control.proto.options]
