"""Sampling and exporting use the weights of the best epoch; sampling the newest on request."""

import io

import keras
import numpy as np
import pytest

from rnn_core.cli.main import main
from rnn_core.export.formats import export
from rnn_core.runs import checkpoints
from rnn_core.runs.submit import submit
from rnn_core.tasks.sampler import Sampling
from tests.conftest import tiny_spec
from tests.runs.helpers import set_best, until


@pytest.fixture
def run(store, engine) -> str:
    """A run with two epochs, whose first was the best."""
    made = submit(tiny_spec(epochs=2), store, engine.settings)
    engine.wake()
    until(lambda: not store.runs.get(made).active)
    set_best(store, made, 1)
    return made


def test_sample_uses_the_best_weights_or_the_newest(store, run, capsys):
    written = []
    for more in ([], ["--newest"]):
        assert main(["sample", run, "--length", "80", *more]) == 0
        written.append(capsys.readouterr().out)
    best = "".join(checkpoints.writer(store, run).write("", Sampling(length=80)))
    assert written[0].strip() == best.strip() and written[1] != written[0]


@pytest.mark.slow
def test_exports_hold_the_best_weights(store, run, settings, tmp_path):
    best, newest = checkpoints.weights(store, run), checkpoints.weights(store, run, best=False)
    exported = np.load(io.BytesIO(export(store, run, "npz", settings)))
    assert all(np.array_equal(exported[name], array) for name, array in best.items())
    assert not np.array_equal(best["output.kernel"], newest["output.kernel"])
    (tmp_path / "model.keras").write_bytes(export(store, run, "keras", settings))
    model = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model.get_layer("output").get_weights()[0], best["output.kernel"])
