"""The trainer: a model, its optimizer, and the compiled functions that train and measure on one batch."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from rnn_core.run_spec import RunSpec
from rnn_core.spec.model import ModelSpec
from rnn_core.spec.model_io import ModelIO, Tokens
from rnn_core.training import losses
from rnn_core.training.build import build, optimizer, set_weights, weights_of
from rnn_core.training.execution import AS_KERAS, Execution, planned
from rnn_core.training.tf_import import tf

_MOST_TRAINERS = 6  # that a process remembers ...
_MOST_PARAMETERS = 2_000_000  # ... each of a network up to this size: 24 MB with Adam's two moments


def execution_here(model: ModelSpec, threads: int) -> Execution:
    """How a new run is computed in this process. On a GPU, Keras' layers use cuDNN, which is faster than any loop."""
    plan = planned(model, threads)
    return replace(plan, parts=1, own_gradient=False) if tf.config.list_physical_devices("GPU") else plan


class Trainer:
    """The model, its optimizer and two compiled functions, `train_step` and `measure`. XLA is off: on a CPU it slows recurrent layers."""

    def __init__(self, spec: RunSpec, model_io: ModelIO, execution: Execution = AS_KERAS):
        tf.config.experimental.enable_op_determinism()  # same spec, same seed, same losses; measured to cost nothing here
        self.model_io, self.execution = model_io, execution
        self.built = build(spec.model, model_io, spec.seed, execution.own_gradient)
        self.optimizer = optimizer(spec.training)
        self.optimizer.build(self.built.with_state.trainable_variables)
        self.train_step, self.measure = self._compiled(self._train_step), self._compiled(self._measure)

    def restart(self, spec: RunSpec) -> None:
        """Become what `Trainer` makes of this spec, which may differ in the seed; what is compiled stays."""
        new = Trainer(spec, self.model_io, self.execution)
        self.restore(new.weights(), new.state())

    def _compiled(self, function):
        """A TensorFlow graph for each number of rows, which must be known to cut a batch into parts; each serves batches of any length.

        Otherwise TensorFlow would build another graph for every length, and building takes up to seconds. A graph of unknown length
        is as fast and computes the same bits.
        """
        graph, built = tf.function(function, autograph=False, jit_compile=False), set()

        def of_any_length(inputs, targets, states):
            if len(inputs) not in built:
                timesteps = None if self.model_io.per_timestep else self.model_io.timesteps
                shapes = [
                    (len(inputs), timesteps, *inputs.shape[2:]),
                    (len(targets), None) if self.model_io.per_timestep else targets.shape,
                ]
                arrays = [tf.TensorSpec(shape, array.dtype) for shape, array in zip(shapes, (inputs, targets), strict=True)]
                graph.get_concrete_function(*arrays, [tf.TensorSpec(state.shape, state.dtype) for state in states])
                built.add(len(inputs))
            return graph(inputs, targets, states)

        return of_any_length

    def zero_states(self, batch: int) -> list[tf.Tensor]:
        """Of shape (batch, units) each."""
        return [tf.zeros((batch, units)) for units in self.built.state_units]

    def _forward(self, inputs, targets, states, training: bool):
        """(metrics with one number per prediction, outputs, states), computed side by side for each part of the batch."""
        rows, count = inputs.shape[0], min(self.execution.parts, inputs.shape[0])
        edges = [rows * i // count for i in range(count + 1)]
        parts = [slice(*edge) for edge in pairwise(edges)]
        results = [self._forward_part(inputs[part], targets[part], [s[part] for s in states], training) for part in parts]
        metrics, outputs, states = zip(*results, strict=True)
        return _joined(metrics), tf.concat(outputs, 0), _joined(states)

    def _forward_part(self, inputs, targets, states, training: bool):
        inputs = tf.cast(inputs, tf.int32 if isinstance(self.model_io.input, Tokens) else tf.float32)
        outputs, *states = _as_list(self.built.with_state([inputs, *states] if states else inputs, training=training))
        return losses.metrics(self.model_io.output, outputs, targets), outputs, states

    def _train_step(self, inputs, targets, states):
        """One step of (truncated) BPTT: the states are inputs, so gradients end at the start of this batch.

        Returns the means of the metrics, with the norm of the whole gradient before clipping behind them, and the states.
        """
        with tf.GradientTape() as tape:
            metrics, _, states = self._forward(inputs, targets, states, training=True)
            means = [tf.reduce_mean(metric) for metric in metrics]
        variables = self.built.with_state.trainable_variables
        gradients = tape.gradient(means[0], variables)
        # Keras would convert the embedding's gradient to a dense tensor twice.
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
        self.optimizer.apply(gradients, variables)
        return tf.stack([*means, _norm(gradients)]), states

    def _measure(self, inputs, targets, states):
        metrics, outputs, states = self._forward(inputs, targets, states, training=False)
        return tf.stack([tf.reduce_sum(metric) for metric in metrics]), outputs, states

    @property
    def seed_states(self) -> list:
        """The variables of dropout's random number generators."""
        return self.built.with_state.non_trainable_variables

    def _other_variables(self) -> list:
        """Variables that training changes besides the weights: those of the optimizer and of dropout."""
        return [*self.optimizer.variables, *self.seed_states]

    def weights(self) -> dict[str, np.ndarray]:
        return weights_of(self.built.plain)

    def set_weights(self, weights: dict[str, np.ndarray]) -> None:
        set_weights(self.built.plain, weights)

    def state(self) -> dict[str, np.ndarray]:
        return {f"variable{i}": np.array(variable) for i, variable in enumerate(self._other_variables())}

    def restore(self, weights: dict[str, np.ndarray], state: dict[str, np.ndarray]) -> None:
        self.set_weights(weights)
        for i, variable in enumerate(self._other_variables()):
            variable.assign(state[f"variable{i}"])


def _norm(gradients: list) -> tf.Tensor:
    """Of all gradients together. With clipping, TensorFlow computes it once: these are the operations of Keras' `global_clipnorm`."""
    return tf.sqrt(tf.reduce_sum(tf.stack([tf.reduce_sum(tf.square(gradient)) for gradient in gradients])))


def _joined(parts) -> list[tf.Tensor]:
    """Lists of tensors of the parts of a batch -> their tensors of the whole batch."""
    return [tf.concat(tensors, 0) for tensors in zip(*parts, strict=True)]


def _as_list(outputs) -> list:
    return outputs if isinstance(outputs, list) else [outputs]


class Trainers:
    """The trainers of small networks that this process made last: another run of the same network starts without compiling it."""

    def __init__(self):
        self._trainers: dict[tuple, Trainer] = {}  # in the order of their last use

    def get(self, spec: RunSpec, model_io: ModelIO, execution: Execution) -> Trainer:
        """A trainer at the start of this spec. It may have served an earlier run, which then cannot use it any longer."""
        key = (spec.model, spec.training.optimizer, spec.training.clip_norm, model_io, execution)
        trainer = self._trainers.pop(key, None)
        if trainer:
            trainer.restart(spec)
        else:
            trainer = Trainer(spec, model_io, execution)
        if trainer.built.plain.count_params() <= _MOST_PARAMETERS:
            self._trainers[key] = trainer
            for oldest in list(self._trainers)[:-_MOST_TRAINERS]:
                del self._trainers[oldest]
        return trainer
