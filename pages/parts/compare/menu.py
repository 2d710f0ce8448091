"""What starts or extends a comparison: add a run, change one thing, all cells, three seeds; on every page of a task and on Compare."""

from collections.abc import Iterable, Sequence

import streamlit as st

from pages.parts.compare.lines import PAGE
from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.formatting import plain
from pages.parts.spec_form import controls
from rnn_core.errors import UserError
from rnn_core.lessons import example
from rnn_core.run_spec import RunSpec
from rnn_core.runs import variants
from rnn_core.runs.comparison import MOST_SETTINGS, SEEDS
from rnn_core.runs.store.rows import Run
from rnn_core.spec.training import usual_rate

ALL_CELLS = f"Compare {variants.cell_names()}"
CELLS_HELP = "Trains these settings with each cell, and nothing else changed: same data, same seed. Runs that you already have are used again."
SEEDS_HELP = f"Trains the same settings with other seeds, until there are {SEEDS}: is a difference larger than luck?"


def compare_menu(task: str, run: Run | None) -> None:
    """Draw the popover Compare of a task's page. Without a run, the example is compared, and the page's settings are trained."""
    shown = run or example.run_of(task, services.store())
    name = run.id if run else task
    with st.container(key="compare_menu", width="content"):
        menu = st.popover(
            "Compare", icon=":material/stacked_line_chart:", key=session.COMPARE_MENU(name).name, on_change="rerun"
        )  # fmt: skip
    if not menu.open:
        return
    with menu, st.container(gap="xsmall"):
        st.caption("Put this run on a chart beside others, or change one thing and see what it does.")
        if shown is not None and button(
            "Add to comparison", icon=":material/add:", key=session.COMPARE_BUTTON("add", name).name, width="stretch"
        ):
            open_comparison(task, [*session.COMPARED_RUNS(task).get(), shown.id])
        spec = services.store().runs.spec(run.id) if run else _page_settings(task)
        if button(
            ALL_CELLS, icon=":material/repeat:", key=session.COMPARE_BUTTON("cells", name).name, help=CELLS_HELP, width="stretch"
        ):
            all_cells(spec)
        if run is not None and button(
            "Three seeds",
            icon=":material/casino:",
            key=session.COMPARE_BUTTON("seeds", name).name,
            help=SEEDS_HELP,
            width="stretch",
        ):
            three_seeds([([run], [spec])])
        if run is not None:
            change_one_thing(run, spec, beside=(run.id,))


def _page_settings(task: str) -> RunSpec:
    """What the controls of the task's page say now; the first preset before they were drawn."""
    valid = session.VALID_SPEC(task)
    return valid.get() if valid.exists() else controls.default(task)


def change_one_thing(run: Run, spec: RunSpec, beside: Sequence[str]) -> None:
    """Draw the choice of an option and of its new values, and the button that trains them; `beside` stay on the chart."""
    options, name = variants.changeable(run.task), session.CHANGED_OPTION(run.id)
    st.markdown("**Change one thing**")
    chosen = st.selectbox(
        "Option", list(options), key=name.name, format_func=lambda option: options[option].label, persist_state="session",
        help="Everything else stays as it is, also the seed.",
    )  # fmt: skip
    option, texts = options[chosen], variants.suggestions(spec, chosen)
    now = option.in_words(variants.value_of(spec, chosen))
    values = session.NEW_VALUES(run.id, chosen)
    typed = st.multiselect(
        f"New values (now: {now})", texts, default=texts[:1], key=values.name, accept_new_options=not option.choices and option.kind is not bool,
        format_func=lambda text: _in_words(option, text), max_selections=MOST_SETTINGS - 1, persist_state="session", help=option.help,
    )  # fmt: skip
    if chosen == "optimizer":
        st.caption(
            f"The learning rate stays {spec.training.learning_rate:g}; usual are "
            + ", ".join(f"{usual_rate(value):g} for {option.choices[value]}" for value in option.choices)
            + "."
        )
    if button(
        "Train and compare", type="primary", icon=":material/play_arrow:", key=session.COMPARE_BUTTON("change", run.id).name,
        disabled=not typed, width="stretch",
    ):  # fmt: skip
        try:
            specs = [variants.changed(spec, chosen, text) for text in variants.checked_values(typed)]
        except UserError as error:
            for sentence in error.sentences:
                st.warning(plain(sentence), icon=":material/block:")
            return
        launch(specs, beside)


def _in_words(option, text: str) -> str:
    return option.choices[text] if option.choices else {"true": "on", "false": "off"}.get(text, text)


def all_cells(spec: RunSpec) -> None:
    """Start the spec with each cell, and open the comparison with nothing else on it."""
    launch(variants.cells_of(spec))


def three_seeds(settings: Iterable[tuple[Sequence[Run], Sequence[RunSpec]]]) -> None:
    """Start what each setting, given with its runs and their specs, needs for three seeds, and open the comparison with all of them."""
    beside, specs = [], []
    for runs, known in settings:
        beside += [run.id for run in runs]
        specs += variants.with_seeds(known, SEEDS)
    launch(specs, beside)


def launch(specs: Sequence[RunSpec], beside: Sequence[str] = ()) -> None:
    """Start the specs that have no run yet, and open the comparison of all of them, after the runs `beside`."""
    started = variants.start(specs, services.store(), services.settings(), services.owner())
    if started.new:
        services.engine().wake()
    if not specs:
        return
    open_comparison(specs[0].task, [*beside, *started.runs], started.note(len(specs)), while_active=True)


def open_comparison(task: str, ids: Sequence[str], notes: tuple[str, ...] = (), while_active: bool = False) -> None:
    """Show these runs on the page Compare, and notes: `while_active`, until no run is active, as then there is room for more."""
    ids = tuple(dict.fromkeys(ids))
    session.COMPARED_RUNS(task).set(ids)
    session.COMPARE_TASK.set(task)
    session.COMPARE_NOTES.set((frozenset(ids), notes, while_active))
    st.switch_page(PAGE, query_params={"runs": ",".join(ids)} if ids else {})


def compare_button(runs: Sequence[Run]) -> None:
    """Draw the button of the Runs page that compares the ticked runs."""
    tasks = {run.task for run in runs}
    reason = "Tick runs in the table first." if not runs else "Tick runs of one task only." if len(tasks) > 1 else None
    if button(
        f"Compare {len(runs)} runs" if len(runs) > 1 else "Compare", icon=":material/stacked_line_chart:", disabled=reason is not None,
        key=session.COMPARE_BUTTON("ticked", "").name, help=reason,
    ):  # fmt: skip
        open_comparison(runs[0].task, [run.id for run in runs])
