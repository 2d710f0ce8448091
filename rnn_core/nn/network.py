"""A trained network in NumPy: embedding, stacked (bidirectional) recurrent layers, dense layers, output.

Weights (see `run_files`) come from the `.npz` file that training writes after each epoch, named `embedding`, `layer0.kernel`,
`layer0.recurrent`, `layer0.bias`, `layer0.backward.kernel`, ..., `dense0.kernel`, `dense0.bias`, `output.kernel`,
`output.bias`, in Keras' shapes and column order.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnn_core.cells import CELLS
from rnn_core.cells.cell import ACTIVATIONS, States
from rnn_core.spec.model import LayerSpec, ModelSpec

Weights = dict[str, np.ndarray]


@dataclass(frozen=True)
class Trace:
    """States and gates of one direction of a layer at each timestep of the input."""

    states: dict[str, np.ndarray]  # by name, each (batch, time, units): after the timestep
    gates: dict[str, np.ndarray]  # by name, each (batch, time, units)

    @property
    def outputs(self) -> np.ndarray:
        """What the next layer reads (batch, time, units): the cell's first state."""
        return next(iter(self.states.values()))


@dataclass(frozen=True)
class Direction:
    """One recurrent layer in one direction."""

    spec: LayerSpec
    kernel: np.ndarray  # (inputs, gates * units)
    recurrent: np.ndarray  # (units, gates * units)
    bias: np.ndarray  # (gates * units,): added to the input product
    recurrent_bias: np.ndarray | None  # (gates * units,): the GRU's second bias, added to the recurrent product

    @classmethod
    def of(cls, spec: LayerSpec, weights: Weights, name: str) -> "Direction":
        bias = weights[f"{name}.bias"]
        first, second = bias if bias.ndim == 2 else (bias, None)  # a GRU has (2, 3 * units)
        return cls(spec, weights[f"{name}.kernel"], weights[f"{name}.recurrent"], first, second)

    def zero_states(self, batch: int) -> States:
        return tuple(np.zeros((batch, self.spec.units), np.float32) for _ in CELLS[self.spec.cell].states)

    def step(self, projected: np.ndarray, states: States):
        """One timestep; see `cells.cell` for the shapes."""
        activation = ACTIVATIONS[self.spec.activation]
        return CELLS[self.spec.cell].step(projected, states, self.recurrent, self.recurrent_bias, activation)

    def timesteps(self, inputs: np.ndarray, states: States, backwards: bool = False) -> Iterator[tuple[int, States, dict]]:
        """(timestep, states after it, gates) of inputs (batch, time, inputs), in the order in which they are read."""
        projected = inputs @ self.kernel + self.bias
        order = range(inputs.shape[1])
        for t in reversed(order) if backwards else order:
            states, gates = self.step(projected[:, t], states)
            yield t, states, gates

    def trace(self, inputs: np.ndarray, backwards: bool = False) -> Trace:
        """States and gates of inputs (batch, time, inputs) at each timestep, starting from zero states."""
        cell, shape = CELLS[self.spec.cell], (*inputs.shape[:2], self.spec.units)
        states, gates = ({name: np.empty(shape, np.float32) for name in names} for names in (cell.states, cell.gates))
        for t, after, gate_values in self.timesteps(inputs, self.zero_states(len(inputs)), backwards):
            for name, state in zip(cell.states, after, strict=True):
                states[name][:, t] = state
            for name in cell.gates:
                gates[name][:, t] = gate_values[name]
        return Trace(states, gates)

    def run(self, inputs: np.ndarray, states: States, backwards: bool = False):
        """Inputs (batch, time, inputs) -> outputs (batch, time, units), each at the timestep of its input, and the last states."""
        outputs = np.empty((*inputs.shape[:2], self.spec.units), np.float32)
        for t, after, _ in self.timesteps(inputs, states, backwards):
            outputs[:, t], states = after[0], after
        return outputs, states

    def run_ragged(self, projected: np.ndarray, lengths: np.ndarray, backwards: bool = False):
        """Run rows of different lengths, sorted by length; `projected` (batch, time, gates * units) are the inputs times the kernel.

        Returns outputs (batch, time, units), zero after the end of each row, and each row's last hidden state, (batch, units).
        """
        batch, time = projected.shape[:2]
        outputs = np.zeros((batch, time, self.spec.units), np.float32)
        states = self.zero_states(batch)
        first_row = np.searchsorted(lengths, np.arange(time), "right")  # at timestep t, rows from first_row[t] on have not ended
        for t in reversed(range(time)) if backwards else range(time):
            rows = slice(first_row[t], None)
            new, _ = self.step(projected[rows, t], tuple(state[rows] for state in states))
            for state, value in zip(states, new, strict=True):
                state[rows] = value
            outputs[rows, t] = new[0]
        return outputs, states[0]


