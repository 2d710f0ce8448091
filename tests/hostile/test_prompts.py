"""What people type for a network to continue or to judge: as the pages hand it on to the examples."""

import random

import pytest

from rnn_core import settings as settings_of
from rnn_core.data.normalize import clean
from rnn_core.lessons import example
from rnn_core.runs import checkpoints
from rnn_core.runs.store.store import Store
from rnn_core.tasks.reviews.sources import words_of
from rnn_core.tasks.sampler import LONGEST_PROMPT, Sampling
from rnn_core.tasks.task import task_of
from tests.hostile import ACCEPTED, Row
from tests.hostile.inputs import PROSE, marks
from tests.runs.helpers import review_scorer


def enter(given: tuple) -> None:
    what, store, value = given
    if what == "review":
        judge = review_scorer(store, task_of("reviews").example)
        if words := words_of(clean(value[-20_000:]))[-judge.data.length :]:
            judge.running_scores(words, judge.prefix_predictions(words))
        return
    prompt, options = (value, {}) if isinstance(value, str) else ("", value)
    sampling = Sampling(**{"length": 50, **options})
    writer = checkpoints.writer(store, task_of("text").example)
    start = clean(prompt[-LONGEST_PROMPT:])
    writer.tokenizer.unseen(start)
    assert len("".join(writer.write(start, sampling))) == 50


def with_examples(what: str, make):
    """The examples are put into the store before anything is measured."""

    def given() -> tuple:
        store = Store.of(settings_of.load())
        example.install(store)
        return what, store, make()

    return given


TYPED = {
    "nothing": lambda: "",
    "blanks": lambda: " \t\n" * 100,
    "1 MB": lambda: PROSE * 500,
    "1 MB of marks": lambda: marks(1_000_000),
    "marks after a word": lambda: "the " + marks(20_000),
    "1 MB of a ligature": lambda: "\ufdfa" * 330_000,
    "letters that it never saw": lambda: "漢字ひらがな한글" * 100,
    "emoji": lambda: "👩\u200d🚀🏳\ufe0f\u200d🌈" * 100,
    "directions": lambda: "\u202ethe\u202c \u2066end\u2069",
    "control codes": lambda: "".join(map(chr, range(32))) * 20,
    "zero bytes": lambda: "\0" * 1000,
    "halves of surrogate pairs": lambda: "a\ud800b\udfff" * 500,
    "web code": lambda: "<script>alert('x')</script>" * 50,
    "a word of 100 KB": lambda: "x" * 100_000,
    "every sign once": lambda: "".join(map(chr, random.Random(1).sample(range(0x20, 0xD800), 5000))),
}
ROWS = {
    f"{what}: {name}": Row(with_examples(what, make), ACCEPTED) for what in ("prompt", "review") for name, make in TYPED.items()
} | {
    "temperature of nothing": Row(with_examples("prompt", lambda: {"temperature": 0}), "Temperature must be a number from 0.1"),
    "temperature that is not a number": Row(with_examples("prompt", lambda: {"temperature": float("nan")}), "Temperature must be"),
    "infinite temperature": Row(with_examples("prompt", lambda: {"temperature": float("inf")}), "Temperature must be"),
    "temperature as a text": Row(with_examples("prompt", lambda: {"temperature": "hot"}), "Temperature must be"),
    "top-k of less than nothing": Row(with_examples("prompt", lambda: {"top_k": -1}), "Top-k must be a whole number"),
    "top-k of 10^30": Row(with_examples("prompt", lambda: {"top_k": 10**30}), "Top-k must be a whole number"),
    "top-p of nothing": Row(with_examples("prompt", lambda: {"top_p": 0.0}), "Top-p must be a number"),
    "a billion characters": Row(with_examples("prompt", lambda: {"length": 10**9}), "Length must be a whole number"),
    "a seed of 10^30": Row(with_examples("prompt", lambda: {"seed": 10**30}), "seed must be a whole number"),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_is_typed_is_read_or_refused_with_a_reason(name, check_row):
    check_row(name)
