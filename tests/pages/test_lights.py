"""What lights the cells on the network's cards is the network's own hidden states."""

import base64

import numpy as np
import pytest

from pages.parts.run.lights import lights
from pages.parts.shell import services
from rnn_core.lessons import example
from rnn_core.runs import checkpoints


@pytest.mark.parametrize("first", [0, 3])
def test_the_cells_are_units_of_each_layer(visit, first):
    visit("home")
    network = checkpoints.network(services.store(), example.run_of("text", services.store()).id)
    ids = np.arange(8) % 5
    packed = lights(network, ids, first)
    shown = np.frombuffer(base64.b64decode(packed["data"]), np.int8).reshape(8 - first, len(packed["layers"]), packed["cells"])
    hidden = network.hidden(ids[None])[0, first:]
    units = np.linspace(0, hidden.shape[1] - 1, packed["cells"]).round().astype(int)
    np.testing.assert_allclose(shown[:, -1] / 127, hidden[:, units] / np.abs(hidden[:, units]).max(), atol=0.005)
    assert np.abs(shown).max() == 127
