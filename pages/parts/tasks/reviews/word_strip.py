"""The words of a review on a line, with the score under each: a component, because words are dragged, and hover answers at once.

`word_strip.js` draws, and sends what a person changed as `edit`, the state of the component; a test sets `session.REVIEW_EDIT` instead:

    {"review": id, "version": number of changes, "order": places of all words in their new order, "out": places left out,
     "shuffles": orders to try, each like `order`; empty unless the last change was a shuffle}

Python answers with the scores of the changed words; nothing is asked while a word is dragged or hovered over.
"""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pages.parts.shell import session
from pages.parts.shell.component import component

_MAX_SHUFFLES = 5
_HTML = """
<div class="review">
  <div class="top">
    <p class="verdict"></p>
    <div class="bars" aria-hidden="true">
      <div class="bar before"><span>Before</span><i class="track"><i></i></i><b></b></div>
      <div class="bar now"><span>Now</span><i class="track"><i></i></i><b></b></div>
    </div>
    <div class="tools">
      <button type="button" class="shuffle">Shuffle the words</button>
      <button type="button" class="restore">Restore</button>
    </div>
  </div>
  <p class="readout"></p>
  <div class="words" dir="auto" role="group" aria-label="Words of the review" aria-describedby="keys"></div>
  <p class="legend"></p>
  <p id="keys" class="unseen">Arrow keys move from word to word. Enter leaves a word out and puts it back. S marks a word; S on
  another word swaps the two. Escape unmarks.</p>
  <p class="curve unseen"></p>
  <p class="said unseen" aria-live="polite"></p>
</div>
"""
_STRIP = component("rnn_word_strip", __file__, _HTML, js=("word_sentences.js", "word_curve.js", "word_strip.js"))


@dataclass(frozen=True)
class Edit:
    """A change to a review: places of its words."""

    version: int
    order: tuple[int, ...]
    out: frozenset[int]
    shuffles: tuple[tuple[int, ...], ...]

    @property
    def places(self) -> list[int]:
        """The places of the words that remain, in their new order."""
        return self.remaining(self.order)

    def remaining(self, order: tuple[int, ...]) -> list[int]:
        return [place for place in order if place not in self.out]


def review_id(words: list[str]) -> str:
    """Equal for equal words: a change stays when another network reads them."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def edit_of(words: list[str]) -> Edit:
    """What was changed in these words: nothing, if the last change was one of other words or word_strip.js never sends it."""
    return _valid(session.REVIEW_EDIT.get(), words) or Edit(0, tuple(range(len(words))), frozenset(), ())


def _valid(sent: Any, words: list[str]) -> Edit | None:
    if not isinstance(sent, dict) or sent.get("review") != review_id(words):
        return None
    version, order, out, shuffles = (sent.get(name) for name in ("version", "order", "out", "shuffles"))
    if not _numbers([version]) or not math.isfinite(version) or not isinstance(out, list) or not isinstance(shuffles, list):
        return None
    places = list(range(len(words)))
    if any(not _numbers(each) or sorted(each) != places for each in [order, *shuffles[:_MAX_SHUFFLES]]):
        return None
    if not _numbers(out) or not set(out) <= set(places):
        return None
    to_places = [tuple(int(place) for place in each) for each in [order, *shuffles[:_MAX_SHUFFLES]]]
    return Edit(int(version), to_places[0], frozenset(int(place) for place in out), tuple(to_places[1:]))


def _numbers(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def word_strip(
    words: list[str],
    known: np.ndarray,
    names: tuple[str, str],
    edit: Edit,
    *,
    scores: np.ndarray | None = None,
    without: np.ndarray | None = None,
    importance: np.ndarray | None = None,
    before: float | None = None,
    now: float | None = None,
    shuffled: Iterable[float] = (),
    **texts: str,
) -> None:
    """Draw the words. `names` are those of the two classes; scores are probabilities of the second one.

    `scores`, `without` and `importance` (remaining words,) are in the order of `edit.places`; `before` is the score of the words as
    they were, `now` of those that remain, `shuffled` of `edit.shuffles`. `texts`: `message` stands in the place of a verdict,
    `truth` beside the prediction, `note` where nothing is pointed at, `remark` in the legend.
    """
    data = {
        "review": review_id(words), "words": words, "known": known.tolist(), "names": list(names), "version": edit.version,
        "order": list(edit.order), "out": sorted(edit.out), "before": _number(before), "now": _number(now),
        "scores": _by_place(scores, edit, len(words)), "without": _by_place(without, edit, len(words)),
        "importance": _by_place(importance, edit, len(words)), "shuffled": [_number(score) for score in shuffled], **texts,
    }  # fmt: skip
    _STRIP(key=session.WORD_STRIP.name, data=data, on_edit_change=_keep)


def _keep() -> None:
    session.REVIEW_EDIT.set(session.WORD_STRIP.get().get("edit"))


def _number(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else round(float(value), 5)


def _by_place(values: np.ndarray | None, edit: Edit, words: int) -> list[float | None]:
    """Values of the remaining words at the places of all words; None: no value."""
    row: list[float | None] = [None] * words
    for place, value in zip(edit.places, values if values is not None else (), strict=False):
        row[place] = _number(value)
    return row
