"""Recurrent layers with an own gradient: they hold the same weights and compute the same numbers as the Keras layers they extend, faster.

Keras' loop adds up the gradient of the weights with one product per timestep. Here the loop back through time only computes the
derivatives by the gates, from gates that the forward pass has kept; then one product over all timesteps gives the gradient of each matrix.
Inside the loops, units come first and the batch last: a gate is then a block of rows, which TensorFlow cuts off without copying, and
TensorFlow multiplies a large matrix by a narrow batch faster than a narrow batch by a large matrix.

Shapes: sequences and outputs (batch, time, features) as in Keras; within a loop states (units, batch) and products (G, batch), where
G is gates * units.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from rnn_core.training.tf_import import keras, tf

Tensors = tuple[tf.Tensor, ...]


@dataclass(frozen=True)
class _Activation:
    function: Callable[[tf.Tensor], tf.Tensor]
    gradient: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]  # (result of the function, derivative by the result)


_ACTIVATIONS = {
    "tanh": _Activation(tf.tanh, lambda y, d: tf.raw_ops.TanhGrad(y=y, dy=d)),
    "relu": _Activation(tf.nn.relu, lambda y, d: tf.raw_ops.ReluGrad(gradients=d, features=y)),
}


def _sigmoid_gradient(y: tf.Tensor, d: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.SigmoidGrad(y=y, dy=d)


@dataclass(frozen=True)
class _Weights:
    """A layer's weights as its loop needs them."""

    kernel: tf.Tensor  # (features, G)
    recurrent: tf.Tensor  # (units, G)
    bias: tf.Tensor  # (G,), added to the product of kernel and input
    inner_bias: tf.Tensor  # added to the last rows of the product of recurrent and state; empty for cells without it


@dataclass(frozen=True)
class _Step:
    """One timestep of a cell and its gradient; the equations are those of `rnn_core.cells`.

    `forward(projected, inner, states, inner_bias, activation)`, from the products of the input and of the state, returns the new
    states and what the gradient needs: so many tensors as `kept` has numbers, each so many units high. `backward(kept, d_states,
    activation)` returns the derivatives by `inner`, by `projected` and by the states before the timestep, without what reaches the
    hidden state through `inner`. For cells without inner bias, the first two are the same tensor.
    """

    weights: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], _Weights]  # from Keras' kernel, recurrent kernel and bias
    forward: Callable[..., tuple[Tensors, Tensors]]
    backward: Callable[..., tuple[tf.Tensor, tf.Tensor, list[tf.Tensor | None]]]
    kept: tuple[int, ...]
    gates: tuple[int, ...]  # the order of the gates here, as their places in Keras' weights


def _simple_rnn_weights(kernel, recurrent, bias):
    return _Weights(kernel, recurrent, bias, tf.zeros((0,)))


def _simple_rnn(projected, inner, states, inner_bias, activation):
    h = activation.function(projected + inner)
    return (h,), (h,)


def _simple_rnn_gradient(kept, d_states, activation):
    (h,), (d_h,) = kept, d_states
    d_z = activation.gradient(h, d_h)
    return d_z, d_z, [None]


_LSTM_GATES = (0, 1, 3, 2)


def _lstm_weights(kernel, recurrent, bias):
    """In the order input, forget, output, candidate: the three gates then lie side by side and take one sigmoid."""

    def reordered(columns):
        gates = tf.split(columns, 4, -1)
        return tf.concat([gates[i] for i in _LSTM_GATES], -1)

    return _Weights(reordered(kernel), reordered(recurrent), reordered(bias), tf.zeros((0,)))


def _lstm(projected, inner, states, inner_bias, activation):
    _, c = states
    units = c.shape[0]
    gates, candidate = tf.split(projected + inner, [3 * units, units])
    gates, candidate = tf.sigmoid(gates), activation.function(candidate)
    input_gate, forget, output = tf.split(gates, 3)
    new_c = forget * c + input_gate * candidate
    squashed = activation.function(new_c)
    return (output * squashed, new_c), (gates, candidate, c, squashed)


def _lstm_gradient(kept, d_states, activation):
    (gates, candidate, c, squashed), (d_h, d_c) = kept, d_states
    input_gate, forget, output = tf.split(gates, 3)
    d_c += activation.gradient(squashed, d_h * output)
    d_gates = _sigmoid_gradient(gates, tf.concat([d_c * candidate, d_c * c, d_h * squashed], 0))
    d_z = tf.concat([d_gates, activation.gradient(candidate, d_c * input_gate)], 0)
    return d_z, d_z, [None, d_c * forget]


def _gru_weights(kernel, recurrent, bias):
    """The recurrent bias of the candidate is scaled by the reset gate; the other recurrent biases join those of the input."""
    input_bias, recurrent_bias = tf.unstack(bias)
    *gates, inner_bias = tf.split(recurrent_bias, 3)
    return _Weights(kernel, recurrent, input_bias + tf.concat([*gates, tf.zeros_like(inner_bias)], 0), inner_bias)


