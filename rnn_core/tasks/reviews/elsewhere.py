"""A network for reviews without this program: how a text becomes ids, and the names of the two classes."""

import json
from pathlib import Path

from rnn_core.settings import Settings
from rnn_core.tasks import tokenizer
from rnn_core.tasks.elsewhere import Elsewhere
from rnn_core.tasks.reviews.sources import LONGEST_WORD, WORD
from rnn_core.tasks.task import Parts
from rnn_core.tasks.tokenizer import Words


def _files(spec: Parts, folder: Path, settings: Settings) -> dict[str, bytes]:
    data = spec.data
    rules = {
        "word": WORD.pattern,  # a regular expression, applied to the text in lower case
        "longest_word": LONGEST_WORD,
        "first_id": Words.FIRST,
        "unknown_id": Words.unknown_id,
        "length": data.length,
        "padding": data.padding,
        "masking": data.masking,
    }
    names = tokenizer.read(folder)[1].get("names", [])
    return {"labels.json": json.dumps(names).encode(), "tokenizer.json": json.dumps(rules).encode()}


ELSEWHERE = Elsewhere(
    Path(__file__).with_name("use.py"),
    '"not bad at all"',
    _files,
    {
        tokenizer.VOCABULARY: "the words that the network knows, the most frequent first; ids begin at `first_id` of tokenizer.json",
        "labels.json": "the names of the two classes: the output is the log-odds of the second",
        "tokenizer.json": "how a text is cut into words and padded",
    },
)
