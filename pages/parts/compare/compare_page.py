"""The page Compare: up to five runs on one chart, what differs between them, and the same input answered by all.

The address holds the runs (`?runs=id,id`): it is the link to the comparison. The chart and the table are a fragment that ticks while a
run is active, and reads only the store.
"""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from pages.parts.compare import menu
from pages.parts.compare.chart import PARTS, View, compare_chart
from pages.parts.compare.download import as_csv, file_name
from pages.parts.compare.lines import Comparison, Line, answering, curve, facts, incomparable, read
from pages.parts.compare.table import table
from pages.parts.run.run_list import choice_label
from pages.parts.run.status import state_of
from pages.parts.run.units import in_own_unit
from pages.parts.shell import services, session
from pages.parts.shell.announcer import announce
from pages.parts.shell.buttons import button
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import capitalized, plain
from pages.parts.shell.fragments import fragment
from pages.parts.shell.frame import frame
from pages.parts.spec_form import controls
from pages.parts.tasks.view import view_of
from rnn_core.errors import listed
from rnn_core.runs.comparison import AXES, MOST_RUNS, MOST_SETTINGS, SEEDS, Repeated, best_value, verdict
from rnn_core.spec.metrics import METRICS, Metric
from rnn_core.tasks.task import FIRST, task_names, task_of

_TICK, _CLASS_TICK = 2.0, 4.0  # seconds
_LISTED = 50  # runs to choose from


def compare_page() -> None:
    """Draw the page."""
    frame("Compare")
    comparison = _asked()
    task = comparison.task or session.COMPARE_TASK.setdefault(FIRST)
    session.COMPARE_TASK.set(task)
    with st.container(key="page_title"):
        st.title("Compare", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="compare_bar"):
        _bar(task, comparison)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="compare_notes"):
        _notes(comparison)
    with st.container(horizontal=True, gap="small", key="compare_zones"):
        if comparison.lines:
            with st.container(key="compare_left", gap="xsmall"):
                _left(task, comparison)
            with st.container(key="compare_right", gap="small"):
                _right(task, comparison)
        else:
            _empty(task)
    services.page_is_drawn()


def _asked() -> Comparison:
    """The runs of the address; without any, those that this session compared last."""
    asked = st.query_params.get("runs")
    if asked is None:
        task = session.COMPARE_TASK.get() if session.COMPARE_TASK.exists() else FIRST
        ids = [run_id for run_id in session.COMPARED_RUNS(task).get() if services.store().runs.has(run_id)]
        if ids:
            st.query_params["runs"] = ",".join(ids)
        return read(ids)
    comparison = read([run_id for run_id in asked.split(",") if run_id][: 2 * MOST_RUNS])
    if comparison.task:
        session.COMPARED_RUNS(comparison.task).set(comparison.ids)
    return comparison


def _show(task: str, ids: Sequence[str], notes: tuple[str, ...] = ()) -> None:
    """Compare these runs from the next run of the script on: for callbacks."""
    session.COMPARE_NOTES.set((frozenset(ids), notes, False))
    session.COMPARED_RUNS(task).set(tuple(ids))
    if ids:
        st.query_params["runs"] = ",".join(ids)
    else:
        st.query_params.pop("runs", None)


def _bar(task: str, comparison: Comparison) -> None:
    """Draw the choice of the task, a button with a menu for each line, the choice of a run to add, and the link."""

    def other_task() -> None:
        chosen = session.TASK_CHOICE.get()
        session.COMPARE_TASK.set(chosen)
        _show(chosen, [run_id for run_id in session.COMPARED_RUNS(chosen).get() if services.store().runs.has(run_id)])

    session.TASK_CHOICE.set(task)
    st.selectbox(
        "Task", task_names(), key=session.TASK_CHOICE.name, format_func=lambda name: view_of(name).page.title, on_change=other_task,
        label_visibility="collapsed", width=130,
    )  # fmt: skip
    for line in comparison.lines:
        _line_menu(task, comparison, line)
    _add(task, comparison)
    if comparison.lines:
        st.space("stretch")
        _share(comparison)


def _line_menu(task: str, comparison: Comparison, line: Line) -> None:
    with st.container(key=f"compare_line_{line.place}", width="content"):
        opened = st.popover(plain(line.name), key=session.COMPARE_MENU(line.run.id).name, on_change="rerun")
    if not opened.open:
        return
    with opened, st.container(gap="xsmall"):
        for run in line.runs:
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                view_of(task).page.link(plain(run.title), run=run.id)
        rest = [run.id for other in comparison.lines if other is not line for run in other.runs]
        st.button(
            "Remove from the chart", icon=":material/close:", key=session.COMPARE_BUTTON("remove", line.run.id).name, on_click=_show,
            args=(task, rest), help="The run itself is kept.", width="stretch",
        )  # fmt: skip
        if button(
            menu.ALL_CELLS,
            icon=":material/repeat:",
            key=session.COMPARE_BUTTON("cells", line.run.id).name,
            help=menu.CELLS_HELP,
            width="stretch",
        ):
            menu.all_cells(line.spec)
        menu.change_one_thing(line.run, line.spec, comparison.ids)


