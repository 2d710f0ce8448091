"""The page of any task: a toolbar, the network, and three zones side by side: Set up, Watch and Try.

On a phone or a tablet one zone shows at a time; the style sheet `stage.css` has the sizes.
"""

from collections.abc import Callable

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts.code.code_tab import follow, script_of, show_script
from pages.parts.compare.menu import compare_menu
from pages.parts.inside.link import inside_link
from pages.parts.run.changes import changes
from pages.parts.run.cost import Cost, cost_of
from pages.parts.run.first_run import open_newest
from pages.parts.run.run_buttons import run_buttons
from pages.parts.run.run_list import choice_label
from pages.parts.run.share import share
from pages.parts.run.watch import CODE, WATCH, Frame, heading, scale, tabs, watch
from pages.parts.shell import limits, services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.formatting import plain
from pages.parts.shell.frame import frame
from pages.parts.shell.stage import skip_links, zone_switch
from pages.parts.spec_form import controls, source_picker
from pages.parts.spec_form.network import network_cards
from pages.parts.spec_form.set_up import SetUp, set_up
from pages.parts.tasks.view import view_of
from rnn_core.errors import UserError
from rnn_core.lessons import example
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.rows import PAUSED, STOPPED, Run
from rnn_core.runs.submit import submit
from rnn_core.tasks.task import task_of


def task_page(task: str) -> None:
    """Draw the page of a task."""
    view = view_of(task)
    first = st.container(key="skip_links")  # before the links to the other pages
    navigation = frame(view.page.title)
    with first:
        skip_links()
    open_newest(task)
    warnings = controls.load_from_url(task, services.store())
    run, run_warnings = _chosen_run(task)
    with navigation:
        _run_choice(task, run)
        compare_menu(task, run)
        menu = st.container(key="share_slot", width="content")  # filled below, when the settings are known
    with st.container(key="page_title"):
        st.title(view.page.title, anchor=False)
    toolbar = st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="toolbar")
    notice = st.container(key="notice", gap=None)
    cards = st.container(key="network")
    zone_switch(task)
    zones = st.container(horizontal=True, gap="small", key="zones")
    with zones, st.container(key="zone_setup", gap="small"):
        made = set_up(task, view, lambda spec: spec.limit_errors(services.settings()))
        limits.show_limits()
    follow(made.spec)
    cost = cost_of(made.spec, made.work) if made.work else Cost("", "", [], [])
    refused = limits.refusals()
    ready = made.work is not None and not made.errors and not cost.errors and not refused
    shown = run or example.run_of(task, services.store())
    trains = run is not None and run.on_slot and services.store().runs.spec(run.id) == made.spec
    with menu:
        share(task, shown, made.spec)
    with cards:
        network_cards(task, made.spec, made.work, cost.size if trains else f"{cost.size}\n{cost.time}", trains)
        if shown is not None:
            inside_link(shown)
    with toolbar:
        not_done = _buttons(task, made.spec if ready else None, run)
        status = st.container(key="status")
    messages = Frame(
        status,
        notice,
        errors=(*made.errors, *cost.errors, *refused),
        warnings=(*warnings, *run_warnings, *not_done, *cost.warnings),
        hints=_hints(task, made, run, shown),
    )
    with zones:
        with st.container(key="zone_watch", gap="small"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key="watch_heading"):
                tab = tabs(task, view.token_kinds is not None)
                if tab == CODE:
                    script = script_of(made.spec)
                elif shown is not None:
                    heading(shown)
            if tab == CODE:
                differs = shown is not None and services.store().runs.spec(shown.id) != made.spec
                show_script(made.spec, script, made.is_valid, differs)
            if shown is None:
                if tab != CODE:
                    st.info("Press Train to see the loss curve here.", icon=":material/play_circle:")
                messages.show_notice(None)
            else:
                if tab == WATCH:
                    scale(shown)
                watch(shown, messages, tab)
        with st.container(key="zone_try", gap="small"):
            if shown is not None:
                view.try_panel(shown)
    limits.wait_until_allowed(refused)
    services.page_is_drawn()


