"""A made-up task: count the ones in a sequence of zeros and ones. The smallest complete task."""

from dataclasses import dataclass

import numpy as np

from rnn_core.data.source import Source, pick
from rnn_core.spec.model_io import Classes, ModelIO, Vectors
from rnn_core.spec.option import option_field
from rnn_core.tasks.examples import ArraysDataset, Examples, examples_option
from rnn_core.tasks.task import Preset, Task


@dataclass(frozen=True)
class CountingData:
    source: str = option_field("coins", "Data", "data", "Where the zeros and ones come from.")
    timesteps: int = option_field(8, "Timesteps", "t", "Zeros and ones in a sequence.", low=2, high=100, step=1)
    examples: int = examples_option()


def _throws(timesteps: int, count: int, seed: int) -> Examples:
    inputs = np.random.default_rng(seed).integers(0, 2, (count, timesteps, 1))
    return inputs.astype(np.float32), inputs.sum((1, 2))


def _sources(settings) -> dict[str, Source]:
    return {"coins": Source("coins", "Thrown coins", "Made with random numbers.", lambda settings: _throws)}


def _model_io(spec, folder) -> ModelIO:
    return ModelIO(Vectors(1), Classes(spec.data.timesteps + 1), spec.data.timesteps)


def _dataset(spec, folder, settings, resuming) -> ArraysDataset:
    throws = pick(_sources(settings), spec.data.source, "Counting").read(settings)
    train, test = throws(spec.data.timesteps, 2000, seed=1), throws(spec.data.timesteps, 200, seed=2)
    return ArraysDataset(spec, _model_io(spec, folder), train, test)


TASK = Task(
    name="counting",
    item="sequence",
    about="A network reads zeros and ones and learns to say how many ones there were.",
    data=CountingData,
    presets={"quick": Preset("Quick", "A small GRU: right within seconds.", {"units": 16, "epochs": 5, "learning_rate": 0.01})},
    sources=_sources,
    model_io=_model_io,
    dataset=_dataset,
)
