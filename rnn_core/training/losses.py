"""The loss and the metrics of each kind of output: one number per prediction."""

from collections.abc import Callable

from rnn_core.spec.model_io import Binary, Classes, NextToken, Output, Values
from rnn_core.training.tf_import import tf

MetricTensors = dict[str, tf.Tensor]  # by the metric's name, each with one number per prediction


def _of_classes(kind, outputs, targets) -> MetricTensors:
    targets = tf.cast(targets, tf.int32)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, outputs)
    return {"loss": losses, "accuracy": _correct(tf.argmax(outputs, -1, tf.int32), targets)}


def _of_next_token(kind, outputs, targets) -> MetricTensors:
    return {"loss": tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(targets, tf.int32), outputs)}


def _of_binary(kind, outputs, targets) -> MetricTensors:
    targets, logit = tf.cast(targets, tf.int32), outputs[..., 0]
    losses = tf.nn.sigmoid_cross_entropy_with_logits(tf.cast(targets, tf.float32), logit)
    return {"loss": losses, "accuracy": _correct(tf.cast(logit > 0, tf.int32), targets)}


def _of_values(kind, outputs, targets) -> MetricTensors:
    difference = outputs - tf.reshape(tf.cast(targets, tf.float32), tf.shape(outputs))
    error = tf.abs(difference)
    # Huber (1964), with its quadratic part up to an error of 1.
    return {"loss": tf.where(error < 1, tf.square(error) / 2, error - 0.5) if kind.huber else tf.square(difference), "error": error}


def _correct(guesses, targets) -> tf.Tensor:
    return tf.cast(guesses == targets, tf.float32)


_KINDS: dict[type, Callable[[Output, tf.Tensor, tf.Tensor], MetricTensors]] = {
    NextToken: _of_next_token,
    Classes: _of_classes,
    Binary: _of_binary,
    Values: _of_values,
}


def metrics(kind: Output, outputs, targets) -> list[tf.Tensor]:
    """The metrics in `kind.metrics`, in that order, from logits or values (..., units) and targets (...)."""
    tensors = _KINDS[type(kind)](kind, outputs, targets)
    return [tensors[name] for name in kind.metrics]
