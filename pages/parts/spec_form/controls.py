"""The controls of a spec. Labels, limits and help come from the table of options in `rnn_core.run_spec`.

The value of a control is in session state, `session.SPEC(task, option)`. Every change is written to `?spec=...`: a refresh, a
bookmark and the browser's back button restore the controls.
"""

from dataclasses import asdict, fields, replace
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.formatting import plain
from rnn_core.errors import UserError
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs.store.store import Store
from rnn_core.spec.model import MAX_LAYERS, DenseSpec, LayerSpec
from rnn_core.spec.option import Option
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_names, task_of

_LAYER_NAMES = tuple(f.name for f in fields(LayerSpec))
_TABLE_NAMES = tuple(name for name in _LAYER_NAMES if name != "bidirectional")  # one switch for all layers
_MAX_STOPS = 100  # of a slider; an option with more gets a number field


def load_from_url(task: str, store: Store) -> None:
    """Set the controls from `?spec=`, else from the run of `?run=`, else from this session's last visit, else from the first preset.

    Does nothing while neither the URL nor the page changes.
    """
    link, last_link = st.query_params.get("spec"), session.LINK(task)
    if any(link == session.LINK(other).get() for other in task_names() if other != task):
        link = None  # the browser still shows the link of another page
    is_new_visit = session.FORM_TASK.get() != task
    if not is_new_visit and (link is None or last_link.get() == link):
        return
    run = st.query_params.get("run")
    last_run = session.LAST_RUN(task).get() if last_link.exists() else None
    try:
        if link:
            spec = RunSpec.from_short(link)
            if spec.task != task:
                raise UserError("This link is for another page.")
        elif run and run != last_run and store.runs.has(run) and store.runs.get(run).task == task:
            spec = store.runs.spec(run)
        else:
            spec = RunSpec.from_short(last_link.get()) if last_link.get() else _default(task)
    except UserError as error:
        st.warning(plain(f"{error} The controls show the first preset instead."))
        spec = _default(task)
    set_controls(spec)
    last_link.set(link)


def _default(task: str) -> RunSpec:
    return _preset(task, None, sources.default(task, services.settings()))


def _preset(task: str, name: str | None, source: str, **options) -> RunSpec:
    """The spec of a preset on a source, fitted to the number of its examples; None is the first preset."""
    return _spec_of(task, name, _available(task, source), source=source, **options)


_spec_of = lru_cache(maxsize=256)(spec_of)  # every rerun of a page compares its spec with all presets


@st.cache_data(max_entries=100, ttl="10m", show_spinner=False)
def _available(task: str, source: str) -> int:
    """The number of examples of a source; cached, because counting those of a large upload takes a second."""
    return task_of(task).examples(source, services.settings())


def set_controls(spec: RunSpec) -> None:
    """Set every control to its value in `spec`."""
    session.FORM_TASK.set(task := spec.task)
    for name, value in {**spec.flat(), "layers": len(spec.model.layers)}.items():
        session.SPEC(task, name).set(value)
    dense = [asdict(layer) for layer in spec.model.dense]
    session.DENSE_LAYERS(task).set(dense)
    for name, value in {**asdict(DenseSpec()), "units": 0, **(dense[0] if dense else {})}.items():
        session.DENSE(task, name).set(value)
    layers = [{name: getattr(layer, name) for name in _LAYER_NAMES} for layer in spec.model.layers]
    session.EDIT_EACH(task).set(any(layer != layers[0] for layer in layers))
    _reset_layer_table(task, layers)


def write_to_url(spec: RunSpec) -> None:
    """Write the spec of the controls to the URL."""
    link = spec.to_short()
    if link != st.query_params.get("spec"):
        st.query_params["spec"] = link
    session.LINK(spec.task).set(link)


def preset_buttons(task: str, spec: RunSpec | None) -> None:
    """Draw buttons that set all options at once; the preset that equals `spec` is marked."""

    def apply_preset():
        if name := preset.get():
            set_controls(_preset(task, name, **_current_data(task)))

    data, preset = _current_data(task), session.PRESET(task)
    preset.set(next((name for name in task_of(task).presets if spec == _preset(task, name, **data)), None))
    st.pills(
        "Preset",
        list(task_of(task).presets),
        format_func=lambda name: task_of(task).presets[name].label,
        key=preset.name,
        on_change=apply_preset,
        help="\n".join(f"- **{p.label}**: {p.help}" for p in task_of(task).presets.values()),
    )


def refit_preset(task: str) -> None:
    """After a change of the source: if the options equal a preset, set them to the same preset for the new source."""
    name = session.PRESET(task).get()
    if name and "source" not in task_of(task).presets[name].options:
        set_controls(_preset(task, name, session.SPEC(task, "source").get()))


def _current_data(task: str) -> dict[str, str]:
    """The data options that a preset does not change: the source that was chosen last, not counting presets, and what names
    something in it."""
    preset_sources = {preset.options.get("source") for preset in task_of(task).presets.values()}
    last, name = session.OWN_SOURCE(task), session.SPEC(task, "source").get()
    if name not in preset_sources:
        last.set(name)
    of_source = {name: session.SPEC(task, name).get() for name, option in options_of(task).items() if option.of_source}
    return {"source": last.get() or sources.default(task, services.settings()), **of_source}


