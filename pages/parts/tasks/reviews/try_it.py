"""Reading reviews with what a run has learnt: word by word, without a word, with two swapped; and how the test went.

A fragment: typing draws only this part again. While the run trains it ticks slowly, so that the scores are those of the
latest weights.
"""

import html

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts.run.charts import score_chart, worth_chart
from pages.parts.shell import services, session
from pages.parts.shell.formatting import older_test, plain
from pages.parts.spec_form.source_picker import telling
from pages.parts.tasks.reviews import data
from rnn_core.data import uploads
from rnn_core.data.normalize import clean
from rnn_core.errors import UserError
from rnn_core.nn.prefix_predictions import PrefixPredictions
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import Run
from rnn_core.tasks import classification
from rnn_core.tasks.reviews import sources as reviews
from rnn_core.tasks.reviews.dataset import last_words
from rnn_core.tasks.reviews.scorer import ReviewScorer

_TICK = 4.0  # seconds
_SOURCES = {"type": "Type a review", "test": "From the test"}
_BEGIN = "this film is not good it is a complete waste of time"
_BEGIN_LITTLE = "the plot was dull but the acting was wonderful"
_MISTAKES = 50
_LONGEST = 20_000  # characters that are looked at
_MOST_TURNS = 100  # words of which each is left out in turn
_SOME_WORDS = 10
_GREEN, _RED = "13, 148, 136", "234, 88, 12"  # as in the charts


@st.cache_resource(max_entries=3, show_spinner=False)
def _scorer(run_id: str, version: int) -> ReviewScorer:
    """Kept until newer weights are there; `version` is what tells."""
    store, folder = services.store(), services.store().runs.folder(run_id)
    at = checkpoints.position(folder)  # None for the examples, which come without their training
    return ReviewScorer.of_run(
        checkpoints.network(store, run_id), store.runs.spec(run_id).data, folder, trained=at is None or at[0] > 0
    )


@st.cache_data(max_entries=32, show_spinner=False)
def _word_by_word(run_id: str, version: int, words: tuple[str, ...]) -> PrefixPredictions:
    """Kept, as `_without_each` is, so that a tick computes nothing anew unless the network has changed."""
    return _scorer(run_id, version).prefix_predictions(list(words))


def play_panel(run: Run) -> None:
    name = services.store().runs.spec(run.id).data.source
    st.fragment(_panel, run_every=_TICK if run.on_slot else None)(run.id, name)
    st.fragment(_test_panel)(run.id, name)


@telling
def _panel(run_id: str, name: str) -> None:
    st.subheader("Let it judge", anchor="judge")
    origin = st.segmented_control(
        "Review from", list(_SOURCES), default="type", format_func=_SOURCES.get, required=True, key=session.REVIEW_FROM.name,
        persist_state="session", label_visibility="collapsed",
    )  # fmt: skip
    words, truth = (_typed if origin == "type" else _from_test)(run_id, name)
    version = checkpoints.version(services.store(), run_id)
    if version is None:  # what is being typed stays
        st.caption("As soon as the network has taken its first steps, it judges here, also while it trains.")
        return
    if not words:
        return
    scorer = _scorer(run_id, version)
    if not scorer.trained:
        st.caption("The network has not taken a training step yet, so it cannot tell. Its score appears after the first steps.")
        return
    if len(words) > scorer.data.length:
        st.caption(
            f"Of {len(words):,} words it reads the last {scorer.data.length}, as in training (Length). The others are not shown."
        )
        words = last_words(words, scorer.data)
    known = scorer.known(words)
    if not known.any():
        _no_verdict(scorer, truth)
        return
    read = _word_by_word(run_id, version, tuple(words))
    scores = scorer.running_scores(words, read)
    _verdict(scorer, float(scores[-1]), truth, known)
    _coloured(scorer, words, scores)
    score_chart(words, scores, scorer.names)
    if len(read.timesteps) < len(words):
        st.caption(
            f"This network needs a reading of its own for every point, so {len(read.timesteps)} of {len(words)} points are computed, and "
            "straight lines drawn between them."
        )
    _experiments(run_id, scorer, words, float(scores[-1]))


