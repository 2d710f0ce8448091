"""The controls of a spec. Labels, limits and help come from the table in `rnn_core.run_spec`; the URL holds their values.

Each control's value is in session state: `session.SPEC(task, option)`. `?spec=...` follows every change, so that a
refresh, a bookmark and the browser's back button bring the controls back.
"""

from dataclasses import asdict, fields, replace
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.formatting import plain
from rnn_core.errors import UserError
from rnn_core.lessons.presets import spec_of
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs.store.store import Store
from rnn_core.spec.model import MAX_LAYERS, DenseSpec, LayerSpec
from rnn_core.spec.option import Option
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_names, task_of

_LAYER_NAMES = tuple(f.name for f in fields(LayerSpec))
_TABLE_NAMES = tuple(name for name in _LAYER_NAMES if name != "bidirectional")  # one switch for all layers
_MOST_STOPS = 100  # of a slider; a number with more is typed


def load_from_url(task: str, store: Store) -> None:
    """Set the controls from `?spec=`, else from the run of `?run=`, else from this session's last visit, else from the first preset.

    Afterwards leave them alone, until the URL or the page changes.
    """
    short, link = st.query_params.get("spec"), session.LINK(task)
    if any(short == session.LINK(other).get() for other in task_names() if other != task):
        short = None  # the browser still shows what another page wrote there
    arrives = session.FORM_TASK.get() != task
    if not arrives and (short is None or link.get() == short):
        return
    run = st.query_params.get("run")
    last = session.LAST_RUN(task).get() if link.exists() else None
    try:
        if short:
            spec = RunSpec.from_short(short)
            if spec.task != task:
                raise UserError("This link is for another page.")
        elif run and run != last and store.runs.has(run) and store.runs.get(run).task == task:
            spec = store.runs.spec(run)
        else:
            spec = RunSpec.from_short(link.get()) if link.get() else _default(task)
    except UserError as error:
        st.warning(plain(f"{error} The controls show the default instead."))
        spec = _default(task)
    set_controls(spec)
    link.set(short)


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
    session.FORM_TASK.set(task := spec.task)
    for name, value in {**spec.flat(), "layers": len(spec.model.layers)}.items():
        session.SPEC(task, name).set(value)
    dense = [asdict(layer) for layer in spec.model.dense]
    session.DENSE_LAYERS(task).set(dense)
    for name, value in {**asdict(DenseSpec()), "units": 0, **(dense[0] if dense else {})}.items():
        session.DENSE(task, name).set(value)
    layers = [{name: getattr(layer, name) for name in _LAYER_NAMES} for layer in spec.model.layers]
    session.EDIT_EACH(task).set(any(layer != layers[0] for layer in layers))
    _start_table(task, layers)


def keep_in_url(spec: RunSpec) -> None:
    """Write the controls into the URL."""
    short = spec.to_short()
    if short != st.query_params.get("spec"):
        st.query_params["spec"] = short
    session.LINK(spec.task).set(short)


def preset_buttons(task: str, spec: RunSpec | None) -> None:
    """Buttons that set all options at once; the one whose values the options have is marked. `spec` holds the options' values."""

    def choose():
        if name := marked.get():
            set_controls(_preset(task, name, **_same_data(task)))

    same, marked = _same_data(task), session.PRESET(task)
    marked.set(next((name for name in task_of(task).presets if spec == _preset(task, name, **same)), None))
    st.pills(
        "Preset",
        list(task_of(task).presets),
        format_func=lambda name: task_of(task).presets[name].label,
        key=marked.name,
        on_change=choose,
        help="\n".join(f"- **{p.label}**: {p.help}" for p in task_of(task).presets.values()),
    )


def refit(task: str) -> None:
    """After a change of data: options that had a preset's values get the same preset's values for the new data."""
    name = session.PRESET(task).get()
    if name and "source" not in task_of(task).presets[name].options:
        set_controls(_preset(task, name, session.SPEC(task, "source").get()))


def _same_data(task: str) -> dict[str, str]:
    """What a preset leaves as it is: the data that was chosen last, other than by a preset."""
    brought = {preset.options.get("source") for preset in task_of(task).presets.values()}
    last, name = session.OWN_SOURCE(task), session.SPEC(task, "source").get()
    if name not in brought:
        last.set(name)
    kept = {"source": last.get() or sources.default(task, services.settings())}
    return {**kept, "encoding": session.SPEC(task, "encoding").get()} if "encoding" in options_of(task) else kept


