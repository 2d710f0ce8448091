"""The menu Share: links, downloads, name and note, delete; who may change what; and opening a zip on the page Runs."""

import io
import json
import os
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.shell import services, session
from pages.parts.shell.tab_title import mark_of
from rnn_core.export import model
from rnn_core.export.formats import export
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import FINISHED, PAUSED, QUEUED
from rnn_core.runs.store.store import MODEL, WEIGHTS
from rnn_core.tasks.task import task_names, task_of
from tests.conftest import COUNTING, tiny_spec
from tests.pages.helpers import button, given_to_components, links, texts
from tests.runs.helpers import until

TASKS = task_names()


@pytest.fixture(autouse=True)
def quick_models(monkeypatch):
    """A model is written in no time, where one is missing."""

    def write(store, run, weights, out):
        out.write_bytes(b"model")
        os.utime(out, ns=(time := weights.stat().st_mtime_ns, time))

    monkeypatch.setattr(model, "write", write)
    monkeypatch.setattr(model.ModelQueue.__init__, "__defaults__", (write,))


def shared(visit, name: str, person: str = "", **query) -> AppTest:
    """A page with the menu open, after the model has been prepared."""
    at = visit(name, person, **query)
    at.session_state[session.SHARE.name] = True
    at.run()
    while any("Preparing" in caption.value for caption in at.caption):
        at.run()
    return at


def codes(at: AppTest) -> list[str]:
    return [code.value for code in at.code]


def downloads(at: AppTest) -> dict[str, bool]:
    """Whether each download can be pressed, by its label."""
    return {
        element.proto.label: not element.proto.disabled for element in at.get("download_button") if " (." in element.proto.label
    }


def ended_run(task: str = "digits", owner: str = "") -> str:
    """An ended run with the example's network."""
    store = services.store()
    run = store.runs.add(store.runs.spec(task_of(task).example), "Mine", owner=owner)
    for path in store.runs.folder(task_of(task).example).iterdir():
        (store.runs.folder(run) / path.name).write_bytes(path.read_bytes())
    store.events.record(run, step=5, epoch=1.0, metrics={"val_loss": 1.0})
    store.lifecycle.end(run, FINISHED)
    return run


@pytest.mark.parametrize("task", TASKS)
def test_the_example_is_downloaded_and_linked_but_not_renamed(visit, task):
    at = shared(visit, task)
    assert not at.exception
    assert downloads(at) == {
        "Everything (.zip)": True, "Keras model (.keras)": True, "Weights (.npz)": True, "Curves (.csv)": True, "Settings (.json)": True,
        **({"Samples (.txt)": True} if task_of(task).sample else {}),
    }  # fmt: skip
    run, settings = (parse_qs(urlsplit(code).query) for code in codes(at)[:2])
    assert run["run"] == [task_of(task).example] and RunSpec.from_short(settings["spec"][0]).task == task
    assert at.text_input(key=session.SHARE_NAME(run["run"][0]).name).disabled and button(at, "Delete this run").disabled
    assert "The example comes with the project" in texts(at)


def test_nothing_of_the_menu_is_computed_while_it_is_closed(visit):
    at = visit("digits")
    assert downloads(at) == {} and services.models().place(task_of("digits").example) is None


def test_a_made_up_task_without_a_run_has_the_link_to_its_settings(visit, monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)
    at = shared(visit, "task", task="counting")
    assert not at.exception
    assert RunSpec.from_short(parse_qs(urlsplit(codes(at)[0]).query)["spec"][0]).task == "counting" and downloads(at) == {}


def test_a_run_that_trains_says_when_its_model_comes(visit):
    visit()
    services.engine().close()
    store = services.store()
    run = store.runs.add(tiny_spec("digits"), "Waiting")
    at = shared(visit, "digits", run=run)
    assert [label for label, ready in downloads(at).items() if ready] == ["Settings (.json)"]
    assert "This run has no weights yet" in texts(at)
    (store.runs.folder(run) / WEIGHTS).write_bytes(b"rubbish")
    assert "The file weights.npz of this run is damaged" in texts(shared(visit, "digits", run=run))
    other = ended_run()
    store.database.read("UPDATE runs SET state = ? WHERE id = ?", (QUEUED, other))
    at = shared(visit, "digits", run=other)
    ready = downloads(at)
    assert not ready["Everything (.zip)"] and not ready["Keras model (.keras)"] and ready["Weights (.npz)"]
    assert "written when the run pauses or ends" in texts(at) and services.models().place(other) is None
    assert button(at, "Delete this run").disabled
    store.database.read("UPDATE runs SET state = ? WHERE id = ?", (PAUSED, other))
    assert downloads(shared(visit, "digits", run=other))["Everything (.zip)"]


def test_an_error_of_the_export_is_a_sentence_before_the_download(visit, monkeypatch):
    visit()
    run = ended_run()
    (services.store().runs.folder(run) / MODEL).unlink(missing_ok=True)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(services.models(), "_write", fail)
    at = shared(visit, "digits", run=run)
    until(lambda: services.models().place(run) is None)
    at.run()
    assert "the disk is full. Free some space" in texts(at) and not downloads(at)["Everything (.zip)"]
    monkeypatch.setattr(services.models(), "_write", model.write)
    button(at, "Try again").click().run()
    until(lambda: services.models().place(run) is None)
    assert downloads(at.run())["Everything (.zip)"]


