"""The Reviews page: training, scores word by word, a person's own sentences, and the test results."""

import json
import os
import re

import pytest

from pages.parts.shell import services, session
from pages.parts.tasks.reviews import data
from pages.parts.tasks.reviews.run_data import TRY
from rnn_core.data import csv_file, labelled, uploads
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import FINISHED
from rnn_core.tasks.reviews.scorer import ReviewScorer
from rnn_core.tasks.task import task_of
from tests.pages.helpers import button, ended, labels, spec_key, texts

SMALL = {
    "source": "review-language",
    "units": 8,
    "embedding": 8,
    "epochs": 1,
    "examples": 400,
    "batch_size": 32,
    "learning_rate": 0.01,
}


def upload(at, raw: bytes, name: str = "mine.csv"):
    uploader = next(u for u in at.get("file_uploader") if u.label == "Upload a CSV")
    return uploader.set_value((name, raw, "text/csv")).run()


def csv(rows: int, separator: str = ";") -> bytes:
    lines = [f"this is {'good' if i % 2 else 'bad'} number {i}{separator}{'pos' if i % 2 else 'neg'}" for i in range(rows)]
    return "\n".join([f"text{separator}label", *lines]).encode()


def test_every_control_has_its_fixed_name(visit):
    at = visit("reviews")
    assert not at.exception
    assert labels(at) >= {
        "Cell", "Units", "Bidirectional", "Dropout", "Recurrent dropout", "Epochs", "Batch size", "Learning rate", "Optimizer",
        "Seed", "Data", "Vocabulary", "Length", "Embedding", "Padding", "Masking", "Pooling", "Upload a CSV", "Train", "Stop", "Review",
    }  # fmt: skip


def test_the_page_says_which_reviews_it_uses(visit):
    at = visit("reviews")
    assert at.selectbox(key=spec_key("reviews", "source")).value == "review-language"
    assert "a grammar that comes with this program" in texts(at) and "**7,200** to train on" in texts(at)
    at.selectbox(key=spec_key("reviews", "source")).set_value("imdb").run()
    assert "not on this computer yet (19.1 MB)" in texts(at) and button(at, "Train").disabled


def strip(at) -> dict:
    """What the component of the words was given."""
    proto = next(element.proto for element in at.get("bidi_component") if "word_strip" in str(element.proto.component_name))
    return json.loads(proto.json)


def write(at, text: str) -> dict:
    at.text_area(key=session.REVIEW.name).set_value(text).run()
    assert not at.exception
    return strip(at)


def change(at, **changes) -> dict:
    """Change the words on show, as word_strip.js does; returns what the component is given then."""
    shown = strip(at)
    edit = {
        "review": shown["review"],
        "version": 1,
        "order": list(range(len(shown["words"]))),
        "out": [],
        "shuffles": [],
        **changes,
    }
    at.session_state[session.REVIEW_EDIT.name] = edit
    at.run()
    assert not at.exception
    return strip(at)


def test_the_example_scores_a_review_word_by_word(visit):
    at = visit("reviews")
    shown = write(at, "a wonderful film, simply <b>wonderful</b> zzyzx")
    assert shown["words"] == ["a", "wonderful", "film", "simply", "b", "wonderful", "b", "zzyzx"] and shown["names"] == [
        "Negative",
        "Positive",
    ]
    assert shown["now"] == shown["before"] == shown["scores"][-1] > 0.5 and "message" not in shown
    assert shown["known"] == [True] * 7 + [False] and "1 of 8 words are not in the vocabulary" in shown["remark"]
    assert shown["importance"][1] > 0 and shown["without"][1] < shown["now"] and shown["importance"][7] is None
    assert write(at, "awful boring waste of time")["now"] < 0.5


def test_a_review_is_read_once_however_often_the_page_ticks(visit, monkeypatch):
    calls, word_by_word = [], ReviewScorer.prefix_predictions
    monkeypatch.setattr(
        ReviewScorer, "prefix_predictions", lambda scorer, words: calls.append(words) or word_by_word(scorer, words)
    )
    at = visit("reviews")
    at.run().run()
    assert len(calls) == 1
    write(at, "another one")
    at.run()
    assert len(calls) == 2 and calls[1] == ["another", "one"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "!?…",
        "<script>alert(1)</script>",
        "☃ ☃",
        "word " * 3000,
        "**bold** [x](y) $a$",
        "好 电影",
        "הסרט טוב",
        "👍🏽 film",
    ],
)
def test_any_text_gets_a_prediction_or_a_reason(visit, text):
    shown = write(visit("reviews"), text)
    if "message" in shown:
        assert ("Type a few words" in shown["message"]) == (shown["words"] == [])
        assert shown["words"] == [] or "there is no score" in shown["message"]
    else:
        assert 0 < shown["now"] < 1


