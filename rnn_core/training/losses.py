"""The loss and the metrics of each kind of output, a number a prediction."""

from collections.abc import Callable

from rnn_core.spec.model_io import Binary, Classes, NextToken, Output, Values
from rnn_core.training.tf_import import tf

Measured = dict[str, tf.Tensor]  # by the metric's name, each with one number a prediction


def _of_classes(outputs, targets) -> Measured:
    targets = tf.cast(targets, tf.int32)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, outputs)
    return {"loss": losses, "accuracy": _right(tf.argmax(outputs, -1, tf.int32), targets)}


def _of_next_token(outputs, targets) -> Measured:
    return {"loss": tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(targets, tf.int32), outputs)}


def _binary(outputs, targets) -> Measured:
    targets, logit = tf.cast(targets, tf.int32), outputs[..., 0]
    losses = tf.nn.sigmoid_cross_entropy_with_logits(tf.cast(targets, tf.float32), logit)
    return {"loss": losses, "accuracy": _right(tf.cast(logit > 0, tf.int32), targets)}


def _of_values(outputs, targets) -> Measured:
    difference = outputs - tf.reshape(tf.cast(targets, tf.float32), tf.shape(outputs))
    return {"loss": tf.square(difference), "error": tf.abs(difference)}


def _right(guesses, targets) -> tf.Tensor:
    return tf.cast(guesses == targets, tf.float32)


_KINDS: dict[type, Callable[[tf.Tensor, tf.Tensor], Measured]] = {
    NextToken: _of_next_token,
    Classes: _of_classes,
    Binary: _binary,
    Values: _of_values,
}


def measured(kind: Output, outputs, targets) -> list[tf.Tensor]:
    """The metrics that `kind.metrics` names, in that order, from outputs (..., units) and targets."""
    found = _KINDS[type(kind)](outputs, targets)
    return [found[name] for name in kind.metrics]
