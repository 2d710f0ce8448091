"""The page of any task: controls on the left, one run on the right, and the buttons above both."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts.run.run_buttons import run_buttons
from pages.parts.run.run_list import choice_label
from pages.parts.run.run_panel import heading, live_panel
from pages.parts.shell import limits, services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.errors import show_errors
from pages.parts.shell.formatting import plain
from pages.parts.shell.frame import frame
from pages.parts.spec_form import controls
from pages.parts.tasks.view import view_of
from rnn_core.errors import UserError
from rnn_core.lessons import example
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.rows import QUEUED, Run
from rnn_core.runs.submit import submit
from rnn_core.tasks.task import task_of


def task_page(task: str) -> None:
    """Draw the page of a task."""
    view = view_of(task)
    frame(view.page.title)
    controls.load_from_url(task, services.store())
    st.title(view.page.title, anchor=False)
    st.caption(task_of(task).about)
    buttons = st.container()  # above the columns: Train is on a phone's first screen
    left, right = st.columns([0.37, 0.63], gap="large")
    with left:
        presets = st.container()  # drawn below, when the spec is known
        st.subheader("Data", anchor=False)
        view.data_controls()
        check = st.container()
        layers = controls.network_controls(task)
        controls.training_controls(task, view.advanced)
        spec, errors = _spec(task, layers)
    with presets:
        controls.preset_buttons(task, spec)
    with check:  # of the last valid spec: the check stays on the page while an option is wrong
        ready = view.data_check(session.VALID_SPEC(task).get())
    refused = limits.refusals()
    run = _chosen_run(task)
    with buttons:
        _buttons(task, spec if ready and not errors and not refused else None, run)
        for sentence in [*errors, *refused]:
            st.error(plain(sentence), icon=":material/block:")
        limits.show_limits(refused)
        if read_only := services.read_only_reason(run):
            st.caption(f":material/lock: {read_only}")
        if run is not None and run.on_slot:
            st.caption("Training continues if you leave. See [its curves](#run).")  # far below, on a phone
        elif run is not None and run.state == QUEUED:
            st.caption("The run stays queued if you leave. See [its place in the queue](#run).")
    with right:
        shown = run or example.run_of(task, services.store())
        if shown is None:
            st.info("Press Train to see the loss curve here.", icon=":material/play_circle:")
        else:
            heading(shown)
            with st.container():  # an empty container keeps its place, so Streamlit never draws what follows twice
                if run is None:
                    st.info(
                        "This is a trained example. Press Train to start your own.",
                        icon=":material/play_circle:",
                    )
            live_panel(shown)
            view.try_panel(shown)
    services.page_is_drawn()


def _spec(task: str, layers: list[dict]) -> tuple[RunSpec | None, list[str]]:
    """The spec of the controls, or None where it is invalid; and the sentences why it is invalid or not allowed here."""
    valid = session.VALID_SPEC(task)
    try:
        spec = RunSpec.from_options(task, layers=layers, dense=session.DENSE_LAYERS(task).get(), **controls.values(task))
    except UserError as error:
        valid.setdefault(spec_of(task, source=session.SPEC(task, "source").get()))
        return None, list(error.sentences)
    valid.set(spec)
    controls.write_to_url(spec)
    return spec, spec.limit_errors(services.settings())


def _chosen_run(task: str) -> Run | None:
    """The run of the URL; else the run that this session showed last; else, on the first visit, an active run."""
    store, last, new = services.store(), session.LAST_RUN(task), session.NEW_RUN(task)
    first_visit = not last.exists()
    if store.runs.has(new.get()):  # a second click on Train may have interrupted the first
        st.query_params["run"] = new.pop()
    run_id = st.query_params.get("run") or last.get()
    try:
        run = (
            store.runs.get(run_id)
            if run_id
            else next(
                (r for r in store.runs.newest(task, limit=20, owner=services.listed_owner()) if r.active and first_visit), None
            )
        )
        if run is not None and run.task != task and run.id == session.LAST_RUN(run.task).get():
            run = None  # the browser still shows the run of another page
        elif run is not None and run.task != task:
            raise UserError(f"Run {run.id} belongs to another page: {view_of(run.task).page.title}. Open it from Home.")
        if run is not None:
            store.runs.spec(run.id)  # raises for a damaged run, which can be neither shown nor tried
    except UserError as error:
        st.warning(plain(str(error)))
        run = None
    last.set(run.id if run else None)
    if run and st.query_params.get("run") != run.id:
        st.query_params["run"] = run.id
    return run


def _buttons(task: str, spec: RunSpec | None, run: Run | None) -> None:
    row, below = st.container(horizontal=True, vertical_alignment="bottom"), st.container()
    with row:
        pressed = button("Train", type="primary", icon=":material/play_arrow:", disabled=spec is None)
        with below:
            if pressed:
                _train(spec, run)
        run_buttons(run)
        _run_choice(task, run)


def _train(spec: RunSpec, run: Run | None) -> None:
    if (
        run is not None
        and run.active
        and run.requested is None
        and run.owner == services.owner()
        and services.store().runs.spec(run.id) == spec
    ):
        st.info("Already training with these settings. Change one (the seed will do) to start another.", icon=":material/info:")
        return
    run_id = services.store().runs.new_id()
    session.NEW_RUN(spec.task).set(run_id)
    try:
        submit(spec, services.store(), services.settings(), run_id=run_id, owner=services.owner())
    except UserError as error:
        show_errors(error)
        return
    services.engine().wake()
    st.query_params["run"] = run_id
    st.rerun()


def _run_choice(task: str, run: Run | None) -> None:
    """Draw the list of this task's runs, newest first."""
    runs = {r.id: r for r in services.store().runs.newest(task, limit=50, owner=services.listed_owner())}
    if run is not None:
        runs.setdefault(run.id, run)

    def open_run():
        if get_script_run_ctx().fragment_ids_this_run:  # a tick that carries the choice from before the page changed it
            return
        chosen = session.RUN_CHOICE.get()
        if chosen not in runs:  # the list has changed since it was drawn
            return
        st.query_params["run"] = chosen
        controls.set_controls(services.store().runs.spec(chosen))  # the browser's back button restores the previous controls

    session.RUN_CHOICE.set(run.id if run else None)
    st.selectbox(
        "Run",
        list(runs),
        key=session.RUN_CHOICE.name,
        format_func=lambda run_id: choice_label(runs[run_id]),
        placeholder="Open an earlier run",
        on_change=open_run,
    )
