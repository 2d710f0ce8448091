import pytest

from rnn_core.runs.records import FINISHED
from tests.runs.looks import SOME, begin, losses, until


@pytest.fixture
def whole(store, engine) -> list[tuple]:
    """The losses of a run of SOME epochs that nobody disturbed."""
    run = begin(store, engine, **SOME)
    until(lambda: store.get(run).state == FINISHED)
    return losses(store, run)
