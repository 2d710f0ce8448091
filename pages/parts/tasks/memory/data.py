"""The data controls of the memory task: what has to be remembered, over how many timesteps, and an example."""

import streamlit as st

from pages.parts.shell import services
from pages.parts.shell.formatting import plain
from pages.parts.spec_form import source_picker
from pages.parts.spec_form.controls import option_rows
from pages.parts.tasks.memory.tiles import tiles
from rnn_core.data.source import pick
from rnn_core.estimate import Work
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.memory.dataset import MemoryDataset, sequences
from rnn_core.tasks.memory.problems import PROBLEMS
from rnn_core.tasks.memory.task import TASK

_SHOWN = 12  # symbols of the example, at most


def data_controls() -> None:
    """Draw the problem and the longest distance."""
    source = source_picker.source_select(TASK.name)
    if source:
        st.caption(plain(source.origin))
    option_rows(TASK.name, ("longest",))


def data_check(spec: RunSpec) -> Work | None:
    """Draw facts about the sequences, with an example; returns what an epoch reads. Raises `UserError`."""
    pick(TASK.sources(services.settings()), spec.data.source, "Memory")
    dataset, problem = MemoryDataset(spec), PROBLEMS[spec.data.source]
    train, test = sequences(spec.data.source, spec.data.longest)
    st.caption(
        f"**{len(dataset.train):,}** sequences to train on, **{len(dataset.held_out):,}** to validate, **{len(test.answers):,}** for the "
        f"test at the end. Each is read in **{dataset.timesteps}** timesteps; shorter ones begin with blanks."
    )
    shortest = next(row for row, answer in enumerate(train.distances) if answer <= _SHOWN)
    tiles(problem, train.symbols[shortest], answer=problem.answers[train.answers[shortest]], label="An example")
    return Work.of(dataset)
