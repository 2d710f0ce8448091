"""Continue training on the page of every task."""

import pytest

from pages.parts import lab
from rnn_core.knob import TASKS
from rnn_core.runs.records import FINISHED
from rnn_core.runs.submit import OTHER_DATA, submit
from tests.pages.looks import button, ended, labels, texts
from tests.runs.test_continue import small_spec


@pytest.mark.parametrize("task", TASKS)
def test_a_run_of_every_task_is_continued(visit, task):
    run = submit(small_spec(task), lab.store(), lab.settings())
    lab.engine().wake()
    ended(run)
    at = visit(task, run=run)
    assert ("Go on with" in labels(at)) == (task in OTHER_DATA)
    next(f for f in at.number_input if f.label == "More epochs").set_value(2).run()
    button(at, "Continue training").click().run()
    assert not at.exception
    read = ended(run)
    assert (read.state, read.epoch) == (FINISHED, 3), read
    at.run()
    assert not at.exception and "Continued at epoch 1.0, until epoch 3" in texts(at)
