"""The view that fits every task: its options, what an epoch reads, and what a network answers to an example."""

from functools import partial

import numpy as np
import streamlit as st

from pages.parts.run.charts import answers_chart, input_chart
from pages.parts.shell import services, session
from pages.parts.shell.formatting import percent, plain
from pages.parts.shell.page import Page
from pages.parts.spec_form import source_picker
from pages.parts.spec_form.controls import pairs
from pages.parts.spec_form.source_picker import telling
from pages.parts.tasks.view import TaskView
from rnn_core.errors import UserError
from rnn_core.nn.network import Network
from rnn_core.nn.prefix_predictions import PrefixPredictions, predict_prefixes
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import Run
from rnn_core.spec.model_io import ModelIO, Tokens, Values
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.task import DataCheck, Task, task_of

PAGE = "pages/7_task.py"
_TICK = 4.0  # seconds
_SHOWN = 50  # examples to choose from
_MOST = 10  # classes in the chart, the likeliest at the end


def view(task: Task) -> TaskView:
    title = task.name.replace("_", " ").capitalize()
    return TaskView(
        page=Page(title, PAGE, ":material/extension:", task.about, query=(("task", task.name),)),
        card=task.about,
        link=f"Train on {task.items}",
        caption=task.about,
        data_title="Data",
        choose=partial(_choose, task.name),
        check=_check,
        play=_play,
    )


def _choose(task: str) -> None:
    """The source, and every other option of the data that is not among the seldom changed ones."""
    source = source_picker.choice(task)
    if source and source.read:
        st.caption(plain(source.origin))
    seldom = {name for row in TaskView.more for name in row}
    names = [f for f in task_of(task).data.__dataclass_fields__ if f in options_of(task) and f not in {"source", *seldom}]
    pairs(task, *(tuple(names[i : i + 2]) for i in range(0, len(names), 2)))


@st.cache_data(max_entries=32, ttl="10m", show_spinner="Reading the data …")
def _checked(spec: str) -> DataCheck:
    read = RunSpec.from_json(spec)
    return task_of(read.task).check_data(read, services.settings())


def _check(spec: RunSpec) -> bool:
    try:
        work = _checked(spec.to_json()).work
    except UserError as error:
        source_picker.show_errors(error)
        return False
    items = task_of(spec.task).items
    st.caption(
        f"**{work.steps:,}** steps an epoch, each of **{work.batch:,}** {items} side by side, **{work.timesteps:,.0f}** timesteps long."
    )
    _, fits = source_picker.price(spec, work)
    source_picker.few_steps(spec, work.steps)
    return fits


def _play(run: Run) -> None:
    st.fragment(_try, run_every=_TICK if run.on_slot else None)(run.id)


@st.cache_data(max_entries=16, ttl="10m", show_spinner="Reading the data …")
def _examples(run_id: str) -> tuple[np.ndarray, np.ndarray] | None:
    """(inputs, targets) that the network was not trained on: of the test set, else of validation."""
    store = services.store()
    spec = store.runs.spec(run_id)
    dataset = task_of(spec.task).dataset(spec, store.runs.folder(run_id), services.settings(), True)
    first = next(dataset.test(), None) or next(dataset.validation(), None)
    return first and tuple(part[:_SHOWN] for part in first)


@telling
def _try(run_id: str) -> None:
    st.subheader("Try it", anchor=False)
    store = services.store()
    if checkpoints.version(store, run_id) is None:
        st.caption("After the first training steps, choose an example here and see what the network answers.")
        return
    spec, examples = store.runs.spec(run_id), _examples(run_id)
    if examples is None:
        st.caption("This data has no examples that are set aside, so there is nothing to try.")
        return
    inputs, targets = examples
    place = st.number_input(
        "Example", 1, len(inputs), key=session.EXAMPLE(run_id).name, help="One that the network was not trained on.", width=160
    )
    model_io = checkpoints.model_io(spec, store.runs.folder(run_id))
    row, target = inputs[place - 1], np.ravel(targets[place - 1])
    if isinstance(model_io.input, Tokens) and model_io.input.masked:
        row = row[row != 0]
    input_chart(row)
    _answers(_read(checkpoints.network(store, run_id), row, model_io), model_io, target)


def _read(network: Network, row: np.ndarray, model_io: ModelIO) -> PrefixPredictions:
    if model_io.per_timestep:
        return PrefixPredictions(np.arange(1, len(row) + 1), network.run(row[None])[0][0])
    return predict_prefixes(network, row)


def _answers(read: PrefixPredictions, model_io: ModelIO, target: np.ndarray) -> None:
    """What the network answers after each timestep, and beside it the truth."""
    after, steps = f"After {read.timesteps[-1]} timesteps", read.timesteps.tolist()
    if isinstance(model_io.output, Values):
        names = [str(i) for i in range(1, model_io.output.units + 1)]
        answers_chart(steps, read.logits, names, "Prediction", share=False)
        true = target[-len(names) :]
        st.markdown(f"{after}: **{', '.join(f'{v:.3g}' for v in read.logits[-1])}**. True: {', '.join(f'{v:.3g}' for v in true)}.")
        return
    answers = probabilities(read.logits)
    likeliest = np.sort(np.argsort(-answers[-1], kind="stable")[:_MOST])
    answers_chart(steps, answers[:, likeliest], [str(i) for i in likeliest], "Probability", share=True)
    best = int(answers[-1].argmax())
    st.markdown(f"{after}: **{best}** ({percent(answers[-1][best])}). True: {target[-1]:g}.")
