"""The page Compare: runs on one chart, what differs, all cells and three seeds from one click, the same input answered by all."""

import csv
import io

import pytest

from pages.parts.compare import download
from pages.parts.compare.lines import read
from pages.parts.shell import services, session
from pages.parts.tasks.view import view_of
from rnn_core.runs.comparison import MOST_SETTINGS
from rnn_core.runs.store.kinds import Note
from rnn_core.runs.store.rows import FINISHED, QUEUED, Point
from rnn_core.runs.variants import start
from rnn_core.tasks.task import task_of
from tests.conftest import COUNTING, each_task, one_task, tiny_spec
from tests.pages.helpers import button, ended, given_to_components, links, texts
from tests.pages.test_runs_page import edit

ALL_CELLS = "Compare SimpleRNN, LSTM and GRU"


def stop_engine() -> None:
    services.engine().close()


def add(spec, losses=(2.0, 1.0), state: str = FINISHED, owner: str = "", title: str = "A run") -> str:
    """A run that has ended with these validation losses."""
    store = services.store()
    run = store.runs.add(spec, title, owner=owner)
    points = [
        Point(name, 32 * i, float(i), 1.5 * i, value, value, value)
        for i, value in enumerate(losses, 1)
        for name in ("loss", "val_loss")
    ]
    store.events.record(
        run,
        points,
        metrics=dict.fromkeys(["val_loss"], losses[-1]) if losses else {},
        step=32 * len(losses),
        epoch=float(len(losses)),
        items=16,
    )
    if state != QUEUED:
        store.lifecycle.end(run, state)
    return run


def asked(at) -> list[str]:
    """The runs of the address."""
    runs = at.query_params.get("runs", "")
    return (runs if isinstance(runs, str) else runs[0]).split(",")


def open_menu(visit, page: str, which: str, **query):
    """The page with the menu of a run open."""
    at = visit(page, **query)
    at.session_state[session.COMPARE_MENU(which).name] = True
    return at.run()


def test_nothing_yet_offers_the_comparison_of_all_cells(visit):
    at = visit("compare")
    assert not at.exception
    assert "up to five runs on one chart" in texts(at) and not button(at, ALL_CELLS).disabled


@each_task()
def test_one_click_compares_all_cells_and_a_second_trains_nothing_again(visit, task):
    visit()
    stop_engine()
    run = add(tiny_spec(task), title="Base")
    at = open_menu(visit, "compare", run, runs=run)
    assert not at.exception, at.exception
    button(at, ALL_CELLS).click().run()
    assert not at.exception, at.exception
    ids = asked(at)
    assert len(ids) == 3 and ids[2] == run  # SimpleRNN, LSTM, and the GRU that was there
    specs = [services.store().runs.spec(each) for each in ids]
    assert [spec.model.layers[0].cell for spec in specs] == ["rnn", "lstm", "gru"]
    assert len({spec.changed(cell="gru").to_json() for spec in specs}) == 1
    assert "1 of 3 runs have ended (2 queued)." in texts(at)
    at = open_menu(visit, "compare", run, runs=",".join(ids))
    button(at, ALL_CELLS).click().run()
    assert asked(at) == ids


@each_task("text", "digits")
def test_runs_that_were_trained_answer_the_same_input(visit, task):
    at = visit()
    store = services.store()
    ids = start([tiny_spec(task), tiny_spec(task, cell="lstm")], store, services.settings()).runs
    services.engine().wake()
    for run in ids:
        assert ended(run).state == FINISHED, ended(run).message
    at = visit("compare", runs=",".join(ids))
    assert not at.exception, at.exception
    shown = texts(at)
    assert "Best validation loss" in shown and "GRU 16" in shown and "LSTM 16" in shown and "Parameters" in shown
    assert "after its first training steps" not in shown and ("May be luck" in shown or "no difference" in shown)
    view = {"text": "epoch", "digits": "%", "reviews": "%", "series": "mean error", "memory": "%"}[task]
    assert view in shown


def test_the_table_lists_only_what_differs(visit):
    visit()
    stop_engine()
    ids = [add(tiny_spec()), add(tiny_spec(units=32), losses=(1.5, 0.9))]
    at = visit("compare", runs=",".join(ids))
    table = next(html.proto.body for html in at.get("html") if '<div class="differences"' in html.proto.body)
    assert "Units" in table and "Cell" not in table and "Dropout" not in table
    assert "0.900 nats" in table or "0.900 <b>best</b>" in table
    assert table.count("<b>best</b>") == 1
    assert "All other settings are equal." in texts(at)


