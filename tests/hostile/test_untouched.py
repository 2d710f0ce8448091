"""Hostile input in the same process and store while a run trains: the run ends as if there had been none."""

import contextlib

import pytest

from rnn_core.errors import UserError
from rnn_core.lessons import example
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import FINISHED
from rnn_core.runs.store.store import WEIGHTS
from rnn_core.runs.submit import continue_run
from rnn_core.tasks.tokenizer import VOCABULARY
from tests.conftest import one_task
from tests.hostile import test_links, test_nicknames, test_own_sentences, test_photos, test_specs, test_tables, test_texts
from tests.runs.conftest import trained_once, uninterrupted_losses  # noqa: F401
from tests.runs.helpers import SHORT, losses, start_run, training, until
from tests.runs.test_damage import DAMAGES, JSON_DAMAGES

DOORS = (test_texts, test_tables, test_photos, test_specs, test_links, test_nicknames, test_own_sentences)
SOME_ROWS = slice(None, None, 6)


def damaged_runs(store) -> list[str]:
    """Runs of other people, each with a file that is damaged in another way."""
    example.install(store)
    runs = []
    for kind, change in [*DAMAGES.items(), *((kind, lambda _, content=content: content) for kind, content in JSON_DAMAGES.items())]:
        run = store.runs.add(store.runs.spec("example"), kind, kept_for=1)
        for name in (WEIGHTS, VOCABULARY):
            (store.runs.folder(run) / name).write_bytes((store.runs.folder("example") / name).read_bytes())
        path = store.runs.folder(run) / (WEIGHTS if kind in DAMAGES else VOCABULARY)
        path.write_bytes(change(path.read_bytes()))
        store.lifecycle.end(run, "stopped")
        runs.append(run)
    return runs


@pytest.mark.slow
@one_task("text")
def test_a_run_ends_with_the_same_losses_while_hostile_input_is_thrown(store, engine, uninterrupted_losses, task):  # noqa: F811
    others = damaged_runs(store)
    run = start_run(store, engine, task, **SHORT)
    until(lambda: training(store, run))
    for other in others:
        for use in (
            checkpoints.writer,
            checkpoints.test_logits,
            lambda store, run: continue_run(run, store, engine.settings, more=1),
        ):
            with contextlib.suppress(UserError):
                use(store, other)
        engine.wake()
    for door in DOORS:
        for row in list(door.ROWS.values())[SOME_ROWS]:
            with contextlib.suppress(UserError):
                door.enter(row.given())
    until(lambda: store.runs.get(run).state == FINISHED)
    assert losses(store, run) == uninterrupted_losses
