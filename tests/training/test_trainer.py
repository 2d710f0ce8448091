"""A trainer that is kept for the next run of the same network."""

import numpy as np
import pytest

from rnn_core.run_spec import RunSpec
from rnn_core.spec.model_io import ModelIO, NextToken, Tokens
from rnn_core.training import trainer
from rnn_core.training.execution import AS_KERAS, Execution
from rnn_core.training.trainer import Trainer, Trainers

MODEL_IO = ModelIO(Tokens(7), NextToken(7), per_timestep=True, carries_state=True)
IDS = np.random.default_rng(0).integers(0, 7, (4, 5)).astype(np.uint8)


def spec_of(seed: int = 1, **options) -> RunSpec:
    return RunSpec.from_options(**{"units": 6, "layers": 2, "dropout": 0.4, "recurrent_dropout": 0.3, "seed": seed} | options)


def steps(given: Trainer, count: int = 3) -> dict[str, np.ndarray]:
    """Everything that these steps change."""
    states = given.zero_states(len(IDS))
    for _ in range(count):
        means, states = given.train_step(IDS, IDS, states)
    return {**given.weights(), **given.state(), "means": means.numpy(), "last": states[-1].numpy()}


@pytest.mark.parametrize(
    ("execution", "options"),
    [
        pytest.param(AS_KERAS, {}, marks=pytest.mark.slow, id="Keras"),
        pytest.param(Execution(2, True), {"optimizer": "rmsprop", "recurrent_dropout": 0.0}, id="parts"),
    ],
)
def test_a_kept_trainer_computes_what_a_new_one_would(options, execution):
    trainers = Trainers()
    first = trainers.get(spec_of(1, **options), MODEL_IO, execution)
    before = steps(first)
    again = trainers.get(spec_of(2, learning_rate=0.1, **options), MODEL_IO, execution)
    assert again is first
    expected = steps(Trainer(spec_of(2, learning_rate=0.1, **options), MODEL_IO, execution))
    computed = steps(again)
    assert computed.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(computed[name], array, err_msg=name)
    assert np.abs(before["layer0.kernel"] - expected["layer0.kernel"]).max() > 0.01


@pytest.mark.parametrize("other", [
    {"spec": spec_of(units=7)}, {"spec": spec_of(optimizer="sgd")}, {"spec": spec_of(clip_norm=0.0)}, {"execution": Execution(2, True)},
    {"model_io": ModelIO(Tokens(8), NextToken(8), per_timestep=True, carries_state=True)},
])  # fmt: skip
def test_another_network_has_another_trainer(other):
    trainers = Trainers()
    given = {"spec": spec_of(), "model_io": MODEL_IO, "execution": AS_KERAS}
    assert trainers.get(**given) is not trainers.get(**given | other)


def test_the_last_small_ones_are_kept(monkeypatch):
    trainers, sizes = Trainers(), range(3, 4 + trainer._MOST_TRAINERS)
    made = [trainers.get(spec_of(units=units), MODEL_IO, AS_KERAS) for units in sizes]
    kept = trainers.get(spec_of(units=sizes[-1]), MODEL_IO, AS_KERAS)
    assert kept is made[-1]
    assert trainers.get(spec_of(units=sizes[0]), MODEL_IO, AS_KERAS) is not made[0]
    monkeypatch.setattr(trainer, "_MOST_PARAMETERS", 10)
    assert trainers.get(spec_of(units=20), MODEL_IO, AS_KERAS) is not trainers.get(spec_of(units=20), MODEL_IO, AS_KERAS)
