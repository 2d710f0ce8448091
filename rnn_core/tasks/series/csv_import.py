"""From an uploaded CSV file to a table of series for a run. Large files are read in another process, which returns only names and a
few rows: the server stays responsive.
"""

import sys
from dataclasses import asdict, dataclass

from rnn_core.data import tables, uploads
from rnn_core.errors import UserError
from rnn_core.settings import Settings
from rnn_core.tasks.series import csv_table, table
from rnn_core.tasks.series.csv_table import Columns

_HEAD = 5  # rows in the preview
_SHOWN_LENGTH = 100  # characters of a cell in the preview


@dataclass(frozen=True)
class ImportedFile:
    """The columns of a file, and the result of its import."""

    names: list[str]
    head: list[list[str]]  # the first rows
    dates: list[str]  # columns that can be chosen as dates, ...
    numbers: list[str]  # ... as numbers, ...
    texts: list[str]  # ... and as names of series
    columns: Columns  # chosen or guessed
    upload: str | None  # name of the upload with the table; None if the import failed
    sentences: list[str]  # notes about rows and columns, or the error of the import


def import_csv(raw: bytes, encoding: str, settings: Settings, columns: Columns | None = None) -> ImportedFile:
    """Read a CSV file and save its table as an upload; without `columns`, they are guessed. Raises `UserError` if it is no table."""
    uploads.check_size(len(raw), settings)
    if len(raw) < tables.LARGE_FILE:
        return _import_csv(raw, settings, encoding, columns)
    arguments = [encoding, columns and asdict(columns)]
    result = tables.in_another_process("rnn_core.tasks.series.csv_import", raw, settings, arguments)
    return ImportedFile(**{**result, "columns": _columns(result["columns"])})


def _columns(fields: dict) -> Columns:
    return Columns(**{**fields, "numbers": tuple(fields["numbers"])})


def _import_csv(raw: bytes, settings: Settings, encoding: str, columns: Columns | None) -> ImportedFile:
    file = csv_table.read(raw, encoding)
    head = [[cell[:_SHOWN_LENGTH] for cell in row] for row in file.cells.head(_HEAD).to_numpy().tolist()]
    chosen = columns or file.guess
    shown = list(file.cells), head, list(file.dates), list(file.numbers), list(file.texts), chosen
    try:
        own, notes = csv_table.to_table(file, chosen)
        upload = uploads.save(table.write(own), settings)
    except UserError as error:
        return ImportedFile(*shown, None, list(error.sentences))
    return ImportedFile(*shown, upload, notes)


def _import_large(raw: bytes, settings: Settings, encoding: str, columns: dict | None) -> ImportedFile:
    return _import_csv(raw, settings, encoding, columns and _columns(columns))


if __name__ == "__main__":
    tables.answer(_import_large, *sys.argv[1:])
