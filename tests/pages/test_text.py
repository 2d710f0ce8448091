"""The Text page: its controls, its check of the data, a real training, links and refreshes."""

import json
import time

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.shell import services, session
from pages.parts.shell.frame import pages
from rnn_core.data import uploads
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.kinds import Sample
from rnn_core.runs.store.rows import FAILED, FINISHED, RUNNING
from rnn_core.runs.submit import submit
from rnn_core.tasks.task import task_of
from tests.conftest import tiny_spec
from tests.pages.helpers import button, chosen, edit_network, given_to_components, labels, spec_key, texts


def run_in_url(at: AppTest) -> str:
    return at.query_params["run"]


def test_every_control_has_its_fixed_name(visit):
    at = visit("text")
    assert not at.exception
    labels = {
        w.label for kind in (at.selectbox, at.number_input, at.slider, at.toggle, at.text_area, at.file_uploader) for w in kind
    }
    labels |= {w.label for w in at.get("segmented_control")} | {b.label for b in at.button}
    assert labels >= {
        "Cell", "Units", "Bidirectional", "Dropout", "Recurrent dropout", "Epochs", "Batch size", "Learning rate",
        "Optimizer", "Seed", "Data", "Upload a text file", "Train", "Stop", "Generate", "Temperature", "Top-k", "Top-p",
        "Prompt", "Length",
    }  # fmt: skip
    temperature = next(s for s in at.slider if s.label == "Temperature")
    assert (temperature.min, temperature.max, temperature.value) == (0.1, 2.0, 0.8)


def test_there_is_something_to_play_with_before_anything_was_trained(visit):
    at = visit("text")
    assert "Example\\: Python reference · GRU 128" in texts(at)
    button(at, "Generate").click().run()
    assert not at.exception
    _, _, written = at.session_state[session.WRITTEN(task_of("text").example).name]
    assert len(written) == 500


def test_a_training_from_the_click_to_the_last_epoch(visit):
    at = visit("text", spec=tiny_spec(epochs=3).to_short())
    assert at.selectbox(key=spec_key("text", "source")).value == "tiny"
    button(at, "Train").click().run()
    run = run_in_url(at)
    deadline = time.monotonic() + 60
    while services.store().runs.get(run).active and time.monotonic() < deadline:
        at.run()
        assert not at.exception
        time.sleep(0.2)
    at.run()
    assert services.store().runs.get(run).state == FINISHED
    assert "epoch 3/3" in texts(at)
    assert len(at.get("vega_lite_chart")) == 2
    assert button(at, "Stop").disabled

    other = visit("text", run=run)  # the same link in a second browser: the curve, and the controls that made it
    assert "epoch 3/3" in texts(other)
    assert other.number_input(key=spec_key("text", "units")).value == 16

    first = json.dumps(services.store().events.read(run, Sample)[0].text)  # as components get it
    assert first not in given_to_components(other)
    other.session_state[session.LIVE_STEP(run).name] = 0
    assert first in given_to_components(other.run())


def test_stop_and_the_same_run_is_not_trained_twice(visit):
    at = visit("text", spec=tiny_spec(epochs=1000).to_short())
    button(at, "Train").click().run()
    run = run_in_url(at)
    assert button(at, "Train").disabled
    at.number_input(key=spec_key("text", "units")).set_value(24).run()
    assert not button(at, "Train").disabled
    at.number_input(key=spec_key("text", "units")).set_value(tiny_spec().model.layers[0].units).run()
    deadline = time.monotonic() + 60
    while services.store().runs.get(run).step < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert services.store().runs.get(run).state == RUNNING
    at.run()
    button(at, "Generate").click().run()  # plays while it trains
    assert not at.exception and len(at.session_state[session.WRITTEN(run).name][2]) == 500
    button(at, "Stop").click().run()
    while services.store().runs.get(run).active and time.monotonic() < deadline:
        time.sleep(0.05)
    assert services.store().runs.get(run).state == "stopped"


