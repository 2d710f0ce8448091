"""What the pages of all tasks share: controls on the left, one run on the right, and the buttons above both."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts.run.run_buttons import run_buttons
from pages.parts.run.run_list import name
from pages.parts.run.run_panel import heading, live_panel
from pages.parts.shell import limits, services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.formatting import plain
from pages.parts.shell.frame import frame
from pages.parts.spec_form import controls
from pages.parts.tasks.view import view_of
from rnn_core.errors import UserError
from rnn_core.lessons import example
from rnn_core.lessons.presets import spec_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.rows import QUEUED, Run
from rnn_core.runs.submit import submit


def draw(task: str) -> None:
    view = view_of(task)
    frame(view.page.title)
    controls.load_from_url(task, services.store())
    st.title(view.page.title, anchor=False)
    st.caption(view.caption)
    buttons = st.container()  # above the columns, so that Train is on a phone's first screen; filled when the spec is known
    left, right = st.columns([0.37, 0.63], gap="large")
    with left:
        presets = st.container()  # filled when the spec is known
        st.subheader(view.data_title, anchor=False)
        view.choose()
        check = st.container()
        layers = controls.network_controls(task)
        controls.training_controls(task, view.more)
        spec, wrong = _spec(task, layers)
    with presets:
        controls.preset_buttons(task, spec)
    with check:  # of the last spec that was possible, so that the check does not vanish with every slip
        ready = view.check(session.VALID_SPEC(task).get())
    refused = limits.refusals()
    run = _chosen_run(task)
    with buttons:
        _buttons(task, spec if ready and not wrong and not refused else None, run)
        for sentence in [*wrong, *refused]:
            st.error(plain(sentence), icon=":material/block:")
        limits.say(refused)
        if theirs := services.hands_off(run):
            st.caption(f":material/lock: {theirs}")
        if run is not None and run.on_slot:
            st.caption("Training goes on, also when you leave this page. Its curves are [here](#run).")  # far below, on a phone
        elif run is not None and run.state == QUEUED:
            st.caption("It keeps its place in the queue, also when you leave this page. What it waits for is said [here](#run).")
    with right:
        shown = run or example.run_of(task, services.store())
        if shown is None:
            st.info("Press Train, and the loss begins to move here.", icon=":material/play_circle:")
        else:
            heading(shown)
            with st.container():  # keeps its place when it is empty, so that what follows never stands there twice
                if run is None:
                    st.info(
                        "Press Train, and the loss begins to move here. Until then: an example to play with.",
                        icon=":material/play_circle:",
                    )
            live_panel(shown)
            view.play(shown)
    services.page_is_drawn()


def _spec(task: str, layers: list[dict]) -> tuple[RunSpec | None, list[str]]:
    """The spec that the controls describe, or None; and why it is impossible or not allowed here."""
    valid = session.VALID_SPEC(task)
    try:
        spec = RunSpec.from_options(task, layers=layers, dense=session.DENSE_LAYERS(task).get(), **controls.values(task))
    except UserError as error:
        valid.setdefault(spec_of(task, source=session.SPEC(task, "source").get()))
        return None, list(error.sentences)
    valid.set(spec)
    controls.keep_in_url(spec)
    return spec, spec.limit_errors(services.settings())


def _chosen_run(task: str) -> Run | None:
    """The run that the URL names; else the one this session looked at last; else, on arrival, one that is training now."""
    store, last, new = services.store(), session.LAST_RUN(task), session.NEW_RUN(task)
    arrives = not last.exists()
    if store.runs.has(new.get()):  # a second click may have cut the first one short
        st.query_params["run"] = new.pop()
    wanted = st.query_params.get("run") or last.get()
    try:
        run = (
            store.runs.get(wanted)
            if wanted
            else next((r for r in store.runs.newest(task, limit=20, owner=services.whose()) if r.active and arrives), None)
        )
        if run is not None and run.task != task and run.id == session.LAST_RUN(run.task).get():
            run = None  # the browser still shows what another page wrote there
        elif run is not None and run.task != task:
            raise UserError(f"Run {run.id} belongs to another page: {view_of(run.task).page.title}. Open it from Home.")
        if run is not None:
            store.runs.spec(run.id)  # a damaged one can be neither shown nor tried
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
        and run.owner == services.me()
        and services.store().runs.spec(run.id) == spec
    ):
        st.info("Already training with these settings. Change one (the seed will do) to start another.", icon=":material/info:")
        return
    run_id = services.store().runs.new_id()
    session.NEW_RUN(spec.task).set(run_id)
    try:
        submit(spec, services.store(), services.settings(), run_id=run_id, owner=services.me())
    except UserError as error:
        st.error(plain(str(error)))
        return
    services.engine().wake()
    st.query_params["run"] = run_id
    st.rerun()


def _run_choice(task: str, run: Run | None) -> None:
    """Other runs of this page, newest first."""
    runs = {r.id: r for r in services.store().runs.newest(task, limit=50, owner=services.whose())}
    if run is not None:
        runs.setdefault(run.id, run)

    def go():
        if get_script_run_ctx().fragment_ids_this_run:  # a tick was on its way, with the old choice, while the page chose anew
            return
        chosen = session.RUN_CHOICE.get()
        if chosen not in runs:  # the list has changed under the person's hand
            return
        st.query_params["run"] = chosen
        controls.set_controls(services.store().runs.spec(chosen))  # the browser's back button brings the old ones back

    session.RUN_CHOICE.set(run.id if run else None)
    st.selectbox(
        "Run",
        list(runs),
        key=session.RUN_CHOICE.name,
        format_func=lambda i: name(runs[i]),
        placeholder="Open an earlier run",
        on_change=go,
    )
