"""The digits task's part of the Keras script."""

from pathlib import Path

from rnn_core.settings import Settings
from rnn_core.tasks import published
from rnn_core.tasks.digits import sources
from rnn_core.tasks.digits.dataset import ORDER_SEED, model_io
from rnn_core.tasks.digits.options import DigitsData
from rnn_core.tasks.examples import SPLIT_SEED, cut
from rnn_core.tasks.script import ScriptData, TaskScript, file_name, npz
from rnn_core.tasks.task import Parts


def data(spec: Parts, settings: Settings, folder: Path | None) -> ScriptData:
    """MNIST's size is known before its download."""
    source = spec.data.source
    count = sources.COUNTS.get(source) or len(sources.load(source, settings).train_labels)
    train, held_out = cut(count, spec.data.examples)
    form = sources.FORMATS[source]
    file = file_name(source, "npz", "pictures")
    code = f"""data = np.load("{file}")


def sequences(pictures):
    \"\"\"{_meaning(spec.data, form.side)}\"\"\"
{_reading(spec.data, form.side, form.brightest)}

x, y = sequences(data["x_train"]), data["y_train"]
x_test, y_test = sequences(data["x_test"]), data["y_test"]
# A tenth of the training pictures validates: the same ones for every seed.
order = np.random.default_rng({SPLIT_SEED}).permutation(len(x))
x_val, y_val = x[order[:{len(held_out)}]], y[order[:{len(held_out)}]]
x_train, y_train = x[order[{_rest(spec.data, held_out)}]], y[order[{_rest(spec.data, held_out)}]]"""
    return ScriptData(
        model_io(spec.data, form.side), file, code, min(spec.training.batch_size, len(train)),
        notes=("Validation is a tenth of the training pictures. Courses often validate on the test set; then no data is left for an honest test.",),
    )  # fmt: skip


def _rest(data: DigitsData, held_out) -> str:
    start = len(held_out)
    return f"{start}:{start + data.examples}" if data.examples else f"{start}:"


def _meaning(data: DigitsData, side: int) -> str:
    if data.reading == "pixels":
        return f"From 0 (paper) to 1 (ink): {side * side} timesteps of one pixel."
    return f"From 0 (paper) to 1 (ink): {side} {data.reading}, each a timestep of {side} numbers."


def _reading(data: DigitsData, side: int, brightest: int) -> str:
    """The lines of the function `sequences`."""
    timesteps = side * side if data.reading == "pixels" else side
    lines = []
    if data.reading == "columns":
        lines.append("x = x.transpose(0, 2, 1)")
    elif data.reading == "pixels":
        lines.append(f"x = x.reshape(-1, {timesteps}, 1)")
    if data.shuffled:
        lines.append(f"x = x[:, np.random.default_rng({ORDER_SEED}).permutation({timesteps}){'[::-1]' if data.backwards else ''}]")
    elif data.backwards:
        lines.append("x = x[:, ::-1]")
    return "\n".join(f"    {line}" for line in [f'x = pictures.astype("float32") / {brightest}', *lines, "return x"]) + "\n"


def content(spec: Parts, settings: Settings, folder: Path | None) -> bytes:
    """The published file where the source has one."""
    for published_file in published.data_files(sources.sources(settings).get(spec.data.source), settings):
        return published_file.content
    digits = sources.load(spec.data.source, settings)
    return npz({"x_train": digits.train, "y_train": digits.train_labels, "x_test": digits.test, "y_test": digits.test_labels})


SCRIPT = TaskScript(data, content)
