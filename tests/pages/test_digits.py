"""The Digits page: training, drawing, photos, and the test results."""

import base64
import io
import json
import os
import re

import numpy as np
import pytest
from PIL import Image

from pages.parts.shell import services, session
from pages.parts.tasks.digits import try_it
from pages.parts.tasks.digits.charts import CELLS, cell_style
from rnn_core.nn.prefix_predictions import predict_prefixes
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.rows import FINISHED
from rnn_core.runs.submit import submit
from rnn_core.tasks.digits import picture
from rnn_core.tasks.digits.dataset import order
from rnn_core.tasks.digits.drawings import NO_DIGITS
from rnn_core.tasks.digits.options import DigitsData
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
        "Cell", "Units", "Bidirectional", "Dropout", "Recurrent dropout", "Epochs", "Batch size", "Learning rate", "Optimizer",
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


def read(at) -> dict:
    """What the reader was given."""
    assert not at.exception
    proto = next(element.proto for element in at.get("bidi_component") if "reader" in str(element.proto.component_name))
    return json.loads(proto.json)


def open_tab(at, label: str):
    at.session_state[session.DIGIT_TAB.name] = label
    return at.run()


def test_a_drawn_digit_is_read_row_by_row_by_the_example(visit):
    at = visit("digits")
    assert len(read(at)["timesteps"]) == 28  # of the drawing that the page begins with
    at.session_state[session.DRAWING.name] = ""  # cleared
    empty = read(at.run())
    assert empty["message"].startswith("Draw a digit") and empty["timesteps"] == [] and empty["id"] == ""
    at.session_state[session.DRAWING.name] = packed(seven())
    at.run()
    shown = read(at)
    predictions = np.array(shown["predictions"])
    assert shown["timesteps"] == list(range(1, 29)) and predictions.shape == (28, 10)
    np.testing.assert_allclose(predictions.sum(1), 1, atol=0.01)
    assert shown["unit"] == "rows" and shown["answers"][-1].startswith("7 (") and "100%" not in str(shown["answers"])
    assert [int(answer[0]) for answer in shown["answers"]] == predictions.argmax(1).tolist()
    assert shown["late"] == f"From row {shown['settled']} on, the answer stays 7."
    assert {answer[0] for answer in shown["answers"][shown["settled"] - 1 :]} == {"7"}
    assert shown["answers"][shown["settled"] - 2][0] != "7"
    assert "This network learnt to answer at the end; with Pooling set to Mean, after every timestep." in shown["early"]
    assert len(base64.b64decode(shown["picture"])) == 784 and shown["id"] != empty["id"]


def test_training_testing_and_reading_a_test_picture(visit):
    at = visit("digits", spec=RunSpec.from_options("digits", **SMALL).to_short())
    button(at, "Train").click().run()
    run = ended(at.query_params["run"])
    assert (run.state, run.task) == (FINISHED, "digits") and run.title.startswith("Small digits")
    at.run()
    assert not at.exception and "<span>test " in texts(at)
    at.session_state[session.DIGIT_FROM.name] = "test"
    at.run()
    at.number_input(key=session.TEST_PICTURE.name).set_value(7).run()
    shown = read(at)
    assert shown["timesteps"] == list(range(1, 9)) and shown["truth"].startswith("True: ")
    assert shown["truth"].endswith("wrong.") == (shown["truth"][6] != shown["answers"][-1][0])
    numbers = set()
    for _ in range(5):
        button(at, "Another one").click().run()
        numbers.add(at.number_input(key=session.TEST_PICTURE.name).value)
    assert numbers != {7}


