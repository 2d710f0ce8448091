"""The reviews task's part of the Keras script."""

from pathlib import Path

import numpy as np

from rnn_core.settings import Settings
from rnn_core.tasks.examples import cut
from rnn_core.tasks.reviews import sources
from rnn_core.tasks.reviews.dataset import POOL, ReviewsDataset, kept_words
from rnn_core.tasks.reviews.sources import Part, Reviews
from rnn_core.tasks.script import ScriptData, TaskScript, file_name, npz
from rnn_core.tasks.task import Parts
from rnn_core.tasks.tokenizer import Words

_BY_LENGTH = f"""order = random.permutation(len(x_train))[: steps * batch_size]
# Reviews of similar length share a batch: sorted within pools of {POOL} batches.
lengths = (x_train > 0).sum(axis=1)
pools = np.split(order, range({POOL} * batch_size, len(order), {POOL} * batch_size))
order = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
order = random.permutation(order.reshape(steps, batch_size)).ravel()"""
_ANY_LENGTH = """order = random.permutation(len(x_train))[: steps * batch_size]
order = random.permutation(order.reshape(steps, batch_size)).ravel()"""
_TRY = """## Try
rank = {word: i for i, word in enumerate(str(data["words"]).split("\\n"), start=1)}
ranks = np.array([rank.get(word, len(rank) + 1) for word in "not a good film".split()])
print("positive:", keras.ops.sigmoid(model(padded([as_ids(ranks)]))))"""


def data(spec: Parts, settings: Settings, folder: Path | None) -> ScriptData:
    reviews = sources.load(spec.data.source, settings, folder)
    dataset = ReviewsDataset(spec, reviews)
    parts = ["train", *(["val"] if len(dataset.held_out) else []), *(["test"] if len(reviews.test) else [])]
    kept, length, file = kept_words(reviews, spec.data), spec.data.length, _file(spec)
    post = ', padding="post"' if spec.data.padding == "after" else ""
    pad = (
        f"keras.utils.pad_sequences([review[-{length}:] for review in reviews]{post})"
        if spec.data.masking
        else f"keras.utils.pad_sequences(reviews, maxlen={length}{post})"
    )
    code = f'''data = np.load("{file}")


def as_ids(ranks):
    """{Words.FIRST} is the most frequent word, {Words.unknown_id} any rare word, {Words.EMPTY} an empty place."""
    return np.where(ranks <= {kept}, ranks + {Words.FIRST - 1}, {Words.unknown_id})


def padded(reviews):
    """(reviews, timesteps): the last words of each review; a shorter one has empty places."""
    return {pad}


def part(name):
    ends = np.cumsum(data[name + "_lengths"])
    return padded(np.split(as_ids(data[name + "_ranks"]), ends[:-1])), data[name + "_labels"]


''' + "\n".join(f'x_{name}, y_{name} = part("{name}")' for name in parts)
    if spec.data.examples:
        code += f"\nx_train, y_train = x_train[:{spec.data.examples}], y_train[:{spec.data.examples}]"
    notes = [
        "The data file has words as ranks by frequency, and its validation reviews are the same for every seed. Courses often validate on the "
        "test set; then no data is left for an honest test."
    ]
    if spec.data.masking:
        notes.append(
            "Reviews of similar length share a batch, because RNN Lab makes each batch only as long as needed. The usual script shuffles "
            "without a look at lengths."
        )
    return ScriptData(
        dataset.model_io, file, code, dataset.batch, order=_BY_LENGTH if spec.data.masking else _ANY_LENGTH, validates="val" in parts,
        tests="test" in parts, use=_TRY, notes=tuple(notes),
    )  # fmt: skip


def content(spec: Parts, settings: Settings, folder: Path | None) -> bytes:
    reviews = sources.load(spec.data.source, settings, folder)
    train, held_out = cut(len(reviews.train), 0, reviews.train.groups, np.asarray(reviews.train.labels))
    arrays = {"words": np.array("\n".join(reviews.words))}
    for name, part, chosen in (
        ("train", reviews.train, train),
        ("val", reviews.train, held_out),
        ("test", reviews.test, np.arange(len(reviews.test))),
    ):
        arrays |= {f"{name}_{field}": array for field, array in _flat(part, chosen, reviews).items()}
    return npz(arrays)


def _flat(part: Part, chosen: np.ndarray, reviews: Reviews) -> dict[str, np.ndarray]:
    """The chosen reviews one after the other. An empty one gets one word that no vocabulary has."""
    rare = np.array([len(reviews.words) + 1], np.uint32)
    rows = [row if len(row := part.review(i)) else rare for i in chosen]
    return {
        "ranks": np.concatenate([np.empty(0, np.uint32), *rows]).astype(np.int32),
        "lengths": np.array([len(row) for row in rows], np.int32),
        "labels": np.asarray(part.labels)[chosen],
    }


def _file(spec: Parts) -> str:
    return file_name(spec.data.source, "npz", "reviews", "-reviews")


SCRIPT = TaskScript(data, content)
