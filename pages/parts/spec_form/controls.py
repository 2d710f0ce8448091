"""The controls of a spec. Labels, limits and help come from the table in `rnn_core.run_spec`; the URL holds their values.

Each control's value lives in `st.session_state` under the option's name. `?spec=...` follows every change, so that a
refresh, a bookmark and the browser's back button bring the controls back.
"""

from dataclasses import asdict, fields, replace
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts.shell import services
from pages.parts.shell.formatting import plain
from rnn_core.errors import UserError
from rnn_core.lessons.presets import spec_of
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs.store.store import Store
from rnn_core.spec.model import MAX_LAYERS, DenseSpec, LayerSpec
from rnn_core.spec.option import Option
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_names, task_of

_SEEN = "spec_in_url_"  # and a task: what the URL said when its controls were last set from it or written to it
_TASK = "controls_of"  # the task that the controls stand for now; the pages share them
_LAYER_NAMES = tuple(f.name for f in fields(LayerSpec))
_TABLE_NAMES = tuple(name for name in _LAYER_NAMES if name != "bidirectional")  # one switch for all layers
_MOST_STOPS = 100  # of a slider; a number with more is typed


def load_from_url(task: str, store: Store) -> None:
    """Set the controls from `?spec=`, else from the run of `?run=`, else from this session's last visit, else from the first preset.

    Afterwards leave them alone, until the URL or the page changes.
    """
    short, seen = st.query_params.get("spec"), _SEEN + task
    if any(short == st.session_state.get(_SEEN + other) for other in task_names() if other != task):
        short = None  # the browser still shows what another page wrote there
    arrives = st.session_state.get(_TASK) != task
    if not arrives and (short is None or st.session_state.get(seen) == short):
        return
    run = st.query_params.get("run")
    last = st.session_state.get(f"last_run_{task}") if seen in st.session_state else None
    try:
        if short:
            spec = RunSpec.from_short(short)
            if spec.task != task:
                raise UserError("This link is for another page.")
        elif run and run != last and store.runs.has(run) and store.runs.get(run).task == task:
            spec = store.runs.spec(run)
        else:
            spec = RunSpec.from_short(st.session_state[seen]) if st.session_state.get(seen) else _default(task)
    except UserError as error:
        st.warning(plain(f"{error} The controls show the default instead."))
        spec = _default(task)
    set_controls(spec)
    st.session_state[seen] = short


def _default(task: str) -> RunSpec:
    return _preset(task, None, sources.default(task, services.settings()))


def _preset(task: str, name: str | None, source: str, **options) -> RunSpec:
    """A preset on that data, fitted to how much of it there is."""
    return _spec_of(task, name, _available(task, source), source=source, **options)


_spec_of = lru_cache(maxsize=256)(spec_of)  # a page compares with all presets whenever it is drawn


@st.cache_data(max_entries=100, ttl="10m", show_spinner=False)
def _available(task: str, source: str) -> int:
    """How many examples there are; counting those of a large upload takes a second."""
    return task_of(task).examples(source, services.settings())


def set_controls(spec: RunSpec) -> None:
    """Set every control to what `spec` says."""
    st.session_state[_TASK] = spec.task
    for name, value in spec.flat().items():
        st.session_state[name] = value
    st.session_state["layers"] = len(spec.model.layers)
    dense = [asdict(layer) for layer in spec.model.dense]
    st.session_state["dense"] = dense
    for name, value in {**asdict(DenseSpec()), "units": 0, **(dense[0] if dense else {})}.items():
        st.session_state[f"dense_{name}"] = value
    layers = [{name: getattr(layer, name) for name in _LAYER_NAMES} for layer in spec.model.layers]
    st.session_state["edit_each"] = any(layer != layers[0] for layer in layers)
    _start_table(layers)


def keep_in_url(spec: RunSpec) -> None:
    """Write the controls into the URL."""
    short = spec.to_short()
    if short != st.query_params.get("spec"):
        st.query_params["spec"] = short
    st.session_state[_SEEN + spec.task] = short


