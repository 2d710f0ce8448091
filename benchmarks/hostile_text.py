"""Seconds to normalise hostile text, for every door: `python -m benchmarks.hostile_text`.

The text is a letter with thousands of combining marks in pairs, the worst case for Unicode normalisation; plain text of as many bytes is
measured, too. The time until a refusal counts as well.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pandas as pd

from benchmarks import row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.data import csv_file, labelled, uploads
from rnn_core.data.normalize import clean
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from rnn_core.tasks.reviews import sources as reviews
from rnn_core.tasks.sampler import LONGEST_PROMPT
from rnn_core.tasks.text import corpora
from rnn_core.tasks.text.dataset import count

SIZES = (160_000, 320_000, 1_000_000)  # bytes in UTF-8


def marks(size: int) -> str:
    """`size` bytes: a letter and pairs of marks, each pair in the order that is not the canonical one."""
    return "a" + "\u0301\u0316" * (size // 4)


def plain(size: int) -> str:
    return ("It was the best of times, it was the worst of times.\n" * (size // 50))[:size]


@contextmanager
def doors() -> Iterator[dict[str, Callable[[str], object]]]:
    """The functions that take text from people, by name."""
    with scratch_home() as home:
        settings = replace(settings_of.load(), data_dir=home)
        store = Store.of(settings)
        run = submit(RunSpec.from_options(source="python-reference"), store, settings)

        def upload(text: str) -> None:
            count(corpora.load(uploads.save(text.encode(), settings), "auto", settings).text)

        def folder(text: str) -> None:
            (home / "mine.txt").write_text(text, encoding="utf-8")
            count(corpora.load("mine", "auto", settings).text)

        def table(text: str) -> None:
            rows = pd.DataFrame({"text": [text, "b", "c", "d"], "label": ["yes", "no", text, "no"]})
            labelled.from_table(rows, *labelled.guess(rows))

        yield {
            "uploaded text": upload,
            "text in RNN_DATA_DIR": folder,
            "prompt": lambda text: clean(text[-LONGEST_PROMPT:]),
            "typed review": lambda text: reviews.words_of(clean(text)),
            "own sentences, typed": table,
            "own sentences, CSV": lambda text: csv_file.read_csv(f"text,label\n{text},yes\nb,no\n".encode()),
            "own sentences, names of columns": lambda text: csv_file.read_csv(f"{text},label\nb,no\nc,yes\n".encode()),
            "nickname": store.people.enter,
            "name of a run": lambda text: store.runs.rename(run, text),
            "link": RunSpec.from_short,
            "value in a link": lambda text: RunSpec.from_short(f"task-text_corp-{text}"),
            "spec as JSON": RunSpec.from_json,
        }


def seconds(door: Callable[[str], object], text: str) -> float:
    start = time.perf_counter()
    with suppress(UserError):
        door(text)
    return time.perf_counter() - start


def main() -> None:
    named = [f"{kind}, {size / 1000:,.0f} KB" for size in SIZES for kind in ("marks", "plain")]
    widths = (34, *map(len, named))
    row("door", *named, widths=widths)
    clean("é")  # builds the table of marks, once per process
    with doors() as table:
        for name, door in table.items():
            times = [seconds(door, kind(size)) for size in SIZES for kind in (marks, plain)]
            row(name, *(f"{each:.3f}" for each in times), widths=widths)


if __name__ == "__main__":
    main()