def test_what_cannot_be_shown_is_said_and_the_rest_is_shown(visit):
    visit()
    stop_engine()
    good, other, gone, damaged = (
        add(tiny_spec()),
        add(tiny_spec("digits"), title="Of digits"),
        add(tiny_spec()),
        add(tiny_spec(seed=7)),
    )
    services.store().runs.delete(gone)
    with services.store().database.change() as db:
        db.execute("UPDATE runs SET spec = '{' WHERE id = ?", (damaged,))
    at = visit("compare", runs=f"{good},{other},{gone},{damaged},nonsense,é")
    assert not at.exception
    shown = texts(at)
    assert "Of digits is a run on Digits" in shown and "Left out" in shown
    assert read([good, other, gone, damaged]).ids == (good,)
    only_gone = visit("compare", runs=gone)
    assert not only_gone.exception and "Left out: There is no run" in texts(only_gone).replace("\\", "")
    assert button(only_gone, ALL_CELLS)


def test_a_sixth_run_is_refused_with_what_to_do(visit):
    visit()
    stop_engine()
    ids = [add(tiny_spec(units=8 * i)) for i in range(1, MOST_SETTINGS + 2)]
    at = visit("compare", runs=",".join(ids))
    assert "At most 5 runs fit on the chart" in texts(at) and read(ids).ids == tuple(ids[:5])
    at = visit("compare", runs=",".join(ids[:5]))
    next(box for box in at.selectbox if box.label == "Add a run").set_value(ids[5]).run()
    assert "Remove one first" in texts(at) and asked(at) == ids[:5]
    seed = add(tiny_spec(units=8, seed=2))  # a line of its own is not needed
    at = visit("compare", runs=",".join(ids[:5]))
    next(box for box in at.selectbox if box.label == "Add a run").set_value(seed).run()
    assert set(asked(at)) == {*ids[:5], seed}


def test_a_run_is_added_and_removed(visit):
    visit()
    stop_engine()
    one, other = add(tiny_spec()), add(tiny_spec(units=32))
    at = visit("compare", runs=one)
    next(box for box in at.selectbox if box.label == "Add a run").set_value(other).run()
    assert asked(at) == [one, other]
    at.session_state[session.COMPARE_MENU(one).name] = True
    at.run()
    button(at, "Remove from the chart").click().run()
    assert not at.exception and asked(at) == [other]
    at.session_state[session.COMPARE_MENU(other).name] = True
    at.run()
    button(at, "Remove from the chart").click().run()
    assert "runs" not in at.query_params and button(at, ALL_CELLS)


def test_three_seeds_make_a_band_and_a_verdict(visit):
    visit()
    stop_engine()
    good, bad = tiny_spec(), tiny_spec(cell="lstm")
    one, other = add(good, (2.0, 1.0)), add(bad, (2.0, 1.5))
    at = visit("compare", runs=f"{one},{other}")
    button(at, "Three seeds").click().run()
    assert not at.exception, at.exception
    ids = asked(at)
    assert len(ids) == 6 and sorted(services.store().runs.spec(run).seed for run in ids) == [1, 1, 2, 2, 3, 3]
    assert len(read(ids).lines) == 2 and "2 of 6 runs have ended" in texts(at)
    for run in ids[2:]:  # as if they had trained
        spec, store = services.store().runs.spec(run), services.store()
        value = (1.0 if spec.model.layers[0].cell == "gru" else 1.5) + 0.05 * spec.seed
        store.events.record(run, [Point("val_loss", 32, 1.0, 1.0, value, value, value)], step=32, epoch=1.0)
        store.lifecycle.end(run, FINISHED)
    at = visit("compare", runs=",".join(ids))
    assert not at.exception and "Larger than luck" in texts(at) and button(at, "Three seeds").disabled
    assert any(toggle.label == "Band" for toggle in at.toggle)
    next(toggle for toggle in at.toggle if toggle.label == "Band").set_value(False).run()
    assert not at.exception


def test_one_thing_is_changed_from_the_page_of_a_task(visit):
    visit()
    stop_engine()
    run = add(tiny_spec())
    at = open_menu(visit, "text", run, run=run)
    at.selectbox(key=session.CHANGED_OPTION(run).name).set_value("units").run()
    at.multiselect(key=session.NEW_VALUES(run, "units").name).set_value(["8", "32"]).run()
    button(at, "Train and compare").click().run()
    assert not at.exception, at.exception
    ids = asked(at)
    specs = [services.store().runs.spec(each) for each in ids]
    assert ids[0] == run and [spec.model.layers[0].units for spec in specs] == [16, 8, 32]
    assert {spec.seed for spec in specs} == {1}


def test_a_wrong_value_is_refused_beside_its_field(visit):
    visit()
    stop_engine()
    run = add(tiny_spec())
    at = open_menu(visit, "compare", run, runs=run)
    at.selectbox(key=session.CHANGED_OPTION(run).name).set_value("units").run()
    at.session_state[session.NEW_VALUES(run, "units").name] = ["a lot"]
    at.run()
    button(at, "Train and compare").click().run()
    assert not at.exception and "Units must be a whole number" in texts(at)
    assert services.store().runs.count() == 1


