"""The data controls of the reviews task: a source or a person's own sentences, and the check before training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.formatting import percent, plain
from pages.parts.spec_form import source_picker
from pages.parts.spec_form.controls import option_rows
from rnn_core.data import labelled, tables, uploads
from rnn_core.data.decode import ENCODINGS
from rnn_core.errors import UserError
from rnn_core.estimate import Work
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.reviews import sources
from rnn_core.tasks.reviews.dataset import ReviewsDataset, unknown_share
from rnn_core.tasks.reviews.task import work

_MAX_TYPED = 200  # sentences in the table to type in
_MAX_TYPED_BYTES = 1_000_000  # of an upload that may fit into that table


def data_controls() -> None:
    """Draw the source and the ways to bring sentences."""
    source = source_picker.source_select("reviews", on_change=session.OWN_ERRORS.pop)
    with st.container():  # an empty container keeps its place: what is open below stays open
        if source and source.read:
            st.caption(plain(source.origin))
    with st.expander("Bring your own sentences", icon=":material/edit_note:"):
        typed, csv = st.tabs(["Type them", "CSV file"])
        with typed:
            _typed_table()
        with csv:
            _csv_upload()
    for sentence in session.OWN_ERRORS.get():
        st.error(plain(sentence), icon=":material/block:")
    for sentence in session.OWN_NOTES.get() if uploads.is_upload(session.SPEC("reviews", "source").get()) else ():
        st.info(plain(sentence), icon=":material/info:")


def data_options() -> None:
    """Draw how reviews become sequences."""
    option_rows("reviews", ("vocabulary", "length"), ("padding", "masking"))


def _typed_table() -> None:
    """Draw a table to type in. Its rows are kept for the session; later, a link restores the rows that were trained on."""
    if not session.OWN_ROWS.exists():
        session.OWN_ROWS.set(_rows(_own_sentences()))
    if not session.OWN_TABLE.exists() and session.OWN_EDITED.exists():  # drawn again after a visit to another page
        session.OWN_ROWS.set(session.OWN_EDITED.get())
    names = list(dict.fromkeys([*session.OWN_ROWS.get()["label"].dropna(), "negative", "positive"]))[:2]
    edited = st.data_editor(
        session.OWN_ROWS.get(),
        column_config={
            "text": st.column_config.TextColumn("Sentence", width="medium", required=True),
            "label": st.column_config.SelectboxColumn("Label", options=sorted(names), required=True, width="small"),
        },
        column_order=("label", "text"),
        num_rows="dynamic",
        hide_index=True,
        key=session.OWN_TABLE.name,
        alt="Sentences and their labels; the last row adds one",
    )
    session.OWN_EDITED.set(edited)
    if button("Use these sentences", icon=":material/check:"):
        _take_typed(labelled.typed_table(edited))
        st.rerun()


def _own_sentences() -> labelled.LabelledTexts:
    """The sentences of the chosen upload, if they are few; else the four bundled ones."""
    name = session.SPEC("reviews", "source").get()
    if uploads.is_upload(name):
        try:
            if uploads.find(name, services.settings()).stat().st_size > _MAX_TYPED_BYTES:
                return sources.FOUR_SENTENCES
            own = labelled.from_bytes(uploads.read(name, services.settings()))
        except UserError:  # data_check shows the error
            return sources.FOUR_SENTENCES
        if len(own.texts) <= _MAX_TYPED:
            return own
    return sources.FOUR_SENTENCES


def _rows(own: labelled.LabelledTexts) -> pd.DataFrame:
    return pd.DataFrame({"text": list(own.texts), "label": [own.names[label] for label in own.labels]})


def _csv_upload() -> None:
    """Draw the upload of a CSV and the choice of its columns."""
    file = st.file_uploader(
        "Upload a CSV", key=session.CSV.name, max_upload_size=services.settings().upload_mb, on_change=_forget_csv,
        help="One row per sentence: one column holds the text, another its label. The first row may name the columns. The file stays on this computer.",
    )  # fmt: skip
    if file is None:
        st.caption("Two columns are enough: the sentence and its label, such as `positive` and `negative`, or `1` and `0`.")
        return
    st.selectbox("Encoding", list(ENCODINGS), format_func=ENCODINGS.get, key=session.CSV_ENCODING.name, on_change=_forget_csv)
    if not session.CSV_TABLE.exists():
        _take_csv(file)
    table = session.CSV_TABLE.get()
    if table is None:
        return
    st.dataframe(pd.DataFrame(table.head, columns=table.names), hide_index=True, alt="The first rows of the file")
    left, right = st.columns(2)
    with left:
        text = st.selectbox("Column with the text", table.names, index=_index(table.names, table.text))
    with right:
        label = st.selectbox("Column with the label", table.names, index=_index(table.names, table.label))
    values = table.values.get(label, [])
    positive = st.selectbox(
        "Label that counts as positive", values, index=None, placeholder="Chosen by its name",
        help="The score is the probability of this label.", disabled=not values,
    )  # fmt: skip
    if button("Use these columns", icon=":material/check:", disabled=text is None or label is None):
        _take_csv(file, text, label, positive)


def _index(names: list[str], name: str | None) -> int | None:
    return names.index(name) if name in names else None


def _forget_csv() -> None:
    """Forget the table and its messages: a new file or encoding is read when the page is drawn."""
    _forget_messages()
    session.CSV_TABLE.pop()


def _forget_messages() -> None:
    session.OWN_ERRORS.pop()
    session.OWN_NOTES.pop()


def _take_csv(file, *columns: str | None) -> None:
    """Use a file at once where its columns are given or clear; otherwise keep sentences that explain what is missing."""
    _forget_csv()
    session.CSV_TABLE.set(None)
    try:
        with st.spinner("Reading the table …"):
            table = tables.import_csv(file.getvalue(), session.CSV_ENCODING.get(), services.settings(), *columns)
        session.CSV_TABLE.set(table)
        if table.upload is None:
            raise UserError(*table.sentences)
        _add_upload(table.upload, file.name, table.text, table.label, table.classes, table.sentences)
    except UserError as error:
        session.OWN_ERRORS.set((f"{file.name} could not be used.", *error.sentences))
        return
    st.rerun()


def _take_typed(rows: pd.DataFrame) -> None:
    """Store these rows as an upload and choose it; otherwise keep the sentences that explain why not."""
    _forget_messages()
    name = "Typed sentences"
    try:
        own, notes = labelled.from_table(rows, "text", "label")
        _add_upload(uploads.save(labelled.to_bytes(own), services.settings()), name, "text", "label", own.names, notes)
    except UserError as error:
        session.OWN_ERRORS.set((f"{name} could not be used.", *error.sentences))


def _add_upload(upload: str, name: str, text: str, label: str, classes: Sequence[str], notes: list[str]) -> None:
    source_picker.add_upload("reviews", upload, name)
    negative, positive = classes
    session.OWN_NOTES.set(
        (f"Read from the columns “{text}” and “{label}”: positive is {positive}, negative is {negative}.", *notes)
    )


def data_check(spec: RunSpec) -> Work | None:
    """Draw facts about the reviews; returns what an epoch reads, or None before their download. Raises `UserError`."""
    source = sources.sources(services.settings()).get(spec.data.source)
    if source and source.read is None:
        return None  # source_select offers the download
    if uploads.is_upload(spec.data.source):
        # A run can show its own copy; to train on it again, the upload must still be here.
        uploads.find(spec.data.source, services.settings())
    reviews = load(spec.data.source)
    dataset = ReviewsDataset(spec, reviews)
    lengths = np.diff(reviews.train.starts)
    parts = [f"**{len(dataset.train):,}** to train on"]
    if len(dataset.held_out):
        parts += [f"**{len(dataset.held_out):,}** to validate", f"**{len(reviews.test):,}** for the test at the end"]
    cut = float(np.mean(lengths > spec.data.length))
    st.caption(
        f"{', '.join(parts)}. **{reviews.known_words:,}** distinct words, on average **{lengths.mean():.0f}** per review"
        + (f"; {percent(cut)} of the reviews exceed {spec.data.length} words; their start is cut off." if cut else ".")
    )
    for sentence in _advice(spec, reviews, dataset):
        st.caption(f":material/lightbulb: {sentence}")
    return work(dataset)


def _advice(spec: RunSpec, reviews: sources.Reviews, dataset: ReviewsDataset) -> list[str]:
    sentences = [plain(sentence) for sentence in sources.repeat_notes(reviews)]
    if not len(dataset.held_out):
        sentences.append(
            f"With {len(reviews.train) - reviews.near_duplicates} different sentences none can be set aside, so there is no validation and no test. "
            "With enough epochs, the network memorises the label of every sentence. This does not show whether the network can classify "
            "other sentences."
        )
    unknown = unknown_share(reviews, spec.data)
    if unknown:
        sentences.append(f"{unknown:.1%} of all words are too rare for this vocabulary and become one `unknown` word.")
    if (
        not spec.data.masking
        and spec.data.padding == "after"
        and spec.model.pooling == "last"
        and not spec.model.layers[-1].bidirectional
    ):
        sentences.append(
            "Masking is off and the padding comes last, so the network must keep the review in its state until the padding ends, "
            "and seldom learns to."
        )
    return sentences


@st.cache_resource(max_entries=4, show_spinner="Reading the reviews …")
def load(name: str, _folder: Path | None = None) -> sources.Reviews:
    """The reviews of a source: arrays mapped from disk, those of an upload in memory. Raises `UserError`.

    The folder is no part of the cache's key: the name of an upload identifies its content.
    """
    return sources.load(name, services.settings(), _folder)
