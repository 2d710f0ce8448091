import pytest

from rnn_core.runs.records import FINISHED
from tests.runs.looks import SOME, begin, losses, until


@pytest.fixture(scope="session")
def trained_once() -> list[tuple]:
    return []


@pytest.fixture
def whole(store, engine, trained_once) -> list[tuple]:
    """The losses of a run of SOME epochs that nobody disturbed: trained once, since they are always the same."""
    if not trained_once:
        run = begin(store, engine, **SOME)
        until(lambda: store.get(run).state == FINISHED)
        trained_once += losses(store, run)
    return trained_once