def test_a_second_run_waits_and_says_for_what(visit):
    at = visit("text", spec=tiny_spec(epochs=1000).to_short())
    button(at, "Train").click().run()
    first = run_in_url(at)
    deadline = time.monotonic() + 60
    while services.store().runs.get(first).step < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    at.number_input(key=spec_key("text", "seed")).set_value(7).run()
    button(at, "Train").click().run()
    assert run_in_url(at) != first
    assert "In the queue: this run is next." in texts(at) and "Now training: tiny · GRU 16" in texts(at)


def test_a_refresh_finds_controls_that_were_never_trained(visit):
    at = visit("text")
    at.number_input(key=spec_key("text", "units")).set_value(48).run()
    chosen(at, "Cell").set_value("lstm").run()
    again = visit("text", spec=at.query_params["spec"])
    assert again.number_input(key=spec_key("text", "units")).value == 48
    assert again.session_state[spec_key("text", "cell")] == "lstm"


@pytest.mark.parametrize("query, message", [({"run": "nothing"}, "There is no run"), ({"spec": "task-text_zz-1"}, "damaged")])
def test_a_wrong_link_says_so_and_the_page_works(visit, query, message):
    at = visit("text", **query)
    assert not at.exception
    assert message in texts(at) and not button(at, "Train").disabled


@pytest.mark.parametrize("preset", task_of("text").presets)
def test_presets_set_the_options_and_keep_the_corpus(visit, preset):
    at = visit("text")
    at.selectbox(key=spec_key("text", "source")).set_value("tiny").run()
    chosen(at, "Preset").set_value(preset).run()
    assert RunSpec.from_short(at.query_params["spec"]) == spec_of("text", preset, source="tiny")


def test_bidirectional_is_refused_with_the_reason(visit):
    at = visit("text")
    at.toggle(key=spec_key("text", "bidirectional")).set_value(True).run()
    assert "cannot generate text" in texts(at)
    assert button(at, "Train").disabled
    at.toggle(key=spec_key("text", "bidirectional")).set_value(False).run()
    assert not button(at, "Train").disabled


def test_each_layer_has_its_own_options(visit):
    at = visit("text")
    edit_network(at, "text", action="add", kind="recurrent")
    assert "Recurrent layer 2 of 2" in texts(at)
    chosen(at, "Cell").set_value("lstm").run()
    at.number_input(key=spec_key("text", "units")).set_value(40).run()
    assert not at.exception
    spec = RunSpec.from_short(at.query_params["spec"])
    assert [(layer.cell, layer.units) for layer in spec.model.layers] == [("gru", 128), ("lstm", 40)]
    edit_network(at, "text", action="select", card="recurrent:0")
    assert at.number_input(key=spec_key("text", "units")).value == 128
    again = visit("text", spec=spec.to_short())
    edit_network(again, "text", action="select", card="recurrent:1")
    assert again.number_input(key=spec_key("text", "units")).value == 40
    assert RunSpec.from_short(again.query_params["spec"]) == spec


def upload(at: AppTest, name: str, content: bytes) -> AppTest:
    at.file_uploader[0].upload(name, content)
    return at.run()


def test_an_upload_is_checked_chosen_and_trained_on(visit):
    at = upload(
        visit("text", spec=tiny_spec().to_short()), "my *own* <b>book</b>.txt", ("Größe und Übermut.\n" * 200).encode("cp1252")
    )
    assert not at.exception
    assert at.session_state[spec_key("text", "source")].startswith("upload-")
    assert "Windows-1252" in texts(at) and "**3,800** characters" in texts(at)
    button(at, "Train").click().run()
    run = run_in_url(at)
    assert services.store().runs.get(run).title.startswith("my *own* <b>book</b>.txt")
    corpus = services.store().runs.folder(run) / "corpus.txt"
    assert corpus.read_text(encoding="utf-8") == "Größe und Übermut.\n" * 200
    refreshed = visit("text", spec=at.query_params["spec"])
    assert "**3,800** characters" in texts(refreshed)


