"""What a training process does while no run waits, and what it does not load."""

import dataclasses
import queue
import subprocess
import sys
from itertools import count

import pytest

from rnn_core.presets import spec_of
from rnn_core.runs.engine import warm_up, worker
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_names, task_of
from rnn_core.training import trainer
from rnn_core.training.trainer import Trainers, execution_here
from tests.conftest import each_task


@pytest.mark.slow
def test_training_loads_nothing_that_it_does_not_need_and_hides_it_from_nobody(home):
    script = """
import sys
import rnn_core.runs.engine.worker
from rnn_core import settings
from itertools import cycle
from rnn_core.training.trainer import Trainers
asked = cycle([False, True])  # each task's data is read, and nothing compiled
rnn_core.runs.engine.worker.warm_up(Trainers(), settings.load(), lambda: next(asked))
assert next(asked) is False
assert "tensorflow" in sys.modules
assert {"pandas", "scipy", "sklearn", "pyarrow"}.isdisjoint(sys.modules), sorted(sys.modules)
import pandas, scipy, sklearn
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 0 and "Traceback" not in ended.stderr, ended.stderr


def test_warming_up_ends_once_a_run_waits(settings, monkeypatch):
    compiled = []
    monkeypatch.setattr(trainer.Trainer, "_train_step", lambda self, *_: compiled.append(self))
    asked = count()
    warm_up.warm_up(Trainers(), settings, lambda: next(asked) >= 3)
    assert len(compiled) == 1
    warm_up.warm_up(Trainers(), settings, lambda: True)
    assert len(compiled) == 1


def test_what_is_wrong_with_a_task_keeps_no_other_from_being_compiled(settings, monkeypatch, capsys):
    broken, *others = task_names()
    monkeypatch.setattr(warm_up, "task_names", lambda: ["gone", broken, *others])
    tasks = {broken: dataclasses.replace(task_of(broken), dataset=None)}
    monkeypatch.setattr(warm_up, "task_of", lambda name: tasks.get(name) or task_of(name))
    compiled = []
    monkeypatch.setattr(trainer.Trainer, "_train_step", lambda self, *_: compiled.append(self.model_io))
    warm_up.warm_up(Trainers(), settings)
    assert len(compiled) == len(others) and "TypeError" in capsys.readouterr().err


@each_task("digits")
def test_what_a_page_starts_with_is_compiled_already(task, settings, monkeypatch):
    """For every seed, with the options and the data of the page."""
    trainers, compiled, task = Trainers(), [], task_of(task)
    monkeypatch.setattr(warm_up, "task_names", lambda: [task.name])
    warm_up.warm_up(trainers, settings)
    step = trainer.Trainer._train_step
    monkeypatch.setattr(trainer.Trainer, "_train_step", lambda self, *given: compiled.append(self) or step(self, *given))
    source = sources.default(task.name, settings)
    spec = spec_of(task.name, available=task.examples(source, settings), source=source, seed=9)
    dataset = task.dataset(spec, None, settings, False)
    given = trainers.get(spec, dataset.model_io, execution_here(spec.model, settings.threads_per_run))
    inputs, targets = next(dataset.training(0))
    given.train_step(inputs, targets, given.zero_states(len(inputs)))
    assert compiled == []


@pytest.mark.parametrize("wanted", [True, False])
def test_a_worker_warms_up_if_the_setting_says_so(wanted, settings, monkeypatch):
    lines, warmed = queue.SimpleQueue(), []
    lines.put(dataclasses.replace(settings, warm_up=wanted).to_json())
    lines.put(None)
    monkeypatch.setattr(worker, "_lines", lambda exit_at_end: lines)
    monkeypatch.setattr(worker, "_prefer_for_out_of_memory_kill", lambda: None)
    monkeypatch.setattr(worker, "warm_up", lambda *given: warmed.append(given))
    assert worker.main("name") == 0 and bool(warmed) == wanted