def test_name_and_note_are_saved_and_shown_on_the_page_runs(visit):
    visit()
    run = ended_run()
    at = shared(visit, "digits", run=run)
    at.text_input(key=session.SHARE_NAME(run).name).set_value("  A *better*  name ").run()
    assert not at.exception and services.store().runs.get(run).title == "A *better* name"
    at.text_area(key=session.SHARE_REMARK(run).name).set_value("=1+1\nsecond line").run()
    assert services.store().runs.get(run).remark == "=1+1\nsecond line"
    at.text_input(key=session.SHARE_NAME(run).name).set_value("  ").run()
    assert "A run needs a name" in texts(at) and at.text_input(key=session.SHARE_NAME(run).name).value == "A *better* name"
    assert visit("runs").dataframe[0].value["Note"].tolist() == ["'=1+1\nsecond line"]


def test_delete_asks_first_and_shows_the_example_then(visit):
    visit()
    run = ended_run()
    at = shared(visit, "digits", run=run)
    button(at, "Delete this run").click().run()
    assert services.store().runs.has(run) and "for good" in texts(at)
    button(at, "Keep").click().run()
    button(at, "Delete this run").click().run()
    button(at, "Delete it").click().run()
    assert not at.exception and not services.store().runs.has(run)
    assert "run" not in at.query_params and "This is a trained example" in texts(at)


def test_in_a_class_everybody_with_the_link_downloads_and_the_owner_alone_changes(visit, class_mode):
    visit()
    services.engine().close()
    ada, ben = services.store().people.enter("Ada"), services.store().people.enter("Ben")
    run = ended_run(owner=ada.id)
    at = shared(visit, "digits", ben.id, run=run)
    assert downloads(at)["Everything (.zip)"] and "Only the owner of this run and the teacher can change it." in texts(at)
    assert at.text_input(key=session.SHARE_NAME(run).name).disabled and button(at, "Delete this run").disabled
    assert ada.id not in "".join(codes(at))
    teacher = services.store().people.enter_teacher(class_mode)
    for person in (ada, teacher):
        at = shared(visit, "digits", person.id, run=run)
        at.text_input(key=session.SHARE_NAME(run).name).set_value(f"By {person.name}").run()
        assert services.store().runs.get(run).title == f"By {person.name}"


@pytest.mark.parametrize("task", TASKS)
def test_reset_all_brings_back_what_the_page_began_with(visit, task):
    at = visit(task)
    first = at.query_params["spec"]
    assert button(at, "Reset all").disabled
    at = visit(task, spec=tiny_spec(task, layers=2, seed=5).to_short())
    assert at.query_params["spec"] != first
    button(at, "Reset all").click().run()
    assert not at.exception and at.query_params["spec"] == first and button(at, "Reset all").disabled


def test_a_zip_is_opened_on_the_page_runs(visit):
    at = visit("runs")
    services.engine().close()
    store, settings = services.store(), services.settings()
    run = ended_run()
    checkpoints.save_test_logits(store.runs.folder(run), checkpoints.test_logits(store, task_of("digits").example))
    model.write(store, run, store.runs.folder(run) / WEIGHTS, store.runs.folder(run) / MODEL)
    raw = export(store, run, "zip", settings)
    store.runs.delete(run)
    at = visit("runs")
    at.get("file_uploader")[0].set_value(("mine.zip", raw, "application/zip")).run()
    assert not at.exception
    (opened,) = store.runs.newest(examples=False)
    assert "Opened Mine." in texts(at) and links(at)["Show the run"].endswith(f"run={opened.id}")
    assert at.dataframe[0].value["Run"].tolist() == ["Mine"]
    at.get("file_uploader")[0].set_value(("text.zip", b"This is a network", "application/zip")).run()
    assert not at.exception and "is not the zip of a run" in texts(at)
    assert not visit("digits", run=opened.id).exception


def test_the_tab_says_how_far_a_run_is(visit):
    visit()
    services.engine().close()
    run = services.store().runs.add(tiny_spec("digits", epochs=4), "Run")
    at = visit("digits", run=run)
    assert '"mark": "queued"' in given_to_components(at) or json.dumps("queued") in given_to_components(at)
    store = services.store()
    assert mark_of(store.runs.get(run)) == "queued"
    store.database.read("UPDATE runs SET state = 'running', epoch = 1.7 WHERE id = ?", (run,))
    assert mark_of(store.runs.get(run)) == "42 %"
    store.lifecycle.end(run, FINISHED)
    assert mark_of(store.runs.get(run)) == ""


def test_what_the_callable_of_a_download_returns_is_the_file(visit):
    """Streamlit calls it in a thread of its own, without a session."""
    visit()
    run = ended_run()
    assert io.BytesIO(export(services.store(), run, "json", services.settings())).read().startswith(b"{")
