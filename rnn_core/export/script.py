"""The Keras script of a spec: complete, short enough to read in class, and with the losses of the run that the spec would make.

`script` reads the data, whose sizes are in the script; `compose` writes it from what a task has said about its data.
"""

import textwrap
from dataclasses import dataclass
from pathlib import Path

from rnn_core.export.script_network import (
    MASKED_MAXIMUM,
    NO_REGULARIZER,
    Layer,
    added_cells,
    first_made,
    has_masked_maximum,
    layers_of,
)
from rnn_core.run_spec import RunSpec
from rnn_core.settings import Settings
from rnn_core.spec.model_io import Binary, Classes, Tokens, Values
from rnn_core.spec.training import COSINE_END
from rnn_core.tasks.generic_script import generic_script
from rnn_core.tasks.script import ScriptData, TaskScript
from rnn_core.tasks.task import task_of

_AT_ONCE = 500  # examples in a batch of validation and test
_OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}


@dataclass(frozen=True)
class Script:
    name: str  # without an ending
    source: str
    notes: tuple[str, ...]  # where the script differs from the usual one, and from RNN Lab
    layers: tuple[Layer, ...]  # the rows of `model.summary()`
    file: str  # name of the data file, which must be beside the script


def script(spec: RunSpec, settings: Settings, folder: Path | None = None) -> Script:
    """The script of a spec; `folder` is that of a run, with its copy of uploads. Raises `UserError` for data that is not here."""
    return compose(spec, data_of(spec, settings, folder))


def data_of(spec: RunSpec, settings: Settings, folder: Path | None = None) -> ScriptData:
    """What the script says about its data, which only the data section and the batch size of a spec decide. Raises `UserError`."""
    return _task_script(spec).data(spec, settings, folder)


def content_of(spec: RunSpec, settings: Settings, folder: Path | None = None) -> bytes:
    """The content of the file that the script reads. Raises `UserError` for data that is not here."""
    return _task_script(spec).content(spec, settings, folder)


def _task_script(spec: RunSpec) -> TaskScript:
    task = task_of(spec.task)
    return task.script or generic_script(task)


def compose(spec: RunSpec, data: ScriptData) -> Script:
    """The script from the spec and what its task says about the data."""
    carries = data.model_io.carries_state
    sections = [
        _opening(spec, data),
        _settings(spec, data),
        f"## Data\n{data.code}",
        _network(spec, data),
        _training_with_state(spec, data) if carries else _training(spec, data),
        "" if carries else _test(data),
        data.use or _use(data),
    ]
    text = "\n\n".join(section.strip("\n") for section in sections if section) + "\n"
    return Script(spec.task, _spaced(text), tuple(_notes(spec, data)), tuple(layers_of(spec.model, data.model_io)), data.file)


def _opening(spec: RunSpec, data: ScriptData) -> str:
    about = textwrap.fill(task_of(spec.task).about, 72)
    added = [f"from {module} import {name}" for module, name in added_cells(spec.model)]
    lines = ["import numpy as np", "from keras import layers", *filter(None, [data.imports]), *added]
    standard = f"{data.standard}\n\n" if data.standard else ""
    return (
        f'"""{about}\n\nFor Keras 3 with TensorFlow. Needs {data.file} in the same folder.\n"""\n\n{standard}import keras\n'
        + "\n".join(lines)
    )


def _settings(spec: RunSpec, data: ScriptData) -> str:
    few = "" if data.batch == spec.training.batch_size else "  # more do not fit this little data"
    return f"## Settings\nseed = {spec.seed}\nepochs = {spec.training.epochs}\nbatch_size = {data.batch}{few}\n{data.settings}"


