"""Files that a person names on the command line: a file, several, a pattern such as *.txt, or a folder."""

import glob
from collections.abc import Iterable
from pathlib import Path

from rnn_core.errors import UserError

Files = list[tuple[str, bytes]]  # name and content of each


def read(names: list[str], known_names: Iterable[str] = ()) -> Files:
    """What these files hold, in the order given; of a folder, its .txt files by name. Raises `UserError`.

    `known_names` are the names that could have been given instead of a file's.
    """
    files = []
    for path in [path for name in names for path in _paths(name, known_names)]:
        try:
            if path.is_char_device() or path.is_block_device():  # it may never end
                raise UserError(f"{path} is a device and not a file. Choose a file.")
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
                raise UserError(f"The folder {name} holds no .txt files. Name the files themselves.")
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
    return UserError(f"{name} cannot be read: {error.strerror}. Choose another file, or change who may read it.")
