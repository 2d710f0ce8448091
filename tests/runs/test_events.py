"""Events: of every kind, of one that is made up here, and those of stores of earlier versions."""

import pickle
import time
from dataclasses import dataclass, replace

import pytest

from rnn_core.runs.cluster import messages
from rnn_core.runs.cluster.inbox import Inbox
from rnn_core.runs.cluster.messages import Order
from rnn_core.runs.scheduler import Rules
from rnn_core.runs.store.kinds import KINDS, Change, Event, Kind, Note, Sample
from rnn_core.runs.store.rows import QUEUED, RUNNING, STARTING, STOPPED, Point
from rnn_core.runs.store.store import Store
from tests.conftest import tiny_spec
from tests.runs.old_store import downgrade


@dataclass(frozen=True)
class Gradients(Event):
    """What a probe may measure."""

    sizes: list[float]  # one a timestep


@pytest.fixture
def made_up(monkeypatch):
    monkeypatch.setitem(KINDS, "gradients", Kind(Gradients, measured=True))


def training(store: Store, run_id: str) -> str:
    """A run that has left its queue, as one that was given to a computer of a cluster."""
    store.runs.add(tiny_spec(), "title", run_id)
    store.queue.claim(Rules(slots=9, slots_per_person=9), only=run_id)
    store.lifecycle.attach(run_id, None, "key")
    store.lifecycle.mark_running(run_id, 100, 1)
    return run_id


def probes(*steps: int) -> list[Gradients]:
    return [Gradients(step, step / 10, [0.5, step / 2]) for step in steps]


def test_a_new_kind_is_one_row(store, made_up):
    run, other = training(store, "run"), training(store, "other")
    store.events.record(run, events=[*probes(0, 10, 20, 30), Sample(20, 2.0, "words")], step=30, epoch=3.0)
    store.events.record(other, events=probes(40))
    assert store.events.read(run, Gradients) == probes(0, 10, 20, 30) and store.events.read(other, Gradients) == probes(40)

    store.events.rewind(run, 10, 1.0)
    assert store.events.read(run, Gradients) == probes(0, 10) and store.events.read(run, Sample) == []
    assert [change.state for change in store.events.read(run, Change)] == [QUEUED, STARTING, RUNNING]

    store.lifecycle.end(run, STOPPED)
    store.runs.delete(run)
    assert store.events.read(run, Gradients) == [] and store.events.read(other, Gradients) == probes(40)
    assert {row["run"] for row in store.database.read("SELECT run FROM events")} == {2}


def test_a_new_kind_comes_back_from_a_cluster(store, settings, tmp_path, made_up):
    run, remote = training(store, "run"), Store(tmp_path / "lab")
    training(remote, run)
    remote.events.record(run, [Point("loss", 10, 1.0, 1.0, 2.0, 2.0, 2.0)], probes(0, 10), step=10)
    inbox = Inbox(store, settings)
    order = Order()
    for steps in ((0, 10), (0, 10, 20)):  # events at the newest step arrive again, and are not recorded twice
        remote.events.record(run, events=probes(steps[-1]))
        report = pickle.loads(pickle.dumps(messages.report(run, "key", order, remote)))
        assert [event.step for event in report.events] == [step for step in steps if step >= order.have_step]
        order = inbox.orders_after({"attempt": report})["attempt"]
        assert store.events.read(run, Gradients) == probes(*steps) and order.have_step == steps[-1]
    assert [change.state for change in store.events.read(run, Change)] == [QUEUED, STARTING, RUNNING]  # its own, not the lab's


def test_what_is_measured_again_takes_the_place_of_what_was_there(store):
    run = training(store, "run")
    for text in ("gibberish", "words"):
        store.events.record(run, events=[Sample(7, 0.7, text)])
    assert store.events.read(run, Sample) == store.events.measured(run) == [Sample(7, 0.7, "words")]


def test_notes_and_changes_say_when_and_where_they_happened(store):
    run, before = training(store, "run"), time.time()
    store.events.record(run, step=5, epoch=0.5)
    store.events.note(run, "First.")
    store.events.note(run, "Second.")
    store.lifecycle.end(run, STOPPED, "Enough.")
    first, second = store.events.read(run, Note)
    end = store.events.read(run, Change)[-1]
    assert before <= first.time <= second.time <= end.time <= time.time()
    assert [(event.step, event.epoch, event.message) for event in (first, second, end)] == [
        (5, 0.5, "First."), (5, 0.5, "Second."), (5, 0.5, "Enough."),
    ]  # fmt: skip
    store.events.note("deleted in the meantime", "Nothing.")


def test_a_page_reads_where_samples_are_and_the_one_that_it_shows(store):
    run, samples = training(store, "run"), [Sample(step, step / 10, f"at {step}") for step in (0, 5, 10)]
    store.events.record(run, events=samples)
    assert store.events.positions(run, Sample) == [Event(0, 0.0), Event(5, 0.5), Event(10, 1.0)]
    assert store.events.at(run, Sample, 5) == samples[1] and store.events.at(run, Sample, 6) is None
    assert store.events.positions("nothing", Sample) == [] and store.events.at("nothing", Sample, 0) is None


def test_an_event_that_cannot_be_kept_is_refused_and_leaves_nothing(store, made_up):
    run = training(store, "run")
    for event, error in (
        (Gradients(1, 0.1, [float("nan")]), ValueError),
        (Gradients(1, 0.1, [object()]), TypeError),
        (Event(1, 0.1), ValueError),
    ):
        with pytest.raises(error):
            store.events.record(run, events=[*probes(1), event], step=1)
    assert store.events.read(run, Gradients) == [] and store.runs.get(run).step == 0
    with pytest.raises(ValueError, match="not a kind of event"):
        store.events.read(run, Event)


@pytest.mark.parametrize("version", range(1, 6))
def test_samples_and_changes_of_earlier_versions_are_kept(home, version):
    texts = ["", 'gib"ber\tish\n\\', "Ünïcödé 🜁 words"]
    store = Store(home)
    runs = [training(store, name) for name in ("first", "second")]
    for run in runs:
        store.events.record(
            run, events=[Sample(step, step / 10, run + text) for step, text in enumerate(texts)], step=20, epoch=2.0
        )
        store.events.note(run, "Half way, “quoted”.")
        store.events.record(run, step=40, epoch=4.0)
        store.lifecycle.end(run, STOPPED, "Enough.")
    before = {run: [store.events.read(run, kind) for kind in (Sample, Change, Note)] for run in runs}
    with store.database.connection() as db:
        downgrade(db, version)
        db.execute("UPDATE samples SET text = text || char(0) || 'rest' WHERE step = 0")
    store = Store(home)
    for run in runs:
        samples, changes, notes = before[run]
        assert store.events.read(run, Sample) == [Sample(0, 0.0, f"{run}\0rest"), *samples[1:]]
        migrated = store.events.read(run, Change), store.events.read(run, Note)
        for now, then in zip(migrated, (changes, notes), strict=True):
            where = version > 2  # before, changes had no epoch
            assert now == [
                replace(event, time=pytest.approx(event.time, abs=1e-3, rel=0), **({} if where else {"step": 0, "epoch": 0.0}))
                for event in then
            ]
    tables = {row["name"] for row in store.database.read("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {"runs", "points", "events", "people", "uploads", "sent", "sent_to"}
    assert store.lifecycle.continue_run(runs[0], tiny_spec(), "said") and store.queue.claim(Rules()) == runs[0]
