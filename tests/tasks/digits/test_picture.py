"""Photos made of real MNIST digits must give these digits again: a classifier trained on MNIST compares them."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from rnn_core.errors import UserError
from rnn_core.tasks.digits.picture import digit
from tests.conftest import shared_datasets, slow_but

PHOTOS = 30


@pytest.fixture(scope="module")
def mnist():
    path = shared_datasets() / "mnist.npz"
    if not path.exists():
        pytest.skip("needs ../shared/datasets/mnist.npz")
    with np.load(path) as arrays:
        return {name: arrays[name] for name in ("x_train", "y_train", "x_test", "y_test")}


@pytest.fixture(scope="module")
def classifier(mnist):
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(3).fit(mnist["x_train"][:20_000].reshape(-1, 784) / 255.0, mnist["y_train"][:20_000])


def photo(image: np.ndarray, rng: np.random.Generator, *, inverted=False, noise=0.02, light=0.2, extra=None) -> np.ndarray:
    """A photo (480, 640) of a digit somewhere on paper: light falls from a side, corners are darker, ink is gray."""
    height, width = 480, 640
    side = int(rng.uniform(0.3, 0.7) * height)
    top, left = int(rng.uniform(0.05, 0.95) * (height - side)), int(rng.uniform(0.05, 0.95) * (width - side))
    large = (
        Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC).rotate(rng.uniform(-6, 6), Image.Resampling.BICUBIC)
    )
    ink = np.zeros((height, width))
    ink[top : top + side, left : left + side] = np.asarray(large) / 255
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    gray = 0.75 + 0.7 * light * (np.cos(angle) * x + np.sin(angle) * y) - 0.3 * light * (x * x + y * y)
    gray *= 1 - rng.uniform(0.4, 0.8) * ink
    if extra == "frame":
        gray[6:9, 6:-6] = gray[-9:-6, 6:-6] = gray[6:-6, 6:9] = gray[6:-6, -9:-6] = 0.2
    if extra == "shadow":
        gray[x + y > 1.6] *= 0.4
    if extra == "specks":
        for row, column in zip(rng.integers(5, height - 5, 25), rng.integers(5, width - 5, 25), strict=True):
            gray[row - 2 : row + 2, column - 2 : column + 2] = 0.2
    gray = np.clip(gray + rng.normal(0, noise, gray.shape), 0, 1)
    return (1 - gray if inverted else gray).astype(np.float32)


@pytest.mark.parametrize(
    "how",
    slow_but(
        [{}],
        [{}, {"inverted": True}, {"noise": 0.06}, {"light": 0.3}, {"extra": "frame"}, {"extra": "shadow"}, {"extra": "specks"}],
    ),
    ids=lambda how: "-".join(map(str, how)) or "plain",
)
def test_photos_of_digits_are_classified_like_the_digits(mnist, classifier, how):
    rng = np.random.default_rng(1)
    seen = np.array([digit(photo(image, rng, **how)) for image in mnist["x_test"][:PHOTOS]])
    assert seen.dtype == np.uint8 and seen.shape == (PHOTOS, 28, 28)
    right = classifier.predict(seen.reshape(-1, 784) / 255.0) == mnist["y_test"][:PHOTOS]
    assert right.mean() >= 0.9, np.flatnonzero(~right)
    originals = mnist["x_test"][:PHOTOS].reshape(PHOTOS, -1)
    alike = [np.corrcoef(a, b)[0, 1] for a, b in zip(seen.reshape(PHOTOS, -1), originals, strict=True)]
    assert np.mean(alike) > 0.85


def test_mnists_own_images_come_back_nearly_as_they_are(mnist):
    originals = mnist["x_test"][:PHOTOS]
    for paper in (lambda image: image / 255, lambda image: 1 - image / 255):  # light on dark, dark on light
        seen = np.array([digit(paper(image).astype(np.float32)) for image in originals])
        assert np.abs(seen.astype(float) - originals).mean() < 8  # of 255
        assert np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(seen, originals, strict=True)]) > 0.93


def test_the_digit_lies_as_in_mnist():
    gray = np.ones((200, 300), np.float32)
    gray[20:120, 200:212] = 0
    seen = digit(gray).astype(float)
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    assert rows[-1] - rows[0] + 1 == 20 and len(columns) in (2, 3, 4)
    assert abs(seen.sum(1) @ np.arange(28) / seen.sum() - 14) <= 0.5
    assert abs(seen.sum(0) @ np.arange(28) / seen.sum() - 14) <= 0.5
    assert seen.max() == 255 and seen[0].max() == 0


@pytest.mark.slow
def test_eight_by_eight_is_what_a_classifier_of_scikit_learns_digits_reads():
    from sklearn.datasets import load_digits
    from sklearn.neighbors import KNeighborsClassifier

    digits = load_digits()
    judge = KNeighborsClassifier(3).fit(digits.data[500:], digits.target[500:])
    rng = np.random.default_rng(1)
    drawn = [np.pad((16 * np.kron(image, np.ones((4, 4)))).clip(0, 255).astype(np.uint8), 6) for image in digits.images[:PHOTOS]]
    seen = np.array([digit(photo(image, rng), 8) for image in drawn])
    assert seen.dtype == np.uint8 and seen.shape == (PHOTOS, 8, 8) and seen.max() == 16
    assert abs(seen.sum((1, 2)).mean() / digits.images.sum((1, 2)).mean() - 1) < 0.2
    assert (judge.predict(seen.reshape(-1, 64)) == digits.target[:PHOTOS]).mean() >= 0.9


@pytest.mark.slow
def test_a_fine_pen_is_made_thicker(mnist, classifier):
    rng = np.random.default_rng(2)
    right = 0
    for image, name in zip(mnist["x_test"][:PHOTOS], mnist["y_test"][:PHOTOS], strict=True):
        bold = photo(image, rng, light=0, noise=0)
        gray = Image.fromarray((255 * bold).astype(np.uint8))
        fine = np.asarray(gray.filter(ImageFilter.MaxFilter(7)), np.float32) / 255  # paper grows into the ink
        right += classifier.predict(digit(fine).reshape(1, -1) / 255.0)[0] == name
    assert right >= 0.9 * PHOTOS


@pytest.mark.parametrize("gray, said", [
    (np.ones((100, 100)), "all one colour"),
    (np.zeros((100, 100)), "all one colour"),
    (np.full((60, 80), 0.5) + np.random.default_rng(1).normal(0, 0.01, (60, 80)), "all one colour"),
    (np.tile(np.linspace(0.3, 0.9, 200), (150, 1)), "all one colour"),  # light from one side
    (np.pad(np.full((4, 40), 0.96), 40, constant_values=1), "too faint"),
    (np.pad(np.zeros((60, 60)), 20, constant_values=1), "Nearly all is ink"),
])  # fmt: skip
def test_where_no_digit_is_the_reason_is_said_and_what_to_do(gray, said):
    with pytest.raises(UserError, match=said) as caught:
        digit(gray.astype(np.float32))
    assert "Show one dark digit" in str(caught.value)
