"""What the most frequent digit and a linear model reach, and published numbers for MNIST."""

import warnings
from pathlib import Path

import numpy as np

from rnn_core.settings import Settings
from rnn_core.tasks.digits import sources
from rnn_core.tasks.digits.dataset import DigitsDataset
from rnn_core.tasks.reference import Reference, most_frequent
from rnn_core.tasks.task import Parts

_MOST_LEARNT = 20_000  # pictures, evenly spaced among those to train on
_MAX_ITERATIONS = 100
_PUBLISHED = (
    Reference("ReNet", "accuracy", 0.995, "Test set. The best recurrent network known on MNIST: Visin et al. 2015.", published=True),
)  # fmt: skip


def of_run(spec: Parts, folder: Path, settings: Settings) -> list[Reference]:
    """Raises `UserError` where the pictures are gone."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression  # takes a second to import

    digits = sources.load(spec.data.source, settings)
    dataset = DigitsDataset(spec, digits)
    learnt = np.sort(dataset.train[:: max(1, -(-len(dataset.train) // _MOST_LEARNT))])
    held_out, labels = dataset.held_out, np.asarray(digits.train_labels)
    published = list(_PUBLISHED) if spec.data.source == "mnist" else []
    if not len(held_out):
        return published
    measured = [most_frequent("digit", labels[dataset.train], labels[held_out])]
    if len(np.unique(labels[learnt])) > 1:
        x, validated = (
            np.asarray(digits.train)[at].reshape(len(at), -1).astype(np.float32) / digits.format.brightest
            for at in (learnt, held_out)
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # more iterations change little
            model = LogisticRegression(max_iter=_MAX_ITERATIONS).fit(x, labels[learnt])
        of = "all pixels" if len(learnt) == len(dataset.train) else f"all pixels, learnt from {len(learnt):,} pictures"
        measured.append(Reference("a linear model", "accuracy", float(model.score(validated, labels[held_out])), f"Softmax regression on {of} at once."))  # fmt: skip
    return measured + published
