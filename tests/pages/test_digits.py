"""The Digits page: training, drawing, photos, and the test results."""

import io
import os
import re

import numpy as np
import pytest
from PIL import Image

from pages.parts.shell import services, session
from pages.parts.tasks.digits import try_it
from rnn_core.nn.prefix_predictions import predict_prefixes
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.rows import FINISHED
from rnn_core.runs.submit import submit
from rnn_core.tasks.digits import picture
from rnn_core.tasks.task import task_of
from tests.data import fake_datasets
from tests.pages.helpers import button, ended, labels, spec_key, texts
from tests.pages.test_canvas import packed

SMALL = {"source": "digits-8x8", "units": 16, "epochs": 2, "batch_size": 32, "learning_rate": 0.01}


def seven() -> np.ndarray:
    levels = np.full((112, 112), 15)
    levels[20:32, 25:85] = 0
    for row in range(32, 95):
        column = 80 - int(0.6 * (row - 32))
        levels[row, column - 6 : column + 6] = 0
    return levels


def test_every_control_has_its_fixed_name(visit):
    at = visit("digits")
    assert not at.exception
    assert labels(at) >= {
        "Cell", "Units", "Layers", "Bidirectional", "Dropout", "Recurrent dropout", "Epochs", "Batch size", "Learning rate", "Optimizer",
        "Seed", "Data", "Read by", "Backwards", "Shuffled", "Pooling", "Training examples", "Train", "Stop",
    }  # fmt: skip
    assert "Embedding" not in labels(at)


def test_the_page_says_which_digits_it_uses(visit, data_dir):
    at = visit("digits")
    assert at.selectbox(key=spec_key("digits", "source")).value == "digits-8x8"
    assert "not MNIST" in texts(at) and "1,294" in texts(at)
    at.selectbox(key=spec_key("digits", "source")).set_value("mnist").run()
    assert "not on this computer yet (11.5 MB)" in texts(at) and button(at, "Train").disabled
    fake_datasets.mnist(data_dir / "mnist.npz")
    assert visit("digits").selectbox(key=spec_key("digits", "source")).value == "mnist"


def test_a_drawn_digit_is_read_row_by_row_by_the_example(visit):
    at = visit("digits")
    at.session_state[session.DRAWING.name] = packed(seven())
    at.run()
    assert not at.exception and "After 28 of 28 rows: **7** (" in texts(at)
    slider = next(s for s in at.select_slider if s.label == "Rows read")
    slider.set_value(3).run()
    assert "After 3 of 28 rows: **" in texts(at)


def test_training_testing_and_reading_a_test_picture(visit):
    at = visit("digits", spec=RunSpec.from_options("digits", **SMALL).to_short())
    button(at, "Train").click().run()
    run = ended(at.query_params["run"])
    assert (run.state, run.task) == (FINISHED, "digits") and run.title.startswith("Small digits")
    at.run()
    assert not at.exception and "Test accuracy" in [m.label for m in at.metric]
    assert "360 test pictures" in texts(at)
    at.session_state[session.DIGIT_FROM.name] = "test"
    at.run()
    at.number_input(key=session.TEST_PICTURE.name).set_value(7).run()
    assert not at.exception and "True: **" in texts(at)
    numbers = set()
    for _ in range(5):
        button(at, "Another one").click().run()
        numbers.add(at.number_input(key=session.TEST_PICTURE.name).value)
    assert numbers != {7}


def test_the_confusion_matrix_shows_the_pictures_of_a_field(visit):
    at = visit("digits", spec=RunSpec.from_options("digits", **SMALL).to_short())
    button(at, "Train").click().run()
    run = ended(at.query_params["run"])
    at.run()
    assert "most confident mistakes" in texts(at)
    chart = next(c for c in at.get("vega_lite_chart") if session.CONFUSION(run.id, 0).name in c.proto.id)
    assert "Confusion matrix; most frequent mistake: true " in chart.proto.alt


@pytest.mark.parametrize(
    "change", [{"reading": "columns"}, {"reading": "pixels", "examples": 100}, {"backwards": True}, {"shuffled": True}]
)
def test_other_ways_of_reading(visit, change):
    spec = RunSpec.from_options("digits", **{**SMALL, "epochs": 1, **change})
    at = visit("digits", spec=spec.to_short())
    button(at, "Train").click().run()
    assert ended(at.query_params["run"]).state == FINISHED
    at.session_state[session.DRAWING.name] = packed(seven())
    at.run()
    unit = change.get("reading", "rows")
    assert not at.exception and f"{unit}: **" in texts(at)


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("raw, message", [
    (b"this is a text", "not a picture"),
    (png(np.full((300, 300), 255, np.uint8)), "one colour|nothing|no digit|too faint|all"),
    (png(np.zeros((8000, 5000), np.uint8)), "40"),
])  # fmt: skip
def test_a_photo_that_cannot_be_read_gets_a_sentence(visit, raw, message):
    at = visit("digits")
    at.session_state[session.DIGIT_FROM.name] = "photo"
    at.run()
    at.get("file_uploader")[-1].set_value(("photo.png", raw, "image/png")).run()
    assert not at.exception and len(at.error) == 1
    assert re.search(message, at.error[0].value), at.error[0].value


