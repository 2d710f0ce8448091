"""Files that are either complete or absent: written under a temporary name, then renamed. All files are saved this way."""

import contextlib
import errno
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rnn_core.errors import UserError

PART = ".part"  # suffix of files that are being written
_STALE_SECONDS = 3600.0  # older parts were left by processes that were killed
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # disk full, quota exceeded, file too large


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, renamed to `path` when the block ends. After an error or a power cut the old file remains."""
    scratch = part_path(path)
    try:
        with scratch.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write(path: Path, content: bytes) -> None:
    with writing(path) as file:
        file.write(content)


def part_path(path: Path) -> Path:
    """A unique temporary path next to `path`, for a file or folder: several processes may write the same one at once."""
    return path.with_name(f"{path.name}.{secrets.token_hex(4)}{PART}")


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut. Windows cannot open folders, and some network drives do not sync them."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_stale_parts(*folders: Path) -> None:
    """Remove the parts left by processes that were killed while writing."""
    for part in (part for folder in folders for part in folder.glob(f"*{PART}")):
        with contextlib.suppress(OSError):  # its process may have just finished
            if part.is_file() and time.time() - part.stat().st_mtime > _STALE_SECONDS:
                part.unlink()


def is_full(error: BaseException | None) -> bool:
    """Whether the error means that the disk is full."""
    return isinstance(error, OSError) and error.errno in _FULL


@contextmanager
def explain_errors(what: str, folder: Path) -> Iterator[None]:
    """Turn an `OSError` into a `UserError`. `what` starts the sentence; `folder` is the place of the file."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise UserError(f"{what} could not be saved: the disk is full. Free some space, then try again.") from error
        raise UserError(
            f"{what} could not be saved in {folder} ({error.strerror or error}). Make this folder writable, or set RNN_HOME to "
            "another folder."
        ) from error
