"""Choosing a text, uploading one, and the check of it before training."""

from dataclasses import dataclass

import psutil
import streamlit as st

from pages.parts import lab
from pages.parts.knobs import widget
from pages.parts.words import duration, plain, visible
from rnn_core.data import corpora, download
from rnn_core.estimate import Estimate, estimate, scale_here, step_seconds
from rnn_core.lessons import example
from rnn_core.problem import Problem
from rnn_core.runs.store import VOCABULARY, Store
from rnn_core.spec import ENCODINGS, RunSpec, knobs
from rnn_core.tasks import text

_PREVIEW = 1500  # characters
_RAREST = 5


@dataclass(frozen=True)
class Inspection:
    """What the page needs to know of a text; the text itself is not kept in memory."""

    counts: text.Counts
    preview: str
    encoding: str
    detected: bool
    damaged: int


@st.cache_data(max_entries=16, ttl="10m", show_spinner="Reading the text …")
def inspect(corpus: str, encoding: str) -> Inspection:
    decoded = corpora.load(corpus, encoding, lab.settings())
    return Inspection(text.count(decoded.text), decoded.text[:_PREVIEW], decoded.encoding, decoded.detected, decoded.damaged)


def choose() -> None:
    """The controls "Corpus" and "Upload a text file", and the offer to download what is not here yet."""
    sources = corpora.sources(lab.settings())
    names = list(sources)
    chosen = st.session_state["corpus"]
    if chosen not in names:
        names.append(chosen)
    uploads = st.session_state.setdefault("uploads", [])  # of this session
    names += [name for name in uploads if name not in names]
    knob = knobs()["corpus"]
    st.selectbox(
        knob.label, names, key="corpus", help=knob.help, persist_state="session",
        format_func=lambda name: sources[name].label if name in sources else _label(name),
        on_change=_chosen,
    )  # fmt: skip
    st.file_uploader(
        "Upload a text file", key="upload", on_change=_take_upload, max_upload_size=lab.settings().max_upload_mb,
        help="Any language, any ending: .txt, .md, .py, ... It stays on this computer.",
    )  # fmt: skip
    if "upload_problem" in st.session_state:
        st.error(st.session_state["upload_problem"], icon=":material/block:")
    source = sources.get(st.session_state["corpus"])
    if source and source.read is None:
        _offer_download(source)


def _label(name: str) -> str:
    """Unlike that of any other upload, since the browser sends it back: two versions of a file have the same name."""
    if not name.startswith(corpora.UPLOAD):
        return name
    return f"{corpora.upload_label(name, lab.settings())} ({name.removeprefix(corpora.UPLOAD)[:4]})"


def _chosen() -> None:
    st.session_state["encoding"] = "auto"
    st.session_state.pop("upload_problem", None)


def _take_upload() -> None:
    file = st.session_state["upload"]
    st.session_state.pop("upload_problem", None)
    if file is None:
        return
    try:
        name = corpora.keep_upload(file.getvalue(), lab.settings(), file.name)
        inspect(name, "auto")
    except Problem as problem:
        st.session_state["upload_problem"] = f"{plain(file.name)} was not taken. {problem}"
        return
    st.session_state["uploads"].append(name)
    st.session_state.update(corpus=name, encoding="auto")


def _offer_download(source: corpora.Source) -> None:
    st.info(f"{source.label} is not on this computer yet ({source.remote.size / 1e6:.1f} MB).")
    if st.button("Download it", icon=":material/download:"):
        bar = st.progress(0.0, "Downloading …")
        try:
            download.fetch(source.remote, lab.settings(), lambda done, total: bar.progress(done / total, "Downloading …"))
        except Problem as problem:
            bar.empty()
            for sentence in problem.sentences:
                st.error(sentence)
        else:
            st.rerun()