def test_a_photo_is_read(visit):
    at = visit("digits")
    at.session_state[session.DIGIT_FROM.name] = "photo"
    at.run()
    photo = np.full((400, 300), 210, np.uint8)
    photo[100:212, 90:202][seven() == 0] = 40
    at.get("file_uploader")[-1].set_value(("photo.png", png(photo), "image/png")).run()
    assert not at.exception and "After 28 of 28 rows: **7** (" in texts(at)


def shown(visit, pixels: np.ndarray):
    at = visit("digits")
    at.session_state[session.DIGIT_FROM.name] = "photo"
    at.run()
    at.get("file_uploader")[-1].set_value(("photo.png", png(pixels), "image/png")).run()
    assert not at.exception
    return at


def test_the_page_says_that_a_frame_was_left_out(visit):
    photo = np.full((400, 300), 210, np.uint8)
    photo[100:212, 90:202][seven() == 0] = 40
    bare = shown(visit, photo)
    assert "One digit was found" in texts(bare) and "frame" not in texts(bare)
    photo[[70, 71, 240, 241], 60:232] = photo[70:242, [60, 61, 230, 231]] = 40
    framed = shown(visit, photo)
    assert "A printed frame or lines around the digit were left out" in texts(framed)
    assert "After 28 of 28 rows: **7** (" in texts(framed)


def test_of_two_digits_none_is_read(visit):
    photo = np.full((400, 400), 210, np.uint8)
    photo[100:212, 70:182][seven() == 0] = photo[100:212, 190:302][seven() == 0] = 40
    at = shown(visit, photo)
    assert [error.value for error in at.error if "more than one digit" in error.value] and "28 rows: **" not in texts(at)


def test_a_digit_is_found_and_read_once_however_often_the_page_ticks(visit, monkeypatch):
    calls = []
    monkeypatch.setattr(try_it, "predict_prefixes", lambda *arguments: calls.append("trace") or predict_prefixes(*arguments))
    monkeypatch.setattr(picture, "find", lambda *arguments, find=picture.find: calls.append("digit") or find(*arguments))
    at = visit("digits")
    at.session_state[session.DRAWING.name] = packed(seven())
    at.run().run()
    next(s for s in at.select_slider if s.label == "Rows read").set_value(3).run()
    assert calls == ["digit", "trace"]
    at.session_state[session.DIGIT_FROM.name] = "photo"
    at.run()
    at.get("file_uploader")[-1].set_value(("photo.png", png((seven() * 17).astype(np.uint8)), "image/png")).run()
    at.run()
    assert not at.exception and calls == ["digit", "trace", "digit"]  # the same digit: the network does not run again
    at.get("file_uploader")[-1].set_value(("photo.png", png((seven().T * 17).astype(np.uint8)), "image/png")).run()
    assert not at.exception and calls[3:] == ["digit", "trace"]  # another photo of the same name


@pytest.mark.parametrize("name", task_of("digits").presets)
def test_a_preset_sets_all_options_and_is_marked(visit, name):
    expected = spec_of("digits", name, 1437, source="digits-8x8")
    at = visit("digits", spec=expected.to_short())
    assert not at.exception and at.session_state[session.PRESET("digits").name] == name
    assert RunSpec.from_short(at.query_params["spec"]) == expected


def test_each_page_keeps_its_own_controls(visit):
    at = visit("text")
    at.number_input(key=spec_key("text", "units")).set_value(48).run()
    at.switch_page("pages/2_digits.py").run()
    assert not at.exception and at.number_input(key=spec_key("digits", "units")).value == 64
    at.number_input(key=spec_key("digits", "units")).set_value(80).run()
    at.switch_page("pages/3_reviews.py").run()
    assert not at.exception and at.number_input(key=spec_key("reviews", "vocabulary")).value == 10_000
    at.switch_page("pages/1_text.py").run()
    assert at.number_input(key=spec_key("text", "units")).value == 48
    assert at.number_input(key=spec_key("text", "vocabulary")).value == 5000
    at.switch_page("pages/2_digits.py").run()
    assert at.number_input(key=spec_key("digits", "units")).value == 80 and not at.exception


def test_a_link_or_a_run_of_another_page_is_refused(visit):
    at = visit("digits", spec=RunSpec().to_short())
    assert "This link is for another page" in texts(at)
    assert "belongs to another page" in texts(visit("digits", run="example"))


def test_the_drawing_stays_while_a_run_has_no_weights(visit):
    visit()
    waiting = services.store().runs.add(RunSpec.from_options("digits", **SMALL), "Waiting", kept_for=os.getpid())
    at = visit("digits", run=waiting)
    at.session_state[session.DRAWING.name] = packed(seven())
    at.run()
    assert not at.exception and "first training steps" in texts(at)
    services.store().lifecycle.stop(waiting)
    at.query_params["run"] = "example-digits"
    at.run()
    assert "After 28 of 28 rows: **7** (" in texts(at)


def test_a_second_click_that_cuts_the_first_short_begins_no_second_run(visit):
    """The first click has stored its run, but its script was stopped before it wrote the URL."""
    at = visit("digits", spec=RunSpec.from_options("digits", **{**SMALL, "epochs": 500}).to_short())
    spec = RunSpec.from_short(at.query_params["spec"])
    at.session_state[session.NEW_RUN("digits").name] = submit(spec, services.store(), services.settings(), run_id="firstclick")
    button(at, "Train").click().run()
    assert not at.exception and at.query_params["run"] == "firstclick"
    assert [run.id for run in services.store().runs.newest("digits") if run.owner is not None] == ["firstclick"]
    assert session.NEW_RUN("digits").name not in at.session_state
