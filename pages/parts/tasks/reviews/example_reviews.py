"""Reviews to try, by the data of a run: each shows something that a network does with word order, or fails to do."""

from typing import NamedTuple

from pages.parts.tasks.reviews.run_data import reviews_of, words_of
from rnn_core.data import uploads

_MAX_WORDS = 100  # of an own sentence


class ExampleReview(NamedTuple):
    label: str  # on its chip
    text: str
    note: str  # what to expect, and what to try


_FILM = (
    ExampleReview(
        "Twist at the end", "The first hour is wonderful, but the rest is a complete waste of time.",
        "A person waits for the end. Follow the curve: which word turns it?",
    ),
    ExampleReview("Not bad", "This film is not bad.", "A person reads mild praise. Click “not”: does the score change without it?"),
    ExampleReview("Not good", "This film is not good.", "A person reads criticism. Click “not”: does the score change without it?"),
    ExampleReview(
        "No opinion", "I had washed my car.", "No opinion at all. The network must give a percentage all the same: expect one near 50%.",
    ),
)  # fmt: skip
_TWINS = (
    ExampleReview(
        "Good at the end", "The plot was dull, but the acting was wonderful.",
        "Drag “dull” onto “wonderful”: the same words in another order. Where order decides, the prediction flips.",
    ),
    ExampleReview(
        "Dull at the end", "The acting was wonderful, but the plot was dull.",
        "The twin: the same words, the opposite meaning. Counting words must give both the same answer.",
    ),
    ExampleReview(
        "Not dull", "This film is not dull, just wonderful.", "Swap “dull” and “wonderful”, or click “not”: which change flips the prediction?",
    ),
    ExampleReview("Expected", "Instead of a masterpiece we got a mess.", "Swap “masterpiece” and “mess”: what was expected does not count, what came does."),
)  # fmt: skip
_BY_SOURCE = {"review-language": _TWINS}


def example_reviews(run_id: str, source: str) -> tuple[ExampleReview, ...]:
    """Examples in the language of the run's data; of own sentences, one of each label."""
    if not uploads.is_upload(source) and source != "four-sentences":
        return _BY_SOURCE.get(source, _FILM)
    reviews = reviews_of(run_id, source)
    if reviews is None:
        return _FILM
    labels = reviews.train.labels.tolist()
    return tuple(
        _of_label(reviews.names[label], " ".join(words_of(reviews, reviews.train, labels.index(label))[:_MAX_WORDS]))
        for label in (0, 1)
        if label in labels
    )


def _of_label(name: str, text: str) -> ExampleReview:
    return ExampleReview(
        f"Labelled {name}", text, f"A sentence of the data, labelled {name}. Change its words: which of them decide?"
    )