def preset_buttons(task: str, spec: RunSpec | None) -> None:
    """Buttons that set all options at once; the one whose values the options have is marked. `spec` holds the options' values."""

    def choose():
        name = st.session_state["preset"]
        if name:
            set_controls(_preset(task, name, **_same_data(task)))

    same = _same_data(task)
    st.session_state["preset"] = next((name for name in task_of(task).presets if spec == _preset(task, name, **same)), None)
    st.pills(
        "Preset",
        list(task_of(task).presets),
        format_func=lambda name: task_of(task).presets[name].label,
        key="preset",
        on_change=choose,
        help="\n".join(f"- **{p.label}**: {p.help}" for p in task_of(task).presets.values()),
    )


def refit(task: str) -> None:
    """After a change of data: options that had a preset's values get the same preset's values for the new data."""
    name = st.session_state.get("preset")
    if name and "source" not in task_of(task).presets[name].options:
        set_controls(_preset(task, name, st.session_state["source"]))


def _same_data(task: str) -> dict[str, str]:
    """What a preset leaves as it is: the data that was chosen last, other than by a preset."""
    brought = {preset.options.get("source") for preset in task_of(task).presets.values()}
    last, name = f"own_choice_{task}", st.session_state["source"]
    if name not in brought:
        st.session_state[last] = name
    kept = {"source": st.session_state.get(last) or sources.default(task, services.settings())}
    return {**kept, "encoding": st.session_state["encoding"]} if "encoding" in options_of(task) else kept


