"""How well drawn digits are read: MNIST's test digits, pasted as ink on paper and found again as if they had been drawn.

    RNN_DATA_DIR=... python -m benchmarks.drawn

Networks of the quick preset, trained on MNIST and on the small bundled digits. Needs MNIST.
"""

import time

import numpy as np
from PIL import Image

from benchmarks import row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.data import digits, picture, sources
from rnn_core.lessons.presets import spec_of
from rnn_core.runs import learnt
from rnn_core.runs.engine import LocalEngine
from rnn_core.runs.store import Store
from rnn_core.runs.submit import submit
from rnn_core.tasks.digits import sequences

COUNT = 500
WIDTHS = (14, 10, 10)


def on_paper(digit: np.ndarray) -> np.ndarray:
    """A 28 x 28 digit as a drawing (112, 112), 1 paper and 0 ink, like the one that the canvas sends."""
    paper = np.ones((112, 112), np.float32)
    paper[14:98, 14:98] = np.asarray(Image.fromarray(255 - digit).resize((84, 84), Image.Resampling.BICUBIC), np.float32) / 255
    return paper


def main() -> None:
    with scratch_home():
        settings = settings_of.load()
        store = Store.of(settings)
        mnist = digits.load("mnist", settings)
        row("trained on", "its test", "drawn", widths=WIDTHS)
        for name, form in digits.FORMATS.items():
            run = submit(
                spec := spec_of("digits", "quick", sources.examples("digits", name, settings), dataset=name), store, settings
            )
            engine = LocalEngine(store, settings, only=run).start()
            while store.get(run).active:
                time.sleep(0.1)
            engine.close()
            found = np.stack([picture.digit(on_paper(np.asarray(digit)), form.side) for digit in mnist.test[:COUNT]])
            said = learnt.network(store, run).classify(sequences(found, spec.data, form.brightest)).argmax(-1)
            right = float((said == mnist.test_labels[:COUNT]).mean())
            row(name, f"{store.get(run).results['test_accuracy']:.1%}", f"{right:.1%}", widths=WIDTHS)


if __name__ == "__main__":
    main()
