"""Text: choose a corpus and a network, train, watch it learn, and let it write."""

import streamlit as st

from pages.parts import corpus, knobs, lab
from pages.parts.frame import frame
from pages.parts.live import live_panel
from pages.parts.play import play_panel
from pages.parts.runs import name
from pages.parts.words import plain
from rnn_core.lessons import example
from rnn_core.lessons.presets import spec_of
from rnn_core.problem import Problem
from rnn_core.runs.store import Run
from rnn_core.runs.submit import submit
from rnn_core.spec import RunSpec

TASK = "text"


def main() -> None:
    frame("Text")
    knobs.load_from_url(TASK, lab.store())
    st.title("Text", anchor=False)
    st.caption("A network reads a text one character after the other and learns to guess the next. Then it writes.")
    buttons = st.container()  # above the columns, so that Train is on a phone's first screen; filled when the spec is known
    left, right = st.columns([0.37, 0.63], gap="large")
    with left:
        knobs.preset_buttons(TASK)
        st.subheader("Text to learn", anchor=False)
        corpus.choose()
        check = st.container()
        layers = knobs.network_controls()
        knobs.training_controls()
        spec, wrong = _spec(layers)
    with check:  # of the last spec that was possible, so that the check does not vanish with every slip
        ready = corpus.check(st.session_state["possible_spec"], lab.store())
    run = _chosen_run()
    with buttons:
        _buttons(spec if ready else None, run)
        for sentence in wrong:
            st.error(plain(sentence), icon=":material/block:")
    with right:
        if run is None:
            st.info(
                "Press Train, and the loss begins to move here. Until then: an example to play with.", icon=":material/play_circle:"
            )
            run = lab.store().get(example.ID)
        live_panel(run)
        play_panel(run)


def _spec(layers: list[dict]) -> tuple[RunSpec | None, list[str]]:
    """The spec that the controls describe, or None and why it is impossible or not allowed here."""
    try:
        spec = RunSpec.from_knobs(TASK, layers=layers, dense=st.session_state["dense"], **knobs.values())
    except Problem as problem:
        st.session_state.setdefault("possible_spec", spec_of(TASK))
        return None, list(problem.sentences)
    st.session_state["possible_spec"] = spec
    knobs.keep_in_url(spec)
    wrong = spec.limit_problems(lab.settings())
    return (None if wrong else spec), wrong


def _chosen_run() -> Run | None:
    """The run that the URL names; else the one this session looked at last; else, on arrival, one that is training now."""
    store, arrives = lab.store(), "last_run" not in st.session_state
    wanted = st.query_params.get("run") or st.session_state.get("last_run")
    try:
        run = store.get(wanted) if wanted else next((r for r in store.runs(TASK, most=20) if r.active and arrives), None)
    except Problem as problem:
        st.warning(plain(str(problem)))
        run = None
    st.session_state["last_run"] = run.id if run else None
    if run and st.query_params.get("run") != run.id:
        st.query_params["run"] = run.id
    return run


def _buttons(spec: RunSpec | None, run: Run | None) -> None:
    stopping = run is not None and run.stop_wanted is not None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.button("Train", type="primary", icon=":material/play_arrow:", disabled=spec is None):
            _train(spec, run)
        if st.button("Stop", icon=":material/stop:", disabled=run is None or not run.active or stopping):
            lab.store().stop(run.id)
            lab.engine().wake()
            st.rerun()
        _run_choice(run)


def _train(spec: RunSpec, run: Run | None) -> None:
    if run is not None and run.active and run.stop_wanted is None and lab.store().spec(run.id) == spec:
        st.toast("This very run is training already.")
        return
    try:
        run_id = submit(spec, lab.store(), lab.settings())
    except Problem as problem:
        st.error(plain(str(problem)))
        return
    lab.engine().wake()
    st.query_params["run"] = run_id
    st.rerun()


def _run_choice(run: Run | None) -> None:
    """Other runs of this page, newest first."""
    runs = {r.id: r for r in lab.store().runs(TASK, most=50)}
    if run is not None:
        runs.setdefault(run.id, run)

    def go():
        chosen = st.session_state["run_choice"]
        if chosen not in runs:  # the list has changed under the person's hand
            return
        st.query_params["run"] = chosen
        knobs.set_controls(lab.store().spec(chosen))  # the browser's back button brings the old ones back

    st.session_state["run_choice"] = run.id if run else None
    st.selectbox(
        "Run", list(runs), key="run_choice", format_func=lambda i: name(runs[i]), placeholder="Open an earlier run", on_change=go
    )


main()
