"""The map of an embedding: scikit-learn's PCA, what is kept, and damaged data."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from rnn_core.nn.embedding_map import MOST_EPOCHS, MOST_TOKENS, epochs_to_keep, packed, places, unpacked


def test_the_map_is_that_of_principal_component_analysis_over_all_epochs():
    random = np.random.default_rng(1)
    vectors = [random.normal(size=(40, 9)) @ random.normal(size=(9, 9)) for _ in range(3)]
    found, share = places(vectors)
    theirs = PCA(2).fit(np.concatenate(vectors)).transform(np.concatenate(vectors)).reshape(3, 40, 2)
    np.testing.assert_allclose(np.abs(found), np.abs(theirs), atol=1e-8)
    last = vectors[-1] - vectors[-1].mean(0)
    shown = found[-1] - found[-1].mean(0)
    assert share == pytest.approx((shown**2).sum() / (last**2).sum()) and 0.2 < share < 1


def test_a_token_that_stays_has_one_place():
    vectors = np.random.default_rng(2).normal(size=(30, 8))
    later = vectors.copy()
    later[0] += 5
    found, _ = places([vectors, later])
    np.testing.assert_allclose(found[0, 1:], found[1, 1:], atol=1e-9)
    assert np.linalg.norm(found[0, 0] - found[1, 0]) > 5


def test_an_embedding_of_one_number_lies_on_a_line():
    found, share = places([np.arange(5.0)[:, None]])
    assert found.shape == (1, 5, 2) and not found[..., 1].any() and share == pytest.approx(1)


def test_packing_keeps_the_most_frequent_tokens():
    embedding = np.random.default_rng(3).normal(size=(MOST_TOKENS + 9, 6)).astype(np.float32)
    back = unpacked(*packed(embedding))
    assert back.shape == (MOST_TOKENS, 6)
    np.testing.assert_allclose(back, embedding[:MOST_TOKENS], atol=np.abs(embedding).max() / 250)
    assert not unpacked(*packed(np.zeros((3, 2), np.float32))).any()


@pytest.mark.parametrize(
    ("size", "scale", "data"), [(3, 1.0, "A*AA"), (2, 1.0, "AAAA"), (0, 1.0, "AAAA"), (3, float("nan"), "AAAA"), (3, 1.0, "")]
)
def test_damaged_data_is_refused(size, scale, data):
    with pytest.raises(ValueError):
        unpacked(size, scale, data)


@pytest.mark.parametrize("epochs", [1, 5, 23, 24, 400])
def test_the_first_and_the_last_epoch_are_kept(epochs):
    kept = epochs_to_keep(epochs)
    assert {0, epochs} <= kept and len(kept) == min(epochs + 1, MOST_EPOCHS)
