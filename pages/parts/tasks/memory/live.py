"""Under the curve: accuracy by how many timesteps something must be remembered, of this run and of the same with other cells."""

import re
from functools import cache

import altair as alt
import streamlit as st

from pages.parts.run.cells import cell_of, siblings, three_cells, under_way
from pages.parts.run.charts import axis_title, draw_chart, sized_spec
from pages.parts.shell import services, session
from pages.parts.shell.colours import DASHES, LINES, NEUTRAL
from pages.parts.shell.formatting import epoch_number, percent
from rnn_core.cells import CELLS
from rnn_core.runs.store.kinds import ByPart
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.memory.dataset import model_io

_PART = re.compile(r"\d+( to \d+)?")  # timesteps, as `by_distance` names them


@cache
def _spec(names: tuple[str, ...], chance: float) -> dict:
    base = alt.Chart(alt.NamedData("rows"))
    x = alt.X("distance:Q", title="Timesteps to remember", axis=alt.Axis(grid=False, tickMinStep=1), scale=alt.Scale(nice=False))
    y = alt.Y(
        "accuracy:Q", axis=alt.Axis(format="%", tickCount=3, minExtent=36, **axis_title("Accuracy")), scale=alt.Scale(domain=[0, 1])
    )
    colour = alt.Color(
        "name:N",
        scale=alt.Scale(domain=list(names), range=list(LINES[: len(names)])),
        legend=alt.Legend(orient="top", title=None, symbolType="stroke", symbolStrokeWidth=3),
    )
    dash = alt.StrokeDash(
        "name:N", scale=alt.Scale(domain=list(names), range=[list(dash) or [1, 0] for dash in DASHES[: len(names)]]), legend=None
    )
    tips = [alt.Tooltip("name:N", title="cell"), alt.Tooltip("part:N", title="timesteps"), alt.Tooltip("accuracy:Q", format=".1%")]
    return sized_spec(
        alt.layer(
            base.transform_filter("datum.chance").mark_rule(strokeDash=[2, 3], color=NEUTRAL).encode(y=y),
            base.transform_filter("!datum.chance").mark_line(strokeWidth=2.2, point=True).encode(x, y, colour, dash, tooltip=tips),
        ),
        height=200,
    )  # fmt: skip


def live(run: Run) -> None:
    """Draw the newest accuracies; before the first epoch, what will be here."""
    store = services.store()
    found: dict[str, ByPart] = {}
    for each in (run, *siblings(run)):
        events = store.events.read(each.id, ByPart)
        if events and all(map(_PART.fullmatch, events[-1].values)):  # those of a run from a file may be named anyhow
            found.setdefault(cell_of(each), events[-1])
    with st.container(key="by_distance", height=210, border=False):
        if found:
            _chart(run, found)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="under_distance"):
        st.caption(
            (_sentence(run, found) if found else "After each epoch: accuracy by how many timesteps something must be remembered.")
            + under_way(run)
        )
        three_cells(run)


def _chart(run: Run, found: dict[str, ByPart]) -> None:
    names = tuple(sorted(found, key=lambda name: [cell.label for cell in CELLS.values()].index(name.split(" and ")[0])))
    chance = _chance(run)
    rows = [(name, part, _middle(part), value, False) for name in names for part, value in found[name].values.items()]
    rows.append((names[0], "", 0.0, chance, True))
    columns = dict(zip(("name", "part", "distance", "accuracy", "chance"), zip(*rows, strict=True), strict=True))
    columns = {name: list(values) for name, values in columns.items()}
    draw_chart(_spec(names, chance), columns, session.CHART("by_distance"), _in_words(found))


def _chance(run: Run) -> float:
    """The accuracy of guessing."""
    return 1 / model_io(services.store().runs.spec(run.id).data).output.classes


def _middle(part: str) -> float:
    """The middle of a part such as "5 to 8"."""
    ends = [float(number) for number in part.split(" to ")]
    return sum(ends) / len(ends)


def _in_words(found: dict[str, ByPart]) -> str:
    lines = [
        f"{name}: {', '.join(f'{part} timesteps {percent(value)}' for part, value in event.values.items())}"
        for name, event in found.items()
    ]
    return f"Accuracy by how many timesteps something must be remembered. {'; '.join(lines)}"


def _sentence(run: Run, found: dict[str, ByPart]) -> str:
    """How each cell does over the longest distance; the dotted line is guessing."""
    ends = {name: list(event.values.items())[-1] for name, event in found.items()}
    said = "; ".join(f"{name} {percent(value)} (epoch {epoch_number(found[name].epoch)})" for name, (_, value) in ends.items())
    return f"Over {next(iter(ends.values()))[0]} timesteps: {said}. Guessing (dotted): {percent(_chance(run))}."