def _typed(run_id: str, name: str) -> tuple[list[str], None]:
    begin = _beginning(run_id, name)
    if session.REVIEW.get() in (None, session.FIRST_REVIEW.get()):  # nothing of the person's own
        session.REVIEW.set(begin)
    session.FIRST_REVIEW.set(begin)
    text = st.text_area(
        "Review", key=session.REVIEW.name, height=90, persist_state="session",
        help="Press Ctrl+Enter to have it read. Capitals and punctuation are left out, as in the training data.",
    )  # fmt: skip
    words = reviews.words_of(clean(text[-_LONGEST:]))
    if len(text) > _LONGEST:
        st.caption(f"Of a long text, only the last {_LONGEST:,} characters are looked at.")
    if not words:
        st.caption("Type a few words, and see the score after each of them. Punctuation is not read.")
    return words, None


def _beginning(run_id: str, name: str) -> str:
    """A first review to judge, in the language that the run has learnt."""
    if not uploads.is_upload(name):
        return _BEGIN_LITTLE if name == "review-language" else _BEGIN
    found = _data(run_id, name)
    if found is None:
        return _BEGIN
    return " ".join(_words_of(found, found.train, 0)[:_MOST_TURNS])


def _from_test(run_id: str, name: str) -> tuple[list[str], int | None]:
    found = _data(run_id, name)
    if found is None or not len(found.test):
        if found is not None:
            st.caption("There are too few sentences to set some aside for a test. Type one instead.")
        return [], None
    count = len(found.test)

    def another():
        session.TEST_REVIEW.set(int(np.random.default_rng().integers(count)))

    session.TEST_REVIEW.set(min(session.TEST_REVIEW.get(), count - 1))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(
            "Number of the review", 0, count - 1, step=1, key=session.TEST_REVIEW.name, persist_state="session", width=220,
            help="The test reviews were never trained on.",
        )  # fmt: skip
        st.button("Another one", icon=":material/shuffle:", on_click=another)
    return _words_of(found, found.test, number), int(found.test.labels[number])


def _words_of(found: reviews.Reviews, part: reviews.Part, number: int) -> list[str]:
    return [found.words[rank - 1] for rank in part.review(number)]


def _data(run_id: str, name: str) -> reviews.Reviews | None:
    """The data of the run, or a sentence why it is not here."""
    try:
        return data.load(name, services.store().runs.folder(run_id))
    except UserError as error:
        st.info(plain(str(error)))
        return None


def _no_verdict(scorer: ReviewScorer, truth: int | None) -> None:
    st.markdown(
        "The network knows none of these words, so it cannot tell."
        + ("" if truth is None else f" The review is **{plain(scorer.names[truth])}**.")
    )
    st.caption(f"Some words that it knows: {', '.join(plain(word) for word in scorer.words.words[:_SOME_WORDS])}.")


def _verdict(scorer: ReviewScorer, score: float, truth: int | None, known: np.ndarray) -> None:
    said = int(score > 0.5)
    name = plain(scorer.names[said])
    sentence = f"It says **{name}**: {max(score, 1 - score):.0%} sure."
    if truth is not None:
        sentence += f" The review is **{plain(scorer.names[truth])}**" + ("." if truth == said else ", so it is wrong.")
    if not known.all():
        sentence += f" {(~known).sum()} of the {len(known)} words {'is' if (~known).sum() == 1 else 'are'} unknown to it."
    st.markdown(sentence)


