"""The data controls of the text task: choose or upload a text, and the check before training."""

from dataclasses import dataclass

import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.formatting import plain, visible
from pages.parts.spec_form import source_picker
from pages.parts.spec_form.controls import widget
from rnn_core.data import uploads
from rnn_core.data.decode import ENCODINGS
from rnn_core.errors import UserError
from rnn_core.estimate import Work
from rnn_core.run_spec import RunSpec
from rnn_core.spec.summary import parameters
from rnn_core.tasks.text import corpora
from rnn_core.tasks.text import dataset as text
from rnn_core.tasks.text.task import work

_PREVIEW = 1500  # characters
_RAREST = 5


@dataclass(frozen=True)
class Inspection:
    """Facts about a text that the page shows, without the text itself."""

    counts: text.Counts
    preview: str
    encoding: str
    detected: bool
    damaged: int  # places that cannot be decoded


@st.cache_data(max_entries=16, ttl="10m", show_spinner="Reading the text …")
def inspect(source: str, encoding: str) -> Inspection:
    """Read a text and count its characters. Raises `UserError` where it cannot be read."""
    decoded = corpora.load(source, encoding, services.settings())
    return Inspection(text.count(decoded.text), decoded.text[:_PREVIEW], decoded.encoding, decoded.detected, decoded.damaged)


def data_controls() -> None:
    """Draw the controls "Data" and "Upload a text file"."""
    source_picker.source_select("text", on_change=_on_source_change)
    st.file_uploader(
        "Upload a text file", key=session.UPLOADED_TEXTS.name, on_change=_on_upload, max_upload_size=services.settings().upload_mb, accept_multiple_files=True,
        help="Any language, any ending: .txt, .md, .py, ... Several files become one text. Files stay on this computer.",
    )  # fmt: skip
    if error := session.UPLOAD_ERROR.get():
        st.error(error, icon=":material/block:")


def _on_source_change() -> None:
    session.SPEC("text", "encoding").set("auto")
    session.UPLOAD_ERROR.set(None)


def _on_upload() -> None:
    files = session.UPLOADED_TEXTS.get()
    session.UPLOAD_ERROR.set(None)
    if not files:
        return
    try:
        uploads.check_size(sum(file.size for file in files), services.settings())
        name, encoding, label = corpora.import_files([(file.name, file.getvalue()) for file in files], services.settings())
        inspect(name, encoding)
        source_picker.add_upload("text", name, label)
    except UserError as error:
        session.UPLOAD_ERROR.set(plain(str(error)))
        return
    session.SPEC("text", "encoding").set(encoding)


def data_check(spec: RunSpec) -> Work | None:
    """Draw facts about the text; returns what an epoch reads, or None before its download. Raises `UserError`."""
    source = corpora.sources(services.settings()).get(spec.data.source)
    if source and source.read is None:
        return None  # source_select offers the download
    try:
        inspection = inspect(spec.data.source, spec.data.encoding)
        text.check_counts(inspection.counts, spec.data)
    except UserError:
        if spec.data.encoding != "auto":
            widget("text", "encoding")
        raise
    counts = inspection.counts
    split = text.split(counts.length, spec.data, spec.training.batch_size)
    words = f", **{counts.words:,}** words" if counts.words * 20 > counts.length else ""  # some scripts put no spaces between words
    st.caption(
        f"**{counts.length:,}** characters{words}. **{split.train:,}** characters to train on, the last "
        f"**{split.validation:,}** to validate. **{len(counts.characters):,}** distinct characters, the rarest: "
        + ", ".join(plain(visible(c)) for c in counts.characters[: -_RAREST - 1 : -1])
    )
    reads = work(spec, counts)
    if inspection.damaged:
        st.warning(f"{inspection.damaged:,} damaged places in the file are read as \ufffd.", icon=":material/broken_image:")
    for sentence in _advice(spec, counts, split, parameters(spec.model, reads.model_io)):
        st.caption(f":material/lightbulb: {sentence}")
    with st.expander("Look at the text"):
        widget("text", "encoding")
        how = "detected" if inspection.detected else "as you chose"
        st.caption(
            f"Read as {ENCODINGS.get(inspection.encoding, inspection.encoding.upper())} ({how}). If letters look wrong, choose another encoding."
        )
        st.code(inspection.preview, language=None, wrap_lines=True, height=220)
    return reads


def _advice(spec: RunSpec, counts: text.Counts, split: text.Split, parameter_count: int) -> list[str]:
    sentences = []
    if parameter_count > 4 * counts.length:
        sentences.append(
            f"The network has {parameter_count / counts.length:,.0f} times as many parameters as the text has characters: it can "
            "memorise the text. Validation loss will probably rise early: use fewer units, some dropout, or more text."
        )
    elif parameter_count > counts.length:
        sentences.append(
            "The network has more parameters than the text has characters, so it may memorise parts of the text. The best weights "
            "are kept; Stop early ends the run when validation loss no longer falls."
        )
    elif parameter_count * 20 > counts.length:
        sentences.append(
            "Fewer parameters than characters: the network must generalise for most of the text, and may still memorise parts of it. "
            "Compare the training loss and the validation loss."
        )
    else:
        sentences.append("The network is small for this much text: more units or a second layer would probably learn more.")
    if split.streams < spec.training.batch_size:
        sentences.append(
            f"The text is short, so only {split.streams} piece{'s' if split.streams > 1 else ''} of it can be read side by side, and not "
            f"{spec.training.batch_size} as Batch size says."
        )
    share = counts.unknown_share(spec.data.vocabulary)
    if share:
        cut = len(counts.characters) - spec.data.vocabulary + 1
        sentences.append(
            f"{cut:,} rare characters ({share:.2%} of the text) become one `unknown` character, because Vocabulary is "
            f"{spec.data.vocabulary:,}. It is never written."
        )
    return sentences
