"""The Inside page: one input, stepped through, and what flows through the cells of one run or of two beside each other.

`?run=` is the run, `&with=` the one beside it. The panel is a fragment that ticks while a run trains, so new weights are read at once; the
timestep stays. What a person steps through is drawn in the browser, see `cells`.
"""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts.inside.content import MOST_COLUMNS, Seen, cached_content, input_id
from pages.parts.inside.download import csv_of, scope_of
from pages.parts.inside.inside import inside, wanted_start
from pages.parts.inside.networks import facts, inside_of, products
from pages.parts.run.cells import cell_and_state
from pages.parts.run.first_run import can_be_shown
from pages.parts.run.landmarks import own_files
from pages.parts.run.notice import notice
from pages.parts.run.run_list import choice_label
from pages.parts.run.status import status_line
from pages.parts.run.weights import epoch_of, network_of, weights_choice
from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import duration, plain
from pages.parts.shell.fragments import fragment
from pages.parts.shell.frame import frame
from pages.parts.tasks.generic import inside as generic
from pages.parts.tasks.reading import Following, Reading
from pages.parts.tasks.view import view_of
from rnn_core.cells import CELLS
from rnn_core.errors import UserError
from rnn_core.lessons import example
from rnn_core.runs import checkpoints, variants
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.task import FIRST, all_tasks, task_names

_TICK = 4.0  # seconds
_TWINS = ("lstm", "gru")  # cells
_MOST_RUNS = 50  # to choose from
_SLOW = 4e8  # products of one pass from which on its progress is shown: about 0.1 s


def inside_page() -> None:
    navigation = frame("Inside")
    run, warnings = _chosen_run()
    with navigation:
        _run_choice(run)
    with st.container(key="page_title"):
        st.title("Inside", anchor=False)
    for warning in warnings:
        st.warning(plain(warning), icon=":material/warning:")
    if run is None:
        st.info("Train a network first; then look inside it here.", icon=":material/play_circle:")
    else:
        beside = _run_beside(run)
        trains = any(each is not None and each.active for each in (run, beside, *_awaited(run)))
        fragment(_panel, every=_TICK if trains else None)(run.id, beside.id if beside else None, trains)
    services.page_is_drawn()


def _chosen_run() -> tuple[Run | None, list[str]]:
    """The run of the URL; else the newest own run that can be opened; else an example. And why another one is not shown."""
    store, warnings, asked = services.store(), [], st.query_params.get("run")
    try:
        if asked:
            run = store.runs.get(asked)
            store.runs.spec(run.id)  # raises for a damaged run
            view_of(run.task)
            return run, []
    except UserError as error:
        warnings = list(error.sentences)
    for run in store.runs.newest(limit=_MOST_RUNS, owner=services.listed_owner(), examples=False):
        if run.task in task_names() and checkpoints.version(store, run.id) is not None and can_be_shown(run):
            return run, warnings
    return example.run_of(FIRST, store), warnings


def _run_beside(run: Run) -> Run | None:
    """The run that is read beside it: `?with=`, if it reads the same data."""
    return next((other for other in _readers_of_the_same(run) if other.id == st.query_params.get("with")), None)


def _readers_of_the_same(run: Run) -> list[Run]:
    """Other runs on the same data and with the same vocabulary, whose networks can read the same input."""
    store = services.store()
    data, files = store.runs.spec(run.id).data, own_files(run)
    others = []
    for other in store.runs.newest(run.task, limit=_MOST_RUNS, owner=services.listed_owner()):
        try:
            if other.id != run.id and store.runs.spec(other.id).data == data and own_files(other) == files:
                others.append(other)
        except UserError:  # a damaged run
            continue
    return others


def _run_choice(run: Run | None) -> None:
    """Draw the list of all tasks' runs, newest first, and the examples."""
    store = services.store()
    listed = [r for r in store.runs.newest(limit=_MOST_RUNS, owner=services.listed_owner()) if r.task in task_names()]
    examples = [store.runs.get(task.example) for task in all_tasks() if task.example]
    runs = {r.id: r for r in [*listed, *examples, *([run] if run else [])]}

    def open_run() -> None:
        if get_script_run_ctx().fragment_ids_this_run:  # a tick that carries the choice from before the page changed it
            return
        if (chosen := session.INSIDE_RUN.get()) in runs:
            st.query_params["run"] = chosen
            st.query_params.pop("with", None)

    session.INSIDE_RUN.set(run.id if run else None)
    with st.container(key="run_choice"):
        st.selectbox(
            "Run", list(runs), key=session.INSIDE_RUN.name, placeholder="Open a run", on_change=open_run, label_visibility="collapsed",
            format_func=lambda run_id: f"{view_of(runs[run_id].task).page.title}: {choice_label(runs[run_id])}",
        )  # fmt: skip


