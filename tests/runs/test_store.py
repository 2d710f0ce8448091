import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rnn_core.errors import UserError
from rnn_core.runs.engine.worker import failure_message
from rnn_core.runs.scheduler import Rules
from rnn_core.runs.store.database import StoreError
from rnn_core.runs.store.events import CURVE
from rnn_core.runs.store.kinds import Change, Sample
from rnn_core.runs.store.rows import FAILED, FINISHED, QUEUED, RUNNING, STARTING, STOP, STOPPED, Point
from rnn_core.runs.store.store import Store
from tests.conftest import tiny_spec
from tests.runs.old_store import downgrade

ROOT = Path(__file__).parents[2]
MANY = Rules(slots=9, slots_per_person=9)


def points(steps: int, name: str = "loss") -> list[Point]:
    return [Point(name, s, s / 100, s / 10, 5.0 - s / steps, 4.9 - s / steps, 5.1 - s / steps) for s in range(1, steps + 1)]


def test_a_run_keeps_its_spec_and_gets_an_id_that_cannot_be_guessed(store):
    ids = {store.runs.add(tiny_spec(seed=i), "title") for i in range(20)}
    assert len(ids) == 20 and all(len(i) == 16 for i in ids)
    newest = store.runs.newest()[0]
    assert store.runs.spec(newest.id) == tiny_spec(seed=19) and newest.state == QUEUED and newest.active
    assert store.runs.find(newest.id[:8]).id == newest.id
    assert [c.state for c in store.events.read(newest.id, Change)] == [QUEUED]


@pytest.mark.parametrize("run_id", ["nothing", "", "%", "a' OR 1=1 --"])
def test_a_run_that_is_not_there_is_a_problem(store, run_id):
    store.runs.add(tiny_spec(), "title")
    for ask in (store.runs.get, store.runs.find, store.runs.spec, store.lifecycle.stop):
        with pytest.raises(UserError, match="There is no run"):
            ask(run_id)


def test_slots_are_taken_in_order_and_never_twice(store):
    first, second, third = (store.runs.add(tiny_spec(), str(i)) for i in range(3))
    two = Rules(slots=2, slots_per_person=2)
    assert [run for run, _ in store.queue.waiting(two)] == [first, second, third]
    assert store.queue.claim(two) == first and store.queue.claim(two) == second
    assert store.queue.claim(two) is None
    assert [run for run, _ in store.queue.waiting(two)] == [third]
    store.lifecycle.end(first, FINISHED)
    assert store.queue.claim(two, only=second) is None
    assert store.queue.claim(two) == third


def test_a_run_that_is_kept_for_a_process_is_passed_over_by_others(store):
    kept, free = store.runs.add(tiny_spec(), "kept", kept_for=12345), store.runs.add(tiny_spec(), "free")
    assert [run for run, _ in store.queue.kept_for_processes()] == [kept]
    assert store.queue.claim(MANY) == free and store.queue.claim(MANY) is None
    assert store.queue.claim(MANY, only=kept) == kept


def test_the_first_end_is_right(store):
    run = store.runs.add(tiny_spec(), "title")
    assert store.lifecycle.end(run, FAILED, "out of memory")
    assert not store.lifecycle.end(run, STOPPED, "too late")
    assert (store.runs.get(run).state, store.runs.get(run).message) == (FAILED, "out of memory")
    assert not store.runs.get(run).active


def test_a_queued_run_stops_at_once_and_a_running_one_is_asked(store):
    queued, running = store.runs.add(tiny_spec(), "a"), store.runs.add(tiny_spec(), "b")
    assert store.queue.claim(Rules(), only=running) == running
    store.lifecycle.mark_running(running, 10, 5)
    store.lifecycle.stop(queued)
    store.lifecycle.stop(running)
    asked = store.runs.get(running).requested_at
    store.lifecycle.stop(running)
    assert store.runs.get(queued).state == STOPPED
    assert (
        store.runs.get(running).state == RUNNING
        and store.lifecycle.requests(running) == (STOP, None)
        and store.runs.get(running).requested_at == asked
    )
    assert [c.state for c in store.events.read(running, Change)] == [QUEUED, STARTING, RUNNING]


