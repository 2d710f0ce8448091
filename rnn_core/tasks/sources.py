"""Where the data of every task can come from."""

from collections.abc import Mapping

from rnn_core.data import uploads
from rnn_core.errors import UserError
from rnn_core.settings import Settings
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.reviews import sources as reviews
from rnn_core.tasks.text import corpora

SOURCES = {"text": corpora.sources, "digits": digits.sources, "reviews": reviews.sources}
SOURCE_OPTION = {"text": "corpus", "digits": "dataset", "reviews": "dataset"}  # what a spec calls it


def default(task: str, settings: Settings) -> str:
    """The first that is here without a download: real data before bundled data."""
    return next(source.name for source in SOURCES[task](settings).values() if source.read)


def examples(task: str, name: str, settings: Settings) -> int:
    """How many examples there are to train and validate with; 0 for text, which has none, and for data that is not here."""
    try:
        if task == "digits":
            return len(digits.load(name, settings).train_labels)
        return len(reviews.load(name, settings).train) if task == "reviews" else 0
    except UserError:
        return 0


def label(task: str, name: str, settings: Settings, own: Mapping[str, str]) -> str:
    """What people call it. `own` holds a person's labels of their uploads."""
    source = SOURCES[task](settings).get(name)
    if source or not uploads.is_upload(name):
        return source.label if source else name
    return own.get(name) or uploads.old_label(name, settings)