def _network(spec: RunSpec, data: ScriptData) -> str:
    model_io = data.model_io
    made = layers_of(spec.model, model_io)
    head = made[-first_made(spec.model, model_io) :]
    rest = made[: -len(head)]
    lines = ["# Made first, as in RNN Lab: layers draw their weights in this order."]
    if isinstance(model_io.input, Tokens):
        arguments = rest[0].code.removeprefix("layers.Embedding(").removesuffix(")")
        lines += [
            "# The regularizer of 0 keeps the gradient of the embedding whole.",
            f"embedding = layers.Embedding(\n    {arguments}\n)",
        ]
    if len(head) == 1:
        lines.append(f"head = [{head[0].code}]")
    else:
        lines += ["head = [", *(f"    {layer.code}," for layer in head), "]"]
    codes = ["embedding" if code.startswith("layers.Embedding(") else code for code in (layer.code for layer in rest)]
    model = [f"    {code}," for code in (_input(data), *codes, "*head")]
    masked = f"{MASKED_MAXIMUM}\n\n\n" if has_masked_maximum(spec.model, model_io) else ""
    if model_io.carries_state:
        body = ["keras.utils.set_random_seed(seed)", *lines, "return keras.Sequential([", *model, "])"]
        return (
            f"## Network\n{masked}def network(streams):\n"
            + textwrap.indent("\n".join(body), "    ")
            + "\n\n\nmodel = network(batch_size)\nmodel.summary()"
        )
    return "\n".join(
        [
            f"## Network\n{masked}keras.utils.set_random_seed(seed)",
            *lines,
            "model = keras.Sequential([",
            *model,
            "])",
            "model.summary()",
        ]
    )


def _input(data: ScriptData) -> str:
    model_io = data.model_io
    if model_io.carries_state:
        shape = "batch_shape=(streams, None)"
        return (
            f'keras.Input({shape}, dtype="int32")'
            if isinstance(model_io.input, Tokens)
            else f"keras.Input(batch_shape=(streams, None, {model_io.input.features}))"
        )
    if isinstance(model_io.input, Tokens):
        return f'keras.Input(({model_io.timesteps},), dtype="int32")'
    return f"keras.Input(({model_io.timesteps}, {model_io.input.features}))"


def _loss(data: ScriptData) -> str:
    output = data.model_io.output
    if isinstance(output, Values):
        return "keras.losses.Huber()" if output.huber else "keras.losses.MeanSquaredError()"
    return f"keras.losses.{'Binary' if isinstance(output, Binary) else 'SparseCategorical'}Crossentropy(from_logits=True)"


def _metrics(data: ScriptData) -> str:
    match data.model_io.output:
        case Classes():
            return '"accuracy"'
        case Binary():
            return "keras.metrics.BinaryAccuracy(threshold=0)"
        case Values():
            return '"mae"'
        case _:
            return ""


def _rate(spec: RunSpec) -> str:
    rate = f"{spec.training.learning_rate:g}"
    if spec.training.schedule == "constant":
        return f"rate = {rate}"
    return f"# Falls along half a cosine, to {COSINE_END:.0%} at the end.\nrate = keras.optimizers.schedules.CosineDecay({rate}, epochs * steps, alpha={COSINE_END:g})"


def _optimizer(spec: RunSpec) -> str:
    clip = f", global_clipnorm={spec.training.clip_norm:g}" if spec.training.clip_norm else ""
    return f"keras.optimizers.{_OPTIMIZERS[spec.training.optimizer]}(rate{clip})"


_NO_XLA = "jit_compile=False,  # faster on a CPU"


def _training(spec: RunSpec, data: ScriptData) -> str:
    metrics = _metrics(data)
    patience = spec.training.patience
    best = f"keras.callbacks.EarlyStopping(patience={patience or 'epochs'}, restore_best_weights=True)"
    validation = f"""
    validation_data=(x_val, y_val),
    validation_batch_size={_AT_ONCE},
    callbacks=[{best}],""" if data.validates else ""  # fmt: skip
    of_best = "# The weights of the epoch with the lowest validation loss are kept.\n" if data.validates else ""
    return f'''## Training
steps = len(x_train) // batch_size  # of an epoch: full batches alone
{_rate(spec)}
model.compile(
    {_optimizer(spec)},
    loss={_loss(data)},
{f"    metrics=[{metrics}],{chr(10)}" if metrics else ""}    {_NO_XLA}
)


def batches():
    """All batches of the run; each epoch has another order."""
    for epoch in range(epochs):
        random = np.random.default_rng([seed, epoch])
{textwrap.indent(data.order, "        ")}
        for start in range(0, steps * batch_size, batch_size):
            rows = order[start : start + batch_size]
            yield x_train[rows], y_train[rows]


{of_best}model.fit(
    batches(),
    steps_per_epoch=steps,
    epochs=epochs,{validation}
)'''


