"""Settings that the teacher sends to the class: one for everybody, or two, for half of the class each."""

from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import streamlit as st

from pages.parts.run.run_list import choice_label
from pages.parts.shell import services, session
from pages.parts.shell.errors import show_errors
from pages.parts.shell.formatting import plain
from pages.parts.shell.fragments import fragment
from pages.parts.tasks.view import view_of
from rnn_core.errors import UserError
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.sent import HALVES, Sent
from rnn_core.tasks import sources
from rnn_core.tasks.task import all_tasks, task_names, task_of

_LINK = "link"
_TICK = 4.0  # seconds
_MAX_RUNS = 20  # of the teacher, to choose from


def send_form() -> None:
    """Draw the choice of A and B, Send, and what was sent last."""
    choices = _choices()
    for half, name in enumerate(HALVES):
        choice, link = session.SEND_CHOICE(half), session.SEND_LINK(half)
        usual = None if half else next(iter(choices))
        if not choice.exists():  # the page was loaded again
            choice.set(_preset_sent(half) or usual)
        elif choice.get() not in choices:
            choice.set(usual)
        st.selectbox(
            f"Settings {name}", list(choices), key=choice.name, format_func=choices.get, persist_state="session",
            index=None if half else 0, placeholder="None: everybody gets A",
            help="For the other half of the class. Choose settings that differ from A in one thing." if half else "A preset, one of your runs, or a link to settings.",
        )  # fmt: skip
        with st.container(key=f"send_link_{half}"):  # keeps its place
            if choice.get() == _LINK:
                st.text_input(
                    f"Link to settings {name}", key=link.name, label_visibility="collapsed", persist_state="session",
                    placeholder="Paste the address of a page with its settings",
                )  # fmt: skip
    st.button("Send to the class", type="primary", icon=":material/send:", on_click=_send)
    fragment(_last_sent, every=_TICK)()


def _last_sent() -> None:
    """Draw what was sent last; it ticks, as students come one after the other."""
    sent = services.store().sent.newest()
    if errors := session.SEND_ERRORS.get():
        show_errors(UserError(*errors))
    elif sent is not None:
        _sent(sent)
    else:
        st.caption(
            "Each student sees a button with these settings, each with another seed. Nothing changes until the student presses that "
            "button, then Train."
        )


def _sent(sent: Sent) -> None:
    """Draw what was sent last, and the button that withdraws it."""
    when = f"{datetime.fromtimestamp(sent.withdrawn or sent.time):%H:%M}"
    st.caption(f"{'Withdrawn' if sent.withdrawn else 'Sent'} at {when}.")
    halves = services.store().sent.halves(sent)
    for half, spec in enumerate(sent.specs):
        students = sum(each == half for each in halves.values())
        whom = f" · {students} student{'' if students == 1 else 's'}" if len(sent.specs) > 1 else ""
        st.markdown(f"**{HALVES[half]}** {plain(describe(spec))}{whom}")
    if not sent.withdrawn:
        st.button(
            "Withdraw",
            icon=":material/undo:",
            on_click=_withdraw,
            help="Students no longer see these settings. Their runs continue.",
        )


def describe(spec: RunSpec) -> str:
    """Settings in a few words."""
    source = sources.label(spec.task, spec.data.source, services.settings(), {})
    epochs = spec.training.epochs
    return f"{view_of(spec.task).page.title}: {spec.title}, {epochs} epoch{'' if epochs == 1 else 's'} of {source}"


def _choices() -> dict[str, str]:
    """What can be sent: labels by key."""
    presets = {
        f"preset.{task.name}.{name}": f"{view_of(task.name).page.title}: {preset.label}"
        for task in all_tasks()
        for name, preset in task.presets.items()
    }
    runs = services.store().runs.newest(limit=_MAX_RUNS, owner=services.owner(), examples=False)
    own = {f"run.{run.id}": f"My run: {choice_label(run)}" for run in runs if run.task in task_names()}
    return {**presets, **own, _LINK: "A link to settings"}


def _preset_sent(half: int) -> str | None:
    """The choice whose settings half of the class has now; None where it is no preset."""
    sent = services.store().sent.newest()
    if sent is None or sent.withdrawn or half >= len(sent.specs):
        return None
    keys = [f"preset.{sent.task}.{name}" for name in task_of(sent.task).presets]
    return next((key for key in keys if _spec(key, "").setting == sent.specs[half].setting), None)


def _spec(choice: str | None, link: str) -> RunSpec:
    """The chosen settings. Raises `UserError`."""
    kind, _, name = (choice or "").partition(".")
    if kind == "preset":
        task, _, preset = name.partition(".")
        source = sources.default(task, services.settings())
        return spec_of(task, preset, task_of(task).examples(source, services.settings()), source=source)
    return services.store().runs.spec(name) if kind == "run" else spec_of_link(link)


def spec_of_link(link: str) -> RunSpec:
    """The settings in an address of a page. Raises `UserError`."""
    query = parse_qs(urlsplit(link.strip()).query)
    if short := query.get("spec"):
        return RunSpec.from_short(short[0])
    if run := query.get("run"):
        return services.store().runs.spec(run[0])
    raise UserError("This link holds no settings. Set the controls of a page, then copy the address of that page.")


def _send() -> None:
    if not services.is_teacher():  # the key has changed, or another tab has switched user
        return
    session.SEND_ERRORS.set(())
    try:
        specs = [
            _spec(session.SEND_CHOICE(half).get(), session.SEND_LINK(half).get())
            for half in range(len(HALVES))
            if half == 0 or session.SEND_CHOICE(half).get()
        ]
        if errors := [error for spec in specs for error in spec.limit_errors(services.settings())]:
            raise UserError(*errors)
        services.store().sent.send(*specs)
    except UserError as error:
        session.SEND_ERRORS.set(error.sentences)


def _withdraw() -> None:
    if services.is_teacher():
        services.store().sent.withdraw()
