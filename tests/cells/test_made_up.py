"""One record adds a cell: it can be chosen, trained, run in NumPy, and its cost is estimated."""

import numpy as np
import pytest

from rnn_core.cells import CELLS
from rnn_core.errors import UserError
from rnn_core.estimate import Work, estimate
from rnn_core.nn.network import Network
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.spec.model_io import Tokens
from rnn_core.training.loop import Training
from tests.cells.made_up import MINIMAL
from tests.cells.test_gradient import check_timestep, check_training_step
from tests.conftest import each_task, tiny_spec
from tests.training.test_continue import dataset_of
from tests.training.test_loop import RecordingListener


@pytest.fixture
def minimal(monkeypatch) -> str:
    monkeypatch.setitem(CELLS, "minimal", MINIMAL)
    return "minimal"


def test_without_its_record_it_is_refused():
    with pytest.raises(UserError, match="Cell must be one of rnn, lstm, gru; it is 'minimal'"):
        tiny_spec(cell="minimal")


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_its_gradient_is_right(minimal, activation):
    check_timestep(minimal, activation)
    check_training_step(minimal, activation)


def test_it_can_be_chosen_linked_and_named(minimal):
    spec = tiny_spec(cell=minimal)
    assert options_of("text")["cell"].choices[minimal] == "Minimal"
    assert RunSpec.from_short(spec.to_short()) == spec == RunSpec.from_json(spec.to_json()) and "Minimal 16" in spec.title


@each_task()
def test_it_trains_and_is_tried_in_numpy(minimal, task):
    spec = tiny_spec(task, cell=minimal, epochs=3)
    made, listener = dataset_of(spec), RecordingListener()
    training = Training(spec, made)
    assert training.run(listener) == "finished" and listener.losses[-1] < listener.losses[0]
    network, model = Network(spec.model, training.trainer.weights()), training.trainer.built.plain
    inputs, _ = next(made.validation())
    logits = network.run(inputs)[0] if task == "text" else network.classify(inputs)
    expected = np.asarray(model(inputs.astype("int32" if isinstance(made.model_io.input, Tokens) else "float32")))
    if task != "reviews":  # whose rows have their own lengths
        np.testing.assert_allclose(logits, expected, atol=1e-4)
    cost = estimate(spec.model, Work(made.model_io, 8, 8, 32))
    assert cost.parameters == sum(int(np.prod(v.shape)) for v in model.trainable_variables) and cost.epoch_seconds > 0