def _hints(task: str, made: SetUp, run: Run | None, shown: Run | None) -> tuple[str, ...]:
    """What the line under the toolbar says where there is no message: what is shown, and what the page may do."""
    hints = []
    if run is None and shown is not None:
        hints.append(":material/play_circle: This is a trained example, ready to try. Press **Train** to start your own.")
        spec = services.store().runs.spec(shown.id)
        if spec.title != made.spec.title:
            hints.append(f"The example's network is {spec.title}; the cards show your settings.")
        elif (spec.model, spec.data) != (made.spec.model, made.spec.data):
            hints.append("The example was trained with other settings; the cards show yours.")
    elif run is not None and (differing := changes(services.store().runs.spec(run.id), made.spec, _source_label(task))):
        hints.append(f":material/difference: Settings changed since this run: {plain('; '.join(differing))}.")
    elif run is not None and run.state == PAUSED:
        hints.append(":material/pause: The run is paused: try its network, then press Resume.")
    elif run is not None and run.active:
        hints.append(":material/info: Training continues if you close the tab. To train another run, change a setting.")
    elif run is not None and run.state == STOPPED:
        hints.append(":material/stop: The run was stopped. Continue training adds to this curve; Train starts a new one.")
    if read_only := services.read_only_reason(run):
        hints.append(f":material/lock: {read_only}")
    return tuple(hints) or (task_of(task).about,)


def _source_label(task: str) -> Callable[[str], str]:
    own = services.store().uploads.labels(services.owner(), task)
    return lambda name: source_picker.label(task, name, own)


def _chosen_run(task: str) -> tuple[Run | None, list[str]]:
    """The run of the URL, else the run that this session showed last. And why it is not shown."""
    store, last, new, warnings = services.store(), session.LAST_RUN(task), session.NEW_RUN(task), []
    if store.runs.has(new.get()):  # another click may have interrupted the one that started it
        st.query_params["run"] = new.pop()
    run_id = st.query_params.get("run") or last.get()
    try:
        run = store.runs.get(run_id) if run_id else None
        if run is not None and run.task != task and run.id == session.LAST_RUN(run.task).get():
            run = None  # the browser still shows the run of another page
        elif run is not None and run.task != task:
            raise UserError(f"Run {run.id} belongs to another page: {view_of(run.task).page.title}. Open it from Home.")
        if run is not None:
            store.runs.spec(run.id)  # raises for a damaged run, which can be neither shown nor tried
    except UserError as error:
        warnings, run = list(error.sentences), None
    last.set(run.id if run else None)
    if run and st.query_params.get("run") != run.id:
        st.query_params["run"] = run.id
    return run, warnings


def _buttons(task: str, spec: RunSpec | None, run: Run | None) -> tuple[str, ...]:
    """Draw Train and the buttons of the run; returns why the last press did nothing."""
    errors = session.ACTION_ERRORS(task, run.id if run else "")
    watch_it = {"on_click": _show_curves, "args": (task,)}
    same = spec is not None and run is not None and _trains(run, spec)
    with st.form("train", border=False, width="content"):  # a form's button is drawn at once; the code of others is loaded first
        if button(
            "Train", type="primary", icon=":material/play_arrow:", disabled=spec is None or same, draw=st.form_submit_button,
            **watch_it,
        ):  # fmt: skip
            errors.set(_train(spec))
    run_buttons(run)
    return errors.get()


def _show_curves(task: str) -> None:
    """Show the tab Watch, and on a phone the zone."""
    session.ZONE(task).set("watch")
    session.WATCH_TAB(task).set(WATCH)


def _trains(run: Run, spec: RunSpec) -> bool:
    """Whether the person's run has these settings and has not ended."""
    own = run.active and run.requested is None and run.owner == services.owner()
    return own and services.store().runs.spec(run.id) == spec


def _train(spec: RunSpec) -> tuple[str, ...]:
    """Start a run and show it; else return why not.

    The second press of a double click may come before the browser knows of the run of the first, and shows that one.
    """
    store, started = services.store(), session.STARTED(spec.task)
    if not (store.runs.has(started.get()) and _trains(store.runs.get(started.get()), spec)):
        started.set(store.runs.new_id())
        session.NEW_RUN(spec.task).set(started.get())
        try:
            submit(spec, store, services.settings(), run_id=started.get(), owner=services.owner())
        except UserError as error:
            return error.sentences
    services.engine().wake()
    st.query_params["run"] = started.get()
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
    with st.container(key="run_choice"):
        st.selectbox(
            "Run",
            list(runs),
            key=session.RUN_CHOICE.name,
            format_func=lambda run_id: choice_label(runs[run_id]),
            placeholder="Example (open a run)" if task_of(task).example else "Open a run",
            on_change=open_run,
            label_visibility="collapsed",
        )
