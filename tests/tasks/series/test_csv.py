"""Any CSV with dates and numbers becomes a table; everything else is a sentence."""

import numpy as np
import pytest

from rnn_core.data import uploads
from rnn_core.errors import UserError
from rnn_core.tasks.series import cells as cells_of
from rnn_core.tasks.series import csv_import, csv_table, sources
from rnn_core.tasks.series.csv_table import Columns
from rnn_core.tasks.task import task_of


def table_of(text: str, columns: Columns | None = None):
    file = csv_table.read(text.encode())
    return csv_table.to_table(file, columns or file.guess)


def daily(rows: int, cell=lambda i: f"{i}.5", date=lambda i: str(np.datetime64("2024-01-01") + i)) -> str:
    return "".join(f"{date(i)},{cell(i)}\n" for i in range(rows))


def test_a_plain_table():
    made, notes = table_of("date,price,volume\n2024-01-01,1.5,10\n2024-01-02,,20\n2024-01-03,2.5,30\n")
    assert made.columns == ("price", "volume") and not notes and not made.names
    np.testing.assert_array_equal(made.values, [[1.5, 10], [np.nan, 20], [2.5, 30]])


def test_decimal_commas_thousands_currency_signs_and_a_german_date():
    made, notes = table_of("Datum;Kurs;Umsatz\n31.12.2023;1.234,50 €;12.000\n01.01.2024;−3,25 €;1.500.000\n02.01.2024;(7,00);3\n")
    np.testing.assert_array_equal(made.values[:, 0], [1234.5, -3.25, -7.0])
    assert [str(date)[:10] for date in made.dates] == ["2023-12-31", "2024-01-01", "2024-01-02"] and not notes


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1,234", "999", "12,345,678"], [1234, 999, 12345678]),
        (["1,5", "2,25", "3"], [1.5, 2.25, 3]),
        (["0,123", "1,456", "2,789"], [0.123, 1.456, 2.789]),
        (["1.234.567", "1.000", "2.500.000"], [1234567, 1000, 2500000]),
        (["1,234.5", "2.5", "1,000,000.25"], [1234.5, 2.5, 1000000.25]),
        (["1 234,5", "2\u00a0000", "3'000"], [1234.5, 2000, 3000]),
        (["12 %", "$3.50", "7 USD"], [12, 3.5, 7]),
        (["n/a", "-", "5"], [np.nan, np.nan, 5]),
        (["1e3", "-2E-1", "+4"], [1000, -0.2, 4]),
    ],
)
def test_numbers_are_read_as_people_write_them(cells, values):
    import pandas as pd

    np.testing.assert_array_equal(cells_of.numbers_in(pd.Series(cells, dtype="str")), values)


@pytest.mark.parametrize(
    ("cells", "first", "asks"),
    [
        (["2024-02-01", "2024-02-02"], "2024-02-01", False),
        (["2024/02/01", "2024/02/02"], "2024-02-01", False),
        (["20240201", "20240202"], "2024-02-01", False),
        (["2021", "2022"], "2021-01-01", False),
        (["2024-02-01T10:30:00Z", "2024-02-01T11:30:00Z"], "2024-02-01T10:30", False),
        (["13/02/2024", "14/02/2024"], "2024-02-13", False),
        (["02/13/2024", "02/14/2024"], "2024-02-13", False),
        (["01/02/2024", "02/02/2024", "03/02/2024"], "2024-02-01", True),  # a step of a day is likelier than one of a month
        (["01/02/2024", "01/03/2024", "01/04/2024"], "2024-01-02", True),
        (["1.2.2024 10:30", "1.2.2024 11:30"], "2024-02-01T10:30", False),
        (["Feb 1, 2024", "Feb 2, 2024"], "2024-02-01", False),
        (["1 February 2024", "2 February 2024"], "2024-02-01", False),
        (["01-Feb-24", "02-Feb-24"], "2024-02-01", False),
        (["Feb 2024", "Mar 2024"], "2024-02-01", False),
    ],
)
def test_dates_are_read_as_people_write_them(cells, first, asks):
    import pandas as pd

    dates, note = cells_of.dates_in(pd.Series(cells, dtype="str"))
    assert dates.notna().all() and dates.to_numpy()[0] == np.datetime64(first) and bool(note) == asks


def test_titles_totals_repeated_names_and_blank_lines_are_left_out_and_said():
    text = "Weather in Seattle\n\ndate,temp\n" + daily(30) + "date,temp\nTotal,465\n"
    made, notes = table_of(text)
    assert len(made.dates) == 30 and made.columns == ("temp",)
    assert any("Line 1 is left out" in note for note in notes)
    assert any(note.startswith("2 rows, the first of them in line 34 ('date'), are left out: without a date") for note in notes)


def test_a_table_without_names_gets_some():
    made, _ = table_of(daily(30))
    assert made.columns == ("Column 2",) and len(made.dates) == 30


