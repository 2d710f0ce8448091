"""Choosing reviews, bringing one's own sentences, and the check before training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.formatting import plain
from pages.parts.spec_form import source_picker
from pages.parts.spec_form.controls import pairs, widget
from rnn_core.data import labelled, tables, uploads
from rnn_core.data.decode import ENCODINGS
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.reviews import sources as reviews
from rnn_core.tasks.reviews.dataset import ReviewsDataset, unknown_share
from rnn_core.tasks.reviews.task import work

_FEW = 200  # sentences that still fit into a table to type in
_FEW_BYTES = 1_000_000  # in which so many are looked for


def choose() -> None:
    source = source_picker.choice("reviews", on_change=session.OWN_ERRORS.pop)
    with st.container():  # keeps its place when it is empty, so that what is open below it stays open
        if source and source.read:
            st.caption(plain(source.origin))
    with st.expander("Bring your own sentences", icon=":material/edit_note:"):
        typed, csv = st.tabs(["Type them", "CSV file"])
        with typed:
            _typed()
        with csv:
            _csv()
    for sentence in session.OWN_ERRORS.get():
        st.error(plain(sentence), icon=":material/block:")
    for sentence in session.OWN_NOTES.get() if uploads.is_upload(session.SPEC("reviews", "source").get()) else ():
        st.info(plain(sentence), icon=":material/info:")
    pairs("reviews", ("vocabulary", "length"))
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        widget("reviews", "padding")
    with right:
        widget("reviews", "masking")


def _typed() -> None:
    """A table to type in. What was typed is kept for the session; after that, what was trained on comes back with its link."""
    if not session.OWN_ROWS.exists():
        session.OWN_ROWS.set(_rows(_last_own()))
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
    if st.button("Use these sentences", icon=":material/check:"):
        _take_typed(labelled.typed_table(edited))
        st.rerun()


def _last_own() -> labelled.LabelledTexts:
    """The sentences of the upload that the controls name, if they are few; else the four that come with the program."""
    name = session.SPEC("reviews", "source").get()
    if uploads.is_upload(name):
        try:
            if uploads.find(name, services.settings()).stat().st_size > _FEW_BYTES:
                return reviews.FOUR_SENTENCES
            own = labelled.from_bytes(uploads.read(name, services.settings()))
        except UserError:  # the check says so below
            return reviews.FOUR_SENTENCES
        if len(own.texts) <= _FEW:
            return own
    return reviews.FOUR_SENTENCES


def _rows(own: labelled.LabelledTexts) -> pd.DataFrame:
    return pd.DataFrame({"text": list(own.texts), "label": [own.names[label] for label in own.labels]})


def _csv() -> None:
    file = st.file_uploader(
        "Upload a CSV", key=session.CSV.name, max_upload_size=services.settings().upload_mb, on_change=_csv_came,
        help="One row a sentence: a column with the text, and one with its label. The first row may name the columns. It stays on this computer.",
    )  # fmt: skip
    if file is None:
        st.caption("Two columns are enough: the sentence and its label, such as `positive` and `negative`, or `1` and `0`.")
        return
    st.selectbox("Encoding", list(ENCODINGS), format_func=ENCODINGS.get, key=session.CSV_ENCODING.name, on_change=_csv_came)
    if not session.CSV_TABLE.exists():
        _take_csv(file)
    found = session.CSV_TABLE.get()
    if found is None:
        return
    st.dataframe(pd.DataFrame(found.head, columns=found.names), hide_index=True, alt="The first rows of the file")
    left, right = st.columns(2)
    with left:
        text = st.selectbox("Column with the text", found.names, index=_place(found.names, found.text))
    with right:
        label = st.selectbox("Column with the label", found.names, index=_place(found.names, found.label))
    values = found.values.get(label, [])
    positive = st.selectbox(
        "Label that counts as positive", values, index=None, placeholder="Found by its name",
        help="The score is the probability of this one.", disabled=not values,
    )  # fmt: skip
    if button("Use these columns", icon=":material/check:", disabled=text is None or label is None):
        _take_csv(file, text, label, positive)


def _place(names: list[str], name: str | None) -> int | None:
    return names.index(name) if name in names else None


def _csv_came() -> None:
    """A new file, or another encoding of it, is read when the page is drawn: what was known of the old one is gone."""
    _forget_messages()
    session.CSV_TABLE.pop()


def _forget_messages() -> None:
    session.OWN_ERRORS.pop()
    session.OWN_NOTES.pop()


def _take_csv(file, *columns: str | None) -> None:
    """Use a file at once where its columns are named or clear; otherwise say what is not."""
    _csv_came()
    session.CSV_TABLE.set(None)
    try:
        with st.spinner("Reading the table …"):
            found = tables.import_csv(file.getvalue(), session.CSV_ENCODING.get(), services.settings(), *columns)
        session.CSV_TABLE.set(found)
        if found.upload is None:
            raise UserError(*found.sentences)
        _taken(found.upload, file.name, found.text, found.label, found.classes, found.sentences)
    except UserError as error:
        session.OWN_ERRORS.set((f"{file.name} was not taken.", *error.sentences))
        return
    st.rerun()


def _take_typed(rows: pd.DataFrame) -> None:
    """Keep these rows as an upload and choose it; or keep the sentences that say why not."""
    _forget_messages()
    name = "Typed sentences"
    try:
        own, notes = labelled.from_table(rows, "text", "label")
        _taken(uploads.save(labelled.to_bytes(own), services.settings()), name, "text", "label", own.names, notes)
    except UserError as error:
        session.OWN_ERRORS.set((f"{name} was not taken.", *error.sentences))


def _taken(upload: str, name: str, text: str, label: str, classes: Sequence[str], notes: list[str]) -> None:
    source_picker.taken("reviews", upload, name)
    low, high = classes
    session.OWN_NOTES.set((f"Read from the columns “{text}” and “{label}”: {high} against {low}.", *notes))


def check(spec: RunSpec) -> bool:
    """Show what the data is and what training will cost; returns whether it can be trained on."""
    source = reviews.sources(services.settings()).get(spec.data.source)
    if source and source.read is None:
        return False  # the offer to download it is shown
    try:
        if uploads.is_upload(spec.data.source):
            # A run's own copy can be looked at; to train on it again, the upload must still be here.
            uploads.find(spec.data.source, services.settings())
        found = load(spec.data.source)
        task = ReviewsDataset(spec, found)
    except UserError as error:
        source_picker.show_errors(error)
        return False
    lengths = np.diff(found.train.starts)
    parts = [f"**{len(task.train):,}** to train on"]
    if len(task.held_out):
        parts += [f"**{len(task.held_out):,}** to validate", f"**{len(found.test):,}** for the test at the end"]
    cut = float(np.mean(lengths > spec.data.length))
    st.caption(
        f"{', '.join(parts)}. **{found.known_words:,}** distinct words, on average **{lengths.mean():.0f}** a review"
        + (f"; {cut:.0%} of the reviews are longer than {spec.data.length} and lose their beginning." if cut else ".")
    )
    _, fits = source_picker.price(spec, work(task))
    source_picker.few_steps(spec, task.steps)
    for sentence in _advice(spec, found, task):
        st.caption(f":material/lightbulb: {sentence}")
    return fits


def _advice(spec: RunSpec, found: reviews.Reviews, task: ReviewsDataset) -> list[str]:
    said = [plain(sentence) for sentence in reviews.repeat_notes(found)]
    if not len(task.held_out):
        said.append(
            f"With {len(found.train) - found.near_duplicates} different sentences none can be set aside, so there is no validation and no test. "
            "You can see that learning works: with enough epochs the network memorises the label of every sentence. You cannot see "
            "whether the network understands other sentences."
        )
    unknown = unknown_share(found, spec.data)
    if unknown:
        said.append(f"{unknown:.1%} of all words are too rare for this vocabulary and become one `unknown` word.")
    if not spec.data.masking and spec.data.padding == "after":
        said.append("Masking is off and the empty places come last: the network has to remember its verdict across all of them.")
    return said


@st.cache_resource(max_entries=4, show_spinner="Reading the reviews …")
def load(name: str, _folder: Path | None = None) -> reviews.Reviews:
    """Arrays on disk, mapped; of uploads, in memory. An upload's name stands for its content, wherever the copy lies."""
    return reviews.load(name, services.settings(), _folder)
