"""The reviews task: a network reads a review word by word and classifies it as positive or negative."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from rnn_core.data import files, labelled, uploads
from rnn_core.errors import UserError
from rnn_core.estimate import Work
from rnn_core.settings import Settings
from rnn_core.spec.model_io import Tokens
from rnn_core.tasks import published, tokenizer
from rnn_core.tasks.reviews import elsewhere, references, sources
from rnn_core.tasks.reviews.dataset import ReviewsDataset, model_io
from rnn_core.tasks.reviews.options import ReviewsData
from rnn_core.tasks.reviews.presets import PRESETS
from rnn_core.tasks.reviews.script import SCRIPT
from rnn_core.tasks.task import DataCheck, DataFile, ImportedData, Parts, Task


def work(dataset: ReviewsDataset) -> Work:
    """The work of an epoch."""
    ranks = len(dataset.reviews.train.ranks) + len(dataset.reviews.test.ranks)
    return Work.of(dataset, 12 * ranks / 1e6)


def _examples(source: str, settings: Settings) -> int:
    try:
        return len(sources.load(source, settings).train)
    except UserError:  # the data must be downloaded first
        return 0


def _check(spec: Parts, settings: Settings, folder: Path | None) -> DataCheck:
    name = spec.data.source
    needed = work(ReviewsDataset(spec, sources.load(name, settings, folder)))
    own = folder and folder / sources.OWN_REVIEWS
    return DataCheck(needed, {sources.OWN_REVIEWS: uploads.read(name, settings, own)} if uploads.is_upload(name) else {})


def _dataset(spec: Parts, folder: Path | None, settings: Settings, resuming: bool) -> ReviewsDataset:
    dataset = ReviewsDataset(
        spec, sources.load(spec.data.source, settings, folder), tokenizer.read(folder)[0] if resuming else None
    )
    if folder:
        tokenizer.save(folder, dataset.vocabulary, names=dataset.reviews.names)
    return dataset


def _data_files(spec: Parts, folder: Path, settings: Settings) -> Iterator[DataFile]:
    name = spec.data.source
    if uploads.is_upload(name):
        yield DataFile(uploads.read(name, settings, folder / sources.OWN_REVIEWS), sources.OWN_REVIEWS, own=True)
    else:
        yield from published.data_files(sources.sources(settings).get(name), settings)


def _import_files(names: list[str], known_names: Iterable[str], settings: Settings, encoding: str) -> ImportedData:
    from rnn_core.data import csv_file  # imports pandas, which training does not need

    (name, raw), *others = files.read(names, known_names)
    if others:
        raise UserError(f"{names[0]} is a folder. Name one file, with a column of texts and a column of labels.")
    try:
        table = csv_file.read_csv(raw)
        own, notes = labelled.from_table(table, *labelled.guess(table))
    except UserError as error:
        raise UserError(f"{name} cannot be used.", *error.sentences) from None
    upload = uploads.save(labelled.to_bytes(own), settings)
    return ImportedData({"source": upload}, name, (*notes, *sources.repeat_notes(sources.load(upload, settings))))


def _baseline(dataset: ReviewsDataset, logits: np.ndarray, stop_wanted: Callable[[], bool]) -> dict[str, float]:
    """The test accuracies of the baseline, if there is a test set."""
    from rnn_core.tasks.reviews import baseline  # imports scikit-learn and SciPy, which training does not need

    return baseline.test_accuracies(dataset, logits, stop_wanted) if len(dataset.reviews.test) else {}


TASK = Task(
    name="reviews",
    item="review",
    about="A network reads a review word by word and decides whether it is positive or negative.",
    data=ReviewsData,
    input=Tokens,
    example="example-reviews",
    presets=PRESETS,
    sources=sources.sources,
    examples=_examples,
    check=_check,
    model_io=lambda spec, folder: model_io(len(tokenizer.read(folder)[0].words), spec.data),
    dataset=_dataset,
    run_files=(tokenizer.VOCABULARY,),
    data_files=_data_files,
    import_files=_import_files,
    baseline=_baseline,
    elsewhere=elsewhere.ELSEWHERE,
    references=references.of_run,
    rivals={"accuracy": {"bag of words (test)": "counting_accuracy"}},
    script=SCRIPT,
)