def network_controls(task: str) -> list[dict]:
    """Draw the options of the network. Returns one mapping per recurrent layer."""
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
            help="Recurrent layers on top of each other: each reads the hidden states of the one below. More layers can learn more, and take longer.",
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
            st.caption(f"One layer per direction: {units} units give {2 * units} outputs.")
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
            "Edit each layer", key=session.EDIT_EACH(task).name, persist_state="session", on_change=_start_editing, args=(task,),
            help="A table with one row per layer, instead of the same settings for all layers.",
        )  # fmt: skip
    if each:
        return _layer_table(task)
    return _equal_layers(task)


def _equal_layers(task: str) -> list[dict]:
    layer = {name: session.SPEC(task, name).get() for name in _LAYER_NAMES}
    return [layer] * session.SPEC(task, "layers").get()


def _dense_controls(task: str) -> None:
    """Draw the options of one dense layer before the output. Several come with a link or a run only, and cannot be edited here."""
    dense = session.DENSE_LAYERS(task).get()
    if len(dense) > 1:
        st.caption(
            f"Before the output: dense layers of {', '.join(str(layer['units']) for layer in dense)} units, from the link or run."
        )
        return
    options = {f.name: f.metadata["option"] for f in fields(DenseSpec)}
    units = options["units"]
    left, right = st.columns(2)
    with left:
        control(replace(units, low=0, default=0, help=f"{units.help} 0: no dense layer."), session.DENSE(task, "units"))
    if session.DENSE(task, "units").get():
        with right:
            control(options["dropout"], session.DENSE(task, "dropout"))
        control(options["activation"], session.DENSE(task, "activation"))
    layer = {name: session.DENSE(task, name).get() for name in options}
    session.DENSE_LAYERS(task).set([layer] if layer["units"] else [])


def training_controls(task: str, advanced: tuple[tuple[str, ...], ...]) -> None:
    """Draw the options of training; `advanced` names those that are seldom changed, two per row."""
    st.subheader("Training options", anchor=False)
    option_rows(task, ("epochs", "learning_rate"), ("batch_size", "optimizer"))
    with st.expander("More about training"):
        option_rows(task, *(tuple(name for name in row if name in options_of(task)) for row in advanced))


def option_rows(task: str, *rows: tuple[str, ...]) -> None:
    """Draw the controls of the named options, two per row."""
    for names in rows:
        for name, column in zip(names, st.columns(2), strict=False):
            with column:
                widget(task, name)


def values(task: str) -> dict:
    """The values of all options but those of a layer, by flat name."""
    return {name: session.SPEC(task, name).get() for name in options_of(task) if name not in _LAYER_NAMES}


def widget(task: str, name: str, disabled: bool = False) -> None:
    """Draw the control of an option of the spec."""
    control(options_of(task)[name], session.SPEC(task, name), disabled)


def control(option: Option, key: session.Key, disabled: bool = False) -> Any:
    """Draw the widget that fits an option; returns its value."""
    common = {"label": option.label, "key": key.name, "help": option.help, "disabled": disabled, "persist_state": "session"}
    if option.kind is bool:
        return st.toggle(**common)
    if option.choices:
        common |= {"options": list(option.choices), "format_func": option.choices.get}
        few = len(option.choices) <= 3
        return st.segmented_control(required=True, width="stretch", **common) if few else st.selectbox(**common)
    # Streamlit draws `value` until the browser has the state; without `value`, it would draw the minimum.
    if option.kind is float and option.step and option.high - option.low <= _MAX_STOPS * option.step:
        return st.slider(min_value=option.low, max_value=option.high, value=option.default, step=option.step, **common)
    if option.kind is int:
        return st.number_input(
            min_value=int(option.low), max_value=int(option.high), value=option.default, step=int(option.step), **common
        )
    step, format = (option.step, "%.2f") if option.step else (0.001, "%.6g")
    return st.number_input(min_value=option.low, max_value=option.high, value=option.default, step=step, format=format, **common)


def _reset_layer_table(task: str, layers: list[dict]) -> None:
    version = session.LAYER_VERSION(task)
    session.LAYER_ROWS(task).set(layers)
    session.LAYER_EDITED(task).set(None)
    version.set(version.get() + 1)  # a new key forgets the edits of the old table


def _start_editing(task: str) -> None:
    if session.EDIT_EACH(task).get():
        _reset_layer_table(task, _equal_layers(task))


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
    first_rows, edited_rows = session.LAYER_ROWS(task), session.LAYER_EDITED(task)
    if not table.exists():  # drawn for the first time, or again after a visit to another page
        first_rows.set(edited_rows.get() or first_rows.get())
    st.caption(f"One row per layer, from input to output: 1 to {MAX_LAYERS} rows.")
    edited = st.data_editor(
        pd.DataFrame(first_rows.get(), columns=_TABLE_NAMES),
        column_config=config,
        num_rows="dynamic",
        key=table.name,
        alt="One row per recurrent layer",
    )
    rows = [{name: _python_value(row[name]) for name in _TABLE_NAMES} for row in edited.to_dict("records")]
    edited_rows.set(rows)
    return [{**row, "bidirectional": session.SPEC(task, "bidirectional").get()} for row in rows]


def _python_value(value):
    """A cell of the table as a Python value; an empty cell is None, which the check of the spec refuses."""
    return None if pd.isna(value) else value.item() if hasattr(value, "item") else value
