"""The Runs page: the size of runs on disk, renaming and deleting."""

import json

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates

from pages.parts.shell import services
from rnn_core.runs.store.rows import FINISHED
from tests.conftest import tiny_spec
from tests.pages.helpers import button, links, texts


@pytest.fixture
def runs(visit) -> list[str]:
    """Three runs, newest first: the first one waits, the others have ended."""
    visit()
    services.engine().close()
    made = [services.store().runs.add(tiny_spec(), f"Run {i}") for i in range(3)]
    for run in made[:2]:
        (services.store().runs.folder(run) / "weights.npz").write_bytes(bytes(500_000))
        services.store().lifecycle.end(run, FINISHED)
    return made[::-1]


def edit(at, **rows):
    """What the browser sends when cells were edited: `edit(at, row0={"Run": "New"})`."""
    edits = {"edited_rows": {name[3:]: cells for name, cells in rows.items()}, "added_rows": [], "deleted_rows": []}
    states = WidgetStates(
        widgets=[*at._tree.get_widget_states().widgets, WidgetState(id=at.dataframe[0].proto.id, string_value=json.dumps(edits))]
    )
    return at._run(states)


def test_each_run_says_what_it_costs_and_examples_are_not_listed(runs, visit):
    at = visit("runs")
    assert not at.exception
    shown = at.dataframe[0].value
    assert shown["Run"].tolist() == ["Run 2", "Run 1", "Run 0"]
    assert shown["On disk"].tolist() == [0, 0.5, 0.5]
    assert "**3** runs, kept until deleted." in texts(at) and "refused above 20.0 GB" in texts(at)


def test_a_name_is_typed_over_the_old_one(runs, visit):
    at = edit(visit("runs"), row1={"Run": "  A better   name "})
    assert not at.exception
    assert services.store().runs.get(runs[1]).title == "A better name"
    edit(at, row0={"Run": "  "})
    assert not at.exception and services.store().runs.get(runs[0]).title == "Run 2"
    assert "A run needs a name" in texts(at)


def test_chosen_runs_are_deleted_after_a_question_and_active_ones_are_not(runs, visit):
    at = visit("runs")
    assert button(at, "Delete").disabled
    edit(at, row0={"Choose": True}, row2={"Choose": True})
    assert "Run 2 (queued): stop before deleting" in texts(at)
    button(at, "Delete 1 run").click()
    edit(at, row0={"Choose": True}, row2={"Choose": True})
    assert "- Run 0" in texts(at) and "cannot be undone" in texts(at) and "0.5 MB" in texts(at)
    button(at, "Delete it").click().run()
    assert not at.exception
    assert [services.store().runs.has(run) for run in runs] == [True, True, False]
    assert at.dataframe[0].value["Run"].tolist() == ["Run 2", "Run 1"]
    assert not services.store().runs.folder(runs[2]).exists()


def test_a_thousand_runs_come_in_pages(visit):
    visit()
    services.engine().close()
    for i in range(120):
        services.store().lifecycle.end(services.store().runs.add(tiny_spec(), f"Run {i}"), FINISHED)
    at = visit("runs")
    assert len(at.dataframe[0].value) == 50 and "**120** runs" in texts(at)
    at.get("pagination")[0].set_value(3).run()
    assert not at.exception
    assert at.dataframe[0].value["Run"].tolist()[-1] == "Run 0" and len(at.dataframe[0].value) == 20


def test_nothing_yet_says_what_to_do(visit):
    assert "No runs yet" in texts(visit("runs"))


def test_in_a_class_everybody_has_their_own_and_the_teacher_may_delete_all(class_mode, visit):
    visit()
    services.engine().close()
    ada, ben, teacher = (
        services.store().people.enter("Ada"),
        services.store().people.enter("Ben"),
        services.store().people.enter_teacher(class_mode),
    )
    for person in (ada, ben):
        services.store().lifecycle.end(services.store().runs.add(tiny_spec(), f"Of {person.name}", owner=person.id), FINISHED)
    assert visit("runs", ada.id).dataframe[0].value["Run"].tolist() == ["Of Ada"]
    at = visit("runs", teacher.id)
    assert "No runs yet" in texts(at)
    at.get("segmented_control")[0].set_value("Everybody's").run()
    assert at.dataframe[0].value["Who"].tolist() == ["Ben", "Ada"]
    assert ada.id not in "".join(str(element.proto) for element in at.main)


def test_one_ticked_run_is_opened_in_this_tab(runs, visit):
    at = visit("runs")
    assert button(at, "Open").disabled and "Open" not in at.dataframe[0].value
    edit(at, row0={"Choose": True}, row1={"Choose": True})
    assert button(at, "Open").disabled
    edit(at, row1={"Choose": True})
    button(at, "Open").click()
    edit(at, row1={"Choose": True})
    assert not at.exception and at.query_params["run"] == runs[1] and at.title[0].value == "Text"


def test_what_has_not_ended_stands_above_the_table_and_moves(runs, visit):
    at = visit("runs")
    assert links(at)["Run 2"].endswith(f"run={runs[0]}") and "Run 1" not in links(at)
    assert "queued" in texts(at) and "epoch 0/" in texts(at)
    services.store().events.record(runs[0], epoch=1.5, step=7)
    assert "epoch 1.5/" in texts(at.run())
    services.store().lifecycle.end(runs[0], FINISHED)
    assert "Run 2" not in links(at.run())
