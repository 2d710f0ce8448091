"""A cell that does not come with the project: the minimal gated unit (Zhou 2016), in one record, and its Keras layer."""

import keras
import numpy as np

from rnn_core.cells.cell import Cell, Gradient, sigmoid, sigmoid_slope


def step(projected, states, recurrent, recurrent_bias, activation):
    (h,) = states
    units = h.shape[-1]
    forget = sigmoid(projected[..., :units] + h @ recurrent[:, :units])
    candidate = activation.function(projected[..., units:] + (forget * h) @ recurrent[:, units:])
    return ((1 - forget) * h + forget * candidate,), {"forget": forget, "candidate": candidate}


def gradient(timestep, d_states):
    (h,), (d_h,) = timestep.before, d_states
    f, candidate, units = timestep.gates["forget"], timestep.gates["candidate"], h.shape[-1]
    d_candidate = d_h * f * timestep.activation.slope(candidate)
    d_gated = d_candidate @ timestep.recurrent[:, units:].T
    d_f = (d_h * (candidate - h) + d_gated * h) * sigmoid_slope(f)
    d_before = d_h * (1 - f) + d_gated * f + d_f @ timestep.recurrent[:, :units].T
    recurrent = np.concatenate([h.T @ d_f, (f * h).T @ d_candidate], axis=-1)
    return Gradient(np.concatenate([d_f, d_candidate], axis=-1), (d_before,), recurrent)


MINIMAL = Cell(
    "Minimal", "One gate.", gates=("forget", "candidate"), states=("hidden",), step=step, gradient=gradient,
    keras="tests.cells.made_up:Minimal", timestep_seconds=70e-6,
)  # fmt: skip


class MinimalTimestep(keras.layers.Layer):
    def __init__(self, units: int, activation: str, **more):
        super().__init__(**more)
        self.units, self.state_size, self.activation = units, units, keras.activations.get(activation)

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 2 * self.units), initializer="glorot_uniform", name="kernel")
        self.recurrent = self.add_weight(shape=(self.units, 2 * self.units), initializer="orthogonal", name="recurrent")
        self.bias = self.add_weight(shape=(2 * self.units,), initializer="zeros", name="bias")

    def call(self, inputs, states, training=False):
        (h,), units = states, self.units
        x = inputs @ self.kernel + self.bias
        forget = keras.ops.sigmoid(x[:, :units] + h @ self.recurrent[:, :units])
        candidate = self.activation(x[:, units:] + (forget * h) @ self.recurrent[:, units:])
        h = (1 - forget) * h + forget * candidate
        return h, [h]


class Minimal(keras.layers.RNN):
    def __init__(self, units: int, activation: str = "tanh", recurrent_dropout: float = 0.0, **more):
        super().__init__(MinimalTimestep(units, activation), **more)
