"""The memory task: a network reads a made-up sequence, whose answer depends on what came long before its end."""

import json
from pathlib import Path

import numpy as np

from rnn_core.data.source import Source, pick
from rnn_core.settings import Settings
from rnn_core.tasks.elsewhere import Elsewhere
from rnn_core.tasks.memory import references
from rnn_core.tasks.memory.dataset import MemoryDataset, by_distance, model_io
from rnn_core.tasks.memory.options import MemoryData
from rnn_core.tasks.memory.presets import PRESETS
from rnn_core.tasks.memory.problems import PROBLEMS
from rnn_core.tasks.task import Parts, Task


def _sources(settings: Settings) -> dict[str, Source]:
    return {name: Source(name, problem.label, problem.origin, lambda _: None) for name, problem in PROBLEMS.items()}


def _dataset(spec: Parts, folder: Path | None, settings: Settings, resuming: bool) -> MemoryDataset:
    pick(_sources(settings), spec.data.source, "Memory")
    return MemoryDataset(spec)


def _problem(spec: Parts, folder: Path, settings: Settings) -> dict[str, bytes]:
    problem = PROBLEMS[spec.data.source]
    symbols, _ = problem.draw(np.random.default_rng(spec.seed), spec.data.longest)
    example = " ".join(problem.symbols[symbol - 1] for symbol in symbols)
    content = {"question": problem.origin, "symbols": problem.symbols, "answers": problem.answers, "example": example}
    return {"problem.json": json.dumps(content, ensure_ascii=False).encode()}


TASK = Task(
    name="memory",
    item="sequence",
    about="A network reads a made-up sequence, and must remember what came many timesteps before its end.",
    data=MemoryData,
    example="example-memory",
    presets=PRESETS,
    sources=_sources,
    model_io=lambda spec, folder: model_io(spec.data),
    dataset=_dataset,
    by_part=by_distance,
    references=references.of_run,
    elsewhere=Elsewhere(
        Path(__file__).with_name("use.py"),
        files=_problem,
        about={"problem.json": "the question, the symbols and the answers, in the order of inputs and outputs, and an example"},
    ),
)
