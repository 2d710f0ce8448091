"""What the line under the toolbar says in each state of a run, and what a chart's text looks like."""

import pytest

from pages.parts.shell import services
from pages.parts.tasks.text import charts
from rnn_core.runs.scheduler import Rules
from rnn_core.runs.store.rows import FINISHED, STOPPED
from tests.conftest import tiny_spec
from tests.pages.helpers import button, texts


@pytest.fixture
def run(visit) -> str:
    """A run that has taken steps, without a process."""
    visit()
    services.engine().close()
    run = services.store().runs.add(tiny_spec(), "Mine")
    services.store().queue.claim(Rules(slots=9, slots_per_person=9), only=None)
    services.store().events.record(run, step=3, epoch=0.5)
    return run


@pytest.mark.parametrize("state, sentence", [
    ("running", "Training continues if you close the tab. To train another run, change a setting."),
    (STOPPED, "The run was stopped. Continue training adds to this curve; Train starts a new one."),
    (FINISHED, "A network reads text one character at a time"),
])  # fmt: skip
def test_the_line_says_what_to_do_next(run, visit, state, sentence):
    if state != "running":
        services.store().lifecycle.end(run, state)
    at = visit("text", run=run)
    assert not at.exception and sentence in texts(at)
    assert button(at, "Train").disabled == (state == "running")


def test_a_chart_has_text_in_the_colour_of_the_theme():
    spec = charts._NEXT_CHARACTERS
    assert spec["config"]["axis"]["labelColor"] == "currentColor" and "fillOpacity" in spec["encoding"]
