"""The data controls of the digits task: the source, the order of reading, and the check before training."""

from dataclasses import replace

import numpy as np
import streamlit as st

from pages.parts.shell import services
from pages.parts.shell.formatting import plain
from pages.parts.spec_form import source_picker
from pages.parts.spec_form.controls import option_rows
from rnn_core.estimate import Work
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.digits.dataset import DigitsDataset, model_io, sequences, timesteps_without_ink
from rnn_core.tasks.digits.task import work

_PREVIEWED = 10  # pictures
_MEASURED = 2000  # pictures, at most, whose ink is measured: neighbours in the file are often by the same writer
_FAR_BACK = 20  # timesteps over which a SimpleRNN seldom learns
_ZOOM = {28: 2, 8: 7}  # of the preview, by the side of a picture in pixels


def data_controls() -> None:
    """Draw the source."""
    source = source_picker.source_select("digits")
    if source and source.read:
        st.caption(plain(source.origin))


def data_options() -> None:
    """Draw the order in which a digit is read."""
    option_rows("digits", ("reading",), ("backwards", "shuffled"))


def data_check(spec: RunSpec) -> Work | None:
    """Draw facts about the digits; returns what an epoch reads, or None before their download. Raises `UserError`."""
    source = digits.sources(services.settings()).get(spec.data.source)
    if source and source.read is None:
        return None  # source_select offers the download
    data = digits.load(spec.data.source, services.settings())
    dataset = DigitsDataset(spec, data)
    io = model_io(spec.data, data.format.side)
    st.caption(
        f"**{len(dataset.train):,}** pictures to train on, **{len(dataset.held_out):,}** to validate, **{len(data.test_labels):,}** for the "
        f"test at the end. Each is **{io.timesteps}** timesteps of **{io.input.features}** number{'s' if io.input.features > 1 else ''}."
    )
    st.image(
        _preview(data, spec),
        caption=_reading_order(spec),
        width="stretch",
        alt="Ten digits in the order that the network reads them",
    )
    if text := question(spec, data):
        st.caption(f":material/help: {text}")
    return work(dataset)


def question(spec: RunSpec, data: digits.Digits) -> str | None:
    """What is worth trying with this order of reading."""
    if spec.data.shuffled and spec.data.reading == "pixels":
        return (
            "Shuffled, pixels that touch are read far apart in time. But ink then comes until the end, so errors have a shorter way back: "
            "which of the two matters more?"
        )
    if spec.data.shuffled:
        return (
            f"Nobody can read shuffled digits. A network never knows which {spec.data.reading} are neighbours: how much accuracy does "
            "shuffling cost?"
        )
    if spec.data.reading == "pixels" and spec.model.layers[0].cell == "rnn":
        empty = float(np.median(timesteps_without_ink(data.train[:: -(-len(data.train) // _MEASURED)], spec.data)))
        if empty >= _FAR_BACK:
            return (
                f"Half of the digits end with {empty:.0f} or more pixels without ink, and errors fade on their way back: a SimpleRNN seldom "
                "learns that. Compare a GRU."
            )
    if spec.data.backwards:
        return "Read backwards, a digit ends with its top. For which digits does that help?"
    return None


def _reading_order(spec: RunSpec) -> str:
    unit = spec.data.reading[:-1]
    start = {"rows": "from the top", "columns": "from the left", "pixels": "from the top left"}[spec.data.reading]
    if spec.data.shuffled:
        start = "in a shuffled order"
    elif spec.data.backwards:
        start = {"rows": "from the bottom", "columns": "from the right", "pixels": "from the bottom right"}[spec.data.reading]
    return f"Read {unit} by {unit}, {start}."


def _preview(data: digits.Digits, spec: RunSpec) -> np.ndarray:
    """Ten pictures side by side, rebuilt from the inputs of the network; never backwards, which would turn them over."""
    side = data.format.side
    pictures = sequences(data.train[:_PREVIEWED], replace(spec.data, backwards=False), data.format.brightest).reshape(
        -1, side, side
    )
    if spec.data.reading == "columns":
        pictures = pictures.transpose(0, 2, 1)
    framed = np.pad(1 - pictures, ((0, 0), (1, 1), (1, 1)), constant_values=1.0)
    return zoomed(np.concatenate(framed, axis=1), _ZOOM[side])


def zoomed(image: np.ndarray, zoom: int) -> np.ndarray:
    """An image (height, width[, 3]) from 0 (ink) to 1 (paper) as uint8, each pixel repeated `zoom` × `zoom` times."""
    return (255 * image.clip(0, 1)).astype(np.uint8).repeat(zoom, 0).repeat(zoom, 1)
