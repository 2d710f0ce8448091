"""A trained network in NumPy: embedding, stacked (bidirectional) recurrent layers, dense layers, output.

Weights come from the `.npz` file that training writes after each epoch, named `embedding`, `layer0.kernel`,
`layer0.recurrent`, `layer0.bias`, `layer0.backward.kernel`, ..., `dense0.kernel`, `dense0.bias`, `output.kernel`,
`output.bias`, in Keras' shapes and column order.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnn_core.forward import cells
from rnn_core.spec import CELLS, LayerSpec, ModelSpec

Weights = dict[str, np.ndarray]


def read_weights(path: Path) -> Weights:
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


@dataclass(frozen=True)
class Direction:
    """One recurrent layer read in one direction."""

    spec: LayerSpec
    kernel: np.ndarray  # (inputs, gates * units)
    recurrent: np.ndarray  # (units, gates * units)
    bias: np.ndarray  # (gates * units,): what is added to the input's product
    recurrent_bias: np.ndarray | None  # the GRU's second bias

    @classmethod
    def of(cls, spec: LayerSpec, weights: Weights, name: str) -> "Direction":
        bias = weights[f"{name}.bias"]
        first, second = bias if bias.ndim == 2 else (bias, None)  # a GRU has (2, 3 * units)
        return cls(spec, weights[f"{name}.kernel"], weights[f"{name}.recurrent"], first, second)

    def start(self, batch: int) -> cells.States:
        return tuple(np.zeros((batch, self.spec.units), np.float32) for _ in range(CELLS[self.spec.cell].states))

    def step(self, projected: np.ndarray, states: cells.States):
        """One timestep; see `cells` for the shapes."""
        activation = cells.ACTIVATIONS[self.spec.activation]
        return cells.STEPS[self.spec.cell](projected, states, self.recurrent, self.recurrent_bias, activation)

    def run(self, inputs: np.ndarray, states: cells.States, backwards: bool = False):
        """(batch, time, inputs) -> outputs (batch, time, units), standing at the timestep they were read, and states."""
        projected = inputs @ self.kernel + self.bias
        outputs = np.empty((*inputs.shape[:2], self.spec.units), np.float32)
        order = range(inputs.shape[1])
        for t in reversed(order) if backwards else order:
            states, _ = self.step(projected[:, t], states)
            outputs[:, t] = states[0]
        return outputs, states


class Network:
    """The forward pass of a `ModelSpec` with its weights. Logits, not probabilities, come out."""

    def __init__(self, spec: ModelSpec, weights: Weights):
        self.spec = spec
        self.embedding = weights.get("embedding")
        self.layers = [
            [Direction.of(layer, weights, f"layer{i}{side}") for side in ("", ".backward")[: 1 + layer.bidirectional]]
            for i, layer in enumerate(spec.layers)
        ]
        self.dense = [
            (weights[f"dense{i}.kernel"], weights[f"dense{i}.bias"], cells.ACTIVATIONS[dense.activation])
            for i, dense in enumerate(spec.dense)
        ]
        self.output = weights["output.kernel"], weights["output.bias"]

    def start(self, batch: int = 1) -> list[cells.States]:
        """Zero states of every layer's forward direction."""
        return [directions[0].start(batch) for directions in self.layers]

    def run(self, inputs: np.ndarray, states: list[cells.States] | None = None):
        """ids (batch, time) or vectors (batch, time, features) -> logits (batch, time, classes), and the new states."""
        states = states or self.start(len(inputs))
        x = self.embedding[inputs] if self.embedding is not None else inputs.astype(np.float32)
        after = []
        for directions, state in zip(self.layers, states, strict=True):
            forward, state = directions[0].run(x, state)
            after.append(state)
            if len(directions) == 2:
                backward, _ = directions[1].run(x, directions[1].start(len(x)), backwards=True)
                forward = np.concatenate([forward, backward], axis=-1)
            x = forward
        return self.read_out(x), after

    def read_out(self, hidden: np.ndarray) -> np.ndarray:
        """The last layer's hidden states (..., units) -> logits (..., classes)."""
        for kernel, bias, activation in self.dense:
            hidden = activation(hidden @ kernel + bias)
        kernel, bias = self.output
        return hidden @ kernel + bias