@pytest.mark.parametrize("name, content, message", [
    ("empty.txt", b"", "empty"), ("photo.txt", b"\x89PNG\r\n\x1a\n" + bytes(500), "PNG image"),
    ("book.docx", b"PK\x03\x04" + bytes(500), "ZIP archive"),
])  # fmt: skip
def test_a_file_that_is_no_text_is_refused_and_the_corpus_stays(visit, name, content, message):
    at = upload(visit("text", spec=tiny_spec().to_short()), name, content)
    assert not at.exception
    assert message in texts(at) and name.split(".")[0] in texts(at)
    assert at.selectbox(key=spec_key("text", "source")).value == "tiny" and not button(at, "Train").disabled


@pytest.mark.parametrize("content, message", [(b"short", "only 5 characters"), (b"a" * 9000, "only one distinct character")])
def test_a_text_that_cannot_be_learnt_is_not_trained(visit, content, message):
    at = upload(visit("text"), "x.txt", content)
    assert message in texts(at) and button(at, "Train").disabled


def test_the_check_gives_advice(visit, data_dir):
    at = visit("text", spec=tiny_spec(units=512).to_short())
    assert "it can memorise the text" in texts(at)
    (data_dir / "chinese.txt").write_text("".join(map(chr, range(0x4E00, 0x4E00 + 900))) * 3, encoding="utf-8")
    at = visit("text", spec=tiny_spec(source="chinese", vocabulary=500).to_short())
    assert "401 rare characters" in texts(at) and "never written" in texts(at)
    at = visit("text", spec=tiny_spec(batch_size=1000).to_short())
    assert "and not 1000 as Batch size says" in texts(at)


def test_a_corpus_that_must_be_downloaded_is_offered(visit):
    at = visit("text", spec=tiny_spec(source="shakespeare").to_short())
    assert "not on this computer yet (1.1 MB)" in texts(at)
    assert button(at, "Download it") and button(at, "Train").disabled


def test_a_failed_run_shows_why_and_its_log(visit):
    visit()
    run = submit(tiny_spec(), services.store(), services.settings())
    services.store().lifecycle.end(
        run, FAILED, "The training process ended without an error message. The last lines of its log may say why."
    )
    (services.store().runs.folder(run) / "worker.log").write_text("line one\nthe last line")
    at = visit("text", run=run)
    assert "ended without an error message" in texts(at) and "the last line" in texts(at)


def test_a_file_name_is_shown_and_not_obeyed(visit):
    name = "![x](http://example.org/x.png) **bold**.txt"
    at = upload(visit("text", spec=tiny_spec().to_short()), name, b"Not a lot of text, but enough of it. " * 50)
    button(at, "Train").click().run()
    shown = [m.value for m in at.markdown if "bold" in m.value]
    assert shown and all(r"\!\[x\]\(http" in value for value in shown)


def test_the_page_shows_that_a_setting_cannot_be_used(visit, monkeypatch):
    monkeypatch.setenv("RNN_SLOTS", "many")
    at = visit()
    assert not at.exception and "RNN\\_SLOTS must be a whole number" in texts(at)
    monkeypatch.delenv("RNN_SLOTS")


def test_the_page_shows_limits(visit, monkeypatch):
    monkeypatch.setenv("RNN_MAX_EPOCHS", "5")
    at = visit("text", spec=tiny_spec(epochs=6).to_short())
    assert "at most 5 here" in texts(at) and button(at, "Train").disabled


def test_every_page_has_the_same_navigation(visit):
    """Cold deep links are a browser test."""
    titles = [page.title for page in pages() if not page.of_class]
    for name in ("home", "text", "runs"):
        assert [link.value for link in visit(name).page_link[: len(titles)]] == titles


def test_choosing_an_earlier_run_turns_the_controls_to_it(visit):
    visit()
    first, second = (submit(tiny_spec(units=u), services.store(), services.settings(), kept_for=1) for u in (16, 48))
    at = visit("text", run=first)
    assert at.number_input(key=spec_key("text", "units")).value == 16
    at.selectbox(key=session.RUN_CHOICE.name).set_value(second).run()
    assert at.number_input(key=spec_key("text", "units")).value == 48 and run_in_url(at) == second
    assert RunSpec.from_short(at.query_params["spec"]) == services.store().runs.spec(second)


