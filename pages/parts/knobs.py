"""The controls of a spec. Labels, limits and help come from the table in `rnn_core.spec`; the URL holds their values.

Each control's value lives in `st.session_state` under the knob's name. `?spec=...` follows every change, so that a
refresh, a bookmark and the browser's back button bring the controls back.
"""

from dataclasses import asdict, fields

import pandas as pd
import streamlit as st

from pages.parts.words import plain
from rnn_core.lessons.presets import PRESETS, spec_of
from rnn_core.problem import Problem
from rnn_core.runs.store import Store
from rnn_core.spec import MAX_LAYERS, LayerSpec, RunSpec, knobs

_SEEN = "spec_in_url"  # what the URL said when the controls were last set from it or written to it
_LAYER_NAMES = tuple(f.name for f in fields(LayerSpec))
_TABLE_NAMES = tuple(name for name in _LAYER_NAMES if name != "bidirectional")  # one switch for all layers


def load_from_url(task: str, store: Store) -> None:
    """Set the controls from `?spec=`, else from the run of `?run=`, else from the first preset; then leave them alone."""
    short = st.query_params.get("spec")
    if _SEEN in st.session_state and st.session_state[_SEEN] == short:
        return
    run = st.query_params.get("run")
    try:
        if short:
            spec = RunSpec.from_short(short)
        elif _SEEN in st.session_state:
            return
        else:
            spec = store.spec(run) if run and store.has(run) else spec_of(task)
    except Problem as problem:
        st.warning(plain(f"{problem} The controls show the default instead."))
        spec = spec_of(task)
    set_controls(spec)
    st.session_state[_SEEN] = short


def set_controls(spec: RunSpec) -> None:
    """Turn every knob to what `spec` says."""
    for name, value in spec.flat().items():
        st.session_state[name] = value
    st.session_state["layers"] = len(spec.model.layers)
    st.session_state["dense"] = [asdict(layer) for layer in spec.model.dense]  # kept as they are: the page has no knobs for them
    layers = [{name: getattr(layer, name) for name in _LAYER_NAMES} for layer in spec.model.layers]
    st.session_state["edit_each"] = any(layer != layers[0] for layer in layers)
    _start_table(layers)


def keep_in_url(spec: RunSpec) -> None:
    """Write the controls into the URL."""
    short = spec.to_short()
    if short != st.query_params.get("spec"):
        st.query_params["spec"] = short
    st.session_state[_SEEN] = short


def preset_buttons(task: str) -> None:
    """Buttons that turn all knobs at once; the one that the knobs stand at is marked."""

    def choose():
        name = st.session_state["preset"]
        if name:
            corpus = {key: st.session_state[key] for key in ("corpus", "encoding") if key in st.session_state}
            set_controls(spec_of(task, name, **corpus))

    stand = {name: st.session_state.get(name) for name in [*knobs(), "layers"]}
    st.session_state["preset"] = None if st.session_state.get("edit_each") else _preset_of(task, stand)
    st.pills(
        "Preset",
        list(PRESETS[task]),
        format_func=lambda name: PRESETS[task][name].label,
        key="preset",
        on_change=choose,
        help="\n".join(f"- **{p.label}**: {p.help}" for p in PRESETS[task].values()),
    )


def _preset_of(task: str, stand: dict) -> str | None:
    """The preset that these values are, whatever the corpus."""
    for name in PRESETS[task]:
        spec = spec_of(task, name)
        wanted = {**spec.flat(), "layers": len(spec.model.layers)}
        if all(stand[key] == value for key, value in wanted.items() if key not in ("corpus", "encoding")):
            return name
    return None


def network_controls() -> list[dict]:
    """The knobs of the network. Returns one mapping a layer."""
    st.subheader("Network")
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
    with right:
        widget("embedding")
    with st.expander("More about the network"):
        left, right = st.columns(2)
        with left:
            widget("recurrent_dropout", disabled=each)
        with right:
            widget("activation", disabled=each)
        widget("bidirectional")
        st.toggle(
            "Edit each layer", key="edit_each", persist_state="session", on_change=_begin_editing,
            help="A table with a row a layer, instead of one set of knobs for all of them.",
        )  # fmt: skip
    if st.session_state["dense"]:
        widths = ", ".join(str(layer["units"]) for layer in st.session_state["dense"])
        st.caption(f"Before the output come dense layers of {widths} units, as the link or the run has them.")
    if each:
        return _layer_table()
    one = {name: st.session_state[name] for name in _LAYER_NAMES}
    return [one] * st.session_state["layers"]


def training_controls() -> None:
    st.subheader("Training")
    for names in (("epochs", "learning_rate"), ("batch_size", "optimizer")):
        for name, column in zip(names, st.columns(2), strict=True):
            with column:
                widget(name)
    with st.expander("More about training"):
        for names in (("sequence_length", "vocabulary"), ("schedule", "clip_norm")):
            for name, column in zip(names, st.columns(2), strict=True):
                with column:
                    widget(name)
        widget("seed")


def values() -> dict:
    """The controls' values by flat name, without those of a layer."""
    return {name: st.session_state[name] for name in knobs() if name not in _LAYER_NAMES and name in st.session_state}


def widget(name: str, disabled: bool = False) -> None:
    """One control from its row in the table."""
    knob = knobs()[name]
    common = {"label": knob.label, "key": name, "help": knob.help, "disabled": disabled, "persist_state": "session"}
    if knob.kind is bool:
        st.toggle(**common)
    elif knob.choices and len(knob.choices) <= 3:
        st.segmented_control(options=list(knob.choices), format_func=knob.choices.get, required=True, width="stretch", **common)
    elif knob.choices:
        st.selectbox(options=list(knob.choices), format_func=knob.choices.get, **common)
    elif name.endswith("dropout"):
        st.slider(min_value=knob.low, max_value=knob.high, step=knob.step, **common)
    elif knob.kind is int:
        # The default is drawn until the browser knows the value; without it, that would be the lowest number.
        st.number_input(min_value=int(knob.low), max_value=int(knob.high), value=knob.default, step=int(knob.step), **common)
    else:
        format = "%.6g" if name == "learning_rate" else "%.2f"
        st.number_input(
            min_value=knob.low, max_value=knob.high, value=knob.default, step=knob.step or 0.001, format=format, **common
        )


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
        knob = knobs()[name]
        if knob.choices:
            config[name] = st.column_config.SelectboxColumn(
                knob.label, options=list(knob.choices), format_func=knob.choices.get, required=True, default=knob.default
            )
        else:
            config[name] = st.column_config.NumberColumn(
                knob.label, min_value=knob.low, max_value=knob.high, step=knob.step if knob.kind is float else 1,
                required=True, default=knob.default,
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
