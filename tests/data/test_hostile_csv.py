"""Files of a megabyte made to be slow or large: each is read or refused with a sentence, in time that grows with the file."""

import time
import tracemalloc

import pytest

from rnn_core.data import labelled
from rnn_core.data.csv_file import MOST_COLUMNS, read_csv
from rnn_core.errors import UserError

SECONDS = 6.0  # of this process's time, several times what a busy machine takes
MEGABYTES = 300
WIDE = "more than 200 columns"
NO_ROWS, ONE_COLUMN, NO_END, UNKNOWN_END = "no rows", "only one column", "never ends", "its end is unclear"
LONG_ROW, UNCLEAR, FEW = "more than 1,000,000 characters", "It is unclear which column holds", "at least 2 of each are needed"
MARKS = "\u0301\u0316" * 100_000

HOSTILE = {
    "16,000 columns": (lambda: ",".join(f"c{i}" for i in range(16_000)) + "\n" + ",".join(["1"] * 16_000), WIDE),
    "16,000 equal names": (lambda: (",".join(["c"] * 16_000) + "\n") * 30, WIDE),
    "one column too many": (lambda: ",".join(f"c{i}" for i in range(MOST_COLUMNS + 1)) + "\n" + ",".join(["1"] * 201), WIDE),
    "200 equal names": (lambda: (",".join(["x"] * 200) + "\n") + (",".join(map(str, range(200))) + "\n") * 1000, UNCLEAR),
    "names that are made of others": (
        lambda: ",".join(["x"] * 100 + [f"x ({i})" for i in range(101, 201)]) + "\n" + ",".join(map(str, range(200))),
        UNCLEAR,
    ),
    "a row of 10 MB": (lambda: "aa," * 3_333_333, LONG_ROW),
    "a row of 10 MB in two million quoted lines": (lambda: '"a\n",' * 2_000_000, LONG_ROW),
    "a row of 1 MB": (lambda: "aa," * 333_333, WIDE),
    "a cell of 1 MB": (lambda: "text,label\n" + "a " * 500_000 + ",1\n", LONG_ROW),
    "a quoted cell of 900 KB": (lambda: 'text,label\n"' + "a " * 450_000 + '",1\n', "more than 131,072 characters"),
    "a million rows of one column": (lambda: "a\n" * 1_000_000, ONE_COLUMN),
    "120,000 rows": (lambda: "text,label\n" + "a,1\nb,0\n" * 60_000, FEW),
    "100,000 labels": (lambda: "text,label\n" + "".join(f"t{i},l{i}\n" for i in range(100_000)), UNCLEAR),
    "labels of 5,000 characters": (
        lambda: "text,label\n" + "".join(f"t{i},{'l' * 5000}{i % 2}\n" for i in range(200)),
        "labels of more than 60 characters",
    ),
    "a spreadsheet's 16,384 columns": (
        lambda: "text,label" + "," * 16_382 + "\n" + ("good,1" + "," * 16_382 + "\nbad,0" + "," * 16_382 + "\n") * 30,
        FEW,
    ),
    "only commas": (lambda: "," * 1_000_000, NO_ROWS),
    "only tabs": (lambda: "\t" * 1_000_000, NO_ROWS),
    "only semicolons, named": (lambda: "sep=;\n" + ";" * 900_000, NO_ROWS),
    "all separators": (lambda: ",;\t" * 333_333, WIDE),
    "lines of commas": (lambda: ("," * 199 + "\n") * 5000, NO_ROWS),
    "only the last column": (lambda: ("," * 199 + "a\n") * 5000, ONE_COLUMN),
    "only blanks": (lambda: " " * 1_000_000, NO_ROWS),
    "only line ends": (lambda: "\n" * 1_000_000, NO_ROWS),
    "only quotation marks": (lambda: '"' * 1_000_001, LONG_ROW),
    "a quote never closed": (lambda: 'text,label\n"' + "a,1\n" * 250_000, NO_END),
    "each quote never closed": (lambda: "text,label\n" + '"a,1\n' * 200_000, UNKNOWN_END),
    "quotes and line ends in turn": (lambda: '"\n' * 500_000, ONE_COLUMN),
    "cells of two lines": (lambda: '"a\n",1\n' * 40_000, UNCLEAR),
    "quoted quotes and line ends": (lambda: 'a,"\n""\n"\n' * 30_000, UNCLEAR),
    "separators, line ends and quotes": (lambda: ',"\n' * 333_333, NO_END),
    "cells of a hundred lines": (lambda: ('"' + '""\n' * 100 + '",1\n') * 3_000, UNCLEAR),
    "a line inside a cell, longer than a cell may be": (
        lambda: '"\n,""",' + "b" * 100_000 + "," + "c" * 100_000 + ',"\nx"\n1,2,3,4\n',
        FEW,
    ),
    "form feeds": (lambda: "\x0c,\x0c\n" * 80_000, ONE_COLUMN),
    "zero bytes": (lambda: "\0" * 1_000_000, "zero bytes"),
    "zero bytes in cells": (lambda: "a\0,b\0\n" * 160_000, "zero bytes"),
    "combining marks in a text": (lambda: f"text,label\na{MARKS},1\nb,0\n", FEW),
    "combining marks in a name": (lambda: f"a{MARKS},label\nb,0\n", UNCLEAR),
    "combining marks in a label": (lambda: f"text,label\nx,a{MARKS}\nb,0\nc,0\n", FEW),
}


def taken(raw: bytes) -> None:
    table = read_csv(raw)
    labelled.from_table(table, *labelled.guess(table))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_table_is_refused_with_a_short_sentence_and_in_time(name):
    make, message = HOSTILE[name]
    raw = make().encode()
    start = time.process_time()
    with pytest.raises(UserError) as caught:
        taken(raw)
    assert time.process_time() - start < SECONDS
    assert message in str(caught.value) and len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "name",
    [
        "a row of 10 MB",
        "a spreadsheet's 16,384 columns",
        "only commas",
        "a row of 1 MB",
    ],
)
def test_a_hostile_table_takes_little_memory(name):
    raw = HOSTILE[name][0]().encode()
    tracemalloc.start()
    try:
        with pytest.raises(UserError):
            taken(raw)
        assert tracemalloc.get_traced_memory()[1] < MEGABYTES * 1e6
    finally:
        tracemalloc.stop()


def test_as_many_columns_as_are_allowed_are_read_with_distinct_names():
    for rest in ([f"c{i}" for i in range(MOST_COLUMNS - 2)], ["x"] * 99 + [f"x ({i})" for i in range(100, 199)]):
        header = ["text", "label", *rest]
        rows = [["good", "1", *map(str, range(198))], ["bad", "0", *map(str, range(198))]]
        table = read_csv("\n".join(",".join(row) for row in [header, *rows]).encode())
        assert len(set(table)) == MOST_COLUMNS and list(table)[:2] == ["text", "label"]


def test_columns_keep_the_number_that_they_have_in_the_file():
    assert list(read_csv(b",good,,1\n,bad,,0\n,fine,,1\n,poor,,0\n,awful,,0\n")) == ["Column 2", "Column 4"]


def test_separators_behind_the_last_cell_are_no_columns():
    table = read_csv(b"text,label\ngood,1" + b"," * 30_000 + b"\nbad,0\n")
    assert table.to_numpy().tolist() == [["good", "1"], ["bad", "0"]]
