"""The home page: links to every page, and the list of runs."""

from pages.parts.shell import services
from pages.parts.shell.frame import pages
from pages.parts.tasks.view import view_of
from rnn_core.tasks.task import task_names, task_of
from tests.conftest import tiny_spec


def test_home_leads_to_every_page_that_exists(visit):
    at = visit()
    assert not at.exception
    assert at.title[0].value == "See a recurrent network learn"
    titles = [page.title for page in pages() if not page.of_class]
    assert [link.value for link in at.page_link[: len(titles)]] == titles and "Class" not in titles
    cards = [link.value for link in at.page_link if link.value not in titles]
    assert cards[: len(task_names())] == [view_of(task).link for task in task_names()]
    assert sorted(at.dataframe[0].value["Open"]) == sorted(f"/{task}?run={task_of(task).example}" for task in task_names())


def test_runs_are_listed_newest_first_with_a_link(visit):
    visit()
    run = services.store().runs.add(tiny_spec(), "Newest")
    table = visit().dataframe[0].value
    assert table["Open"][0] == f"/text?run={run}" and table["Run"][0] == "Newest"