def _add(task: str, comparison: Comparison) -> None:
    """Draw the list of runs to add."""
    shown = set(comparison.ids)
    runs = {
        run.id: run
        for run in services.store().runs.newest(task, limit=_LISTED, owner=services.listed_owner())
        if run.id not in shown
    }

    def add() -> None:
        chosen = session.COMPARE_ADD.get()
        session.COMPARE_ADD.set(None)
        if chosen not in runs:  # the list has changed since it was drawn
            return
        more = read([*comparison.ids, chosen])
        if chosen in more.ids:
            _show(task, more.ids)
        elif len(comparison.lines) >= MOST_SETTINGS:
            _show(
                task,
                comparison.ids,
                (f"{MOST_SETTINGS} runs are on the chart, as many as can be told apart. Remove one first: click its name.",),
            )
        else:
            _show(
                task, comparison.ids, more.warnings or (f"This setting has {SEEDS} seeds on the chart already. Remove it first.",)
            )

    st.selectbox(
        "Add a run", list(runs), index=None, key=session.COMPARE_ADD.name, format_func=lambda run_id: choice_label(runs[run_id]), on_change=add,
        placeholder="Add a run", label_visibility="collapsed", width=240, disabled=not runs,
    )  # fmt: skip


def _share(comparison: Comparison) -> None:
    with st.popover("Link and CSV", icon=":material/share:"):
        st.caption("The address of this page is the link to this comparison.")
        st.code(f"{(st.context.url or '').split('?')[0]}?runs={','.join(comparison.ids)}", language=None, wrap_lines=True)
        st.download_button(
            "Download as CSV", lambda: as_csv(comparison.lines), file_name(comparison.lines), "text/csv", on_click="ignore", icon=":material/download:",
            help="A row for each point of each curve: at most 300 of validation, 60 of training.", width="stretch",
        )  # fmt: skip


def _notes(comparison: Comparison) -> None:
    """Draw what a person must know before comparing; else what the page shows."""
    of, sentences, while_active = session.COMPARE_NOTES.get()
    notes = [
        *(sentences if of == set(comparison.ids) and (comparison.active or not while_active) else ()),
        *comparison.warnings,
        *filter(None, [incomparable(comparison.lines)]),
    ]
    for note in notes[:3]:
        st.warning(plain(note), icon=":material/warning:")
    if not notes and comparison.lines:
        st.caption("Click the name of a run to change one thing in it, to open it or to remove it.")


def _empty(task: str) -> None:
    """Draw what the page is for, and the comparison that one click starts."""
    spec, preset = controls.default(task), next(iter(task_of(task).presets.values()))
    with st.container(key="compare_empty", gap="small"):
        st.header("Which cell learns best?", anchor=False)
        if button(
            menu.ALL_CELLS,
            type="primary",
            icon=":material/play_arrow:",
            key=session.COMPARE_BUTTON("cells", task).name,
            help=menu.CELLS_HELP,
        ):
            menu.all_cells(spec)
        st.caption(
            f"Three runs with the settings of the preset {preset.label}, from seed {spec.seed}, with nothing but the cell changed."
        )
        st.markdown(
            "This page puts up to five runs on one chart, lists only what differs, and gives all of them the same input. Add runs above, tick them "
            "on the page Runs, or press Compare on the page of a run to change one thing in it."
        )


def _left(task: str, comparison: Comparison) -> None:
    """Draw how the chart is shown, the chart, whether a difference is luck, and the table."""
    metrics = task_of(task).metrics
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="compare_how"):
        if len(metrics) > 1:
            st.segmented_control(
                "Metric", metrics, default=metrics[0], required=True, key=session.COMPARE_METRIC(task).name, format_func=lambda name: capitalized(METRICS[name].short),
                label_visibility="collapsed", persist_state="session",
            )  # fmt: skip
        st.segmented_control(
            "Curves", list(PARTS), default="validation", required=True, key=session.COMPARE_PART.name, format_func=capitalized,
            label_visibility="collapsed", persist_state="session", help="Training is measured while the network learns, validation after each epoch.",
        )  # fmt: skip
        st.segmented_control(
            "Over", AXES, default="epoch", required=True, key=session.COMPARE_AXIS.name, format_func=_axis_names(task).get, label_visibility="collapsed",
            persist_state="session",
        )  # fmt: skip
        chosen = session.COMPARE_METRIC(task).get() if len(metrics) > 1 else metrics[0]
        st.toggle("Log scale", key=session.COMPARE_LOG.name, persist_state="session", disabled=METRICS[chosen].is_share)
    tick = _CLASS_TICK if services.settings().class_mode else _TICK
    fragment(_live, every=tick if comparison.active else None)(task, comparison.ids, comparison.active)