def test_dense_layers_of_a_link_are_kept(visit):
    spec = tiny_spec(dense=[{"units": 24}, {"units": 12}])
    at = visit("text", spec=spec.to_short())
    at.number_input(key=spec_key("text", "units")).set_value(17).run()
    assert RunSpec.from_short(at.query_params["spec"]).model.dense == spec.model.dense


def test_dense_layers_come_change_and_go(visit):
    at = visit("text", spec=tiny_spec(dense=[{"units": 24, "dropout": 0.1}]).to_short())
    edit_network(at, "text", action="select", card="dense:0")
    units = session.DENSE("text", "units").name
    assert at.number_input(key=units).value == 24 and at.slider(key=session.DENSE("text", "dropout").name).value == 0.1
    at.number_input(key=units).set_value(40).run()
    assert RunSpec.from_short(at.query_params["spec"]).model.dense[0].units == 40
    edit_network(at, "text", action="add", kind="dense")
    assert [dense.units for dense in RunSpec.from_short(at.query_params["spec"]).model.dense] == [40, 40]
    for _ in range(2):
        edit_network(at, "text", action="remove", card="dense:0")
    assert not at.exception and RunSpec.from_short(at.query_params["spec"]).model.dense == ()
    assert at.number_input(key=spec_key("text", "units")).value == 16  # a recurrent layer is selected again


@pytest.mark.parametrize(
    ("card", "shown"), [("embedding:0", "Embedding"), ("output:0", "Dense layer on every hidden state"), ("input:0", "Data")]
)
def test_a_card_without_a_layer_shows_its_options(visit, card, shown):
    at = edit_network(visit("text"), "text", action="select", card=card)
    assert not at.exception and (shown in texts(at) or shown in labels(at))
    assert "Units" not in labels(at) and not button(at, "Train").disabled


def test_a_visitor_who_is_at_work_is_not_taken_to_somebody_elses_run(visit):
    at = visit("text")
    run = submit(tiny_spec(epochs=1000), services.store(), services.settings())
    at.number_input(key=spec_key("text", "units")).set_value(17).run()
    assert "run" not in at.query_params
    assert visit("text").query_params["run"] == run  # but who arrives sees what is going on


def test_the_name_of_an_upload_survives_a_reload(visit):
    at = upload(visit("text", spec=tiny_spec().to_short()), "Mein Buch.txt", b"Not a lot of text, but enough of it. " * 50)
    again = visit("text", spec=at.query_params["spec"])
    assert any(option.startswith("Mein Buch.txt (") for option in again.selectbox(key=spec_key("text", "source")).options)


def test_two_versions_of_a_file_can_be_told_apart(visit):
    """Lists send their labels back: two that read the same would choose the first."""
    at = visit("text", spec=tiny_spec().to_short())
    names = [uploads.save(text * 50, services.settings()) for text in (b"The first version. ", b"The second one. ")]
    for name in names:
        services.store().uploads.add("", "text", name, "book.txt")
    at.run()
    mine = [option for option in at.selectbox(key=spec_key("text", "source")).options if option.startswith("book.txt")]
    assert len(mine) == len(set(mine)) == 2


def test_what_a_run_is_called_in_the_list_never_changes(visit):
    visit()
    runs = [submit(tiny_spec(), services.store(), services.settings(), kept_for=1) for _ in range(2)]
    before = visit("text").selectbox(key=session.RUN_CHOICE.name).options
    assert len(set(before)) == len(before) == 3
    services.store().events.record(runs[0], epoch=1.0, metrics={"val_loss": 1.5})
    services.store().lifecycle.end(runs[0], FINISHED)
    assert visit("text").selectbox(key=session.RUN_CHOICE.name).options == before