def _gru(projected, inner, states, inner_bias, activation):
    (h,) = states
    units = h.shape[0]
    gates, projected = tf.split(projected, [2 * units, units])
    inner_gates, inner = tf.split(inner, [2 * units, units])
    gates, inner = tf.sigmoid(gates + inner_gates), inner + inner_bias
    update, reset = tf.split(gates, 2)
    candidate = activation.function(projected + reset * inner)
    difference = h - candidate
    return (candidate + update * difference,), (gates, candidate, difference, inner)


def _gru_gradient(kept, d_states, activation):
    (gates, candidate, difference, inner), (d_h,) = kept, d_states
    update, reset = tf.split(gates, 2)
    d_before = d_h * update
    d_candidate = activation.gradient(candidate, d_h - d_before)
    d_gates = _sigmoid_gradient(gates, tf.concat([d_h * difference, d_candidate * inner], 0))
    return tf.concat([d_gates, d_candidate * reset], 0), tf.concat([d_gates, d_candidate], 0), [d_before]


_STEPS = {
    keras.layers.SimpleRNN: _Step(_simple_rnn_weights, _simple_rnn, _simple_rnn_gradient, kept=(1,), gates=(0,)),
    keras.layers.LSTM: _Step(_lstm_weights, _lstm, _lstm_gradient, kept=(3, 1, 1, 1), gates=_LSTM_GATES),
    keras.layers.GRU: _Step(_gru_weights, _gru, _gru_gradient, kept=(2, 1, 1, 1), gates=(0, 1, 2)),
}


class _Product:
    """The product of the recurrent weights (units, G) and the hidden state (units, batch), and its derivatives."""

    def rows(self, recurrent):
        """The weights as `__call__` needs them."""
        return tf.transpose(recurrent)

    def __call__(self, rows, state):
        """(G, batch)"""
        return tf.matmul(rows, state)

    def by_state(self, recurrent, rows, d_inner):
        """(units, batch), from the derivative by the product (G, batch)."""
        return tf.matmul(recurrent, d_inner)

    def by_weights(self, d_inner, states):
        """(units, G), from the derivative by all products (G, time * batch) and the states before them (time, batch, units)."""
        return tf.transpose(tf.matmul(d_inner, tf.reshape(states, (-1, states.shape[-1]))))


class _MaskedProduct(_Product):
    """The same with recurrent dropout: each gate reads the state through a mask; `masks` is (gates, units, batch)."""

    def __init__(self, masks):
        self.masks, (self.gates, self.units, _) = masks, masks.shape

    def _by_gate(self, rows):
        return tf.reshape(rows, (self.gates, self.units, -1))

    def rows(self, recurrent):
        return self._by_gate(tf.transpose(recurrent))

    def __call__(self, rows, state):
        return tf.reshape(tf.matmul(rows, self.masks * state), (self.gates * self.units, -1))

    def by_state(self, recurrent, rows, d_inner):
        return tf.reduce_sum(self.masks * tf.matmul(rows, self._by_gate(d_inner), transpose_a=True), 0)

    def by_weights(self, d_inner, states):
        read = states * tf.transpose(self.masks, (0, 2, 1))[:, None]  # (gates, time, batch, units)
        by_gate = tf.matmul(self._by_gate(d_inner), tf.reshape(read, (self.gates, -1, self.units)))
        return tf.transpose(tf.reshape(by_gate, (-1, self.units)))


