"""Small files with the arrays that Keras' data sets have, for tests: few examples, learnable in a second."""

import json
from pathlib import Path

import numpy as np

WORDS = ["the", "film", "was", "good", "bad", "and", "plot", "dull", "great", "actor"]


def mnist(path: Path, train: int = 60_000, test: int = 10_000) -> None:
    """Pictures with a bright bar, whose row is the digit."""
    random = np.random.default_rng(1)

    def part(count: int):
        labels = random.integers(0, 10, count).astype(np.uint8)
        pictures = np.zeros((count, 28, 28), np.uint8)
        for row in range(2):
            pictures[np.arange(count), 4 + 2 * labels + row, 6:22] = 255
        return pictures, labels

    (x_train, y_train), (x_test, y_test) = part(train), part(test)
    np.savez_compressed(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)


def imdb(folder: Path, count: int = 25_000, longest: int = 12) -> None:
    """`imdb.npz` and `imdb_word_index.json`: a review is good with word 4, bad with word 5."""
    random = np.random.default_rng(2)

    def part():
        labels = np.arange(count) % 2
        reviews = np.empty(count, object)
        for i, label in enumerate(labels):
            words = random.choice([1, 2, 3, 6, 7, 10], random.integers(3, longest)).tolist()
            words.insert(int(random.integers(len(words))), 4 if label else 5)
            reviews[i] = words
        return reviews, labels

    (x_train, y_train), (x_test, y_test) = part(), part()
    np.savez_compressed(folder / "imdb.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    (folder / "imdb_word_index.json").write_text(json.dumps({word: i for i, word in enumerate(WORDS, 1)}))
