"""From an uploaded CSV file to labelled texts for a run. Large files are read in another process, which returns only names and
a few rows: the server stays responsive.
"""

import json
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from rnn_core.data import csv_file, labelled, uploads
from rnn_core.data.child import run_module
from rnn_core.errors import UserError
from rnn_core.settings import Settings

LARGE_FILE = 2_000_000  # bytes; larger files are worth the half second that another process takes to start
_HEAD = 5  # rows in the preview
_VALUE_ROWS = 2000  # rows that are searched for columns with two values
_SHOWN_LENGTH = 500  # characters of a cell in the preview
_READ_LOCK = threading.Lock()  # one large table at a time: 80 MB take 800 MB of memory


@dataclass(frozen=True)
class Table:
    """Columns and first rows of a table, and the result of its import."""

    names: list[str]
    text: str | None  # the columns of the texts and of the labels, chosen or guessed
    label: str | None
    head: list[list[str]]
    values: dict[str, list[str]]  # the values of each column that has two
    upload: str | None  # name of the upload with its texts; None if the import failed
    classes: list[str]  # names of the two classes; the second one counts as positive
    sentences: list[str]  # notes about rows and labels, or the error of the import


def import_csv(
    raw: bytes, encoding: str, settings: Settings, text: str | None = None, label: str | None = None, positive: str | None = None
) -> Table:
    """Read a CSV file and save its texts as an upload; columns that are None are guessed. Raises `UserError` if it is not a table."""
    uploads.check_size(len(raw), settings)
    if len(raw) < LARGE_FILE:
        return _import_csv(raw, settings, encoding, text, label, positive)
    return Table(**in_another_process("rnn_core.data.tables", raw, settings, [encoding, text, label, positive]))


def in_another_process(module: str, raw: bytes, settings: Settings, arguments: list) -> dict:
    """What the `main` of a module, which calls `answer`, makes of a large file. Raises `UserError`, also that of the other process."""
    failure, advice = "The table could not be read", "close other programs or upload a part of the file"
    with _READ_LOCK:
        result = run_module(module, settings.to_json(), json.dumps(arguments), failure=failure, advice=advice, stdin=raw)
    if "problem" in result:
        raise UserError(*result["problem"])
    return result


def answer(read: Callable[..., Any], settings: str, arguments: str) -> None:
    """In the other process: print what `read(file, settings, *arguments)` returns, a dataclass, or its error as JSON."""
    try:
        result = asdict(read(sys.stdin.buffer.read(), Settings.from_json(settings), *json.loads(arguments)))
    except UserError as error:
        result = {"problem": error.sentences}
    print(json.dumps(result))


def _import_csv(raw: bytes, settings: Settings, encoding: str, text: str | None, label: str | None, positive: str | None) -> Table:
    table = csv_file.read_csv(raw, encoding)
    if text is None and label is None:
        text, label = labelled.guess(table)
    distinct = {name: sorted(set(table[name].head(_VALUE_ROWS)) - {""}) for name in table}
    head = [[cell[:_SHOWN_LENGTH] for cell in row] for row in table.head(_HEAD).to_numpy().tolist()]
    values = {name: cells for name, cells in distinct.items() if len(cells) == 2}
    try:
        texts, sentences = labelled.from_table(table, text, label, positive)
    except UserError as error:
        return Table(list(table), text, label, head, values, None, [], list(error.sentences))
    del table
    name = uploads.save(labelled.to_bytes(texts), settings)
    return Table(list(distinct), text, label, head, values, name, list(texts.names), sentences)


if __name__ == "__main__":
    answer(_import_csv, *sys.argv[1:])
