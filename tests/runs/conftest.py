import pytest

from rnn_core.runs.store.rows import FINISHED
from tests.runs.helpers import SHORT, losses, start_run, until


@pytest.fixture(scope="session")
def trained_once() -> dict[str, list[tuple]]:
    return {}


@pytest.fixture
def uninterrupted_losses(store, engine, trained_once, task) -> list[tuple]:
    """The losses of an uninterrupted run of the task with the options SHORT, trained once: they are always the same."""
    if task not in trained_once:
        run = start_run(store, engine, task, **SHORT)
        until(lambda: store.runs.get(run).state == FINISHED)
        trained_once[task] = losses(store, run)
        store.runs.delete(run)
    return trained_once[task]