def _coloured(scorer: ReviewScorer, words: list[str], scores: np.ndarray) -> None:
    """The words, each coloured by how much it moved the score; unknown ones marked."""
    moved = np.diff(np.concatenate([[0.5], np.nan_to_num(scores, nan=0.5)]))
    known = scorer.known(words)
    strongest = max(0.1, float(np.abs(moved[known]).max()))
    pieces = []
    for word, move, is_known in zip(words, moved, known, strict=True):
        if is_known:
            style = f"background: rgba({_GREEN if move > 0 else _RED}, {0.75 * abs(move) / strongest:.2f}); border-radius: 4px;"
        else:
            style = "border-bottom: 2px dotted currentColor; opacity: 0.75;"
        tip = f"{move:+.1%}" if is_known else "a word that it does not know: read as unknown"
        pieces.append(f'<span style="{style} padding: 1px 4px;" title="{tip}">{html.escape(word)}</span>')
    st.html(
        f'<div dir="auto" style="line-height: 2; overflow-wrap: anywhere;" data-testid="coloured-words">{" ".join(pieces)}</div>'
    )
    low, high = (plain(name) for name in scorer.names)
    st.caption(
        f":green[Teal] words moved the score towards {high}, :orange[orange] ones towards {low}; the first word that it knows is compared "
        "with 50%."
    )
    if unknown := list(dict.fromkeys(word for word, is_known in zip(words, known, strict=True) if not is_known)):
        st.caption(
            f"Dotted: not in its vocabulary, so it reads only “unknown” ({', '.join(plain(w) for w in unknown[:20])}"
            + (" …)." if len(unknown) > 20 else ").")
        )


def _experiments(run_id: str, scorer: ReviewScorer, words: list[str], score: float) -> None:
    places = list(range(len(words)))

    def called(place: int) -> str:
        return f"{place + 1} · {words[place]}"

    choices = run_id, abs(hash(tuple(words)))  # other words, other choices
    remove, swap = st.tabs(["Leave a word out", "Swap two words"])
    with remove:
        left, right = st.columns([0.4, 0.6], vertical_alignment="bottom")
        with left:
            gone = st.selectbox(
                "Word", places, index=None, format_func=called, placeholder="Choose a word", key=session.LEFT_OUT(*choices).name
            )
        if gone is not None and len(words) > 1:
            without = words[:gone] + words[gone + 1 :]
            with right:
                _compare(score, float(scorer.scores([without])[0]), f"without “{plain(words[gone])}”", scorer)
        elif gone is not None:
            st.caption("It is the only word.")
        if len(words) > 1 and st.toggle(
            "Each in turn", key=session.LEAVE_OUT_EACH.name, help="Leaves out one word after the other; the others stay."
        ):
            if len(words) > _MOST_TURNS:
                st.caption(f"Only the last {_MOST_TURNS} words are left out in turn.")
            first = max(0, len(words) - _MOST_TURNS)
            worth = score - _without_each(run_id, checkpoints.version(services.store(), run_id), tuple(words), first)
            worth[~scorer.known(words)[first:]] = np.nan
            if np.isnan(worth).all():
                st.caption(
                    "It knows only one of these words, and there is no score without it."
                    if scorer.known(words)[first:].any()
                    else f"It knows none of the last {_MOST_TURNS} words."
                )
            else:
                worth_chart(words[first:], worth, scorer.names)
    with swap:
        left, right = st.columns(2)
        with left:
            one = st.selectbox(
                "This word",
                places,
                index=None,
                format_func=called,
                placeholder="Choose a word",
                key=session.SWAPPED(*choices, 1).name,
            )
        with right:
            other = st.selectbox(
                "and this one",
                places,
                index=None,
                format_func=called,
                placeholder="Choose a word",
                key=session.SWAPPED(*choices, 2).name,
            )
        if one is not None and one == other:
            st.caption("Choose two different words.")
        elif one is not None and other is not None:
            swapped = list(words)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            _compare(score, float(scorer.scores([swapped])[0]), f"“{plain(' '.join(swapped[:40]))}”", scorer)
            st.caption("A network that only counts words would give both the same score.")


@st.cache_data(max_entries=32, show_spinner="Leaving out one word after the other …")
def _without_each(run_id: str, version: int, words: tuple[str, ...], first: int) -> np.ndarray:
    return _scorer(run_id, version).leave_one_out(list(words), first)