def test_a_run_is_added_from_its_page_and_the_comparison_is_remembered(visit):
    visit()
    stop_engine()
    one, other = add(tiny_spec()), add(tiny_spec(units=32))
    at = open_menu(visit, "text", one, run=one)
    button(at, "Add to comparison").click().run()
    assert asked(at) == [one]
    at.switch_page("pages/1_text.py")
    at.query_params["run"] = other
    at.session_state[session.COMPARE_MENU(other).name] = True
    at.run()
    button(at, "Add to comparison").click().run()
    assert asked(at) == [one, other]


@each_task()
def test_an_example_can_be_compared_on_every_page(visit, task):
    at = visit(task)
    at.session_state[session.COMPARE_MENU(task).name] = True
    at.run()
    assert not at.exception
    button(at, "Add to comparison").click().run()
    assert not at.exception, at.exception
    assert asked(at) == [task_of(task).example] and "One run." in texts(at)


def test_ticked_runs_are_compared(visit):
    visit()
    stop_engine()
    ids = [add(tiny_spec()), add(tiny_spec(units=32)), add(tiny_spec("digits"))]
    at = visit("runs")
    assert button(at, "Compare").disabled
    edit(at, row0={"Choose": True}, row1={"Choose": True})
    assert button(at, "Compare 2 runs").disabled  # of two tasks
    at = visit("runs")
    edit(at, row1={"Choose": True}, row2={"Choose": True})
    assert not button(at, "Compare 2 runs").disabled
    button(at, "Compare 2 runs").click()
    edit(at, row1={"Choose": True}, row2={"Choose": True})
    assert not at.exception and set(asked(at)) == set(ids[:2])


def test_other_data_is_not_compared(visit):
    visit()
    stop_engine()
    ids = [add(tiny_spec()), add(tiny_spec(source="python-reference"))]
    at = visit("compare", runs=",".join(ids))
    assert "learn from different data" in texts(at).replace("\\", "") and "<b>best</b>" not in texts(at)


def test_the_comparison_is_a_table_for_other_programs(visit):
    visit()
    stop_engine()
    ids = [add(tiny_spec(), title="=HYPERLINK(1)"), add(tiny_spec(units=32))]
    rows = list(csv.DictReader(io.StringIO(download.as_csv(read(ids).lines))))
    assert list(rows[0]) == ["run", "title", "Units", "metric", "curve", "epoch", "seconds", "characters", "value"]
    assert {(row["run"], row["Units"]) for row in rows} == {(ids[0], "16"), (ids[1], "32")}
    assert rows[0]["title"] == "'=HYPERLINK(1)" and {row["curve"] for row in rows} == {"training", "validation"}
    first = next(row for row in rows if row["curve"] == "validation")
    assert [float(first[name]) for name in ("epoch", "seconds", "characters", "value")] == [1, 1.5, 512, 2]


@one_task("text")
def test_every_way_to_draw_the_chart(visit, task):
    visit()
    stop_engine()
    ids = [add(tiny_spec(task)), add(tiny_spec(task, units=32)), add(tiny_spec(task, seed=2))]
    at = visit("compare", runs=",".join(ids))
    for part in ("training", "both", "validation"):
        for axis in ("seconds", "items", "epoch"):
            for widget in at.get("segmented_control"):
                if widget.label in ("Curves", "Over"):
                    widget.set_value(part if widget.label == "Curves" else axis)
            at.run()
            assert not at.exception
    next(toggle for toggle in at.toggle if toggle.label == "Log scale").set_value(True).run()
    assert not at.exception


def test_another_task_has_its_own_comparison(visit):
    visit()
    stop_engine()
    text, digits = add(tiny_spec()), add(tiny_spec("digits"))
    at = visit("compare", runs=text)
    at.selectbox(key=session.TASK_CHOICE.name).set_value("digits").run()
    assert not at.exception and "runs" not in at.query_params
    next(box for box in at.selectbox if box.label == "Add a run").set_value(digits).run()
    assert asked(at) == [digits]
    at.selectbox(key=session.TASK_CHOICE.name).set_value("text").run()
    assert asked(at) == [text]


