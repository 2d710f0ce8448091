"""The page of a run with damaged files works and shows the error."""

import pytest

from pages.parts.shell import services, session
from rnn_core.lessons import example
from rnn_core.runs.scheduler import Rules
from rnn_core.runs.store.database import StoreError
from rnn_core.runs.store.rows import STOPPED
from rnn_core.runs.store.store import TEST_LOGITS, WEIGHTS
from rnn_core.tasks.task import task_names, task_of
from tests.pages.helpers import button, texts


@pytest.mark.parametrize("task", task_names())
def test_the_page_of_a_damaged_run_says_so_and_continue_too(visit, task):
    example.install(services.store())
    run = services.store().runs.add(services.store().runs.spec(task_of(task).example), "Mine")
    services.store().queue.claim(Rules(slots=9, slots_per_person=9), only=None)
    services.store().lifecycle.end(run, STOPPED)
    services.store().events.record(run, step=3)
    folder = services.store().runs.folder
    for name in task_of(task).run_files:
        (folder(run) / name).write_bytes((folder(task_of(task).example) / name).read_bytes())
    for name in (WEIGHTS, TEST_LOGITS):
        (services.store().runs.folder(run) / name).write_bytes(b"garbage")
    at = visit(task, run=run)
    tabs = {"digits": (session.DIGIT_TAB, "Mistakes"), "reviews": (session.REVIEW_TAB, "Test results")}
    if task in tabs:  # the test results are in a tab
        key, tab = tabs[task]
        at.session_state[key.name] = tab
        at.run()
    assert not at.exception
    assert ("tested.npy" if task in ("digits", "reviews") else "weights.npz") + " of this run is damaged" in texts(at)
    button(at, "Continue training").click().run()
    assert not at.exception and "weights.npz of this run is damaged" in texts(at)
    with services.store().database.change() as db:
        db.execute("UPDATE runs SET spec = '{' WHERE id = ?", (run,))
    at = visit(task, run=run)
    assert not at.exception and "The settings of Mine are damaged in the store" in texts(at)


UPLOADS = {  # page -> a file that it accepts
    "text": ("book.txt", b"Not a lot of text, but enough of it. " * 50, "text/plain"),
    "series": ("mine.csv", b"date,a\n" + b"".join(b"2024-%02d-01,%d\n" % (i + 1, i * i) for i in range(12)), "text/csv"),
    "reviews": ("mine.csv", b"text,label\n" + b"".join(b"number %d is %s,%d\n" % (i, (b"dull", b"fine")[i % 2], i % 2) for i in range(20)), "text/csv"),
}  # fmt: skip


@pytest.mark.parametrize("page", UPLOADS)
def test_an_upload_that_the_store_cannot_list_is_refused_in_words(visit, monkeypatch, page):
    def locked(*_) -> None:
        raise StoreError("The store is locked: another program writes to it. Try again.")

    at = visit(page)
    monkeypatch.setattr("rnn_core.runs.store.uploads.Uploads.add", locked)
    uploader = at.get("file_uploader")[-1]
    uploader.set_value([UPLOADS[page]] if page == "text" else UPLOADS[page]).run()
    assert not at.exception and "The store is locked" in texts(at)
