"""The view of tasks without their own: their options, the size of an epoch, and predictions for examples."""

from functools import partial

import numpy as np
import streamlit as st

from pages.parts.run.charts import predictions_chart
from pages.parts.run.lights import light_up
from pages.parts.run.weights import network_of, weights_choice
from pages.parts.shell import services, session
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import percent, plain
from pages.parts.shell.fragments import fragment
from pages.parts.shell.page import Page
from pages.parts.spec_form import source_picker
from pages.parts.spec_form.controls import option_rows
from pages.parts.tasks.generic.card import card
from pages.parts.tasks.generic.charts import input_chart
from pages.parts.tasks.generic.compare import compare
from pages.parts.tasks.generic.examples import example_of, examples_of
from pages.parts.tasks.view import TaskView
from rnn_core.estimate import Work
from rnn_core.nn.network import Network
from rnn_core.nn.prefix_predictions import PrefixPredictions, predict_prefixes
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs.store.rows import Run
from rnn_core.spec.model_io import ModelIO, Values
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.task import DataCheck, Task, task_of

PAGE = "pages/8_task.py"
_ICON = ":material/extension:"
_TICK = 4.0  # seconds
_MAX_CLASSES = 10  # in the chart: the likeliest after the last timestep


def view(task: Task) -> TaskView:
    """The generic view of a task."""
    title = task.name.replace("_", " ").capitalize()
    return TaskView(
        page=Page(title, PAGE, _ICON, task.about, query=(("task", task.name),)),
        about=task.about,
        card=partial(card, _ICON),
        link=f"Train on {task.items}",
        data_controls=partial(_data_controls, task.name),
        data_check=_data_check,
        data_options=partial(_data_options, task.name),
        try_panel=_try_panel,
        compare=compare,
    )


def _data_controls(task: str) -> None:
    """Draw the source."""
    source = source_picker.source_select(task)
    if source and source.read:
        st.caption(plain(source.origin))


def _data_options(task: str) -> None:
    """Draw the other options of the data, without the advanced ones."""
    advanced = {name for row in TaskView.advanced for name in row}
    names = [f for f in task_of(task).data.__dataclass_fields__ if f in options_of(task) and f not in {"source", *advanced}]
    option_rows(task, *(tuple(names[i : i + 2]) for i in range(0, len(names), 2)))


@st.cache_data(max_entries=32, ttl="10m", show_spinner="Reading the data …")
def _checked(spec: str) -> DataCheck:
    run_spec = RunSpec.from_json(spec)
    return task_of(run_spec.task).check_data(run_spec, services.settings())


def _data_check(spec: RunSpec) -> Work | None:
    work = _checked(spec.to_json()).work
    items = task_of(spec.task).items
    st.caption(
        f"**{work.steps:,}** steps per epoch, each of **{work.batch:,}** {items} side by side, **{work.timesteps:,.0f}** timesteps long."
    )
    return work


def _try_panel(run: Run) -> None:
    fragment(_panel, every=_TICK if run.on_slot else None)(run.id)


@showing_errors
def _panel(run_id: str) -> None:
    weights = weights_choice(run_id)
    if weights is None:
        st.caption("After the first training steps, choose an example here and see what the network predicts.")
        return
    examples = examples_of(run_id)
    if examples is None:
        st.caption("All examples of this data are used for training, so none can be tried.")
        return
    number = st.number_input(
        "Example",
        1,
        len(examples[0]),
        key=session.EXAMPLE(run_id).name,
        help="An example that the network was not trained on.",
        width=160,
    )
    row, target, model_io = example_of(run_id, number, examples)
    input_chart(row)
    light_up(run_id, weights, row)
    _predictions(_prefix_predictions(network_of(run_id, weights), row, model_io), model_io, target)


def _prefix_predictions(network: Network, row: np.ndarray, model_io: ModelIO) -> PrefixPredictions:
    if model_io.per_timestep:
        return PrefixPredictions(np.arange(1, len(row) + 1), network.run(row[None])[0][0])
    return predict_prefixes(network, row)


def _predictions(prefixes: PrefixPredictions, model_io: ModelIO, target: np.ndarray) -> None:
    """Draw the predictions after each timestep, and the target."""
    after, steps = f"After {prefixes.timesteps[-1]} timesteps", prefixes.timesteps.tolist()
    if isinstance(model_io.output, Values):
        names = [str(i) for i in range(1, model_io.output.units + 1)]
        predictions_chart(steps, prefixes.logits, names, "Prediction", share=False)
        st.markdown(
            f"{after}: **{', '.join(f'{v:.3g}' for v in prefixes.logits[-1])}**. True: {', '.join(f'{v:.3g}' for v in target)}."
        )
        return
    predictions = probabilities(prefixes.logits)
    likeliest = np.sort(np.argsort(-predictions[-1], kind="stable")[:_MAX_CLASSES])
    predictions_chart(steps, predictions[:, likeliest], [str(i) for i in likeliest], "Probability", share=True)
    best = int(predictions[-1].argmax())
    st.markdown(f"{after}: **{best}** ({percent(predictions[-1][best])}). True: {target[-1]:g}.")
