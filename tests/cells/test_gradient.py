"""The gradient of each cell: against differences of the loss, and one training step against Keras' own."""

import itertools

import numpy as np
import pytest

from rnn_core.cells import CELLS
from rnn_core.cells.cell import ACTIVATIONS, Timestep
from rnn_core.nn.gradient import layer_gradient
from rnn_core.nn.network import Network
from rnn_core.run_spec import RunSpec
from rnn_core.spec.model_io import ModelIO, NextToken, Tokens
from rnn_core.training.build import weights_of
from rnn_core.training.trainer import Trainer

CLASSES, RATE = 11, 0.5
RANDOM = np.random.default_rng(2)


def check_timestep(name: str, activation: str) -> None:
    """Compared in double precision with central differences of a randomly weighted sum of the states."""
    cell, units, batch = CELLS[name], 3, 2
    columns = len(cell.gates) * units
    given = [RANDOM.normal(size=(batch, columns)), *(RANDOM.normal(size=(batch, units)) for _ in cell.states)]
    given += [RANDOM.normal(size=(units, columns)), *([RANDOM.normal(size=columns)] if cell.biases == 2 else [])]
    weighting = [RANDOM.normal(size=(batch, units)) for _ in cell.states]
    count = len(cell.states)

    def step(projected, *rest):
        states, recurrent, bias = rest[:count], rest[count], rest[count + 1] if cell.biases == 2 else None
        return cell.step(projected, tuple(states), recurrent, bias, ACTIVATIONS[activation])

    def loss() -> float:
        return sum(float((weight * state).sum()) for weight, state in zip(weighting, step(*given)[0], strict=True))

    after, gates = step(*given)
    bias = given[-1] if cell.biases == 2 else None
    before = tuple(given[1 : 1 + count])
    step_gradient = cell.gradient(Timestep(before, after, gates, given[1 + count], bias, ACTIVATIONS[activation]), tuple(weighting))
    exact = [
        step_gradient.projected,
        *step_gradient.states,
        step_gradient.recurrent,
        *([step_gradient.recurrent_bias] if cell.biases == 2 else []),
    ]
    for array, derivative in zip(given, exact, strict=True):
        for place in np.ndindex(array.shape):
            original, differences = array[place], []
            for shift in (1e-6, -1e-6):
                array[place] = original + shift
                differences.append(loss())
            array[place] = original
            assert (differences[0] - differences[1]) / 2e-6 == pytest.approx(derivative[place], abs=1e-5)


def own_step(network: Network, weights: dict, ids: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray]:
    """Weights after one step of gradient descent on the mean cross-entropy, computed without TensorFlow."""
    traces = network.trace(ids)
    outputs = [layer[0].states["hidden"] for layer in traces]
    inputs = [network.embedding[ids], *outputs[:-1]]
    logits = network.logits(outputs[-1])
    odds = np.exp(logits - logits.max(-1, keepdims=True))
    by_logits = odds / odds.sum(-1, keepdims=True)
    by_logits[(*np.indices(targets.shape), targets)] -= 1
    by_logits /= targets.size
    by = {"output.kernel": np.einsum("btu,btc->uc", outputs[-1], by_logits), "output.bias": by_logits.sum((0, 1))}
    flowing = by_logits @ weights["output.kernel"].T
    for i in reversed(range(len(network.layers))):
        step_gradient = layer_gradient(network.layers[i][0], inputs[i], flowing)
        by |= {
            f"layer{i}.kernel": step_gradient.kernel,
            f"layer{i}.recurrent": step_gradient.recurrent,
            f"layer{i}.bias": step_gradient.bias,
        }
        flowing = step_gradient.inputs
    by["embedding"] = np.zeros_like(weights["embedding"])
    np.add.at(by["embedding"], ids, flowing)
    return {name: array - RATE * by[name] for name, array in weights.items()}


def check_training_step(name: str, activation: str, depth: int = 1) -> None:
    spec = RunSpec.from_options(
        cell=name, activation=activation, layers=depth, units=7, embedding=5, optimizer="sgd", learning_rate=RATE, clip_norm=0.0
    )
    trainer, random = Trainer(spec, ModelIO(Tokens(CLASSES), NextToken(CLASSES), per_timestep=True)), np.random.default_rng(3)
    for variable in trainer.built.plain.trainable_variables:
        variable.assign(random.normal(0, 0.4, variable.shape))
    ids, targets = random.integers(0, CLASSES, (2, 4, 13))
    weights = trainer.weights()
    expected = own_step(Network(spec.model, weights), weights, ids, targets)
    trainer.train_step(ids, targets, trainer.zero_states(len(ids)))
    for array, original in zip(expected.values(), weights.values(), strict=True):
        assert np.abs(array - original).max() > 1e-4  # the weights changed
    for array_name, array in weights_of(trainer.built.plain).items():
        np.testing.assert_allclose(expected[array_name], array, atol=1e-5, err_msg=array_name)


@pytest.mark.parametrize(("name", "activation"), itertools.product(CELLS, ACTIVATIONS))
def test_a_timestep_against_differences(name, activation):
    check_timestep(name, activation)


@pytest.mark.parametrize(("name", "activation"), itertools.product(CELLS, ACTIVATIONS))
def test_one_training_step_is_that_of_keras(name, activation):
    check_training_step(name, activation)


@pytest.mark.parametrize("name", CELLS)
def test_one_training_step_of_three_layers_is_that_of_keras(name):
    check_training_step(name, "tanh", depth=3)