@showing_errors
def _panel(run_id: str, beside_id: str | None, trains: bool) -> None:
    store = services.store()
    runs = [store.runs.get(each) for each in (run_id, beside_id) if each]
    run, awaited = runs[0], _awaited(runs[0])
    if awaited and all(checkpoints.version(store, each.id) is not None for each in awaited):
        st.query_params["run"], st.query_params["with"] = session.INSIDE_TWINS(run.id).pop()
        st.rerun()
    if trains and not any(each.active for each in (*runs, *awaited)):
        st.rerun()
    with st.container(horizontal=True, key="inside", gap="small"):
        choice, place = st.container(key="inside_choice", gap="xsmall"), st.container(key="inside_cells")
        with choice:
            page = view_of(run.task).page
            page.link(f"{page.title}: train and try this run", icon=page.icon, run=run.id)
            ready = [each for each in runs if checkpoints.version(store, each.id) is not None]
            reading = (view_of(run.task).inside or generic.reading)(ready[0]) if ready else None
            layer, side = _layer_choice(run)
            weights = [weights_choice(each.id) for each in ready]
            finder = view_of(run.task).finder if reading and not side and ready[0] is run else None
            following = finder(run, weights[0], layer) if finder else None
            _twins(run, runs, awaited)
            saving = st.container(gap="xsmall")
        with place:
            progress = st.container(key="inside_progress")
            for each in runs:
                if each not in ready:
                    _not_yet(each)
            if reading is not None:
                seen = [
                    _seen(each, chosen, reading, layer, side, progress, *((bool(finder), following) if each is run else ()))
                    for each, chosen in zip(ready, weights, strict=True)
                ]
                start = _start(reading)
                inside(cached_content(_key(reading, seen), start, reading, seen))
                with saving:
                    _download(reading, seen, start)


def _not_yet(run: Run) -> None:
    """Draw how far a run is that has no weights."""
    with st.container(border=True, gap="xsmall", key=f"inside_waits_{run.id}"):
        st.markdown(f"**{plain(run.title)}**")
        status_line(run, None)
        notice(run, (), (), ())
        if run.active:
            st.caption("You can look inside this network after its first training steps; this page then shows it.")


def _layer_choice(run: Run) -> tuple[int, int]:
    """Draw the choice of the layer and the direction, where there is one; returns both, from 0."""
    layers = services.store().runs.spec(run.id).model.layers
    layer, side = session.INSIDE_LAYER(run.id), session.INSIDE_SIDE(run.id)
    if len(layers) > 1:
        st.segmented_control(
            "Layer", list(range(len(layers))), default=0, required=True, key=layer.name, persist_state="session", width="stretch",
            format_func=lambda i: f"{i + 1}: {CELLS[layers[i].cell].label}",
            help="The first layer reads the input, each other one the hidden states of the layer before.",
        )  # fmt: skip
    if layers[layer.get()].bidirectional:
        st.segmented_control(
            "Direction", [0, 1], default=0, required=True, key=side.name, persist_state="session", width="stretch",
            format_func=["Forward", "Backward"].__getitem__, help="Backward reads from the end to the beginning.",
        )  # fmt: skip
    return layer.get(), side.get() if layers[layer.get()].bidirectional else 0


def _awaited(run: Run) -> list[Run]:
    """The twins that were started from this run and have not been shown yet; the page stays as it is until both can be read."""
    store, twins = services.store(), session.INSIDE_TWINS(run.id).get()
    return [store.runs.get(twin) for twin in twins] if all(map(store.runs.has, twins)) else []  # one was deleted