def test_curves_are_read_in_buckets_that_keep_the_extremes(store):
    run = store.runs.add(tiny_spec(), "title")
    kept = points(5000)
    kept[777] = Point("loss", 778, 7.78, 77.8, 4.9, 4.0, 99.0)
    store.events.record(run, kept)
    curve = store.events.curve(run, "loss", buckets=250)
    assert len(curve) == 250
    assert max(p.high for p in curve) == 99.0
    assert [p.step for p in curve] == sorted(p.step for p in curve) and curve[-1].step == 5000
    assert curve[0].value == pytest.approx(sum(5.0 - s / 5000 for s in range(1, 21)) / 20)
    assert len(list(store.events.points(run))) == 5000
    assert store.events.curve(run, "val_loss") == [] and store.events.curve("nothing", "loss") == []


def test_progress_and_samples_are_written_with_the_points(store):
    run = store.runs.add(tiny_spec(), "title")
    store.queue.claim(Rules())
    store.lifecycle.mark_running(run, 200, 128)
    store.events.record(
        run,
        points(100),
        [Sample(0, 0.0, "gibberish"), Sample(100, 1.0, "words")],
        step=100,
        epoch=1.0,
        steps_per_second=50.0,
        seconds=2.0,
    )
    read = store.runs.get(run)
    assert (read.step, read.steps, read.items, read.seconds_left) == (100, 200, 128, 2.0)
    assert [s.text for s in store.events.read(run, Sample)] == ["gibberish", "words"]
    store.events.record("deleted in the meantime", points(3))  # must not fail: a worker may outlive its run


def test_two_processes_write_at_once_and_lose_nothing(store):
    """Two writers of 40 batches each, while this process reads and queues runs."""
    runs = [store.runs.add(tiny_spec(), str(i)) for i in range(2)]
    script = """
import sys
from pathlib import Path
from rnn_core.runs.store.store import Store
from tests.runs.test_store import points
store = Store(Path(sys.argv[1]))
for batch in range(40):
    store.events.record(sys.argv[2], points(2000)[batch * 50 : batch * 50 + 50], step=batch)
"""
    writers = [subprocess.Popen([sys.executable, "-c", script, str(store.home), run], cwd=ROOT) for run in runs]
    added = 0
    while any(w.poll() is None for w in writers):
        store.runs.add(tiny_spec(), "meanwhile")
        store.events.curve(runs[0], "loss")
        added += 1
    assert [w.returncode for w in writers] == [0, 0]
    for run in runs:
        assert [p.step for p in store.events.points(run)] == list(range(1, 2001))
    assert len(store.runs.newest(limit=100_000)) == 2 + added


def test_opening_a_page_over_many_runs_reads_only_what_it_shows(store):
    """The benchmark measures it with 1,000 runs of 10,000 points; here the plan must show that no table is scanned."""
    for i in range(30):
        store.events.record(store.runs.add(tiny_spec(), str(i)), points(300))
    plan = " ".join(row["detail"] for row in store.database.read(f"EXPLAIN QUERY PLAN {CURVE}", (3, "loss", 10)))
    assert "SEARCH points USING PRIMARY KEY" in plan and "SCAN" not in plan
    assert len(store.runs.newest(limit=10)) == 10


def test_a_home_that_cannot_be_used_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="set RNN_HOME"):
        Store(tmp_path / "file" / "home")


def test_a_store_of_another_version_is_refused_with_a_sentence(store, home):
    with store.database.connection() as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(UserError, match="made by another version"):
        Store(home)


def test_many_processes_may_open_a_fresh_store_at_once(tmp_path):
    script = (
        "import sys; from pathlib import Path; from rnn_core.runs.store.store import Store; Store(Path(sys.argv[1])).runs.newest()"
    )
    opened = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "fresh")], cwd=ROOT) for _ in range(8)]
    assert [p.wait() for p in opened] == [0] * 8