def test_the_results_have_tabs_beside_trying(visit):
    at = visit("digits", spec=RunSpec.from_options("digits", **SMALL).to_short())
    open_tab(at, "Mistakes")
    button(at, "Train").click().run()
    run = ended(at.query_params["run"])
    at.run()
    assert not at.exception and "most confident of" in texts(at)
    opened = next(json.loads(e.proto.json) for e in at.get("bidi_component") if "gallery" in str(e.proto.component_name))[
        "pictures"
    ]
    assert len(opened) == 24 and "→" in opened[0]["caption"] and len(base64.b64decode(opened[0]["pixels"])) == 64
    open_tab(at, "Confusion matrix")
    assert not at.exception and "360 test pictures" in texts(at)
    chart = next(c for c in at.get("vega_lite_chart") if session.CONFUSION(run.id, 0).name in c.proto.id)
    assert "Confusion matrix; most frequent mistake: true " in chart.proto.alt


@pytest.mark.parametrize("background, text", [("#fcfcfa", "#1d2a2a"), ("#121817", "#e6ebe8")])
@pytest.mark.parametrize("cell", CELLS)
def test_the_numbers_in_the_cells_can_be_read(cell, background, text):
    def rgb(colour: str) -> np.ndarray:
        return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])

    def luminance(channels: np.ndarray) -> float:
        return float(
            np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
        )

    for opacity, ink in zip(*cell_style(np.linspace(0, 1, 101)), strict=True):
        below = luminance(opacity * rgb(cell) + (1 - opacity) * rgb(background))
        number = luminance(rgb(text if ink == "currentColor" else ink))
        light, dark = max(below, number), min(below, number)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (opacity, ink)


def test_what_is_no_digit_is_called_one(visit):
    at = visit("digits")
    pills = next(group for group in at.get("button_group") if "none of these" in group.label)
    answers = {}
    for name in NO_DIGITS:
        pills.set_value(name).run()
        answers[name] = read(at)["answers"][-1]
        digit, share = answers[name].split(" ")
        assert f"The network gives **{digit}** {share}, though nobody drew a digit." in texts(at)
        assert (at.session_state[session.DRAWING.name] == "") == (name == "Nothing at all")
    assert answers["Smiley"] == "0 (>99%)"
    assert at.session_state[session.DRAWING_VERSION.name] == len(NO_DIGITS)
    pills.set_value(None).run()
    assert read(at)["timesteps"] == [] and "nobody drew" not in texts(at)


def test_pictures_are_shifted_and_read_in_another_order(visit):
    at = visit("digits", run=task_of("digits").example)
    at.session_state[session.DRAWING.name] = packed(seven())
    at.run()
    picture = np.frombuffer(base64.b64decode(read(at)["picture"]), np.uint8).reshape(28, 28)
    at.slider(key=session.SHIFT(28).name).set_value(6).run()
    shown = read(at)
    moved = np.frombuffer(base64.b64decode(shown["picture"]), np.uint8).reshape(28, 28)
    assert not moved[:, :6].any() and (moved[:, 6:] == picture[:, :-6]).all()
    digit, share = shown["answers"][-1].split(" ")
    assert f"; shifted by 6 pixels: **{digit}** {share}." in texts(at)
    at.toggle(key=session.REORDER.name).set_value(True).run()
    mixed = np.frombuffer(base64.b64decode(read(at)["picture"]), np.uint8).reshape(28, 28)
    assert "shifted by 6 pixels and rows shuffled: **" in texts(at)
    assert read(at)["changed"] == "Shifted by 6 pixels and rows shuffled"
    assert (mixed == moved[order(DigitsData(shuffled=True), 28)]).all()


def test_a_change_is_measured_on_test_pictures(visit):
    at = visit("digits", spec=RunSpec.from_options("digits", **SMALL).to_short())
    button(at, "Train").click().run()
    run = ended(at.query_params["run"])
    at.session_state[session.DIGIT_FROM.name] = "test"
    at.run()
    button(at, "On 360 test pictures").click().run()
    assert f"{run.results['test_accuracy']:.1%} of 360 test pictures right as they are." in texts(at)
    at.slider(key=session.SHIFT(8).name).set_value(2).run()
    button(at, "On 360 test pictures").click().run()
    assert not at.exception and re.search(r"right as they are, \d+\.\d% shifted by 2 pixels\.", texts(at))


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
    shown = read(at)
    assert shown["unit"] == unit and shown["backwards"] == change.get("backwards", False) and shown["late"]
    assert shown["timesteps"][-1] == (64 if unit == "pixels" else 8)


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
    assert re.search(message, read(at)["message"]), read(at)["message"]