def _training_with_state(spec: RunSpec, data: ScriptData) -> str:
    patience = spec.training.patience
    stop = f"""
    elif epoch - best_epoch >= {patience}:
        break""" if patience else ""  # fmt: skip
    best = (
        "best, best_epoch, weights = val_loss, epoch, model.get_weights()"
        if patience
        else "best, weights = val_loss, model.get_weights()"
    )
    return f'''## Training
steps = len(training(0))  # of an epoch
{_rate(spec)}
loss = {_loss(data)}
model.compile(
    {_optimizer(spec)},
    loss=loss,
    {_NO_XLA}
)
reader = network(len(validation[0][0]))  # as many streams as in validation
reader.compile(loss=loss, jit_compile=False)


def read(model, windows, step):
    """Read a text once. States start at zero, and are carried from window to window."""
    for layer in model.layers:
        if isinstance(layer, layers.RNN):
            layer.reset_states()
    losses = [step(x, y) for x, y in windows]
    return np.average(losses, weights=[y.size for _, y in windows])


best = np.inf
for epoch in range(epochs):
    train_loss = read(model, training(epoch), model.train_on_batch)
    reader.set_weights(model.get_weights())
    val_loss = read(reader, validation, reader.test_on_batch)
    print(f"epoch {{epoch + 1}}: loss {{train_loss:.4f}}, validation {{val_loss:.4f}}")
    if val_loss < best:
        {best}{stop}'''


def _test(data: ScriptData) -> str:
    if not data.tests:
        return ""
    return f"## Test\n# Once, at the end: choose settings by the validation loss.\nprint(model.evaluate(x_test, y_test, batch_size={_AT_ONCE}, return_dict=True))"


def _use(data: ScriptData) -> str:
    x = "x_test" if data.tests else "x_train"
    match data.model_io.output:
        case Classes():
            return f"## Probabilities\nprint(keras.ops.softmax(model({x}[:1])))"
        case Binary():
            return f"## Probabilities\nprint(keras.ops.sigmoid(model({x}[:5])))"
        case _:
            return ""


def _spaced(text: str) -> str:
    """Without blank lines more than two in a row, and blanks at the ends of lines."""
    lines = [line.rstrip() for line in text.split("\n")]
    return "\n".join(line for i, line in enumerate(lines) if line or any(lines[max(0, i - 2) : i]))


def _notes(spec: RunSpec, data: ScriptData):
    """Where the script differs from the one that courses show, and from what RNN Lab computes."""
    model_io, training = data.model_io, spec.training
    yield from data.notes
    if model_io.carries_state:
        yield "States are carried from batch to batch: `stateful=True`, with the batches in order. Each epoch starts with states of zero."
    if not isinstance(model_io.output, Values):
        kind = "sigmoid" if isinstance(model_io.output, Binary) else "softmax"
        yield f'The last layer gives logits, and the loss applies {kind} itself (`from_logits=True`), which is more exact. Courses often write `activation="{kind}"`.'
    if training.schedule == "cosine":
        yield "The learning rate falls along half a cosine. Most courses keep it constant, as Learning-rate schedule can here."
    if training.clip_norm:
        yield "`global_clipnorm` scales all gradients together. The better known `clipnorm` would clip each weight array by itself."
    if isinstance(model_io.input, Tokens):
        yield (
            f"`embeddings_regularizer={NO_REGULARIZER}` adds nothing to the loss. Without it, Keras handles the gradient of the embedding token by "
            "token, not summed up, and `global_clipnorm` clips by another norm."
        )
    if isinstance(model_io.input, Tokens) and model_io.input.masked:
        yield "`use_cudnn=False`: on a GPU, cuDNN's kernel refuses a mask whose empty places come first."
        if has_masked_maximum(spec.model, model_io):
            yield "`GlobalMaxPooling1D` knows no mask, so the maximum over the words is a small extra layer."
    if any(layer.dropout or layer.recurrent_dropout for layer in spec.model.layers) or any(
        dense.dropout for dense in spec.model.dense
    ):
        yield "Dropout draws other random numbers than in RNN Lab, which computes a batch in parts on several cores: losses are close, not equal."
    for module, name in added_cells(spec.model):
        yield f"{name} is no cell of Keras: the script imports it from {module}, which must be there."