def check(spec: RunSpec, store: Store) -> bool:
    """Show what the text is made of and what training will cost; returns whether it can be trained on."""
    source = corpora.sources(lab.settings()).get(spec.data.corpus)
    if source and source.read is None:
        return False  # the offer to download it is shown
    try:
        found = inspect(spec.data.corpus, spec.data.encoding)
        text.refuse(found.counts, spec.data)
    except Problem as problem:
        for sentence in problem.sentences:
            st.error(plain(sentence), icon=":material/block:")
        if spec.data.encoding != "auto":
            widget("encoding")
        return False
    counts, most = found.counts, spec.data.vocabulary
    vocabulary = counts.vocabulary(most)
    split = text.split(counts.length, spec.data, spec.training.batch_size)
    cost = estimate(spec, len(vocabulary), split, counts.length, _scale(store))
    words = f", **{counts.words:,}** words" if counts.words * 20 > counts.length else ""  # some scripts put no blanks between them
    st.caption(
        f"**{counts.length:,}** characters{words}. **{split.train:,}** characters to train on, the last "
        f"**{split.validation:,}** to validate. **{len(counts.characters):,}** distinct characters, the rarest: "
        + ", ".join(plain(visible(c)) for c in counts.characters[: -_RAREST - 1 : -1])
    )
    st.caption(
        f"**{cost.parameters:,}** parameters · **{duration(cost.epoch_seconds)}** an epoch, "
        f"**{duration(cost.epoch_seconds * spec.training.epochs)}** in all, estimated for this machine · about {cost.memory_mb / 1000:.1f} GB of memory"
    )
    free = psutil.virtual_memory().available / 1e6
    if cost.memory_mb > free:
        st.warning(
            f"This needs about {cost.memory_mb / 1000:.1f} GB of memory, and {free / 1000:.1f} GB are free: training may be killed. "
            "Choose a smaller batch size, a shorter sequence length or fewer units.",
            icon=":material/memory:",
        )
    if found.damaged:
        st.warning(f"{found.damaged:,} damaged places in the file are read as \ufffd.", icon=":material/broken_image:")
    for sentence in _advice(spec, counts, split, cost):
        st.caption(f":material/lightbulb: {sentence}")
    with st.expander("Look at the text"):
        widget("encoding")
        how = "detected" if found.detected else "as you chose"
        st.caption(f"Read as {ENCODINGS.get(found.encoding, found.encoding.upper())} ({how}). If letters look wrong, change it.")
        st.code(found.preview, language=None, wrap_lines=True, height=220)
    return True


def _advice(spec: RunSpec, counts: text.Counts, split: text.Split, cost: Estimate) -> list[str]:
    said = []
    if cost.parameters > 4 * counts.length:
        said.append(
            f"The network has {cost.parameters / counts.length:,.0f} times as many parameters as the text has characters: it can learn "
            "the text by heart. Watch for validation loss rising; use fewer units, some dropout, or more text."
        )
    elif cost.parameters > counts.length:
        said.append(
            "The network has more parameters than the text has characters, so it may begin to learn it by heart: stop when the "
            "validation loss rises."
        )
    elif cost.parameters * 20 > counts.length:
        said.append("Fewer parameters than characters: the network must find rules, it cannot learn the text by heart.")
    else:
        said.append("The network is small for this much text: more units or a second layer would still learn more.")
    if split.streams < spec.training.batch_size:
        said.append(
            f"The text is short, so only {split.streams} piece{'s' if split.streams > 1 else ''} of it can be read side by side, and not "
            f"{spec.training.batch_size} as Batch size says."
        )
    share = counts.unknown_share(spec.data.vocabulary)
    if share:
        cut = len(counts.characters) - spec.data.vocabulary + 1
        said.append(
            f"{cut:,} rare characters ({share:.2%} of the text) become one `unknown` character, because Vocabulary is "
            f"{spec.data.vocabulary:,}. It is never written."
        )
    return said


def _scale(store: Store) -> float:
    """How slow this machine is, from the newest runs that trained long enough to tell."""
    pairs = []
    for run in store.runs("text", most=30):
        path = store.folder(run.id) / VOCABULARY
        if (
            run.id != example.ID
            and not run.active
            and run.rate
            and run.seconds > 10
            and run.items
            and path.exists()
            and len(pairs) < 5
        ):
            pairs.append(_predicted_and_real(store, run.id, run.items, run.rate))
    return scale_here(pairs)


@st.cache_data(max_entries=200, show_spinner=False)
def _predicted_and_real(_store: Store, run_id: str, items: int, rate: float) -> tuple[float, float]:
    spec = _store.spec(run_id)
    classes = len(text.Vocabulary.load(_store.folder(run_id) / VOCABULARY))
    return step_seconds(spec, classes, items // spec.data.sequence_length), 1 / max(rate, 1e-6)
