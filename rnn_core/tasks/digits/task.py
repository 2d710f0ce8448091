"""The digits task: a network reads a handwritten digit row by row and names it."""

from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from rnn_core.errors import UserError
from rnn_core.estimate import Work
from rnn_core.settings import Settings
from rnn_core.tasks import published
from rnn_core.tasks.digits import elsewhere, references, sources
from rnn_core.tasks.digits.dataset import DigitsDataset, model_io
from rnn_core.tasks.digits.options import DigitsData
from rnn_core.tasks.digits.presets import PRESETS
from rnn_core.tasks.digits.script import SCRIPT
from rnn_core.tasks.task import DataCheck, Parts, Task


def work(dataset: DigitsDataset) -> Work:
    """The work of an epoch."""
    megabytes = 1.4 * sum(part.nbytes for part in (dataset.digits.train, dataset.digits.test)) / 1e6
    return Work.of(dataset, megabytes)


def _examples(source: str, settings: Settings) -> int:
    try:
        return len(sources.load(source, settings).train_labels)
    except UserError:  # the data must be downloaded first
        return 0


def _dataset(spec: Parts, folder: Path, settings: Settings, resuming: bool) -> DigitsDataset:
    return DigitsDataset(spec, sources.load(spec.data.source, settings))


def _import_files(names: list[str], known_names: Iterable[str], settings: Settings, encoding: str) -> NoReturn:
    raise UserError(
        f"There is no data called {names[0]!r} here, and digits cannot be read from files. Data known by name: {', '.join(known_names)}. "
        "To use your own mnist.npz, set RNN_DATA_DIR to its folder."
    )


TASK = Task(
    name="digits",
    item="picture",
    about="A network reads a handwritten digit row by row, like the words of a sentence, and predicts which digit it is.",
    data=DigitsData,
    example="example-digits",
    presets=PRESETS,
    sources=sources.sources,
    examples=_examples,
    check=lambda spec, settings, folder: DataCheck(work(DigitsDataset(spec, sources.load(spec.data.source, settings))), {}),
    model_io=lambda spec, folder: model_io(spec.data, sources.FORMATS[spec.data.source].side),
    dataset=_dataset,
    import_files=_import_files,
    elsewhere=elsewhere.ELSEWHERE,
    references=references.of_run,
    data_files=lambda spec, folder, settings: published.data_files(sources.sources(settings).get(spec.data.source), settings),
    script=SCRIPT,
)