@pytest.mark.parametrize("text", ["zzyzx", "zzyzx qqqxx wwxq", "film was good " + "zzyzx " * 200, "好电影", "☃"])
def test_without_a_known_word_there_is_no_prediction_no_colour_and_no_percentage(visit, text):
    shown = write(visit("reviews"), text)
    assert "knows none of these words, so there is no score" in shown["message"] and "Some known words: the, " in shown["note"]
    assert shown["now"] is None and shown["before"] is None and not any(shown["known"])
    assert {*shown["scores"], *shown["without"], *shown["importance"]} == {None}
    assert "%" not in shown["message"] + shown["note"]


def test_a_word_without_which_nothing_is_known_claims_nothing(visit):
    at = visit("reviews")
    shown = write(at, "zzyzx wonderful qqq")
    assert shown["now"] > 0.5 and shown["scores"][0] is None and shown["without"] == shown["importance"] == [None] * 3
    shown = change(at, out=[1])
    assert shown["now"] is None and shown["before"] > 0.5 and set(shown["scores"]) == {None}


def test_weights_from_before_the_first_step_give_no_prediction(visit, monkeypatch):
    monkeypatch.setattr(checkpoints, "position", lambda folder: (0, 0.0))
    shown = strip(visit("reviews"))
    assert "has not taken a training step yet" in shown["message"] and shown["now"] is None


def test_a_word_is_left_out_and_two_are_swapped(visit):
    at = visit("reviews")
    original = write(at, "a waste of a wonderful cast")
    shown = change(at, out=[1])
    assert shown["out"] == [1] and shown["before"] == original["now"] < shown["now"]
    assert shown["scores"][1] is None and shown["now"] == pytest.approx(original["without"][1], abs=1e-4)
    shown = change(at, order=[0, 4, 2, 3, 1, 5])
    assert shown["order"] == [0, 4, 2, 3, 1, 5] and shown["words"] == original["words"] and shown["before"] == original["now"]
    assert shown["scores"][5] == shown["now"] != original["now"]
    assert change(at, out=[0, 1, 2, 3, 4, 5])["now"] is None


def test_words_are_shuffled(visit):
    at = visit("reviews")
    original = write(at, "a waste of a wonderful cast")
    tries = [[5, 4, 3, 2, 1, 0], [1, 0, 2, 3, 4, 5]]
    shown = change(at, order=tries[1], shuffles=tries)
    assert len(shown["shuffled"]) == 2 and shown["shuffled"][1] == shown["now"] and shown["before"] == original["now"]


@pytest.mark.parametrize("changes", [
    {"review": "another"}, {"order": [0, 0, 1]}, {"order": [0]}, {"order": None}, {"order": ["a", "b", "c"]}, {"order": [True, 0, 2]},
    {"out": [7]}, {"out": [-1]}, {"out": [[0]]}, {"version": "x"}, {"shuffles": [[0]]}, {"shuffles": {}},
], ids=str)  # fmt: skip
def test_a_change_that_the_component_never_sends_changes_nothing(visit, changes):
    at = visit("reviews")
    original = write(at, "a wonderful cast")
    shown = change(at, **changes)
    assert (shown["order"], shown["out"], shown["now"]) == ([0, 1, 2], [], original["now"])


def test_a_change_of_other_words_is_forgotten(visit):
    at = visit("reviews")
    write(at, "a wonderful cast")
    assert change(at, out=[1])["out"] == [1]
    assert write(at, "a dull cast")["out"] == []


def test_the_field_starts_with_an_example_and_the_others_are_one_click_away(visit):
    at = visit("reviews")
    chips = next(pills for pills in at.get("pills") if pills.label == "Examples")
    assert chips.options[0] == chips.value == "Twist at the end" and len(chips.options) >= 4
    assert strip(at)["note"] and strip(at)["now"] < 0.5 < max(strip(at)["scores"])
    chips.set_value("Not bad").run()
    assert not at.exception and at.text_area(key=session.REVIEW.name).value == "This film is not bad."
    shown = write(at, "my own words")
    chips = next(pills for pills in at.get("pills") if pills.label == "Examples")
    assert chips.value is None and not shown["note"]


def open_tab(at, label: str):
    at.session_state[session.REVIEW_TAB.name] = label
    return at.run()


