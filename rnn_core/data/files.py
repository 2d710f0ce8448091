"""Files that a person names on the command line: a file, several, a pattern such as *.txt, or a folder."""

import glob
from collections.abc import Iterable
from pathlib import Path

from rnn_core.errors import UserError

Files = list[tuple[str, bytes]]  # name and content of each


def read(named: list[str], known: Iterable[str] = ()) -> Files:
    """What these files hold, in the order given; of a folder, its .txt files by name. Raises `UserError`.

    `known` are the names that could have been given instead of a file's.
    """
    files = []
    for path in [path for name in named for path in _paths(name, known)]:
        try:
            if path.is_char_device() or path.is_block_device():  # it may never end
                raise UserError(f"{path} is a device and not a file. Choose a file.")
            files.append((path.name, path.read_bytes()))
        except OSError as error:
            raise _unreadable(str(path), error) from None
    return files


def _paths(name: str, known: Iterable[str]) -> list[Path]:
    path = Path(name)
    try:
        if path.is_dir():
            found = sorted(path.glob("*.txt"))
            if not found:
                raise UserError(f"The folder {name} holds no .txt files. Name the files themselves.")
            return found
        if path.exists():
            return [path]
        found = sorted(Path(match) for match in glob.glob(name))  # noqa: PTH207  Path.glob takes no absolute pattern
    except OSError as error:
        raise _unreadable(name, error) from None
    if not found:
        listed = f" Data known by name: {', '.join(known)}." if known else ""
        raise UserError(f"There is no data called {name!r} here, and no such file.{listed} Check the spelling and the folder.")
    return found


def _unreadable(name: str, error: OSError) -> UserError:
    return UserError(f"{name} cannot be read: {error.strerror}. Choose another file, or change who may read it.")
