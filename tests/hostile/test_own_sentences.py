"""Sentences and labels that people type into the table of the Reviews page."""

import pandas as pd
import pytest

from rnn_core import settings as settings_of
from rnn_core.data import labelled, uploads
from rnn_core.tasks.reviews import sources as reviews
from tests.hostile import ACCEPTED, Row
from tests.hostile.inputs import marks

GOOD = [("good", "a fine film"), ("bad", "what a bore"), ("good", "loved it"), ("bad", "never again")]


def enter(typed: list[tuple[str, str]]) -> None:
    table = labelled.typed_table(pd.DataFrame(typed, columns=["label", "text"], dtype="object"))
    own, _ = labelled.from_table(table, "text", "label", None)
    reviews.load(uploads.save(labelled.to_bytes(own), settings_of.load()), settings_of.load())


ROWS = {
    "nothing": Row(lambda: [], "no rows|nothing to learn"),
    "only empty rows": Row(lambda: [(None, None)] * 100, "no rows|nothing to learn"),
    "no labels": Row(lambda: [(None, text) for _, text in GOOD], "labels .*empty"),
    "no sentences": Row(lambda: [(label, None) for label, _ in GOOD], "text"),
    "one sentence": Row(lambda: GOOD[:1], "nothing to tell apart|needed"),
    "one label": Row(lambda: [("good", text) for _, text in GOOD], "nothing to tell apart|needed"),
    "three sentences": Row(lambda: GOOD[:3], "needed"),
    "1,000 labels": Row(lambda: [(f"l{i}", f"film {i}") for i in range(1000)], "label"),
    "the same sentence": Row(lambda: [(label, "a film") for label, _ in GOOD * 50], "needed|both|Distinct"),
    "blanks": Row(lambda: [(label, " \t\u3000") for label, _ in GOOD], "text"),
    "zero widths": Row(lambda: [(label, "\u2060\ufeff") for label, _ in GOOD], "text"),
    "punctuation": Row(lambda: [(label, mark * 3) for (label, _), mark in zip(GOOD, "!?.,", strict=True)], "no word|punctuation"),
    "halves of surrogate pairs": Row(lambda: [*GOOD, ("good", "a\ud800")], ACCEPTED),
    "160 KB of marks": Row(lambda: [*GOOD, ("good", marks(160_000))], ACCEPTED),
    "1 MB of marks for a label": Row(lambda: [(label + marks(500_000), text) for label, text in GOOD], ACCEPTED),
    "a sentence of 1 MB": Row(lambda: [*GOOD, ("bad", "word " * 200_000)], ACCEPTED),
    "a word of 1 MB": Row(lambda: [*GOOD, ("bad", "x" * 1_000_000)], ACCEPTED),
    "200 sentences": Row(lambda: [(label, f"{text} {i}") for i in range(50) for label, text in GOOD], ACCEPTED),
    "web code": Row(lambda: [(f"<b>{label}", f"<script>{text}</script>") for label, text in GOOD], ACCEPTED),
    "formulas": Row(lambda: [(f"={label}", f"=cmd|{text}") for label, text in GOOD], ACCEPTED),
    "directions in labels": Row(lambda: [(f"\u202e{label}", text) for label, text in GOOD], ACCEPTED),
    "numbers of 5,000 digits for labels": Row(lambda: [("9" * 5000 + label, text) for label, text in GOOD], "labels of more than"),
}


@pytest.mark.parametrize("name", ROWS)
def test_typed_sentences_are_taken_or_refused_with_a_reason(name, check_row):
    check_row(name)