def test_training_testing_and_reading_a_mistake(visit):
    at = visit("reviews", spec=RunSpec.from_options("reviews", **SMALL).to_short())
    button(at, "Train").click().run()
    run = ended(at.query_params["run"])
    assert (run.state, run.task) == (FINISHED, "reviews")
    at.run()
    open_tab(at, "Test results")
    assert not at.exception
    assert {"Bag-of-words baseline", "Network, where order decides", "Baseline, where order decides"} <= {
        m.label for m in at.metric
    }
    assert "2,000 test reviews" in texts(at)
    open_tab(at, TRY)
    assert "dull, but the acting" in at.text_area(key=session.REVIEW.name).value
    button(at, "Test review").click().run()
    assert not at.exception and strip(at)["truth"].startswith("True: ") and strip(at)["words"]
    number = at.session_state[session.TEST_REVIEW.name]
    assert " ".join(strip(at)["words"]) == at.text_area(key=session.REVIEW.name).value and 0 <= number < 2000
    assert not write(at, "the plot was dull")["truth"]
    open_tab(at, "Word order")
    button(at, "Shuffle 300 test reviews").click().run()
    assert not at.exception and {"As they are", "Shuffled", "Same prediction"} <= {m.label for m in at.metric}
    assert "the baseline reaches 50.0%" in texts(at)


def test_the_words_of_the_example_hardly_need_their_order(visit):
    at = open_tab(visit("reviews"), "Word order")
    assert "the bag-of-words baseline reaches 86.9%, this network 87.7%" in texts(at) and "see the preset Twins" in texts(at)
    assert button(at, "Shuffle 300 test reviews") and not [m for m in at.metric if m.label == "Shuffled"]


def test_four_sentences_say_what_they_can_and_cannot_show(visit):
    at = visit("reviews", spec=spec_of("reviews", "four-sentences").to_short())
    assert "memorise" in texts(at) and "no validation and no test" in texts(at)
    button(at, "Train").click().run()
    run = ended(at.query_params["run"])
    open_tab(at, "Test results")
    assert not at.exception and run.metrics["train_accuracy"] == 1.0 and "val_accuracy" not in run.metrics
    assert "This run had no test" in texts(at)


def test_typed_sentences_are_used_and_kept(visit):
    at = visit("reviews")
    button(at, "Use these sentences").click().run()
    assert not at.exception and uploads.is_upload(at.selectbox(key=spec_key("reviews", "source")).value)
    link = at.query_params["spec"]
    again = visit("reviews", spec=link)  # another session: the table is filled from the link
    assert (
        again.session_state[session.OWN_EDITED.name]["text"].tolist() == at.session_state[session.OWN_EDITED.name]["text"].tolist()
    )
    button(again, "Train").click().run()
    assert ended(again.query_params["run"]).state == FINISHED


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_csv_is_used_at_once_where_its_columns_are_clear(visit, separator):
    at = upload(visit("reviews"), csv(40, separator))
    assert not at.exception and not at.error
    name = at.selectbox(key=spec_key("reviews", "source")).value
    assert uploads.is_upload(name) and services.store().uploads.labels("", "reviews") == {name: "mine.csv"}
    assert "**33** to train on, **3** to validate, **4** for the test" in texts(at)


def test_columns_can_be_chosen(visit):
    rows = "\n".join(f"x{i},{'ja' if i % 2 else 'nein'},{'rot' if i % 3 else 'blau'},das ist Satz {i}" for i in range(30))
    at = upload(visit("reviews"), f"id,mag,farbe,was\n{rows}".encode("cp1252"))
    next(s for s in at.selectbox if s.label == "Column with the text").set_value("was").run()
    next(s for s in at.selectbox if s.label == "Column with the label").set_value("farbe").run()
    next(s for s in at.selectbox if s.label == "Label that counts as positive").set_value("blau").run()
    button(at, "Use these columns").click().run()
    assert not at.exception and not at.error
    own = labelled.from_bytes(uploads.read(at.selectbox(key=spec_key("reviews", "source")).value, services.settings()))
    assert own.names == ("rot", "blau") and own.texts[0].startswith("das ist Satz") and sum(own.labels) == 10


@pytest.mark.parametrize("raw, message", [
    (b"text\nonly one column\nand no label\n", "mine.csv could not be used"),
    (b"text,label\na,1\nb,2\nc,3\nd,1\n", "three|3 "),
    (b'text,label\n"a good one,1\nb,0\nc,1\nd,0\n', "quot"),
    (b"text,label\na,1\nb,1\nc,1\nd,1\n", "nothing to tell apart"),
    (b"", "empty"),
    (b"PK\x03\x04" + b"\0" * 60, "ZIP"),
])  # fmt: skip
def test_a_csv_that_cannot_be_learnt_from_gets_sentences_and_nothing_is_lost(visit, raw, message):
    at = visit("reviews")
    at.text_area(key=session.REVIEW.name).set_value("what i typed").run()
    before = at.selectbox(key=spec_key("reviews", "source")).value
    upload(at, raw)
    assert not at.exception and re.search(message, " ".join(e.value.replace("\\", "") for e in at.error))
    assert (
        at.selectbox(key=spec_key("reviews", "source")).value == before
        and at.text_area(key=session.REVIEW.name).value == "what i typed"
    )


