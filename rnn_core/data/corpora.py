"""Where texts come from: bundled with Python, a folder of yours, a download, or an upload."""

import hashlib
import pydoc_data.topics
import secrets
import sysconfig
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rnn_core.data import decode, download
from rnn_core.problem import Problem
from rnn_core.settings import Settings

UPLOAD = "upload-"  # begins the names of uploads; the rest is the start of the file's SHA-256
KEEP_UPLOAD_SECONDS = 7 * 24 * 3600
RUN_CORPUS = "corpus.txt"  # an upload's text in its run's own folder


@dataclass(frozen=True)
class Source:
    """One corpus that can be chosen."""

    name: str  # what a spec says
    label: str
    origin: str  # one sentence about where it comes from
    read: Callable[[Settings], bytes] | None = None  # None: must be downloaded first
    remote: download.Remote | None = None


def _python_reference(_: Settings) -> bytes:
    topics = pydoc_data.topics.topics
    return "\n\n".join(topics[key] for key in sorted(topics)).encode()


def _python_source(_: Settings) -> bytes:
    library = Path(sysconfig.get_paths()["stdlib"])
    return b"\n\n".join(path.read_bytes() for path in sorted(library.glob("*.py")))


_BUNDLED = (
    Source("python-reference", "Python reference", "The language reference that comes with every Python.", _python_reference),
    Source("python-source", "Python source code", "The standard library's own modules, as installed here.", _python_source),
)


def sources(settings: Settings) -> dict[str, Source]:
    """Every corpus that can be chosen here, by name: bundled ones, those in RNN_DATA_DIR, and downloads."""
    found = {source.name: source for source in _BUNDLED}
    for path in sorted(settings.data_dir.glob("*.txt")) if settings.data_dir else ():
        if not path.is_file() or not _can_be_written(path.name):
            continue
        name = path.stem if path.stem not in found and not path.stem.startswith(UPLOAD) else path.name
        label = "Tiny Shakespeare" if name == "shakespeare" else path.stem
        found[name] = Source(name, label, f"{path.name} in RNN_DATA_DIR.", lambda _, path=path: path.read_bytes())
    for name, remote in download.FILES.items():
        path = download.cached(remote, settings)
        read = (lambda _, path=path: path.read_bytes()) if path else None
        source = Source(name, "Tiny Shakespeare", "Three plays' worth of dialogue, as TensorFlow publishes it.", read, remote)
        found.setdefault(name, source)
    return found


def read(name: str, settings: Settings, folder: Path | None = None) -> bytes:
    """The bytes of corpus `name`; `folder` is the run's own, where an upload's text is kept. Raises `Problem`."""
    if name.startswith(UPLOAD):
        for path in ([folder / RUN_CORPUS] if folder else []) + [_upload_path(name, settings)]:
            if path.exists():
                return path.read_bytes()
        raise Problem("The uploaded text is not on this machine any more. Upload it again.")
    source = sources(settings).get(name)
    if source is None:
        raise Problem(f"There is no corpus called {name!r} here. Known: {', '.join(sources(settings))}; or upload a text file.")
    if source.read is None:
        raise Problem(
            f"{source.label} has not been downloaded yet. Choose it on the Text page, or run: python -m rnn_core data get {name}"
        )
    try:
        return source.read(settings)
    except OSError as error:
        raise Problem(f"{source.label} cannot be read ({error.strerror}). Choose another corpus.") from None


def load(name: str, encoding: str, settings: Settings, folder: Path | None = None) -> decode.Decoded:
    """Read and decode a corpus. A run's own copy is UTF-8, whatever encoding the upload had."""
    own = folder is not None and name.startswith(UPLOAD) and (folder / RUN_CORPUS).exists()
    return decode.decode(read(name, settings, folder), "utf-8" if own else encoding)


def keep_upload(raw: bytes, settings: Settings, label: str = "Your text") -> str:
    """Keep an upload until a run takes it, under a name that we make; returns the corpus name for a spec.

    `label` is what the person called it: kept beside it and shown, but never used as a path.
    """
    if len(raw) > settings.max_upload_mb * 1_000_000:
        raise Problem(
            f"The file has {len(raw) / 1e6:,.1f} MB; at most {settings.max_upload_mb} MB are allowed here. Upload a part of it, or "
            "raise RNN_MAX_UPLOAD_MB."
        )
    name = UPLOAD + hashlib.sha256(raw).hexdigest()[:24]
    path = _upload_path(name, settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.touch()
    else:  # thirty students may upload the same file at once: each writes a file of its own and renames it
        scratch = path.with_suffix(f".{secrets.token_hex(4)}.part")
        scratch.write_bytes(raw)
        scratch.replace(path)
    path.with_suffix(".label").write_text(label[:200], encoding="utf-8", errors="replace")
    return name


def upload_label(name: str, settings: Settings) -> str:
    """What the person called the upload."""
    path = _upload_path(name, settings).with_suffix(".label")
    return path.read_text(encoding="utf-8") if path.exists() else "Your text"


def prune_uploads(settings: Settings, taken: set[str]) -> None:
    """Forget uploads that no run has taken within a week; `taken` are the corpora that runs name."""
    keep = {_upload_path(name, settings) for name in taken if name.startswith(UPLOAD)}
    for path in (settings.home / "uploads").glob("*"):
        if path.with_suffix(".bin") not in keep and time.time() - path.stat().st_mtime > KEEP_UPLOAD_SECONDS:
            path.unlink(missing_ok=True)


def settle_upload(name: str, text: str, folder: Path) -> None:
    """Give a run its own copy of the upload that it trains on, as UTF-8. Does nothing for other corpora."""
    if name.startswith(UPLOAD):
        (folder / RUN_CORPUS).write_bytes(text.encode())


def _can_be_written(name: str) -> bool:
    """A name whose bytes are no UTF-8 cannot be sent to a browser or put into a link."""
    try:
        name.encode()
        return True
    except UnicodeEncodeError:
        return False


def _upload_path(name: str, settings: Settings) -> Path:
    digest = name.removeprefix(UPLOAD)
    if not digest.isalnum():
        raise Problem(f"{name!r} is not the name of an upload.")
    return settings.home / "uploads" / f"{digest}.bin"
