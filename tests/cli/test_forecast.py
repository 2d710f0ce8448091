"""`forecast` on the command line."""

import csv
import io
import json

import numpy as np
import pytest

from rnn_core.cli.main import main
from rnn_core.lessons import example
from rnn_core.runs.store.store import Store
from tests.cli.test_commands import cli_here  # noqa: F401


def test_a_csv_is_trained_on_and_what_follows_it_is_printed(tmp_path, data_dir, cli_here):  # noqa: F811
    rows = "".join(f"{np.datetime64('2024-01-01') + i};{5 + np.sin(i / 3):.3f};{i}\n".replace(".", ",") for i in range(200))
    (tmp_path / "shop.csv").write_text("Datum;price;n\n" + rows, encoding="utf-8")
    small = ("--units", "8", "--window", "10", "--epochs", "2", "--batch-size", "16")
    done = cli_here("train", "--task", "series", "--source", str(tmp_path / "shop.csv"), "--column", "price", *small)
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert {"network_mae", "last_mae", "linear_mae", "seasonal_mae", "lag"} <= last.keys()
    out = list(csv.DictReader(io.StringIO(cli_here("forecast", last["run"][:6], "--steps", "12").stdout)))
    assert [row["date"] for row in out] == [str(np.datetime64("2024-07-19") + i) for i in range(12)]
    assert all(float(row["low"]) <= float(row["high"]) and np.isfinite(float(row["forecast"])) for row in out)
    newest = cli_here("forecast", last["run"], "--steps", "1", "--newest").stdout
    assert newest.startswith("date,forecast,low,high\n2024-07-19,")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("example", "--steps", "3"), "Only runs on series can forecast; example is one on text"),
        (("example-series", "--steps", "0"), "must be a whole number from 1 to 10,000; it is 0"),
        (("example-series", "--steps", "10001"), "must be a whole number from 1 to 10,000"),
        (("nobody",), "no run"),
    ],
)
def test_what_cannot_be_forecast_is_a_sentence(settings, capsys, arguments, sentence):
    example.install(Store.of(settings))
    assert main(["forecast", *arguments]) == 2
    assert sentence.lower() in capsys.readouterr().err.lower()