def test_rows_in_any_order_doubled_dates_infinite_numbers_and_words_are_handled_and_said():
    made, notes = table_of(
        "date,a\n2024-01-03,3\n2024-01-01,1\n2024-01-02,inf\n2024-01-03,4\n2024-01-04,closed\n2024-01-05,5\n2024-01-06,6\n"
    )
    assert [str(date)[:10] for date in made.dates] == ["2024-01-01", "2024-01-03", "2024-01-05", "2024-01-06"]
    np.testing.assert_array_equal(made.values[:, 0], [1, 4, 5, 6])
    said = " ".join(notes)
    for part in ("were sorted", "1 date occurs again", "1 infinite number", "1 cell that is no number"):
        assert part in said


def test_a_column_that_names_several_series_is_recognised():
    rows = "".join(
        f"{date},{name},{value}\n"
        for i, date in enumerate(("2024-01-01", "2024-01-02", "2024-01-03"))
        for name, value in (("MSFT", i), ("AAPL", 10 + i))
    )
    made, _ = table_of("date,symbol,close\n" + rows)
    assert made.names == ("AAPL", "MSFT") and made.columns == ("close",)
    (_, apple), (_, microsoft) = made.chosen("all")
    assert made.values[apple, 0].tolist() == [10, 11, 12] and made.values[microsoft, 0].tolist() == [0, 1, 2]


def test_a_station_with_a_number_and_a_time_in_a_separate_column():
    text = "day,time,station,value\n" + "".join(f"2024-01-01,{h:02}:00,{s},{h + s}\n" for h in range(24) for s in (1, 2))
    made, _ = table_of(text)
    assert made.names == ("1", "2") and made.columns == ("value",) and str(made.dates[1]) == "2024-01-01T01:00:00"


def test_other_columns_can_be_chosen():
    text = "day,sold on,a,b\n2024-01-01,2023-05-01,1,2\n2024-01-02,2023-05-02,3,4\n2024-01-03,2023-05-03,5,6\n"
    made, _ = table_of(text, Columns("sold on", ("b",)))
    assert str(made.dates[0])[:10] == "2023-05-01" and made.values[:, 0].tolist() == [2, 4, 6]
    for wrong in (Columns("day", ()), Columns("day", ("c",)), Columns("day", ("a", "a"))):
        with pytest.raises(UserError):
            table_of(text, wrong)


BAD = {
    "no date": ("a,b\n" + "1.5,2\n" * 30, "No column of dates|No row holds a date"),
    "no number": ("date,name\n" + daily(30, lambda i: f"word{i}"), "No column of numbers"),
    "all gaps": ("date,a\n" + daily(30, lambda i: ""), "No column of numbers"),
    "one column": ("date\n" + "2024-01-01\n" * 30, "No row holds a date"),
    "blank": (" \n \n", "only blank lines"),
    "JSON": ('[{"date": "2024-01-01"}]', "JSON"),
    "two million rows": ("2024-01-01,1\n" * 2_000_000, "2,000,000 rows; at most 200,000"),
    "10,000 columns": ("date," + ",".join(f"c{i}" for i in range(9999)) + "\n" + "2024-01-01," + ",".join("1" * 9999) + "\n", "10,000 columns; at most 200"),
    "a cell of 200,000 characters": ("date,a\n2024-01-01,1\n2024-01-02," + '"' + "x" * 200_000 + '"\n', "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_used_is_a_sentence(what):
    text, sentence = BAD[what]
    with pytest.raises(UserError, match=sentence):
        table_of(text)


def test_a_large_file_is_read_in_another_process(settings, monkeypatch):
    raw = ("date,a\n" + daily(500)).encode()
    here = csv_import.import_csv(raw, "auto", settings)
    monkeypatch.setattr("rnn_core.data.tables.LARGE_FILE", 100)
    there = csv_import.import_csv(raw, "auto", settings)
    assert there == here and uploads.is_upload(there.upload)
    with pytest.raises(UserError, match="No column of numbers"):
        csv_import.import_csv(("date,a\n" + daily(500, lambda i: "x")).encode(), "auto", settings)


def test_a_file_in_the_data_folder_is_a_source_and_an_upload_on_the_command_line(data_dir, settings):
    (data_dir / "shop.csv").write_text("date;sold\n" + daily(60, lambda i: f"{i},5").replace(",", ";", 0).replace("2024-", "2024-"))
    (data_dir / "shop.csv").write_text("date;sold\n" + "".join(f"{np.datetime64('2024-01-01') + i};{i},5\n" for i in range(60)))
    from rnn_core import settings as settings_of

    here = settings_of.load()
    assert sources.load("shop", here).values[:, 0].tolist() == [i + 0.5 for i in range(60)]
    imported = task_of("series").import_files([str(data_dir / "shop.csv")], [], here, "auto")
    assert imported.label == "shop.csv" and uploads.is_upload(imported.options["source"])
    (data_dir / "bad.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError):
        sources.load("bad", here)