def test_in_a_class_people_see_their_own_runs_and_those_of_a_link(class_mode, visit, monkeypatch):
    visit()
    stop_engine()
    people = services.store().people
    ada, ben = people.enter("Ada").id, people.enter("Ben").id
    of_ada, of_ben = add(tiny_spec(), owner=ada, title="Of Ada"), add(tiny_spec(units=32), owner=ben, title="Of Ben")
    at = visit("compare", ben, runs=of_ada)
    listed = next(box for box in at.selectbox if box.label == "Add a run").options
    assert any("Of Ben" in label for label in listed) and not any("Of Ada" in label for label in listed)
    assert not at.exception and "GRU 16" in texts(at)
    assert ada not in "".join(str(element.proto) for element in at.main)
    button(at, "Three seeds").click().run()  # of Ada's setting: Ben trains his own
    assert not at.exception, at.exception
    assert services.store().queue.count_pending(ben) == 2 and services.store().queue.count_pending(ada) == 0
    at.session_state[session.COMPARE_MENU(of_ben).name] = True
    at = visit("compare", ben, runs=of_ben)
    button(at, "Three seeds").click().run()
    assert "of 2 runs exist now" in texts(at) and "active runs, the limit here" in texts(at)


def test_a_run_that_was_continued_is_no_seed_of_the_others(visit):
    visit()
    stop_engine()
    straight, continued = add(tiny_spec(seed=1)), add(tiny_spec(seed=2))
    with services.store().database.change() as db:
        db.execute("UPDATE runs SET segment_step = 32, segment_epoch = 1 WHERE id = ?", (continued,))
    services.store().events.record(continued, events=[Note(32, 1.0, 0.0, "Continued at epoch 1, until epoch 2.")])
    at = visit("compare", runs=f"{straight},{continued}")
    shown = texts(at)
    assert not at.exception and "GRU 16 · changed" in shown
    assert "<td>–</td><td>epoch 1: Continued at epoch 1, until epoch 2</td>" in shown


def test_a_deleted_run_is_forgotten_where_no_link_names_it(visit):
    visit()
    stop_engine()
    run = add(tiny_spec())
    at = visit("compare", runs=run)
    services.store().runs.delete(run)
    del at.query_params["runs"]
    at.run()
    assert not at.exception and "Left out" not in texts(at) and button(at, ALL_CELLS)


@pytest.mark.parametrize("page", ["text", "digits"])
def test_the_menu_is_on_the_page_of_a_task(visit, page):
    at = visit(page)
    assert not at.exception and "Compare" in links(at)
    assert ALL_CELLS not in [each.label for each in at.button]  # drawn when the menu is opened
    at.session_state[session.COMPARE_MENU(page).name] = True
    at.run()
    assert button(at, ALL_CELLS)


def test_the_same_seed_again_is_shown_and_is_no_evidence(visit):
    visit()
    stop_engine()
    ids = [add(tiny_spec(), (1.0,)), add(tiny_spec(), (1.2,)), add(tiny_spec(units=8), (1.1,))]
    at = visit("compare", runs=",".join(ids))
    assert not at.exception and len(read(ids).lines[0].runs) == 2
    assert "GRU 16 1.000, next GRU 8 1.100" in texts(at) and "Three seeds show by how much" in texts(at)
    assert not button(at, "Three seeds").disabled


def test_a_task_without_a_view_is_compared_too(visit, monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)
    visit()
    ids = start([tiny_spec("counting"), tiny_spec("counting", cell="lstm")], services.store(), services.settings()).runs
    services.engine().wake()
    for run in ids:
        assert ended(run).state == FINISHED
    at = visit("compare", runs=",".join(ids))
    assert not at.exception, at.exception
    assert "Best validation loss" in texts(at) and "True: **" in texts(at) and texts(at).count('<div class="columns"') == 2
    assert any(box.label == "Example" for box in at.number_input)


@each_task()
def test_every_task_gives_all_runs_the_same_input(visit, task):
    """Before training, and with the example beside: nothing fails, and the page says who cannot answer yet."""
    visit()
    stop_engine()
    waiting = add(tiny_spec(task), losses=(), state=QUEUED)
    for ids in ([task_of(task).example, waiting], [waiting]):
        at = visit("compare", runs=",".join(ids))
        assert not at.exception, at.exception
    assert "after" in (texts(at) + given_to_components(at)).lower() or "weights" in texts(at)
    assert view_of(task).compare is not None


def test_a_note_belongs_to_its_runs(visit):
    visit()
    stop_engine()
    one, other, ended = add(tiny_spec(), state=QUEUED), add(tiny_spec(units=32), state=QUEUED), add(tiny_spec(units=8))
    at = visit("compare", runs=one)
    at.session_state[session.COMPARE_NOTES.name] = (frozenset([one]), ("Something happened.",), False)
    assert "Something happened" in texts(at.run())
    at.query_params["runs"] = other
    assert "Something happened" not in texts(at.run())
    at.session_state[session.COMPARE_NOTES.name] = (frozenset([ended]), ("There is no room for more runs.",), True)
    at.query_params["runs"] = ended
    assert "There is no room" not in texts(at.run())  # there is now