def _compare(before: float, after: float, what: str, scorer: ReviewScorer) -> None:
    high = plain(scorer.names[1])
    if np.isnan(after):
        st.markdown(f"{high.capitalize()} {before:.0%} → **no score** {what}: the network knows none of the other words.")
        return
    turned = " The verdict turns over." if (before > 0.5) != (after > 0.5) else ""
    st.markdown(f"{high.capitalize()} {before:.0%} → **{after:.0%}** {what}.{turned}")


@telling
def _test_panel(run_id: str, name: str) -> None:
    """Accuracy beside counting, and the mistakes, once the test is done."""
    store = services.store()
    run, logits = store.runs.get(run_id), checkpoints.test_logits(store, run_id)
    st.subheader("In the test", anchor=False)
    if logits is None:
        comes = (
            "The test comes once, at the end of the run, if there are enough reviews. Then you see here how counting words does beside it, and "
            "its mistakes."
        )
        st.caption(comes if run.active else "This run had no test: it was stopped before its end, or there are too few sentences.")
        return
    if run.outdated_test is not None:
        st.caption(older_test(run))
    _beside_counting(run)
    found = _data(run_id, name)
    if found is None:
        return
    labels = np.asarray(found.test.labels)
    if not classification.logits_fit_labels(logits, labels, run.results.get("test_accuracy", -1)):
        st.info("The reviews here are not in the order of those that this run was tested on, so its mistakes cannot be shown.")
        return
    wrong = classification.mistakes(logits, labels)
    counts = classification.confusion(logits, labels)
    low, high = (plain(name) for name in found.names)
    st.caption(
        f"{len(labels):,} test reviews, {len(wrong):,} mistakes: {counts[0, 1]:,} {low} ones were taken for {high}, {counts[1, 0]:,} {high} ones for "
        f"{low}. Those that it was surest of; choose one to read it above:"
    )
    worst = wrong[:_MISTAKES]
    answers = classification.probabilities(logits[worst])[:, 1]
    read = [_words_of(found, found.test, int(i)) for i in worst]
    scorer = _scorer(run_id, checkpoints.version(store, run_id))
    table = pd.DataFrame(
        {
            "Number": worst,
            "Score": [score if scorer.known(words).any() else None for score, words in zip(answers, read, strict=True)],
            "It is": [found.names[label] for label in labels[worst]],
            "Ends with": [" ".join(words[-60:]) for words in read],
        }
    )
    event = st.dataframe(
        table, hide_index=True, height=260, on_select="rerun", selection_mode="single-row", key=session.MISTAKES(run_id).name,
        alt="The mistakes that it was surest of",
        column_config={
            "Score": st.column_config.NumberColumn(format="percent", help=f"The probability of {high} that it gave; empty where it knows no word."),
            "Ends with": st.column_config.TextColumn(width="large", help="The end of the review, which it read last."),
        },
    )  # fmt: skip
    rows = event.selection.rows
    if rows:
        st.caption(f"Review {table['Number'][rows[0]]} is read [above](#judge).")
    chosen = int(table["Number"][rows[0]]) if rows else None
    new = (run_id, chosen) != session.CHOSEN_MISTAKE.get()
    session.CHOSEN_MISTAKE.set((run_id, chosen))
    if new and chosen is not None:
        session.TEST_REVIEW.set(chosen)
        session.REVIEW_FROM.set("test")
        st.rerun()


def _beside_counting(run: Run) -> None:
    found = run.results
    shown = [
        ("This network", found.get("test_accuracy"), "On the whole test set."),
        ("Counting words", found.get("counting_accuracy"), "Logistic regression on how often each word stands in a review: the same reviews, "
         "vocabulary and length, but no order."),
        ("Network, where order decides", found.get("order_accuracy"), "Reviews that have a twin of the same words with the opposite verdict."),
        ("Counting, where order decides", found.get("counting_order_accuracy"), "It cannot know: both twins look the same to it."),
    ]  # fmt: skip
    with st.grid(4, min_column_width=150, gap="small"):
        for label, value, help in shown:
            if value is not None:
                st.metric(label, f"{value:.1%}", help=help)
