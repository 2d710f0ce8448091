"""How well digits are read that people draw or photograph: MNIST's test digits as ink on paper, in boxes, on transparency.

    RNN_DATA_DIR=... python -m benchmarks.drawn_digits [pictures of each kind]

Networks of the quick preset, trained on MNIST and on the small bundled digits. Needs MNIST. Pictures of several digits are
right where none is read.
"""

import sys
import time

import numpy as np

from benchmarks import photos, row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.errors import UserError
from rnn_core.lessons.presets import spec_of
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
    """The digits found in pictures of this kind, (pictures, height, width), and which test digits they are."""
    found, which = [], []
    rng = np.random.default_rng(1)
    for i in range(count):
        raw = kind.make([np.asarray(digit) for digit in mnist.test[i : i + kind.digits]], rng)
        try:
            found.append(picture.find(picture.read(raw)))
            which.append(i)
        except UserError:
            pass  # refused: counted by what is missing
    return found, which


def main(count: int = 40) -> None:
    with scratch_home():
        settings = settings_of.load()
        store = Store.of(settings)
        mnist = digits.load("mnist", settings)
        networks, tested = {}, []
        for name in digits.FORMATS:
            run = submit(
                spec := spec_of("digits", "quick", task_of("digits").examples(name, settings), source=name), store, settings
            )
            engine = LocalEngine(store, settings, only=run).start()
            while store.runs.get(run).active:
                time.sleep(0.1)
            engine.close()
            networks[name] = checkpoints.network(store, run), spec
            tested.append(f"{store.runs.get(run).results['test_accuracy']:.1%}")
        row("right, trained on", *networks, "refused", widths=WIDTHS)
        row("its own test", *tested, "", widths=WIDTHS)
        for label, kind in photos.KINDS.items():
            found, which = read(kind, mnist, count)
            shares = []
            for name, (network, spec) in networks.items():
                form = digits.FORMATS[name]
                right = count - len(which) if not kind.readable else 0
                if which and kind.readable:
                    small = np.stack([each.scaled(form.side) for each in found])
                    best = network.classify(sequences(small, spec.data, form.brightest)).argmax(-1)
                    right = int((best == mnist.test_labels[which]).sum())
                shares.append(f"{right / count:.1%}")
            row(label, *shares, f"{1 - len(which) / count:.1%}", widths=WIDTHS)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
