"""What the most frequent answer reaches."""

from pathlib import Path

from rnn_core.settings import Settings
from rnn_core.tasks.memory.dataset import MemoryDataset
from rnn_core.tasks.reference import Reference, most_frequent
from rnn_core.tasks.task import Parts


def of_run(spec: Parts, folder: Path, settings: Settings) -> list[Reference]:
    dataset = MemoryDataset(spec)
    return [most_frequent("answer", dataset.answers[dataset.train], dataset.answers[dataset.held_out])]