def test_a_csv_over_the_limit_is_refused_before_it_is_read(visit, monkeypatch):
    monkeypatch.setenv("RNN_MAX_UPLOAD_MB", "1")
    monkeypatch.setattr(csv_file, "read_csv", lambda *_: pytest.fail("it was read"))
    at = upload(visit("reviews"), csv(40_000))
    message = " ".join(error.value for error in at.error).replace("\\", "")
    assert not at.exception and "at most 1 MB are allowed here" in message and "RNN_MAX_UPLOAD_MB" in message


def test_too_many_rows_are_said_and_a_part_is_taken(visit, monkeypatch):
    monkeypatch.setattr(labelled, "MAX_ROWS", 50)
    at = upload(visit("reviews"), csv(200))
    assert not at.exception and not at.error
    assert "200" in texts(at) and "**41** to train on" in texts(at)


@pytest.mark.parametrize("name", task_of("reviews").presets)
def test_a_preset_is_marked(visit, name):
    expected = spec_of("reviews", name, 8000, source="review-language")
    at = visit("reviews", spec=expected.to_short())
    assert not at.exception and at.session_state[session.PRESET("reviews").name] == name
    assert RunSpec.from_short(at.query_params["spec"]) == expected


def test_presets_keep_own_sentences_and_come_back_to_them(visit):
    at = upload(visit("reviews"), csv(40))
    mine = at.selectbox(key=spec_key("reviews", "source")).value
    preset(at, "two-bilstm")
    assert (
        at.selectbox(key=spec_key("reviews", "source")).value == mine
        and len(RunSpec.from_short(at.query_params["spec"]).model.layers) == 2
    )
    preset(at, "four-sentences")
    assert at.selectbox(key=spec_key("reviews", "source")).value == "four-sentences"
    preset(at, "bilstm")
    assert at.selectbox(key=spec_key("reviews", "source")).value == mine


def preset(at, name: str) -> None:
    next(pills for pills in at.get("pills") if pills.label == "Preset").set_value(name).run()


def test_two_uploads_alike_in_size_keep_their_own_words(visit):
    """The second corrects a word of the first: as many bytes, as many words."""
    shown = []
    for first in ("good", "fine"):
        rows = [f"{first} film {'yes' if i % 2 else 'no'} w{i:02};{'pos' if i % 2 else 'neg'}" for i in range(12)]
        at = upload(visit("reviews"), "\n".join(["text;label", *rows]).encode())
        at.number_input(key=spec_key("reviews", "epochs")).set_value(1).run()
        button(at, "Train").click().run()
        assert ended(at.query_params["run"]).state == FINISHED
        at.run()
        shown.append(at.text_area(key=session.REVIEW.name).value)
    assert shown[0].startswith("good film") and shown[1].startswith("fine film")


def test_own_sentences_that_were_forgotten_can_still_be_looked_at_but_not_trained_on(visit):
    at = visit("reviews")
    button(at, "Use these sentences").click().run()
    button(at, "Train").click().run()
    run = ended(at.query_params["run"]).id
    for path in (services.settings().home / "uploads").iterdir():
        path.unlink()
    data.load.clear()  # as after a restart
    at = visit("reviews", run=run)
    for _ in range(2):
        assert "Upload the file again" in texts(at) and button(at, "Train").disabled
        assert at.text_area(key=session.REVIEW.name).value == "i nearly fell asleep"
        at.run()


@pytest.mark.parametrize("name", ["upload-../x", "upload-", "upload-0123abc", "upload-0123456789abcdef01234567", "chess"])
def test_a_link_to_data_that_is_not_there_is_answered_with_a_sentence(visit, name):
    at = visit("reviews", spec=RunSpec.from_options("reviews", source=name).to_short())
    assert not at.exception and len(at.error) == 1 and button(at, "Train").disabled


def test_a_very_long_text_is_cut_and_the_page_says_so(visit):
    at = visit("reviews")
    shown = write(at, "good " * 5000)
    assert len(shown["words"]) == 200 and "reads the last 200 of 4,000 words" in shown["note"]


def test_the_typed_review_stays_while_a_run_has_no_weights(visit):
    visit()
    waiting = services.store().runs.add(RunSpec.from_options("reviews", **SMALL), "Waiting", kept_for=os.getpid())
    at = visit("reviews", run=waiting)
    assert "first training steps" in write(at, "typed too early")["message"]
    assert at.text_area(key=session.REVIEW.name).value == "typed too early"
