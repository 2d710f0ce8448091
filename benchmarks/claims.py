"""What help texts and docs claim about networks, measured: memory before training, ink of digits, order of words, twins.

    RNN_DATA_DIR=... python -m benchmarks.claims

Needs MNIST and IMDB.
"""

import numpy as np

from benchmarks import row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.cells import CELLS
from rnn_core.lessons import example
from rnn_core.nn.untrained import LARGE, SMALL, differences
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.digits.dataset import timesteps_without_ink
from rnn_core.tasks.digits.options import DigitsData
from rnn_core.tasks.reviews import sources as reviews
from rnn_core.tasks.reviews.dataset import EncodedReviews, ReviewsDataset

STEPS, SEEDS = 20, range(20)
SCALES = {"small, as of an embedding": SMALL, "large": LARGE}
JUDGED = 2000  # test reviews
WIDTHS = (58, 14, 14, 14)


def untrained() -> None:
    row(f"left of a difference after {STEPS} timesteps", "lowest", "median", "highest", widths=WIDTHS)
    for name, scale in SCALES.items():
        for cell in CELLS.values():
            left = [differences(cell, seed, scale, STEPS)[-1] for seed in SEEDS]
            row(f"untrained {cell.label}, inputs {name}", *(f"{q:.2g}" for q in np.quantile(left, (0, 0.5, 1))), widths=WIDTHS)


def ink(settings: Settings) -> None:
    row("\ntimesteps without ink before the answer", "lowest", "median", "highest", widths=WIDTHS)
    for name in digits.FORMATS:
        data = digits.load(name, settings)
        for label, options in (("pixels", DigitsData(reading="pixels")), ("shuffled", DigitsData(reading="pixels", shuffled=True))):
            empty = timesteps_without_ink(data.train, options)
            row(f"{name}, {label}", *(f"{q:.0f}" for q in np.quantile(empty, (0, 0.5, 1))), widths=WIDTHS)


def shuffled_words(store: Store, settings: Settings) -> None:
    """The example of the reviews, which learnt from IMDB, on test reviews in their own order of words and in a random one."""
    run = example.run_of("reviews", store)
    spec, network = store.runs.spec(run.id), checkpoints.network(store, run.id)
    data = reviews.load(spec.data.source, settings)
    encoded = EncodedReviews(data.test, data, spec.data)
    rng = np.random.default_rng(1)
    chosen = np.sort(rng.choice(len(data.test), JUDGED, replace=False))
    labels = np.asarray(data.test.labels)[chosen].astype(bool)
    verdicts = []
    for order in (lambda ids: ids, rng.permutation):
        verdicts.append(np.array([network.classify(order(encoded.ids(i))[None])[0, 0] > 0 for i in chosen]))
    row(f"\n{JUDGED:,} test reviews of IMDB", "in order", "shuffled", "same prediction", widths=WIDTHS)
    shares = [*((verdict == labels).mean() for verdict in verdicts), (verdicts[0] == verdicts[1]).mean()]
    row("example network: right", *(f"{share:.1%}" for share in shares), widths=WIDTHS)


def twins(settings: Settings) -> None:
    data = reviews.load("review-language", settings)
    dataset = ReviewsDataset(RunSpec.from_options("reviews", source="review-language"), data)
    bags = [np.sort(data.train.review(i)).tobytes() for i in range(len(data.train))]
    learnt = {bags[i] for i in dataset.train}
    hard = [i for i in dataset.held_out if data.train.hard[i]]
    row("\nthe review language's validation", "reviews", "order decides", "twin learnt", widths=WIDTHS)
    row("", len(dataset.held_out), len(hard), sum(bags[i] in learnt for i in hard), widths=WIDTHS)


def main() -> None:
    untrained()
    with scratch_home():
        settings = settings_of.load()
        store = Store.of(settings)
        example.install(store)
        ink(settings)
        shuffled_words(store, settings)
        twins(settings)


if __name__ == "__main__":
    main()