def _axis_names(task: str) -> dict[str, str]:
    return dict(zip(AXES, ("Epochs", "Seconds", capitalized(task_of(task).items)), strict=True))


def _axis_title(task: str, axis: str) -> str:
    return {"epoch": "Epoch", "seconds": "Training time (s)", "items": f"{capitalized(task_of(task).items)} read"}[axis]


@showing_errors
def _live(task: str, ids: tuple[str, ...], active: bool) -> None:
    """Draw what changes while runs train."""
    comparison = read(ids)
    if (comparison.ids, comparison.active) != (ids, active):  # one was deleted, or the last one has ended: the page stops ticking
        st.rerun()
    view = _view(task, comparison.lines)
    with st.container(key="compare_curves", gap=None):
        compare_chart(comparison.lines, view)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="compare_luck"):
        announce(_luck(comparison, view))
    table(comparison.lines)


def _view(task: str, lines: Sequence[Line]) -> View:
    metrics = task_of(task).metrics
    metric = METRICS[session.COMPARE_METRIC(task).get() if len(metrics) > 1 else metrics[0]]
    factor, unit = _factor_and_unit(lines[0], metric)
    part = session.COMPARE_PART.get()
    if part == "validation" and not any(len(curve(run, metric.name, False).value) for line in lines for run in line.runs):
        part = "training"  # until the first epoch is validated
    return View(
        metric, unit, factor, axis := session.COMPARE_AXIS.get(), _axis_title(task, axis), part,
        log=session.COMPARE_LOG.get() and not metric.is_share, bands=session.COMPARE_BANDS.get(),
    )  # fmt: skip


def _factor_and_unit(line: Line, metric: Metric) -> tuple[float, str]:
    task = task_of(line.run.task)
    if metric.name != "loss":
        return in_own_unit(line.run, metric)
    if task.generates:
        return 1.0, f"nats per {task.item}"
    known = facts(line.run)
    return 1.0, known[1].unit if known else ""


def _luck(comparison: Comparison, view: View) -> str:
    """Draw the button Three seeds, and whether the difference is larger than that between seeds; returns this sentence."""
    if button(
        "Three seeds", icon=":material/casino:", key=session.COMPARE_BUTTON("seeds", "").name, help=menu.SEEDS_HELP,
        disabled=all(len(set(line.seeds)) >= SEEDS for line in comparison.lines),
    ):  # fmt: skip
        specs = services.store().runs.spec
        menu.three_seeds([(line.runs, [specs(run.id) for run in line.runs]) for line in comparison.lines])
    result = _result(comparison, view)
    st.caption(result)
    if any(len(line.runs) > 1 for line in comparison.lines):
        st.toggle(
            "Band", value=True, key=session.COMPARE_BANDS.name, persist_state="session",
            help="On: the mean of the seeds of a setting, with a band from the lowest to the highest. Off: a line for each seed.",
        )  # fmt: skip
    return result


def _result(comparison: Comparison, view: View) -> str:
    """What is known of the result, in words."""
    if comparison.active:
        runs = [run for line in comparison.lines for run in line.runs]
        states = Counter(state_of(run) for run in runs if run.active)
        return f"{sum(not run.active for run in runs)} of {len(runs)} runs have ended ({listed(f'{n} {state}' for state, n in states.items())})."
    if incomparable(comparison.lines):
        return ""

    def values(line: Line) -> tuple[float, ...]:
        each = (best_value(curve(run, view.metric.name, False), view.metric) for run in line.first_of_each_seed)
        return tuple(value for value in each if value is not None)

    settings = [Repeated(plain(line.name), values(line)) for line in comparison.lines]
    return verdict(settings, view.metric, lambda value: view.metric.text(value, view.factor))


def _right(task: str, comparison: Comparison) -> None:
    """Draw the same input answered by all."""
    draw = view_of(task).compare
    if draw is None:
        st.caption("Runs of this task have no input here that all of them could answer.")
        return
    fragment(_answers, every=_CLASS_TICK if comparison.active else None)(task, comparison.ids)


@showing_errors
def _answers(task: str, ids: tuple[str, ...]) -> None:
    lines = answering(read(ids).lines)
    if not lines:  # all were deleted since: the page says so
        st.rerun()
    view_of(task).compare(lines)
