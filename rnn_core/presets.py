"""From a preset to a spec, fitted to the amount of data."""

from rnn_core.run_spec import RunSpec, options_of
from rnn_core.spec.option import with_current_names
from rnn_core.tasks.task import task_of

_MOST_EPOCHS = 60
_FEWEST_STEPS = 300  # of a whole run; fewer are too few to learn from


def fit_to_data(spec: RunSpec, examples: int) -> RunSpec:
    """The spec with smaller batches and more epochs if so few examples would give too few steps."""
    if not examples:
        return spec
    examples, batch = min(examples, spec.data.examples or examples), spec.training.batch_size
    if examples // min(batch, examples) * spec.training.epochs >= _FEWEST_STEPS:
        return spec
    while batch > 4 and examples // batch < 30:
        batch //= 2
    steps = max(1, examples // batch)
    return spec.changed(batch_size=batch, epochs=max(spec.training.epochs, min(_MOST_EPOCHS, -(-_FEWEST_STEPS // steps))))


def first_preset(task: str) -> str:
    """The name of the preset that a page starts with."""
    return next(iter(task_of(task).presets))


def spec_of(task: str, preset: str | None = None, available: int = 0, **options) -> RunSpec:
    """The preset's spec with `options`, including the source of data and what names something in it, unless the preset sets a source.

    `available` is the number of training examples, 0 if unknown; see `fit_to_data`.
    """
    chosen, options = task_of(task).presets[preset or first_preset(task)].options, with_current_names(options, options_of(task))
    if "source" in chosen:
        of_source = {"source", *(name for name, option in options_of(task).items() if option.of_source)}
        return RunSpec.from_options(task, **chosen).changed(**{name: v for name, v in options.items() if name not in of_source})
    data = {"source": options.pop("source")} if "source" in options else {}
    return fit_to_data(RunSpec.from_options(task, **chosen).changed(**data), available).changed(**options)
