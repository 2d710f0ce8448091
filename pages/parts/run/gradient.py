"""In the zone Watch: where the gradient goes, in three pictures, instead of the curves."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import streamlit as st

from pages.parts.run.cells import siblings, three_cells, under_way
from pages.parts.run.gradient_chart import SMALLEST, Line, lines_chart, norm_chart
from pages.parts.shell import services, session
from pages.parts.shell.csv_button import csv_button
from pages.parts.shell.formatting import epoch_number, percent
from rnn_core.cells import CELLS
from rnn_core.nn import untrained
from rnn_core.runs import variants
from rnn_core.runs.store.kinds import GradientByTimestep
from rnn_core.runs.store.rows import Point, Run
from rnn_core.spec.metrics import CLIPPED, GRADIENT_NORM

_EARLIER = 5  # probes before the newest that are drawn, too
_FAR = 20  # timesteps back for which the sentence names what is left
_BEFORE = 30  # timesteps of the picture before training
_SEEDS = range(20)
_PLAIN = 1e-6  # smaller numbers are written with a power of ten
_HELP = (
    "For each weight, training follows the loss back through all timesteps. What is left of the gradient at an early timestep decides whether "
    "the network can learn from what it read there."
)


def gradient_panel(run: Run) -> None:
    """Draw the chosen picture."""
    with st.container(key="gradient", gap="xsmall"):
        picture = session.GRADIENT_PICTURE(run.task)
        with st.container(key="gradient_picture"):
            st.segmented_control(
                "Picture", list(PICTURES), default=next(iter(PICTURES)), required=True, key=picture.name, label_visibility="collapsed",
                persist_state="session",
            )  # fmt: skip
        PICTURES[picture.get()](run)


def _chart_place():
    return st.container(key="gradient_chart")


# By timestep


def _by_timestep(run: Run) -> None:
    runs = {run.id: run} | {sibling.id: sibling for sibling in siblings(run)}
    newest = {run_id: probes[-1] for run_id in runs if (probes := _probes(run_id))}
    lines = [line for run_id in newest for line in _lines(run_id, newest[run_id])]
    if run.id in newest:
        lines = [*_earlier(run.id), *lines]
    if not lines:
        with _chart_place():
            st.info(_none_yet(run), icon=":material/hourglass_empty:")
        three_cells(run)
        return
    strong = [line for line in lines if not line.weak]
    with _chart_place():
        lines_chart(
            lines, "gradient", "Timesteps before the last one", "Gradient that is left, relative to the last timestep", _in_words(strong),
            reverse=True,
        )  # fmt: skip
    st.caption(_sentence(newest) + under_way(run), help=f"{_HELP} {_measured(newest)}")
    with st.container(horizontal=True, gap="xsmall"):
        three_cells(run)
        csv_button(lambda: _table(newest), "gradient.csv")


def _none_yet(run: Run) -> str:
    if run.active:
        return "The first measurement comes with the first step: the untrained network, then one after each epoch."
    return f"This run was trained without measuring the gradient. Train {variants.cell_names()}, or press Train, to see it live."


def _probes(run_id: str, most: int = 1) -> list[GradientByTimestep]:
    """Some measurements of a run: the newest, and others spread over the earlier ones."""
    events = services.store().events
    steps = [event.step for event in events.positions(run_id, GradientByTimestep)]
    chosen = sorted({steps[i] for i in np.linspace(len(steps) - 1, 0, min(most, len(steps))).astype(int)}) if steps else []
    return [probe for step in chosen if (probe := events.at(run_id, GradientByTimestep, step))]


def _cell_of(run_id: str, layer: int) -> str:
    return services.store().runs.spec(run_id).model.layers[layer].cell


def _last_layer(probe: GradientByTimestep) -> list[dict]:
    last = max(curve["layer"] for curve in probe.curves)
    return [curve for curve in probe.curves if curve["layer"] == last]


def _lines(run_id: str, probe: GradientByTimestep, weak: bool = False) -> list[Line]:
    """The lines of a measurement: the hidden state's and the cell state's."""
    lines = []
    curves = _last_layer(probe)
    for curve in curves:
        cell = _cell_of(run_id, curve["layer"])
        state = f" {curve['state']} state" if len(curves) > 1 else ""
        name = "" if weak else f"{CELLS[cell].label}{state}"
        what = f"{CELLS[cell].label}, {curve['state']} state, {_when(probe)}"
        lines.append(Line(cell, name, what, curve["back"], curve["relative"], weak))
    return lines


def _when(probe: GradientByTimestep) -> str:
    return "untrained" if not probe.step else f"epoch {epoch_number(probe.epoch)}"


def _earlier(run_id: str) -> list[Line]:
    """The lines of earlier epochs; the first is named where it is that of the untrained network."""
    lines = [line for probe in _probes(run_id, _EARLIER + 1)[:-1] for line in _lines(run_id, probe, weak=True)[:1]]
    return [replace(lines[0], name="untrained"), *lines[1:]] if lines and "untrained" in lines[0].what else lines


def _left(curve: dict) -> tuple[int, float]:
    """(timesteps back, what is left of the gradient there): _FAR back, or as far as the curve goes."""
    place = max(i for i, back in enumerate(curve["back"]) if back <= _FAR)
    return curve["back"][place], curve["relative"][place]


def _sentence(newest: dict[str, GradientByTimestep]) -> str:
    parts = []
    for run_id, probe in newest.items():
        hidden, *others = _last_layer(probe)
        back, left = _left(hidden)
        beside = "".join(f" and in its {other['state']} state {_number(_left(other)[1])}" for other in others)
        parts.append(f"{CELLS[_cell_of(run_id, hidden['layer'])].label} ({_when(probe)}) {_number(left)}{beside}")
    return (
        f"What remains of the gradient {back} timesteps back: {', '.join(parts)}. Where little is left, what was read there can hardly change the "
        "weights."
    )


def _measured(newest: dict[str, GradientByTimestep]) -> str:
    return (
        f"Measured: the loss at the last timestep alone, in the last layer (forward), median of {next(iter(newest.values())).rows} examples that stay "
        "the same. Thin lines: earlier epochs. An LSTM remembers in its cell state, and its hidden state shows a part of it."
    )


def _number(value: float) -> str:
    if value >= _PLAIN:
        return np.format_float_positional(value, 2, unique=False, fractional=False, trim="-")
    if value < SMALLEST:
        return f"below {_number(SMALLEST)}"
    digit, power = f"{value:.0e}".split("e-")
    return f"{digit} × 10⁻{'⁰¹²³⁴⁵⁶⁷⁸⁹'[int(power)]}"


def _in_words(lines: list[Line]) -> str:
    ends = "; ".join(f"{line.what}: {_number(line.y[-1])} after {line.x[-1]} timesteps" for line in lines)
    return f"Gradient of the loss at the last timestep, relative to that timestep, over the timesteps before it. {ends}"


def _table(newest: dict[str, GradientByTimestep]) -> list[tuple]:
    rows = [("run", "cell", "layer", "state", "epoch", "timesteps_back", "relative_gradient")]
    for run_id in newest:
        for event in services.store().events.read(run_id, GradientByTimestep):
            for curve in event.curves:
                cell = _cell_of(run_id, curve["layer"])
                pairs = zip(curve["back"], curve["relative"], strict=True)
                rows += [(run_id, cell, curve["layer"] + 1, curve["state"], event.epoch, *pair) for pair in pairs]
    return rows


# The norm over training


def _norm(run: Run) -> None:
    events, clip_norm = services.store().events, services.store().runs.spec(run.id).training.clip_norm
    norms = events.curve(run.id, GRADIENT_NORM)
    with _chart_place():
        if not norms:
            st.info(_none_yet(run), icon=":material/hourglass_empty:")
            return
        values = np.array([(p.value, p.low, p.high) for p in norms])
        sentence = _norm_sentence(values, _cut_share(events.curve(run.id, CLIPPED)), clip_norm)
        norm_chart([p.epoch for p in norms], values, run.epochs, clip_norm, f"Norm of the whole gradient over training. {sentence}")
    st.caption(sentence, help=_HELP)
    csv_button(
        lambda: [("step", "epoch", "mean", "lowest", "highest"), *((p.step, p.epoch, p.value, p.low, p.high) for p in norms)],
        "gradient_norm.csv",
    )


def _cut_share(points: list[Point]) -> float | None:
    """The share of the steps that were clipped; each point is the mean since the one before."""
    steps = np.diff([0, *(p.step for p in points)])
    return float(np.average([p.value for p in points], weights=steps)) if points else None


def _norm_sentence(norms: np.ndarray, cut: float | None, clip_norm: float) -> str:
    largest, usual = norms[:, 2].max(), float(np.median(norms[:, 0]))
    if cut is None:
        how = "Nothing is clipped: one very large gradient can throw the weights so far that the network does not recover."
    else:
        share = "0%" if cut == 0 else "100%" if cut == 1 else percent(cut)
        how = f"Clipping cut {share} of the steps: a longer gradient keeps its direction and is shortened to {clip_norm:g}."
    return f"{how} The norm: median {usual:.2g}, highest {largest:.3g}."


# Before training


@st.cache_data(show_spinner=False)
def _untrained(scale: float) -> dict[str, list[float]]:
    """By cell: what is left of a difference after each timestep, as the median over seeds."""
    return {
        name: np.median([untrained.differences(cell, seed, scale, _BEFORE) for seed in _SEEDS], 0).tolist()
        for name, cell in CELLS.items()
    }


def _before_training(run: Run) -> None:
    left, large = _untrained(untrained.SMALL), _untrained(untrained.LARGE)
    timesteps = list(range(1, _BEFORE + 1))
    lines = [Line(name, CELLS[name].label, f"{CELLS[name].label}, untrained", timesteps, values) for name, values in left.items()]
    named = "; ".join(f"{CELLS[name].label} {_number(values[_FAR - 1])}" for name, values in left.items())
    at_large = ", ".join(f"{CELLS[name].label} {_number(values[_FAR - 1])}" for name, values in large.items())
    with _chart_place():
        lines_chart(
            lines, "untrained", "Timesteps read", "Difference that is left between the two states",
            f"Untrained cells with {untrained.UNITS} units: what is left after {_FAR} timesteps: {named}",
        )  # fmt: skip

    def table() -> Iterator[tuple]:
        yield "cell", "input_size", "timestep", "difference_left"
        for scale, of_cells in ((untrained.SMALL, left), (untrained.LARGE, large)):
            yield from ((name, scale, t + 1, value) for name, values in of_cells.items() for t, value in enumerate(values))

    st.caption(
        f"Two inputs differ in the first timestep alone. After {_FAR} timesteps, an untrained cell has kept this much of the difference: {named}. Before "
        "training, gates forget most: they do not give memory, they let it be learnt.",
        help=f"Inputs as small as those of an embedding, {untrained.UNITS} units, median of {len(_SEEDS)} seeds, in NumPy. With inputs up to "
        f"{untrained.LARGE:g}: {at_large}.",
    )
    csv_button(table, "untrained.csv")


PICTURES = {"By timestep": _by_timestep, "Norm": _norm, "Untrained": _before_training}
