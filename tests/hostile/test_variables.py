"""Environment variables: each setting with rubbish."""

import pytest

from rnn_core import settings
from tests.hostile import ACCEPTED, Row
from tests.hostile.inputs import marks

TABLE = {row["variable"]: row for row in settings.table()}
NUMBERS = [name for name, row in TABLE.items() if type(row["default"]) is int]
RUBBISH = {
    "a word": "many",
    "fewer than nothing": "-1",
    "half": "1.5",
    "a power": "1e3",
    "not a number": "nan",
    "another script": "१२",
    "underscores": "1_0",
    "1,000 digits": "9" * 1000,
    "5,000 digits": "9" * 5000,
    "10^18": str(10**18),
    "100 KB of marks": marks(100_000),
    "half of a surrogate pair": "\udcff",
    "web code": "<script>",
}


def enter(values: dict[str, str]) -> None:
    settings.load(values)


def of(**values: str):
    return lambda: values


ROWS = (
    {
        f"{variable}, {what}": Row(of(**{variable: value}), rf"^{variable} must be a whole number from [\d,]+ to [\d,]+")
        for number, variable in enumerate(NUMBERS)
        for what, value in list(RUBBISH.items())[number % 3 :: 3]  # each value at several variables
    }
    | {
        "four numbers wrong": Row(lambda: dict.fromkeys(NUMBERS[:4], "-1"), "^RNN_"),
        "blanks": Row(lambda: dict.fromkeys(TABLE, "  "), ACCEPTED),
        "RNN_CLASS, yes": Row(of(RNN_CLASS="yes"), "^RNN_CLASS must be 0 or 1"),
        "RNN_CLASS, another script": Row(of(RNN_CLASS="१"), "^RNN_CLASS must be 0 or 1"),
        "RNN_SLOTS, 10^9": Row(of(RNN_SLOTS=str(10**9)), "^RNN_SLOTS must be"),
        "RNN_ENGINE, a word": Row(of(RNN_ENGINE="cloud"), "^RNN_ENGINE must be"),
        "RNN_ENGINE, no host": Row(of(RNN_ENGINE="dask://"), "^RNN_ENGINE must be"),
        "RNN_ENGINE, no port": Row(of(RNN_ENGINE="dask://host"), "^RNN_ENGINE must be"),
        "RNN_ENGINE, a port that is none": Row(of(RNN_ENGINE="dask://host:99999"), "^RNN_ENGINE must be"),
        "RNN_ENGINE, a password": Row(of(RNN_ENGINE="dask://me:pass@host:1"), ACCEPTED),
        "RNN_ENGINE, a broken address": Row(of(RNN_ENGINE="dask://[::1:8786"), "^RNN_ENGINE must be"),
        "RNN_ENGINE, 100 KB": Row(of(RNN_ENGINE="dask://" + "x" * 100_000), "^RNN_ENGINE must be"),
        "RNN_TEACHER_KEY, one letter": Row(of(RNN_TEACHER_KEY="x"), "^RNN_TEACHER_KEY must be"),
        "RNN_TEACHER_KEY, bytes that are no text": Row(of(RNN_TEACHER_KEY="secret\udcffkey"), "^RNN_TEACHER_KEY must be text"),
        "RNN_HOME, nobody's": Row(of(RNN_HOME="~nosuchuser/x"), "^RNN_HOME must be"),
        "RNN_HOME, a zero byte": Row(of(RNN_HOME="/tmp/a\0b"), "^RNN_HOME must be"),
        "RNN_HOME, a file": Row(of(RNN_HOME="/etc/passwd"), "^RNN_HOME must be a folder"),
        "RNN_HOME, a device": Row(of(RNN_HOME="/dev/null"), "^RNN_HOME must be a folder"),
        "RNN_HOME, 100 KB": Row(of(RNN_HOME="/tmp/" + "x" * 100_000), "^RNN_HOME must be"),
        "RNN_DATA_DIR, not there": Row(of(RNN_DATA_DIR="/nowhere/at/all"), "^RNN_DATA_DIR must be a folder that exists"),
        "RNN_DATA_DIR, a file": Row(of(RNN_DATA_DIR="/etc/passwd"), "^RNN_DATA_DIR must be a folder that exists"),
        "RNN_DATA_DIR, nobody's": Row(of(RNN_DATA_DIR="~nosuchuser"), "^RNN_DATA_DIR must be"),
        "RNN_DATA_DIR, 100 KB of marks": Row(of(RNN_DATA_DIR=marks(100_000)), "^RNN_DATA_DIR must be"),
    }
)


@pytest.mark.parametrize("name", ROWS)
def test_a_setting_is_taken_or_refused_by_its_name(name, check_row):
    check_row(name)
