"""Accuracy on drawn or photographed digits: MNIST's test digits as ink on paper, in boxes, on transparency.

    RNN_DATA_DIR=... python -m benchmarks.drawn_digits [pictures of each kind]

Networks of the quick preset, trained on MNIST and on the small bundled digits. Needs MNIST. For a picture of several digits, a refusal
is correct.
"""

import sys
import time

import numpy as np

from benchmarks import photos, row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.errors import UserError
from rnn_core.presets import spec_of
from rnn_core.runs import checkpoints
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from rnn_core.tasks.digits import picture
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.digits.dataset import sequences
from rnn_core.tasks.task import task_of

WIDTHS = (26, 12, 12, 10)


def read(kind: photos.Kind, mnist: digits.Digits, count: int) -> tuple[np.ndarray, list[int]]:
    """(digits found in `count` pictures of this kind, indices of their test digits); refused pictures are left out."""
    pictures, indices = [], []
    rng = np.random.default_rng(1)
    for i in range(count):
        raw = kind.make([np.asarray(digit) for digit in mnist.test[i : i + kind.digits]], rng)
        try:
            pictures.append(picture.find(picture.read(raw)))
            indices.append(i)
        except UserError:
            pass  # refused
    return pictures, indices


def main(count: int = 40) -> None:
    with scratch_home():
        settings = settings_of.load()
        store = Store.of(settings)
        mnist = digits.load("mnist", settings)
        networks, accuracies = {}, []
        for name in digits.FORMATS:
            run = submit(
                spec := spec_of("digits", "quick", task_of("digits").examples(name, settings), source=name), store, settings
            )
            engine = LocalEngine(store, settings, only=run).start()
            while store.runs.get(run).active:
                time.sleep(0.1)
            engine.close()
            networks[name] = checkpoints.network(store, run), spec
            accuracies.append(f"{store.runs.get(run).results['test_accuracy']:.1%}")
        row("right, trained on", *networks, "refused", widths=WIDTHS)
        row("its own test", *accuracies, "", widths=WIDTHS)
        for label, kind in photos.KINDS.items():
            pictures, indices = read(kind, mnist, count)
            shares = []
            for name, (network, spec) in networks.items():
                form = digits.FORMATS[name]
                correct = count - len(indices) if not kind.readable else 0
                if indices and kind.readable:
                    small = np.stack([each.scaled(form.side) for each in pictures])
                    best = network.classify(sequences(small, spec.data, form.brightest)).argmax(-1)
                    correct = int((best == mnist.test_labels[indices]).sum())
                shares.append(f"{correct / count:.1%}")
            row(label, *shares, f"{1 - len(indices) / count:.1%}", widths=WIDTHS)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
