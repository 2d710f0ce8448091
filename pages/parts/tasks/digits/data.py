"""Choosing digits and how they are read, and the check before training."""

from dataclasses import replace

import numpy as np
import streamlit as st

from pages.parts.shell import services
from pages.parts.shell.formatting import plain
from pages.parts.spec_form import source_picker
from pages.parts.spec_form.controls import widget
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.digits.dataset import DigitsDataset, model_io, pixels_read, sequences
from rnn_core.tasks.digits.task import work

_SHOWN = 10  # pictures
_ZOOM = {28: 2, 8: 7}
_ENLARGED = 224  # pixels
_UNSEEN = 0.35  # gray of what has not been read yet


def choose() -> None:
    source = source_picker.choice("digits")
    if source and source.read:
        st.caption(plain(source.origin))
    widget("digits", "reading")
    left, right = st.columns(2)
    with left:
        widget("digits", "backwards")
    with right:
        widget("digits", "shuffled")


def check(spec: RunSpec) -> bool:
    """Show what is read and what training will cost; returns whether it can be trained on."""
    source = digits.sources(services.settings()).get(spec.data.source)
    if source and source.read is None:
        return False  # the offer to download it is shown
    try:
        found = digits.load(spec.data.source, services.settings())
    except UserError as error:
        source_picker.show_errors(error)
        return False
    task = DigitsDataset(spec, found)
    read = model_io(spec.data, found.format.side)
    st.caption(
        f"**{len(task.train):,}** pictures to train on, **{len(task.held_out):,}** to validate, **{len(found.test_labels):,}** for the "
        f"test at the end. Each is **{read.timesteps}** timesteps of **{read.input.features}** number{'s' if read.input.features > 1 else ''}."
    )
    st.image(_strip(found, spec), caption=_how(spec), width="stretch", alt="Ten digits in the order that the network reads them")
    _, fits = source_picker.price(spec, work(task))
    source_picker.few_steps(spec, task.steps)
    if spec.data.shuffled:
        st.caption(
            ":material/help: Shuffled, no human could read them. The network never knew which row is next to which: should it mind?"
        )
    elif spec.data.backwards:
        st.caption(":material/help: Read backwards, the last thing seen is the top of the digit. Which digits should that help?")
    elif spec.data.reading == "pixels" and spec.model.layers[0].cell == "rnn":
        st.caption(
            f":material/help: {read.timesteps} timesteps are very long for a SimpleRNN: what it saw first is gone before the end. Compare a GRU."
        )
    return fits


def _how(spec: RunSpec) -> str:
    unit = spec.data.reading[:-1]
    start = {"rows": "from the top", "columns": "from the left", "pixels": "from the top left"}[spec.data.reading]
    if spec.data.shuffled:
        start = "in a shuffled order"
    elif spec.data.backwards:
        start = {"rows": "from the bottom", "columns": "from the right", "pixels": "from the bottom right"}[spec.data.reading]
    return f"Read {unit} by {unit}, {start}."


def _strip(found: digits.Digits, spec: RunSpec) -> np.ndarray:
    """Ten pictures side by side, each laid out again from what the network reads; not backwards, which would turn them over."""
    side = found.format.side
    pictures = sequences(found.train[:_SHOWN], replace(spec.data, backwards=False), found.format.brightest).reshape(-1, side, side)
    if spec.data.reading == "columns":
        pictures = pictures.transpose(0, 2, 1)
    framed = np.pad(1 - pictures, ((0, 0), (1, 1), (1, 1)), constant_values=1.0)
    return zoomed(np.concatenate(framed, axis=1), _ZOOM[side])


def enlarged(picture: np.ndarray, spec: RunSpec, brightest: int, timesteps: int) -> np.ndarray:
    """A digit as ink on paper, (224, 224, 3) uint8; what has not been read after `timesteps` is tinted."""
    paper = 1 - picture[..., None] / brightest
    mask = pixels_read(spec.data, len(picture), timesteps)[..., None]
    return zoomed(np.where(mask, paper, (_UNSEEN + 0.35 * paper) * (0.75, 1.0, 0.97)), _ENLARGED // len(picture))


def zoomed(image: np.ndarray, zoom: int) -> np.ndarray:
    """An image from 0 (ink) to 1 (paper), gray or in colours, as uint8; each of its pixels becomes `zoom` × `zoom`."""
    return (255 * image.clip(0, 1)).astype(np.uint8).repeat(zoom, 0).repeat(zoom, 1)