def test_a_photo_is_read(visit):
    at = visit("digits")
    at.session_state[session.DIGIT_FROM.name] = "photo"
    at.run()
    photo = np.full((400, 300), 210, np.uint8)
    photo[100:212, 90:202][seven() == 0] = 40
    at.get("file_uploader")[-1].set_value(("photo.png", png(photo), "image/png")).run()
    assert read(at)["answers"][-1].startswith("7 (")


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
    assert "frame" not in read(bare)["late"]
    photo[[70, 71, 240, 241], 60:232] = photo[70:242, [60, 61, 230, 231]] = 40
    framed = shown(visit, photo)
    assert "A printed frame or lines around the digit were left out" in read(framed)["late"]
    assert read(framed)["answers"][-1].startswith("7 (")


def test_of_two_digits_none_is_read(visit):
    photo = np.full((400, 400), 210, np.uint8)
    photo[100:212, 70:182][seven() == 0] = photo[100:212, 190:302][seven() == 0] = 40
    at = shown(visit, photo)
    assert "more than one digit" in read(at)["message"] and read(at)["timesteps"] == []


def test_a_digit_is_found_and_read_once_however_often_the_page_ticks(visit, monkeypatch):
    calls = []
    monkeypatch.setattr(try_it, "predict_prefixes", lambda *arguments: calls.append("trace") or predict_prefixes(*arguments))
    monkeypatch.setattr(picture, "find", lambda *arguments, find=picture.find: calls.append("digit") or find(*arguments))
    at = visit("digits")
    calls.clear()  # of the drawing that the page begins with
    at.session_state[session.DRAWING.name] = packed(seven())
    at.run().run()
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
    assert "first training steps" in read(at)["message"] and read(at)["picture"]
    services.store().lifecycle.stop(waiting)
    at.query_params["run"] = "example-digits"
    at.run()
    assert read(at)["answers"][-1].startswith("7 (")


def test_a_second_click_that_cuts_the_first_short_begins_no_second_run(visit):
    """The first click has stored its run, but its script was stopped before it wrote the URL."""
    at = visit("digits", spec=RunSpec.from_options("digits", **{**SMALL, "epochs": 500}).to_short())
    spec = RunSpec.from_short(at.query_params["spec"])
    at.session_state[session.NEW_RUN("digits").name] = submit(spec, services.store(), services.settings(), run_id="firstclick")
    button(at, "Train").click().run()
    assert not at.exception and at.query_params["run"] == "firstclick"
    assert [run.id for run in services.store().runs.newest("digits") if run.owner is not None] == ["firstclick"]
    assert session.NEW_RUN("digits").name not in at.session_state


@pytest.mark.parametrize("before", [None, "example-digits"])
def test_a_second_click_from_the_address_before_the_first_begins_no_second_run(visit, before):
    """The server shows the run of the first click, but the browser still has the address from before."""
    spec = RunSpec.from_options("digits", **{**SMALL, "epochs": 500}).to_short()
    at = visit("digits", spec=spec)
    button(at, "Train").click().run()
    first = at.query_params["run"]
    del at.query_params["run"]
    at.session_state[session.LAST_RUN("digits").name] = before
    at.query_params["spec"] = spec
    at.run()
    assert not button(at, "Train").disabled
    button(at, "Train").click().run()
    assert not at.exception and at.query_params["run"] == first
    assert [run.id for run in services.store().runs.newest("digits") if run.owner is not None] == [first]