def _twins(run: Run, runs: list[Run], awaited: list[Run]) -> None:
    """Draw the choice of a run to read beside this one, and the button that trains a pair."""
    others, beside = {other.id: other for other in _readers_of_the_same(run)}, session.INSIDE_BESIDE(run.id)
    beside.set(runs[1].id if len(runs) > 1 else None)

    def read_beside() -> None:
        if chosen := beside.get():
            st.query_params["with"] = chosen
        else:
            st.query_params.pop("with", None)

    st.selectbox(
        "Read beside it", list(others), index=None, key=beside.name, placeholder="Another run on the same data", on_change=read_beside,
        format_func=lambda run_id: choice_label(others[run_id]), help="Both read the same input, step by step.",
    )  # fmt: skip
    if (runs[1].id if len(runs) > 1 else None) != beside.get():
        st.rerun()
    errors = session.INSIDE_ERRORS(run.id)
    took = f" The run on show took {duration(run.seconds)}." if run.seconds else ""
    if button(
        "Train twins", icon=":material/group:", width="stretch",
        help=f"An LSTM and a GRU with this run's data, seed and size; then both read the same input here. Runs that exist are used.{took}",
    ):  # fmt: skip
        errors.set(_train_twins(run))
    if awaited:
        states = ", ".join(cell_and_state(twin) for twin in awaited)
        without = any(not twin.active and checkpoints.version(services.store(), twin.id) is None for twin in awaited)
        what = (
            "One of them ended without weights: open its run to see why"
            if without
            else "They appear here as soon as both have weights"
        )
        st.caption(f":material/{'block' if without else 'hourglass_empty'}: {states}. {what}.")
    for sentence in errors.get():
        st.caption(f":material/block: {plain(sentence)}")


def _train_twins(run: Run) -> tuple[str, ...]:
    """Queue the twins, which the page shows when both can be read; else return why not."""
    store = services.store()
    twins = variants.cells_of(store.runs.spec(run.id), _TWINS)
    started = variants.start(twins, store, services.settings(), services.owner())
    services.engine().wake()
    if started.refused:
        return started.note(len(twins))
    session.INSIDE_TWINS(run.id).set(started.runs)
    st.rerun()


def _seen(
    run: Run,
    weights: Weights,
    reading: Reading,
    layer: int,
    side: int,
    progress: DeltaGenerator,
    ranks: bool = False,
    following: Following | None = None,
) -> Seen:
    network = network_of(run.id, weights)
    layer = min(layer, len(network.layers) - 1)
    side = min(side, len(network.layers[layer]) - 1)
    if products(network, len(reading.labels)) > _SLOW:
        bar = progress.empty()
        inside = inside_of(run.id, weights, reading.inputs, lambda share, what: bar.progress(share, what) and None)
        bar.empty()
    else:
        inside = inside_of(run.id, weights, reading.inputs, lambda share, what: None)
    wanted = tuple(dict.fromkeys(unit for feature in following.features for unit, *_ in feature.units)) if following else ()
    found = facts(run.id, weights, input_id(reading), layer, side, wanted, inside)
    return Seen(run.id, weights, network, inside, found, layer, side, _title(run, weights, layer, side), ranks, following)


def _title(run: Run, weights: Weights, layer: int, side: int) -> str:
    layers = services.store().runs.spec(run.id).model.layers
    spec = layers[layer]
    parts = [f"{CELLS[spec.cell].label} {spec.units}"]
    if len(layers) > 1:
        parts.append(f"layer {layer + 1} of {len(layers)}")
    if spec.bidirectional:
        parts.append(("forward", "backward")[side])
    return " · ".join([*parts, epoch_of(run.id, weights)])


def _start(reading: Reading) -> int:
    """The first timestep that is sent."""
    total = len(reading.labels)
    return max(0, min(wanted_start(input_id(reading), total), total - MOST_COLUMNS))


def _key(reading: Reading, seen: list[Seen]) -> tuple:
    return (
        input_id(reading),
        reading.note,
        reading.asks,
        *(
            (each.run_id, each.weights.version, each.weights.best, each.layer, each.side, each.title, each.following)
            for each in seen
        ),
    )


def _download(reading: Reading, seen: list[Seen], start: int) -> None:
    on_show = slice(start, min(len(reading.labels), start + MOST_COLUMNS))
    for each in seen:
        _, _, words = scope_of(each, len(reading.labels), on_show)
        label = "Numbers as CSV" if len(seen) == 1 else f"{each.title.split(' · ')[0]} as CSV"
        st.download_button(
            label, partial(csv_of, reading, each, on_show), f"inside-{each.run_id[:8]}.csv", "text/csv", on_click="ignore", width="stretch",
            icon=":material/download:", help=f"Every gate and state of every unit at every timestep: {words}.", key=session.INSIDE_SAVE(each.run_id).name,
        )  # fmt: skip
