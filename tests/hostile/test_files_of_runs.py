"""Damaged files of a run that has ended, when the run is opened, tried and continued."""

import pytest

from rnn_core import settings as settings_of
from rnn_core.lessons import example
from rnn_core.runs import checkpoints
from rnn_core.runs.store.store import TEST_LOGITS, WEIGHTS, Store
from rnn_core.runs.submit import continue_run
from rnn_core.tasks.task import task_of
from rnn_core.tasks.tokenizer import VOCABULARY
from tests.hostile import Row
from tests.hostile.inputs import archive
from tests.runs.helpers import review_scorer
from tests.runs.test_damage import DAMAGES, JSON_DAMAGES, boast, position

WHAT_IS_DONE = {
    "write": lambda store, run: checkpoints.writer(store, run),
    "judge": review_scorer,
    "test": lambda store, run: checkpoints.test_logits(store, run),
    "continue": lambda store, run: continue_run(run, store, settings_of.load(), more=1),
}


def enter(given: tuple) -> None:
    store, run, what = given
    WHAT_IS_DONE[what](store, run)


def damaged(task: str, name: str, change, what: str):
    """A run of an example's network, with a checkpoint; one of its files is changed."""

    def given() -> tuple:
        store = Store.of(settings_of.load())
        example.install(store)
        of_example = task_of(task).example
        weights = checkpoints.weights(store, of_example)
        run = store.runs.add(store.runs.spec(of_example), "A run")
        for file in (VOCABULARY, TEST_LOGITS):
            if (kept := store.runs.folder(of_example) / file).exists():
                (store.runs.folder(run) / file).write_bytes(kept.read_bytes())
        checkpoints.save(store.runs.folder(run), weights, position())
        store.lifecycle.end(run, "stopped")
        path = store.runs.folder(run) / name
        content = path.read_bytes()
        if change == "folder":
            path.unlink()
            path.mkdir()
        elif change == "gone":
            path.unlink()
        else:
            path.write_bytes(change(content))
        return store, run, what

    return given


NO_CHECKPOINT = "cannot be continued.*no checkpoint"
CHANGES = {**DAMAGES, "a bomb": lambda _: archive(**{"output.kernel.npy": boast((10_000, 10_000)) + bytes(300_000_000)})}
HURT = "^The file .* of this run is damaged: .*Train a new run"
GONE = "damaged: it is missing|no weights yet|cannot be continued"

ROWS = (
    {f"weights, {kind}, to {what}": Row(damaged(task, WEIGHTS, change, what), f"{HURT}|{NO_CHECKPOINT}" if what == "continue" else HURT)
     for number, (kind, change) in enumerate(CHANGES.items())
     for task, what in [(("text", "write"), ("reviews", "judge"))[number % 2], ("text", "continue")]}
    | {f"vocabulary, {kind}": Row(damaged(task, VOCABULARY, lambda _, content=content: content, what), HURT)
       for number, (kind, content) in enumerate(JSON_DAMAGES.items())
       for task, what in [(("text", "write"), ("reviews", "judge"))[number % 2]]}
    | {f"answers in the test, {kind}": Row(damaged("digits", TEST_LOGITS, CHANGES[kind], "test"), HURT)
       for kind in ("garbage", "empty", "half", "a bomb", "a boast", "text", "pickled")}
    | {"weights, a folder": Row(damaged("text", WEIGHTS, "folder", "write"), HURT),
       "weights, gone, to write": Row(damaged("text", WEIGHTS, "gone", "write"), GONE),
       "weights, gone, to continue": Row(damaged("text", WEIGHTS, "gone", "continue"), GONE),
       "vocabulary, a folder": Row(damaged("text", VOCABULARY, "folder", "write"), HURT),
       "vocabulary, gone": Row(damaged("reviews", VOCABULARY, "gone", "judge"), GONE)}
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_damage_of_a_run_is_explained(name, check_row):
    check_row(name)
