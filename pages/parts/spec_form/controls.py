"""The controls of a spec. Labels, limits and help come from the table of options in `rnn_core.run_spec`.

The value of a control is in session state, `session.SPEC(task, option)`. Every change is written to `?spec=...`: a refresh, a
bookmark and the browser's back button restore the controls.
"""

from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any

import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.spec_form.layers import Layers
from rnn_core.errors import UserError
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs.store.store import Store
from rnn_core.spec.model import LayerSpec
from rnn_core.spec.option import Option
from rnn_core.spec.summary import DENSE, RECURRENT
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_names, task_of

LAYER_NAMES = tuple(f.name for f in fields(LayerSpec))
_MAX_STOPS = 100  # of a slider; an option with more gets a number field


def load_from_url(task: str, store: Store) -> list[str]:
    """Set the controls from `?spec=`, else from the run of `?run=`, else from this session's last visit, else from the first preset.

    Does nothing while neither the URL nor the page changes. Returns why a link could not be used.
    """
    link, last_link = st.query_params.get("spec"), session.LINK(task)
    if any(link == session.LINK(other).get() for other in task_names() if other != task):
        link = None  # the browser still shows the link of another page
    is_new_visit = session.FORM_TASK.get() != task
    if not is_new_visit and (link is None or last_link.get() == link):
        return []
    run, warnings = st.query_params.get("run"), []
    last_run = session.LAST_RUN(task).get() if last_link.exists() else None
    try:
        if link:
            spec = RunSpec.from_short(link)
            if spec.task != task:
                raise UserError("This link is for another page.")
        elif run and run != last_run and store.runs.has(run) and store.runs.get(run).task == task:
            spec = store.runs.spec(run)
        else:
            spec = RunSpec.from_short(last_link.get()) if last_link.get() else default(task)
    except UserError as error:
        warnings = [f"{error} The controls show the first preset instead."]
        spec = default(task)
    set_controls(spec)
    last_link.set(link)
    return warnings


def default(task: str) -> RunSpec:
    """The spec that a page begins with: the first preset."""
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
    for name, value in spec.flat().items():
        session.SPEC(task, name).set(value)
    session.LAYERS(task).set(
        Layers({RECURRENT: tuple(map(asdict, spec.model.layers)), DENSE: tuple(map(asdict, spec.model.dense))})
    )
    session.SHOW_LAYER(task).set(True)


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


def reset_button(task: str, spec: RunSpec | None) -> None:
    """Draw a button that sets every option, also the data and the layers, to what the page begins with."""
    button(
        "Reset all", icon=":material/restart_alt:", type="tertiary", disabled=spec == default(task), on_click=_reset, args=(task,),
        help="Every option back to the first preset, with its data and layers.",
    )  # fmt: skip


def _reset(task: str) -> None:
    session.OWN_SOURCE(task).set(None)
    set_controls(default(task))


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


def option_rows(task: str, *rows: tuple[str, ...]) -> None:
    """Draw the controls of the named options that the task has, each row side by side."""
    options, usual = options_of(task), default(task).flat()
    for names in rows:
        names = [name for name in names if name in options]
        for name, column in zip(names, st.columns(max(1, len(names))), strict=False):
            with column:
                control(options[name], session.SPEC(task, name), usual[name])


def values(task: str) -> dict:
    """The values of all options but those of a layer, by flat name."""
    return {name: session.SPEC(task, name).get() for name in options_of(task) if name not in LAYER_NAMES}


def widget(task: str, name: str) -> None:
    """Draw the control of an option of the spec, with an arrow back to the value of the first preset."""
    control(options_of(task)[name], session.SPEC(task, name), default(task).flat()[name])


def control(option: Option, key: session.Key, usual: Any = None) -> None:
    """Draw the widget that fits an option; where its value is not the usual one, an arrow back to it."""
    with st.container(key=f"option-{key.name}", gap=None):
        _control(option, key)
        if usual is not None and key.get() != usual:
            st.button(
                "Back to the default", key=session.BACK(key.name).name, icon=":material/undo:", type="tertiary", on_click=key.set, args=(usual,),
                help=f"Back to {option.choices[usual] if option.choices else usual if option.kind is not bool else 'on' if usual else 'off'}",
            )  # fmt: skip


def _control(option: Option, key: session.Key) -> None:
    help = f"{option.help}\n\n**From an older course?** {option.older}" if option.older else option.help
    common = {"label": option.label, "key": key.name, "help": help, "persist_state": "session"}
    if option.kind is bool:
        st.toggle(**common)
    elif option.choices:
        common |= {"options": list(option.choices), "format_func": option.choices.get}
        if len(option.choices) <= 3:
            st.segmented_control(required=True, width="stretch", **common)
        else:
            st.selectbox(**common)
    # Streamlit draws `value` until the browser has the state; without `value`, it would draw the minimum.
    elif option.kind is float and option.step and option.high - option.low <= _MAX_STOPS * option.step:
        st.slider(min_value=option.low, max_value=option.high, value=option.default, step=option.step, **common)
    elif option.kind is int:
        st.number_input(
            min_value=int(option.low), max_value=int(option.high), value=option.default, step=int(option.step), **common
        )
    else:
        step, format = (option.step, "%.2f") if option.step else (0.001, "%.6g")
        st.number_input(min_value=option.low, max_value=option.high, value=option.default, step=step, format=format, **common)
