"""From a spec to a queued run: the one door for pages and the command line."""

from pathlib import Path

from rnn_core.data import corpora, digits, reviews, sources, uploads
from rnn_core.problem import Problem
from rnn_core.runs.store import Store
from rnn_core.settings import Settings
from rnn_core.spec import RunSpec
from rnn_core.tasks import text


def submit(spec: RunSpec, store: Store, settings: Settings, kept_for: int | None = None) -> str:
    """Check a spec against this machine's limits and its data, and queue it. Returns the run's id, or raises `Problem`.

    `kept_for` is the process that will train the run itself, if one will.
    """
    wrong = spec.limit_problems(settings)
    if wrong:
        raise Problem(*wrong)
    label = sources.label(spec.task, spec.data.source, settings)
    run_id = store.new_id()
    _SETTLE[spec.task](spec, settings, store.folder(run_id))
    return store.add(spec, f"{label[:60]} · {spec.title}", run_id, kept_for)


# For each task: refuse data that cannot be trained on, and give the run its own copy of an upload.


def _settle_text(spec: RunSpec, settings: Settings, folder: Path) -> None:
    corpus = corpora.load(spec.data.corpus, spec.data.encoding, settings)
    text.refuse(text.count(corpus.text), spec.data)
    corpora.settle(spec.data.corpus, corpus.text, folder)


def _settle_digits(spec: RunSpec, settings: Settings, folder: Path) -> None:
    digits.load(spec.data.dataset, settings)


def _settle_reviews(spec: RunSpec, settings: Settings, folder: Path) -> None:
    reviews.load(spec.data.dataset, settings)
    if uploads.is_upload(spec.data.dataset):
        (folder / reviews.OWN_REVIEWS).write_bytes(uploads.read(spec.data.dataset, settings))


_SETTLE = {"text": _settle_text, "digits": _settle_digits, "reviews": _settle_reviews}
