"""Uploads: saved under generated names until a run makes its own copy."""

import hashlib
import re
import shutil
import time
from pathlib import Path

from rnn_core.data import atomic, disk
from rnn_core.errors import UserError, quoted
from rnn_core.settings import Settings

UPLOAD = "upload-"  # prefix of names of uploads; the start of the content's SHA-256 follows
_DIGITS = 24  # of the SHA-256, hexadecimal
_NAME = re.compile(f"{UPLOAD}[0-9a-f]{{{_DIGITS}}}")
KEEP_SECONDS = 7 * 24 * 3600


def is_upload(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def check_size(size: int, settings: Settings) -> None:
    """Raise `UserError` if a file of `size` bytes is too large to upload. Check before reading; the command line has no limit."""
    if size > settings.upload_mb * 1_000_000:
        raise UserError(
            f"The file has {size / 1e6:,.1f} MB; at most {settings.upload_mb} MB are allowed here. Upload a part of it, or "
            f"raise {settings.upload_variable}."
        )


def name_of(raw: bytes) -> str:
    """The name of an upload with this content."""
    return UPLOAD + hashlib.sha256(raw).hexdigest()[:_DIGITS]


def save(raw: bytes, settings: Settings) -> str:
    """Save an upload and return its name for specs. The store holds its label.

    Raises `UserError` if the disk is full or all uploads together would take more than RNN_MAX_DISK_MB.
    """
    name = name_of(raw)
    path = _path(name, settings)
    with atomic.explain_errors("The file", path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            path.touch()
        else:
            _check_total_size(disk.size(path.parent) + len(raw), settings)
            atomic.write(path, raw)
    return name


def _check_total_size(total: int, settings: Settings) -> None:
    if 0 < settings.max_disk_mb * 1_000_000 < total:
        raise UserError(
            f"All uploads would take {total / 1e6:,.1f} MB together; at most {settings.max_disk_mb:,} MB are allowed here "
            "(RNN_MAX_DISK_MB). Upload less, or wait: uploads without a run are removed after a week."
        )


def read(name: str, settings: Settings, own: Path | None = None) -> bytes:
    """The bytes of an upload, from the run's copy `own` if that exists. Raises `UserError`."""
    return find(name, settings, own).read_bytes()


def find(name: str, settings: Settings, own: Path | None = None) -> Path:
    """The path that `read` reads. Raises `UserError` if the upload does not exist any more."""
    for path in ([own] if own else []) + [_path(name, settings)]:
        if path.exists():
            return path
    raise UserError("The upload is not on this machine any more. Upload the file again.")


def is_here(name: str, settings: Settings) -> bool:
    return _path(name, settings).exists()


def old_label(name: str, settings: Settings) -> str:
    """The label of an upload that has none in the store: from a label file, as earlier versions wrote, or "Your upload"."""
    path = _path(name, settings).with_suffix(".label")
    return path.read_text(encoding="utf-8") if path.exists() else "Your upload"


def unique_label(name: str, label: str) -> str:
    """A label that no other upload has, even of a file with the same name: the browser sends back only labels."""
    return f"{label} ({name.removeprefix(UPLOAD)[:4]})"


def prune(settings: Settings, in_use: set[str]) -> None:
    """Remove uploads after a week, except those in `in_use`: sources of runs and uploads that users have listed recently."""
    paths_in_use = {_path(name, settings) for name in in_use if is_upload(name)}
    for path in (settings.home / "uploads").glob("*"):
        if path.with_suffix(".bin") not in paths_in_use and time.time() - path.stat().st_mtime > KEEP_SECONDS:
            path.unlink(missing_ok=True)
    for folder in (settings.home / "flat").glob(f"{UPLOAD}*"):  # arrays of large uploads, by the same name
        name = folder.name.rsplit("-", 1)[0]
        if _path(name, settings) not in paths_in_use and not is_here(name, settings):
            shutil.rmtree(folder, ignore_errors=True)


def _path(name: str, settings: Settings) -> Path:
    if not is_upload(name):  # a name from outside must not become a path
        raise UserError(f"{quoted(name)} is not the name of an upload. Upload the file again.")
    return settings.home / "uploads" / f"{name.removeprefix(UPLOAD)}.bin"
