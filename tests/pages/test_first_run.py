"""Which run a task's page opens on the first visit of a session."""

import pytest

from pages.parts.shell import services, session
from rnn_core.runs.store.rows import FINISHED, STOPPED
from rnn_core.tasks.task import task_of
from tests.conftest import tiny_spec
from tests.pages.conftest import PAGES
from tests.pages.helpers import spec_key, texts


@pytest.fixture
def runs(visit):
    """`runs("Mine", units=9)`: add a run that has trained and ended."""
    visit()
    services.engine().close()

    def add(title: str, step: int = 3, state: str = FINISHED, owner: str = "", task: str = "text", **options) -> str:
        store = services.store()
        run = store.runs.add(tiny_spec(task, **options), title, owner=owner)
        store.events.record(run, step=step, epoch=0.5)
        if state:
            store.lifecycle.end(run, state)
        return run

    return add


def test_the_newest_own_run_opens_with_its_settings(runs, visit):
    runs("Older")
    newest = runs("Newest", state=STOPPED, units=9)
    at = visit("text")
    assert at.query_params["run"] == newest and not at.exception
    assert at.number_input(key=spec_key("text", "units")).value == 9
    assert "Settings changed" not in texts(at) and "This is a trained example" not in texts(at)
    assert "This is a trained example" in texts(visit("digits"))


def test_an_active_run_comes_first(runs, visit):
    active = runs("Active", state="")
    runs("Newer")
    assert visit("text").query_params["run"] == active


def test_a_run_that_never_trained_or_is_damaged_does_not_open(runs, visit):
    sound = runs("Sound")
    damaged, unreadable = runs("Damaged"), runs("Unreadable")
    runs("Never trained", step=0)
    with services.store().database.change() as db:
        db.execute("UPDATE runs SET spec = '{' WHERE id = ?", (damaged,))
    (services.store().runs.folder(unreadable) / "weights.npz").write_bytes(b"garbage")
    assert visit("text").query_params["run"] == sound


@pytest.mark.parametrize("link", ["run", "spec"])
def test_a_link_decides(runs, visit, link):
    runs("Mine")
    example, other = task_of("text").example, tiny_spec(units=24)
    at = visit("text", **({"run": example} if link == "run" else {"spec": other.to_short()}))
    assert at.query_params.get("run") == (example if link == "run" else None)
    assert "This is a trained example" in texts(at) or link == "run"


def test_a_page_that_was_left_shows_what_it_showed(runs, visit):
    at = visit("text")
    runs("Mine")
    other = runs("Digits", task="digits")
    at.switch_page(PAGES["digits"]).run()
    assert at.query_params["run"] == other
    at.switch_page(PAGES["text"]).run()
    assert not at.exception and at.session_state[session.LAST_RUN("text").name] is None


def test_a_class_opens_ones_own_runs(class_mode, runs, visit):
    ada, ben = (services.store().people.enter(name) for name in ("Ada", "Ben"))
    mine = runs("Mine", owner=ada.id)
    assert visit("text", ada.id).query_params["run"] == mine
    assert "run" not in visit("text", ben.id).query_params
