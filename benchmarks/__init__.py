"""Benchmarks. Each module prints a table; none is a test. `python -m benchmarks` runs all of them, one after the other.

Nothing else should run on the machine meanwhile. RNN_DATA_DIR may name a folder with `shakespeare.txt`; otherwise the bundled Python
reference is used, and the table says which.
"""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from rnn_core import settings as settings_of
from rnn_core.tasks.text import corpora


def corpus() -> str:
    """The name of the source that benchmarks of text train on."""
    sources = corpora.sources(settings_of.load())
    return "shakespeare" if sources["shakespeare"].read else "python-reference"


@contextmanager
def scratch_home():
    """An empty RNN_HOME for one measurement, without other runs."""
    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("RNN_HOME")
        os.environ["RNN_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            os.environ.pop("RNN_HOME")
            if before is not None:
                os.environ["RNN_HOME"] = before


def row(*cells, widths: tuple[int, ...]) -> None:
    """One line of a table: the first column to the left, the others to the right."""
    first, *rest = (str(cell) for cell in cells)
    print(first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)), flush=True)