def _run(
    step: _Step, x, mask, dropout_masks, initial: Tensors, weights: _Weights, activation: _Activation
) -> tuple[tf.Tensor, Tensors]:
    """All timesteps of a layer: (outputs (time, units, batch), last states).

    `x` is (time, batch, features), `mask` (time, 1, batch) or None. Where the mask is False, states and output stay as they are.
    `dropout_masks` (gates, units, batch) scale the hidden state that each gate reads; None without recurrent dropout.
    """
    product = _Product() if dropout_masks is None else _MaskedProduct(dropout_masks)

    @tf.custom_gradient
    def run(x, kernel, recurrent, bias, inner_bias, *initial):
        timesteps, features, (units, batch) = tf.shape(x)[0], x.shape[-1], initial[0].shape
        columns, has_inner_bias = recurrent.shape[-1], inner_bias.shape[0] > 0
        inputs = _unstacked(tf.transpose(x, (0, 2, 1)))
        masks = None if mask is None else _unstacked(mask)
        kernel_rows, recurrent_rows, bias_column = tf.transpose(kernel), product.rows(recurrent), bias[:, None]

        def forward(t, states, outputs, kept):
            projected, inner = tf.matmul(kernel_rows, inputs.read(t)) + bias_column, product(recurrent_rows, states[0])
            new, values = step.forward(projected, inner, states, inner_bias[:, None], activation)
            if masks is not None:
                new = tuple(tf.where(masks.read(t), value, old) for value, old in zip(new, states, strict=True))
            return t + 1, new, outputs.write(t, new[0]), _written(kept, t, values)

        outputs, *kept = (_array(timesteps, (height * units, batch)) for height in (1, *step.kept))
        _, last, outputs, kept = tf.while_loop(
            lambda t, *_: t < timesteps, forward, (tf.constant(0), tuple(initial), outputs, tuple(kept))
        )
        outputs = outputs.stack()

        def gradient(d_outputs, *d_last):
            d_outputs = _unstacked(d_outputs)

            def backward(t, d_states, d_products):
                d_states = (d_states[0] + d_outputs.read(t), *d_states[1:])
                if masks is not None:
                    unchanged = tuple(tf.where(masks.read(t), 0.0, d) for d in d_states)
                    d_states = tuple(d - u for d, u in zip(d_states, unchanged, strict=True))
                d_inner, d_projected, before = step.backward(tuple(array.read(t) for array in kept), d_states, activation)
                through = product.by_state(recurrent, recurrent_rows, d_inner)
                before = (through if before[0] is None else through + before[0], *before[1:])
                if masks is not None:
                    before = tuple(d + u for d, u in zip(before, unchanged, strict=True))
                return t - 1, before, _written(d_products, t, (d_inner, d_projected)[: len(d_products)])

            d_products = tuple(_array(timesteps, (columns, batch)) for _ in range(1 + has_inner_bias))
            _, d_initial, d_products = tf.while_loop(lambda t, *_: t >= 0, backward, (timesteps - 1, tuple(d_last), d_products))
            d_products = [array.stack() for array in d_products]  # each (time, G, batch)
            d_inner, d_projected = (_rows(d_products[0]), _rows(d_products[-1]))  # each (G, time * batch)
            states_before = tf.transpose(tf.concat([initial[0][None], outputs[:-1]], 0), (0, 2, 1))
            d_recurrent = product.by_weights(d_inner, states_before)
            # The larger factor first, as in `_Product`: TensorFlow is faster that way.
            d_kernel = tf.transpose(tf.matmul(d_projected, tf.reshape(x, (-1, features))))
            d_x = tf.transpose(tf.matmul(kernel, d_products[-1]), (0, 2, 1))
            d_inner_bias = tf.reduce_sum(d_inner[columns - inner_bias.shape[0] :], 1)
            return d_x, d_kernel, d_recurrent, tf.reduce_sum(d_projected, 1), d_inner_bias, *d_initial

        return (outputs, *last), gradient

    outputs, *last = run(x, weights.kernel, weights.recurrent, weights.bias, weights.inner_bias, *initial)
    return outputs, tuple(last)


def _array(timesteps, shape: tuple) -> tf.TensorArray:
    return tf.TensorArray(tf.float32, timesteps, element_shape=shape)


def _unstacked(tensor) -> tf.TensorArray:
    return tf.TensorArray(tensor.dtype, tf.shape(tensor)[0], element_shape=tensor.shape[1:]).unstack(tensor)


def _written(arrays: Tensors, t, values: Tensors) -> tuple:
    return tuple(array.write(t, value) for array, value in zip(arrays, values, strict=True))


def _rows(tensor) -> tf.Tensor:
    """(time, rows, batch) -> (rows, time * batch)."""
    return tf.reshape(tf.transpose(tensor, (1, 0, 2)), (tensor.shape[1], -1))


def _dropout_masks(cell, step: _Step, state) -> tf.Tensor:
    """Keras' masks for each gate, which stay the same for all timesteps: (gates, units, batch)."""
    masks = cell.get_recurrent_dropout_mask(state)
    masks = masks if isinstance(masks, list) else [masks]
    return tf.stack([tf.transpose(masks[i]) for i in step.gates])


@cache
def with_own_gradient(keras_class: type) -> type:
    """`keras_class`, a recurrent layer, with its own gradient; itself for a cell that has none here."""
    step = _STEPS.get(keras_class)
    if step is None:
        return keras_class

    class WithOwnGradient(keras_class):
        def inner_loop(self, sequences, initial_state, mask, training=False):
            """(last output, all outputs, last states)."""
            x = tf.transpose(sequences, (1, 0, 2))
            mask = None if mask is None else tf.transpose(mask)[:, None]
            if self.go_backwards:
                x, mask = tf.reverse(x, [0]), None if mask is None else tf.reverse(mask, [0])
            cell = self.cell
            weights = step.weights(*(tf.convert_to_tensor(w) for w in (cell.kernel, cell.recurrent_kernel, cell.bias)))
            initial = tuple(tf.transpose(state) for state in initial_state)
            dropout_masks = _dropout_masks(cell, step, initial_state[0]) if training and self.recurrent_dropout else None
            outputs, last = _run(step, x, mask, dropout_masks, initial, weights, _ACTIVATIONS[cell.activation.__name__])
            states = [tf.transpose(state) for state in last]
            return states[0], tf.transpose(outputs, (2, 0, 1)), states

    WithOwnGradient.__name__ = keras_class.__name__
    return keras.saving.register_keras_serializable("rnn_core")(WithOwnGradient)  # `Bidirectional` copies its layer by name
