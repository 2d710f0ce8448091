"""Files named on the command line: one or several files, a pattern such as *.txt, or a folder."""

import glob
from collections.abc import Iterable
from pathlib import Path

from rnn_core.errors import UserError

Files = list[tuple[str, bytes]]  # name and content of each


def read(names: list[str], known_names: Iterable[str] = ()) -> Files:
    """Names and contents of these files in the given order; of a folder, its .txt files by name. Raises `UserError`.

    `known_names` are the names of data, which could have been given instead of a file; the error lists them.
    """
    files = []
    for path in [path for name in names for path in _paths(name, known_names)]:
        try:
            if path.is_char_device() or path.is_block_device():  # reading it may never end
                raise UserError(f"{path} is a device, not a file. Choose a file.")
            files.append((path.name, path.read_bytes()))
        except OSError as error:
            raise _unreadable(str(path), error) from None
    return files


def _paths(name: str, known_names: Iterable[str]) -> list[Path]:
    path = Path(name)
    try:
        if path.is_dir():
            paths = sorted(path.glob("*.txt"))
            if not paths:
                raise UserError(f"The folder {name} has no .txt files. Name the files themselves.")
            return paths
        if path.exists():
            return [path]
        paths = sorted(Path(match) for match in glob.glob(name))  # noqa: PTH207  Path.glob takes no absolute pattern
    except OSError as error:
        raise _unreadable(name, error) from None
    if not paths:
        listed = f" Data known by name: {', '.join(known_names)}." if known_names else ""
        raise UserError(f"There is no data called {name!r} here, and no such file.{listed} Check the spelling and the folder.")
    return paths


def _unreadable(name: str, error: OSError) -> UserError:
    return UserError(f"{name} cannot be read: {error.strerror}. Choose another file, or change its permissions.")