def network_controls(task: str) -> list[dict]:
    """The options of the network. Returns one mapping a layer."""
    st.subheader("Network", anchor=False)
    each = st.session_state.get("edit_each", False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        widget("cell", disabled=each)
    left, right = st.columns(2)
    with left:
        widget("units", disabled=each)
    with right:
        st.number_input(
            "Layers", 1, MAX_LAYERS, step=1, key="layers", persist_state="session", disabled=each,
            help="Layers on top of each other: each reads what the one below it writes. More can learn more, and take longer.",
        )  # fmt: skip
    left, right = st.columns(2)
    with left:
        widget("dropout", disabled=each)
    if "embedding" in options_of(task):
        with right:
            widget("embedding")
    if "pooling" in options_of(task):
        widget("bidirectional")
        if st.session_state["bidirectional"]:
            units = st.session_state["units"]
            st.caption(f"A set of cells for each direction, side by side: {units} units show as {2 * units}.")
        widget("pooling")
    with st.expander("More about the network"):
        left, right = st.columns(2)
        with left:
            widget("recurrent_dropout", disabled=each)
        with right:
            widget("activation", disabled=each)
        if "pooling" not in options_of(task):
            widget("bidirectional")
        _dense_controls()
        st.toggle(
            "Edit each layer", key="edit_each", persist_state="session", on_change=_begin_editing,
            help="A table with one row per layer, instead of the same settings for all layers.",
        )  # fmt: skip
    if each:
        return _layer_table()
    one = {name: st.session_state[name] for name in _LAYER_NAMES}
    return [one] * st.session_state["layers"]


def _dense_controls() -> None:
    """One dense layer before the output, or none; several can only come with a link or a run, and are kept."""
    dense = st.session_state["dense"]
    if len(dense) > 1:
        st.caption(
            f"Before the output come dense layers of {', '.join(str(layer['units']) for layer in dense)} units, as the link has them."
        )
        return
    table = {f.name: f.metadata["option"] for f in fields(DenseSpec)}
    units = table["units"]
    left, right = st.columns(2)
    with left:
        control(replace(units, low=0, default=0, help=f"{units.help} 0: no such layer."), "dense_units")
    if st.session_state["dense_units"]:
        with right:
            control(table["dropout"], "dense_dropout")
        control(table["activation"], "dense_activation")
    kept = {name: st.session_state[f"dense_{name}"] for name in table}
    st.session_state["dense"] = [kept] if kept["units"] else []


def training_controls(task: str, more: tuple[tuple[str, ...], ...]) -> None:
    """`more` names the options that are seldom changed, two a row."""
    st.subheader("Training", anchor=False)
    pairs(("epochs", "learning_rate"), ("batch_size", "optimizer"))
    with st.expander("More about training"):
        pairs(*(tuple(name for name in row if name in options_of(task)) for row in more))


def pairs(*rows: tuple[str, ...]) -> None:
    """Controls, two a row."""
    for names in rows:
        for name, column in zip(names, st.columns(2), strict=False):
            with column:
                widget(name)


def values(task: str) -> dict:
    """The controls' values by flat name, without those of a layer."""
    return {name: st.session_state[name] for name in options_of(task) if name not in _LAYER_NAMES}


def widget(name: str, disabled: bool = False) -> None:
    """The control of an option of the spec, kept under the option's name."""
    control(options_of(st.session_state[_TASK])[name], name, disabled)


def control(option: Option, key: str, disabled: bool = False) -> Any:
    """An option as the widget that suits it; returns its value."""
    common = {"label": option.label, "key": key, "help": option.help, "disabled": disabled, "persist_state": "session"}
    if option.kind is bool:
        return st.toggle(**common)
    if option.choices:
        common |= {"options": list(option.choices), "format_func": option.choices.get}
        few = len(option.choices) <= 3
        return st.segmented_control(required=True, width="stretch", **common) if few else st.selectbox(**common)
    # A number's default is drawn until the browser knows the value; without it, that would be the lowest one.
    if option.kind is float and option.step and option.high - option.low <= _MOST_STOPS * option.step:
        return st.slider(min_value=option.low, max_value=option.high, value=option.default, step=option.step, **common)
    if option.kind is int:
        return st.number_input(
            min_value=int(option.low), max_value=int(option.high), value=option.default, step=int(option.step), **common
        )
    step, format = (option.step, "%.2f") if option.step else (0.001, "%.6g")
    return st.number_input(min_value=option.low, max_value=option.high, value=option.default, step=step, format=format, **common)


def _start_table(layers: list[dict]) -> None:
    st.session_state["layer_rows"] = layers
    st.session_state["layer_edited"] = None
    st.session_state["layer_table"] = st.session_state.get("layer_table", 0) + 1  # a new table forgets the old edits


def _begin_editing() -> None:
    if st.session_state["edit_each"]:
        one = {name: st.session_state[name] for name in _LAYER_NAMES}
        _start_table([one] * st.session_state["layers"])


def _layer_table() -> list[dict]:
    config = {}
    for name in _TABLE_NAMES:
        option = options_of(st.session_state[_TASK])[name]
        if option.choices:
            config[name] = st.column_config.SelectboxColumn(
                option.label, options=list(option.choices), format_func=option.choices.get, required=True, default=option.default
            )
        else:
            config[name] = st.column_config.NumberColumn(
                option.label, min_value=option.low, max_value=option.high, step=option.step if option.kind is float else 1,
                required=True, default=option.default,
            )  # fmt: skip
    key = f"layer_table_{st.session_state['layer_table']}"
    if key not in st.session_state:  # drawn for the first time, or again after a visit to another page
        st.session_state["layer_rows"] = st.session_state.get("layer_edited") or st.session_state["layer_rows"]
    st.caption(f"One row a layer, the lowest first: 1 to {MAX_LAYERS} rows.")
    edited = st.data_editor(
        pd.DataFrame(st.session_state["layer_rows"], columns=_TABLE_NAMES),
        column_config=config,
        num_rows="dynamic",
        key=key,
        alt="One row a recurrent layer",
    )
    rows = [{name: _plain(row[name]) for name in _TABLE_NAMES} for row in edited.to_dict("records")]
    st.session_state["layer_edited"] = rows
    return [{**row, "bidirectional": st.session_state["bidirectional"]} for row in rows]


def _plain(value):
    """What the table gives, as Python's own type; an empty field is None and left for the check to name."""
    return None if pd.isna(value) else value.item() if hasattr(value, "item") else value