class Network:
    """The forward pass of a `ModelSpec` with its weights. Returns logits, not probabilities."""

    def __init__(self, spec: ModelSpec, weights: Weights):
        self.spec = spec
        self.embedding = weights.get("embedding")
        self.layers = [
            [Direction.of(layer, weights, f"layer{i}{side}") for side in ("", ".backward")[: 1 + layer.bidirectional]]
            for i, layer in enumerate(spec.layers)
        ]
        self.dense = [
            (weights[f"dense{i}.kernel"], weights[f"dense{i}.bias"], ACTIVATIONS[dense.activation].function)
            for i, dense in enumerate(spec.dense)
        ]
        self.output = weights["output.kernel"], weights["output.bias"]

    def zero_states(self, batch: int = 1) -> list[States]:
        """Zero states of every layer's forward direction."""
        return [directions[0].zero_states(batch) for directions in self.layers]

    def run(self, inputs: np.ndarray, states: list[States] | None = None):
        """Ids (batch, time) or vectors (batch, time, features) -> logits (batch, time, classes) and the new states."""
        hidden, after = self._hidden(inputs, states)
        return self.logits(hidden), after

    def hidden(self, inputs: np.ndarray) -> np.ndarray:
        """The last layer's hidden states (batch, time, units) at every timestep."""
        return self._hidden(inputs, None)[0]

    def trace(self, inputs: np.ndarray) -> list[list[Trace]]:
        """A trace of each direction of each layer, the forward direction first, for ids (batch, time) or vectors (batch, time, features)."""
        layers = [[] for _ in self.layers]
        for layer, _, trace in self.traces(inputs):
            layers[layer].append(trace)
        return layers

    def traces(self, inputs: np.ndarray) -> Iterator[tuple[int, int, Trace]]:
        """(layer, side, trace) one after the other, as they are computed."""
        x = self.vectors(inputs)
        for layer, directions in enumerate(self.layers):
            outputs = []
            for side, direction in enumerate(directions):
                trace = direction.trace(x, backwards=bool(side))
                outputs.append(trace.outputs)
                yield layer, side, trace
            x = np.concatenate(outputs, axis=-1)

    def vectors(self, inputs: np.ndarray) -> np.ndarray:
        """What the first layer reads: (batch, time, features)."""
        return self.embedding[inputs] if self.embedding is not None else inputs.astype(np.float32)

    def _hidden(self, inputs: np.ndarray, states: list[States] | None):
        states = states or self.zero_states(len(inputs))
        x = self.vectors(inputs)
        after = []
        for directions, state in zip(self.layers, states, strict=True):
            forward, state = directions[0].run(x, state)
            after.append(state)
            if len(directions) == 2:
                backward, _ = directions[1].run(x, directions[1].zero_states(len(x)), backwards=True)
                forward = np.concatenate([forward, backward], axis=-1)
            x = forward
        return x, after

    def classify(self, inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        """Ids (batch, time) or vectors (batch, time, features) -> logits (batch, outputs) of whole inputs.

        `lengths` (batch,) is the number of timesteps that are read of each row, at least 1; without it, all are read.
        """
        batch, time = inputs.shape[:2]
        lengths = np.full(batch, time) if lengths is None else np.asarray(lengths)
        order = np.argsort(lengths, kind="stable")
        lengths, x = lengths[order], None
        inputs = inputs[order][:, : lengths[-1]]
        for i, directions in enumerate(self.layers):
            sides = [
                d.run_ragged(self._projected(d, inputs) if i == 0 else x @ d.kernel + d.bias, lengths, backwards=bool(side))
                for side, d in enumerate(directions)
            ]
            x = sides[0][0] if len(sides) == 1 else np.concatenate([outputs for outputs, _ in sides], axis=-1)
        match self.spec.pooling:
            case "last":
                x = np.concatenate([last for _, last in sides], axis=-1)
            case "mean":
                x = x.sum(1) / lengths[:, None]
            case "max":
                x = np.where((np.arange(x.shape[1]) < lengths[:, None])[..., None], x, -np.inf).max(1)
            case unknown:
                raise ValueError(f"Unknown pooling {unknown!r}")
        logits = np.empty((batch, self.output[0].shape[1]), np.float32)
        logits[order] = self.logits(x)
        return logits

    def _projected(self, direction: Direction, inputs: np.ndarray) -> np.ndarray:
        """The input of the first layer times its kernel; each distinct id is multiplied only once."""
        if self.embedding is None:
            return inputs.astype(np.float32) @ direction.kernel + direction.bias
        distinct, places = np.unique(inputs, return_inverse=True)
        return (self.embedding[distinct] @ direction.kernel + direction.bias)[places.reshape(inputs.shape)]

    def logits(self, hidden: np.ndarray) -> np.ndarray:
        """The last layer's hidden states (..., units) -> logits (..., classes)."""
        for kernel, bias, activation in self.dense:
            hidden = activation(hidden @ kernel + bias)
        kernel, bias = self.output
        return hidden @ kernel + bias