def network_controls(task: str) -> list[dict]:
    """The options of the network. Returns one mapping a layer."""
    st.subheader("Network", anchor=False)
    each = session.EDIT_EACH(task).get()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        widget(task, "cell", disabled=each)
    left, right = st.columns(2)
    with left:
        widget(task, "units", disabled=each)
    with right:
        st.number_input(
            "Layers", 1, MAX_LAYERS, step=1, key=session.SPEC(task, "layers").name, persist_state="session", disabled=each,
            help="Layers on top of each other: each reads what the one below it writes. More can learn more, and take longer.",
        )  # fmt: skip
    left, right = st.columns(2)
    with left:
        widget(task, "dropout", disabled=each)
    if "embedding" in options_of(task):
        with right:
            widget(task, "embedding")
    if "pooling" in options_of(task):
        widget(task, "bidirectional")
        if session.SPEC(task, "bidirectional").get():
            units = session.SPEC(task, "units").get()
            st.caption(f"A set of cells for each direction, side by side: {units} units show as {2 * units}.")
        widget(task, "pooling")
    with st.expander("More about the network"):
        left, right = st.columns(2)
        with left:
            widget(task, "recurrent_dropout", disabled=each)
        with right:
            widget(task, "activation", disabled=each)
        if "pooling" not in options_of(task):
            widget(task, "bidirectional")
        _dense_controls(task)
        st.toggle(
            "Edit each layer", key=session.EDIT_EACH(task).name, persist_state="session", on_change=_begin_editing, args=(task,),
            help="A table with one row per layer, instead of the same settings for all layers.",
        )  # fmt: skip
    if each:
        return _layer_table(task)
    return _equal_layers(task)


def _equal_layers(task: str) -> list[dict]:
    one = {name: session.SPEC(task, name).get() for name in _LAYER_NAMES}
    return [one] * session.SPEC(task, "layers").get()


def _dense_controls(task: str) -> None:
    """One dense layer before the output, or none; several can only come with a link or a run, and are kept."""
    dense = session.DENSE_LAYERS(task).get()
    if len(dense) > 1:
        st.caption(
            f"Before the output come dense layers of {', '.join(str(layer['units']) for layer in dense)} units, as the link has them."
        )
        return
    table = {f.name: f.metadata["option"] for f in fields(DenseSpec)}
    units = table["units"]
    left, right = st.columns(2)
    with left:
        control(replace(units, low=0, default=0, help=f"{units.help} 0: no such layer."), session.DENSE(task, "units"))
    if session.DENSE(task, "units").get():
        with right:
            control(table["dropout"], session.DENSE(task, "dropout"))
        control(table["activation"], session.DENSE(task, "activation"))
    kept = {name: session.DENSE(task, name).get() for name in table}
    session.DENSE_LAYERS(task).set([kept] if kept["units"] else [])


def training_controls(task: str, more: tuple[tuple[str, ...], ...]) -> None:
    """`more` names the options that are seldom changed, two a row."""
    st.subheader("Training", anchor=False)
    pairs(task, ("epochs", "learning_rate"), ("batch_size", "optimizer"))
    with st.expander("More about training"):
        pairs(task, *(tuple(name for name in row if name in options_of(task)) for row in more))


def pairs(task: str, *rows: tuple[str, ...]) -> None:
    """Controls, two a row."""
    for names in rows:
        for name, column in zip(names, st.columns(2), strict=False):
            with column:
                widget(task, name)


def values(task: str) -> dict:
    """The controls' values by flat name, without those of a layer."""
    return {name: session.SPEC(task, name).get() for name in options_of(task) if name not in _LAYER_NAMES}


def widget(task: str, name: str, disabled: bool = False) -> None:
    """The control of an option of the spec."""
    control(options_of(task)[name], session.SPEC(task, name), disabled)


def control(option: Option, key: session.Key, disabled: bool = False) -> Any:
    """An option as the widget that suits it; returns its value."""
    common = {"label": option.label, "key": key.name, "help": option.help, "disabled": disabled, "persist_state": "session"}
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


def _start_table(task: str, layers: list[dict]) -> None:
    version = session.LAYER_VERSION(task)
    session.LAYER_ROWS(task).set(layers)
    session.LAYER_EDITED(task).set(None)
    version.set(version.get() + 1)  # a new table forgets the old edits


def _begin_editing(task: str) -> None:
    if session.EDIT_EACH(task).get():
        _start_table(task, _equal_layers(task))


def _layer_table(task: str) -> list[dict]:
    config = {}
    for name in _TABLE_NAMES:
        option = options_of(task)[name]
        if option.choices:
            config[name] = st.column_config.SelectboxColumn(
                option.label, options=list(option.choices), format_func=option.choices.get, required=True, default=option.default
            )
        else:
            config[name] = st.column_config.NumberColumn(
                option.label, min_value=option.low, max_value=option.high, step=option.step if option.kind is float else 1,
                required=True, default=option.default,
            )  # fmt: skip
    table = session.LAYER_TABLE(task, session.LAYER_VERSION(task).get())
    first, last = session.LAYER_ROWS(task), session.LAYER_EDITED(task)
    if not table.exists():  # drawn for the first time, or again after a visit to another page
        first.set(last.get() or first.get())
    st.caption(f"One row a layer, the lowest first: 1 to {MAX_LAYERS} rows.")
    edited = st.data_editor(
        pd.DataFrame(first.get(), columns=_TABLE_NAMES),
        column_config=config,
        num_rows="dynamic",
        key=table.name,
        alt="One row a recurrent layer",
    )
    rows = [{name: _plain(row[name]) for name in _TABLE_NAMES} for row in edited.to_dict("records")]
    last.set(rows)
    return [{**row, "bidirectional": session.SPEC(task, "bidirectional").get()} for row in rows]


def _plain(value):
    """What the table gives, as Python's own type; an empty field is None and left for the check to name."""
    return None if pd.isna(value) else value.item() if hasattr(value, "item") else value
