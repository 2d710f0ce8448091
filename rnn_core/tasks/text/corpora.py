"""Sources of texts: bundled with Python, in RNN_DATA_DIR, downloaded or uploaded."""

import pydoc_data.topics
import sysconfig
from pathlib import Path

from rnn_core.data import decode, download, uploads
from rnn_core.data.files import Files
from rnn_core.data.source import Source, pick
from rnn_core.errors import UserError
from rnn_core.settings import Settings

RUN_CORPUS = "corpus.txt"  # a run's copy of an uploaded text, in its folder


def _python_reference(_: Settings) -> bytes:
    topics = pydoc_data.topics.topics
    return "\n\n".join(topics[key] for key in sorted(topics)).encode()


def _python_source(_: Settings) -> bytes:
    library = Path(sysconfig.get_paths()["stdlib"])
    return b"\n\n".join(path.read_bytes() for path in sorted(library.glob("*.py")))


_BUNDLED = (
    Source(
        "python-reference",
        "Python reference",
        "The language reference of the Python that runs here; other versions have another text, and other losses.",
        _python_reference,
    ),
    Source(
        "python-source",
        "Python source code",
        "The standard library's own modules, as installed here; other versions have other losses.",
        _python_source,
    ),
)


def sources(settings: Settings) -> dict[str, Source]:
    """All corpora that can be chosen, by name: bundled ones, those in RNN_DATA_DIR, and downloads."""
    corpora = {source.name: source for source in _BUNDLED}
    for path in sorted(settings.data_dir.glob("*.txt")) if settings.data_dir else ():
        if not path.is_file() or not _is_utf8(path.name):
            continue
        name = path.stem if path.stem not in corpora and not uploads.is_upload(path.stem) else path.name
        label = "Tiny Shakespeare" if name == "shakespeare" else path.stem
        corpora[name] = Source(name, label, f"{path.name} in RNN_DATA_DIR.", lambda _, path=path: path.read_bytes(), in_folder=True)
    local = download.local_files((download.SHAKESPEARE,), settings)
    read = (lambda _: local[0][0].read_bytes()) if local else None
    origin = "Some 200,000 words from Shakespeare's plays, as TensorFlow publishes them."
    corpora.setdefault("shakespeare", Source("shakespeare", "Tiny Shakespeare", origin, read, (download.SHAKESPEARE,)))
    return corpora


def read(name: str, settings: Settings, folder: Path | None = None) -> bytes:
    """The bytes of a corpus; `folder` is that of a run, which may have a copy of an upload. Raises `UserError`."""
    if uploads.is_upload(name):
        return uploads.read(name, settings, folder and folder / RUN_CORPUS)
    source = pick(sources(settings), name, "Text")
    try:
        return source.read(settings)
    except OSError as error:
        raise UserError(f"{source.label} cannot be read ({error.strerror}). Choose another corpus.") from None


def import_files(files: Files, settings: Settings, encoding: str = "auto") -> tuple[str, str, str]:
    """Save one or several texts as one upload. Returns its name and encoding for a spec, and its label.

    Several texts are joined in their order, with a blank line between them, and saved as UTF-8. Raises `UserError` with the
    name of the file.
    """
    texts = []
    for name, raw in files:
        try:
            texts.append(decode.decode(raw, encoding).text)
        except UserError as error:
            raise UserError(f"{name} cannot be used.", *error.sentences) from None
    name, raw = files[0]
    if len(files) == 1:
        return uploads.save(raw, settings), encoding, name
    joined = "\n\n".join(text.strip("\n") for text in texts) + "\n"
    return uploads.save(joined.encode(), settings), "utf-8", f"{name} and {len(files) - 1} more"


def load(name: str, encoding: str, settings: Settings, folder: Path | None = None) -> decode.Decoded:
    """Read and decode a corpus. A run's copy of an upload is always UTF-8."""
    own = folder is not None and uploads.is_upload(name) and (folder / RUN_CORPUS).exists()
    return decode.decode(read(name, settings, folder), "utf-8" if own else encoding)


def _is_utf8(name: str) -> bool:
    """Whether a file name is valid UTF-8; others cannot be sent to a browser or put into a link."""
    try:
        name.encode()
        return True
    except UnicodeEncodeError:
        return False
