"""Helpers of page tests: texts, buttons and labels of a page, and waiting for a run."""

import time

from streamlit.testing.v1 import AppTest

from pages.parts.shell import services, session
from pages.parts.spec_form.layers import apply
from rnn_core.runs.store.rows import Run


def texts(at: AppTest) -> str:
    kinds = (at.caption, at.info, at.warning, at.error, at.markdown, at.code, at.metric)
    html = (element.proto.body for element in at.get("html"))
    return "\n".join(
        [*(str(element.value) for kind in kinds for element in kind), *(body for body in html if "<style>" not in body)]
    )


def given_to_components(at: AppTest) -> str:
    """What the page's components were given, as JSON."""
    return "\n".join(element.proto.json for element in at.get("bidi_component"))


def button(at: AppTest, label: str):
    return next(b for b in at.button if b.label == label)


def links(at: AppTest) -> dict[str, str]:
    """The address of each link by its label, without the labels' escapes: with a page, and with a run on it."""
    return {link.value.replace("\\", ""): f"{link.proto.page}?{link.proto.query_string}" for link in at.page_link}


def spec_key(task: str, option: str) -> str:
    """The key of an option's control."""
    return session.SPEC(task, option).name


def chosen(at: AppTest, label: str):
    """The segmented control or the pills with this label."""
    return next(choice for kind in ("segmented_control", "pills") for choice in at.get(kind) if choice.label == label)


def edit_network(at: AppTest, task: str, **edit) -> AppTest:
    """What the cards send when a person selects, adds, removes or moves a layer."""
    layers = session.LAYERS(task).name
    at.session_state[layers] = apply(at.session_state[layers], edit)
    at.session_state[session.SHOW_LAYER(task).name] = True
    return at.run()


def labels(at: AppTest) -> set[str]:
    kinds = (
        at.selectbox,
        at.number_input,
        at.slider,
        at.toggle,
        at.text_area,
        at.get("file_uploader"),
        at.get("segmented_control"),
        at.button,
    )
    return {widget.label for kind in kinds for widget in kind}


def ended(run: str, seconds: float = 60.0) -> Run:
    """The run once it has ended."""
    deadline = time.monotonic() + seconds
    while services.store().runs.get(run).active:
        assert time.monotonic() < deadline, services.store().runs.get(run)
        time.sleep(0.05)
    return services.store().runs.get(run)