def test_threads_share_a_few_connections(store):
    threads = [threading.Thread(target=lambda: [store.runs.newest() for _ in range(20)]) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.database._idle) <= 40
    before = len(store.database._idle)
    for _ in range(50):
        thread = threading.Thread(target=store.runs.newest)
        thread.start()
        thread.join()
    assert len(store.database._idle) == before


def test_a_full_disk_is_not_hidden_by_the_roll_back(store):
    run = store.runs.add(tiny_spec(), "title")
    with store.database.connection() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    store.database._idle.clear()
    with store.database.connection() as db:
        db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match="disk is full") as raised:
        store.events.record(run, points(20_000))
    assert failure_message(raised.value).startswith("The disk is full")
    assert store.runs.get(run).id == run


def test_a_store_that_was_not_closed_opens_again(home, store):
    run = store.runs.add(tiny_spec(), "title")
    store.events.record(run, points(50))
    del store
    began = time.perf_counter()
    assert len(list(Store(home).events.points(run))) == 50
    assert time.perf_counter() - began < 30  # a lock left behind would wait for its timeout


def test_a_store_of_the_first_version_is_brought_up_to_date(home):
    """Its runs stay, and get the columns that came later."""
    Store(home).runs.add(tiny_spec(), "Old", "old")
    with sqlite3.connect(home / "store.sqlite") as old:
        downgrade(old, 1)
        old.execute("UPDATE runs SET val_loss = 1.5")
    store = Store(home)
    run = store.runs.get("old")
    assert (run.metrics, run.results) == ({"val_loss": 1.5}, {})
    store.runs.add_results("old", test_accuracy=0.9)
    store.runs.add_results("old", counting_accuracy=0.8)
    assert Store(home).runs.get("old").results == {"test_accuracy": 0.9, "counting_accuracy": 0.8}


def test_speeds_are_those_of_runs_that_took_long_enough(store):
    for seconds, rate in ((5.0, 4.0), (20.0, 2.0), (20.0, 4.0)):
        run = store.runs.add(tiny_spec(), "title")
        store.queue.claim(MANY)
        store.lifecycle.mark_running(run, 10, 1, reference=0.1)
        store.events.record(run, seconds=seconds, steps_per_second=rate)
        store.lifecycle.end(run, FINISHED)
    assert store.runs.speeds("text") == [(0.1, 0.25), (0.1, 0.5)] and store.runs.speeds("digits") == []


def test_a_result_that_is_no_number_is_left_out(store):
    run = store.runs.add(tiny_spec(), "title")
    store.runs.add_results(run, test_loss=float("nan"), test_accuracy=0.5)
    assert store.runs.get(run).results == {"test_accuracy": 0.5}


def test_runs_are_listed_in_pages_and_without_the_examples(store):
    store.runs.add_finished("example", tiny_spec(), "Example", {}, {})
    runs = [store.runs.add(tiny_spec(seed=seed), "Title", owner=owner) for seed, owner in enumerate(("ada", "ben", "ada", "ada"))]
    assert [run.id for run in store.runs.newest(owner="ada")] == [runs[3], runs[2], runs[0], "example"]
    assert [run.id for run in store.runs.newest(owner="ada", examples=False, limit=2, skip=1)] == [runs[2], runs[0]]
    assert [run.id for run in store.runs.newest(examples=False)] == runs[::-1]
    assert (store.runs.count("ada"), store.runs.count("cleo"), store.runs.count()) == (3, 0, 4)


def test_uploads_are_listed_for_their_owner_and_task_newest_first(store):
    for owner, task, name in (("ada", "text", "a"), ("ada", "text", "b"), ("ada", "reviews", "c"), ("ben", "text", "d")):
        store.uploads.add(owner, task, name, name.upper())
    store.uploads.add("ada", "text", "a", "Again")
    assert list(store.uploads.labels("ada", "text").items()) == [("a", "Again"), ("b", "B")]
    assert store.uploads.listed_since(0) == {"a", "b", "c", "d"}
    store.uploads.forget(lambda name: name in "bc")
    assert list(store.uploads.labels("ada", "text")) == ["a"] and store.uploads.labels("ada", "reviews") == {}
