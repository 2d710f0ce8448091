"""Files that are either whole or not there: written beside their place, then renamed. The one way in which files are saved."""

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

PART = ".part"  # ends the names of files that are being written
_STALE_SECONDS = 3600.0  # a part that nobody has written to for so long was left by a process that was killed
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # no space left, no more allowed to this user, or for this file


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes its place when the block ends. After an error, and after a power cut, the old one stands."""
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
    """A name beside `path` that nobody else has, for a file or a folder: several processes may write the same one at once."""
    return path.with_name(f"{path.name}.{secrets.token_hex(4)}{PART}")


def _sync_folder(folder: Path) -> None:
    """Let the new name survive a power cut. Windows cannot open folders, and some network drives do not sync them."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_stale_parts(*folders: Path) -> None:
    """Remove the parts that processes left which were killed while they wrote."""
    for part in (part for folder in folders for part in folder.glob(f"*{PART}")):
        with contextlib.suppress(OSError):  # whoever wrote it may have finished just now
            if part.is_file() and time.time() - part.stat().st_mtime > _STALE_SECONDS:
                part.unlink()


def is_full(error: BaseException | None) -> bool:
    """Whether the disk has no room for what was written."""
    return isinstance(error, OSError) and error.errno in _FULL


@contextmanager
def explain_errors(what: str, folder: Path) -> Iterator[None]:
    """An error of the disk becomes a `UserError`: `what` begins its sentence, `folder` is where it was to be saved."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise UserError(f"{what} could not be saved: the disk is full. Free some space, then try again.") from error
        raise UserError(
            f"{what} could not be saved in {folder} ({error.strerror or error}). Make this folder writable, or set RNN_HOME to "
            "another folder."
        ) from error
