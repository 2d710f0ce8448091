"""What the most frequent label and a bag of words reach on the part that validates, and published numbers for IMDB."""

from pathlib import Path

import numpy as np

from rnn_core.settings import Settings
from rnn_core.tasks.reference import Reference, most_frequent
from rnn_core.tasks.reviews import sources
from rnn_core.tasks.reviews.dataset import ReviewsDataset
from rnn_core.tasks.task import Parts

_PUBLISHED = (
    Reference("Keras' example, BiLSTM 2 × 64", "accuracy", 0.843, "Test set, after 2 epochs: keras.io, Bidirectional LSTM on IMDB.", published=True),
    Reference("NBSVM", "accuracy", 0.912, "Test set, a linear model of words and pairs of words: Wang and Manning 2012.", published=True),
    Reference("the best recurrent network", "accuracy", 0.957, "Test set, with more reviews that have no label: Sachan et al. 2019.", published=True),
)  # fmt: skip


def of_run(spec: Parts, folder: Path, settings: Settings) -> list[Reference]:
    """Raises `UserError` where the reviews are gone."""
    from rnn_core.tasks.reviews import baseline  # imports scikit-learn, which training does not need

    dataset = ReviewsDataset(spec, sources.load(spec.data.source, settings, folder))
    published, labels = list(_PUBLISHED) if spec.data.source == "imdb" else [], np.asarray(dataset.reviews.train.labels)
    held_out = labels[dataset.held_out]
    if not len(held_out):
        return published
    how = "Logistic regression on how often each word occurs, without their order; its strength is chosen by these reviews."
    return [
        most_frequent("label", labels[dataset.train], held_out),
        Reference("a bag of words", "accuracy", baseline.validation_accuracy(dataset), how),
        *published,
    ]
