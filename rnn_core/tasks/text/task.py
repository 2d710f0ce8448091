"""The text task: a network learns to continue a text character by character."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from rnn_core.data import files, uploads
from rnn_core.errors import UserError
from rnn_core.estimate import Work
from rnn_core.nn.network import Network
from rnn_core.settings import Settings
from rnn_core.spec.model_io import NextToken, Tokens
from rnn_core.tasks import tokenizer
from rnn_core.tasks.elsewhere import Elsewhere
from rnn_core.tasks.sampler import Sampling, Writer
from rnn_core.tasks.task import DataCheck, DataFile, ImportedData, OtherData, Parts, Task
from rnn_core.tasks.text import corpora, landmarks, references
from rnn_core.tasks.text.dataset import Counts, TextDataset, check_counts, count, model_io, split
from rnn_core.tasks.text.options import TextData
from rnn_core.tasks.text.presets import PRESETS
from rnn_core.tasks.text.script import SCRIPT

SAMPLE = Sampling(length=400)  # written at every snapshot
_MOST_STRANGE = 0.1  # largest share of unseen characters in a text that a network may continue on


def work(spec: Parts, counts: Counts) -> Work:
    """The work of an epoch on a text with these counts."""
    layout = split(counts.length, spec.data, spec.training.batch_size)
    timesteps = min(spec.data.sequence_length, -(-layout.train // layout.streams))
    return Work(
        model_io(len(counts.vocabulary(spec.data.vocabulary).tokens)),
        layout.streams,
        timesteps,
        layout.steps,
        7 * counts.length / 1e6,
    )


def _check(spec: Parts, settings: Settings, folder: Path | None) -> DataCheck:
    corpus = corpora.load(spec.data.source, spec.data.encoding, settings, folder)
    counts = count(corpus.text)
    check_counts(counts, spec.data)
    return DataCheck(work(spec, counts), {corpora.RUN_CORPUS: corpus.text.encode()} if uploads.is_upload(spec.data.source) else {})


def _dataset(spec: Parts, folder: Path | None, settings: Settings, resuming: bool) -> TextDataset:
    text = corpora.load(spec.data.source, spec.data.encoding, settings, folder).text
    dataset = TextDataset(spec, text, tokenizer.read(folder)[0] if resuming else None)
    if folder:
        tokenizer.save(folder, dataset.vocabulary)
    return dataset


def _sample(spec: Parts, dataset: TextDataset, weights: dict) -> str:
    return "".join(Writer(Network(spec.model, weights), dataset.vocabulary).write("\n", SAMPLE))


def _data_files(spec: Parts, folder: Path, settings: Settings) -> Iterator[DataFile]:
    yield DataFile(corpora.load(spec.data.source, spec.data.encoding, settings, folder).text.encode(), corpora.RUN_CORPUS, own=True)


def _import_files(names: list[str], known_names: Iterable[str], settings: Settings, encoding: str) -> ImportedData:
    name, encoding, label = corpora.import_files(files.read(names, known_names), settings, encoding)
    return ImportedData({"source": name, "encoding": encoding}, label)


def _unseen_notes(spec: Parts, folder: Path, settings: Settings) -> list[str]:
    """A sentence about the characters of another text that the network has never seen. Raises `UserError` if they are too many."""
    text = corpora.load(spec.data.source, spec.data.encoding, settings).text
    vocabulary, _ = tokenizer.read(folder)
    unseen = vocabulary.unseen(text)
    if not unseen:
        return []
    counts = count(text)
    share = sum(n for c, n in zip(counts.characters, counts.frequencies, strict=True) if c in set(unseen)) / counts.length
    characters = " ".join(unseen[:20]) + (" ..." if len(unseen) > 20 else "")
    sentence = f"The network has never seen {len(unseen):,} of the text's characters, {share:.1%} of all ({characters})."
    if share > _MOST_STRANGE:
        raise UserError(f"{sentence} That is too many to continue. Train a new network on this text.")
    return [f"{sentence} They are {'read as one unknown character' if vocabulary.unknown else 'left out'}."]


TASK = Task(
    name="text",
    item="character",
    about="A network reads text one character at a time, learns to predict the next one, and writes text.",
    data=TextData,
    input=Tokens,
    per_timestep=True,
    metrics=NextToken.metrics,
    example="example",
    presets=PRESETS,
    sources=corpora.sources,
    check=_check,
    model_io=lambda spec, folder: model_io(len(tokenizer.read(folder)[0].tokens)),
    dataset=_dataset,
    run_files=(tokenizer.VOCABULARY,),
    sample=_sample,
    landmarks=landmarks.of_run,
    references=references.of_run,
    data_files=_data_files,
    import_files=_import_files,
    several_files=True,
    # On another computer every text is an upload.
    remote_options=lambda hashes: {"source": uploads.UPLOAD + hashes[0][:24], "encoding": "utf-8"},
    elsewhere=Elsewhere(
        Path(__file__).with_name("use.py"),
        '"The " 300 0.8',
        about={tokenizer.VOCABULARY: "the characters that the network knows; the place of each is its id"},
    ),
    other_data=OtherData(lambda source, encoding: {"source": source, "encoding": encoding}, _unseen_notes),
    script=SCRIPT,
)
