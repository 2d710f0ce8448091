"""Ready-made specs, as data: a name, why one would choose it, and the options that it sets."""

from dataclasses import dataclass, field
from typing import Any

from rnn_core.run_spec import RunSpec
from rnn_core.tasks.sources import SOURCE_OPTION


@dataclass(frozen=True)
class Preset:
    label: str
    help: str
    options: dict[str, Any] = field(default_factory=dict)


_COURSE = {"epochs": 3, "batch_size": 32, "learning_rate": 0.001, "schedule": "constant", "clip_norm": 1.0}
_PIXELS = {"units": 64, "reading": "pixels", "epochs": 4, "batch_size": 128, "learning_rate": 0.005}
_REVIEWS = {"epochs": 2, "batch_size": 64, "learning_rate": 0.002}
_CONTRAST = {"cell": "gru", "units": 128, "padding": "after", "length": 400, **_REVIEWS}


def _course(activation: str) -> dict[str, Any]:
    layers = [{"cell": "lstm", "units": 128, "activation": activation, "dropout": dropout} for dropout in (0.2, 0.1)]
    return {"layers": layers, "dense": [{"units": 32, "activation": "relu", "dropout": 0.2}], **_COURSE}


PRESETS: dict[str, dict[str, Preset]] = {
    "text": {
        "quick": Preset("Quick", "A GRU with 128 units: words within seconds.", {}),
        "thorough": Preset(
            "Thorough", "A GRU with 256 units and 12 epochs: the best text for the time.", {"units": 256, "epochs": 12}
        ),
        "two-layers": Preset(
            "Two layers",
            "Two LSTM layers with some dropout: for a corpus of a few megabytes.",
            {"cell": "lstm", "units": 256, "layers": 2, "dropout": 0.2, "epochs": 15, "learning_rate": 0.003},
        ),
        "forgetful": Preset(
            "Forgetful", "A SimpleRNN, to compare: watch where it stops getting better.", {"cell": "rnn", "learning_rate": 0.002}
        ),
    },
    "digits": {
        "quick": Preset(
            "Quick", "A GRU with 64 units: most digits right within ten seconds.",
            {"units": 64, "epochs": 3, "batch_size": 256, "learning_rate": 0.006},
        ),
        "course": Preset(
            "Course (ReLU)", "Two LSTM layers with ReLU and dropout, then a dense layer, as courses show it. ReLU has no upper limit: watch "
            "the loss jump.", _course("relu"),
        ),
        "course-tanh": Preset("Course (tanh)", "The same with tanh, which cuDNN needs on a GPU, and which cannot explode.", _course("tanh")),
        "accurate": Preset(
            "Accurate", "Two LSTM layers, ten epochs and a learning rate that glides down: 99 of 100.",
            {"cell": "lstm", "units": 128, "layers": 2, "dropout": 0.2, "epochs": 10, "batch_size": 128, "learning_rate": 0.003},
        ),
        "forgetful": Preset(
            "Pixels, SimpleRNN", "A SimpleRNN must keep 784 timesteps in mind, and cannot: it stays at guessing.", {"cell": "rnn", **_PIXELS}
        ),
        "gates": Preset("Pixels, GRU", "The same with gates: slowly, over minutes, it gets the better of it.", {"cell": "gru", **_PIXELS}),
    },
    "reviews": {
        "bilstm": Preset(
            "BiLSTM", "One bidirectional LSTM with 64 units: reads from both ends.",
            {"cell": "lstm", "units": 64, "bidirectional": True, **_REVIEWS},
        ),
        "two-bilstm": Preset(
            "Two BiLSTMs", "Two on top of each other. The first hands on its state at every word (`return_sequences`), the second only its last.",
            {"cell": "lstm", "units": 64, "layers": 2, "bidirectional": True, **_REVIEWS},
        ),
        "four-sentences": Preset(
            "Four sentences", "A SimpleRNN on four sentences: it memorises all of them in a second. Add your own.",
            {"dataset": "four-sentences", "cell": "rnn", "units": 128, "embedding": 100, "length": 20, "epochs": 30, "batch_size": 4,
             "learning_rate": 0.001, "schedule": "constant"},
        ),
        "unmasked": Preset(
            "Masking off", "A GRU reads hundreds of empty places after the text, and forgets what it read.", {**_CONTRAST, "masking": False}
        ),
        "masked": Preset("Masking on", "The same, but the empty places are skipped.", _CONTRAST),
        "accurate": Preset(
            "Accurate", "A bidirectional GRU whose maximum over all words decides; up to 400 words of each review.",
            {"cell": "gru", "units": 64, "bidirectional": True, "read_out": "max", "dropout": 0.5, "vocabulary": 20_000, "length": 400,
             "epochs": 3, "batch_size": 128, "learning_rate": 0.004},
        ),
    },
}  # fmt: skip


_MOST_EPOCHS = 60
_FEWEST_STEPS = 300  # of a whole run; with fewer, nothing is learnt


def fitted(spec: RunSpec, examples: int) -> RunSpec:
    """The spec with smaller batches and more epochs where there are so few examples that it would make too few steps."""
    if not examples:
        return spec
    examples, batch = min(examples, spec.data.examples or examples), spec.training.batch_size
    if examples // min(batch, examples) * spec.training.epochs >= _FEWEST_STEPS:
        return spec
    while batch > 4 and examples // batch < 30:
        batch //= 2
    steps = max(1, examples // batch)
    return spec.changed(batch_size=batch, epochs=max(spec.training.epochs, min(_MOST_EPOCHS, -(-_FEWEST_STEPS // steps))))


def first(task: str) -> str:
    """The preset that a page begins with."""
    return next(iter(PRESETS[task]))


def spec_of(task: str, preset: str | None = None, available: int = 0, **options) -> RunSpec:
    """The preset's spec with `options` on top; the data, too, unless the preset is about data of its own.

    `available` is how many examples there are to train on, if that is known: see `fitted`.
    """
    chosen = PRESETS[task][preset or first(task)].options
    if SOURCE_OPTION[task] in chosen:
        return RunSpec.from_options(task, **chosen).changed(
            **{name: value for name, value in options.items() if name != SOURCE_OPTION[task]}
        )
    data = {SOURCE_OPTION[task]: options.pop(SOURCE_OPTION[task])} if SOURCE_OPTION[task] in options else {}
    return fitted(RunSpec.from_options(task, **chosen).changed(**data), available).changed(**options)
