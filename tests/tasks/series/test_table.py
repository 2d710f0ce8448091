"""The table of series and its steps."""

import numpy as np
import pytest

from rnn_core.errors import UserError
from rnn_core.tasks.series import sources, table
from rnn_core.tasks.series.steps import UNEQUAL, WORKING_DAY, following, places, step_of
from rnn_core.tasks.series.table import SeriesTable


def days(*texts: str) -> np.ndarray:
    return np.array(texts, "datetime64[s]")


TWO = SeriesTable(
    days("2024-01-01", "2024-01-02", "2024-01-01"), ("price (€)", "volume"), np.array([[1.5, 2], [np.nan, 3], [4, 5]]), ("A", "B"),
    np.array([0, 0, 1]),
)  # fmt: skip


def test_what_is_written_is_read_again():
    again = table.read(table.write(TWO))
    assert again.columns == TWO.columns and again.names == TWO.names and (again.dates == TWO.dates).all()
    np.testing.assert_array_equal(again.values, TWO.values)
    assert table.write(again) == table.write(TWO)
    assert [(name, rows.stop - rows.start) for name, rows in again.chosen("all")] == [("A", 2), ("B", 1)]


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff", b"x,y\n1,2", b"date,a\n", b"date\n2024-01-01", b"date,a\n2024-01-01,1\n2024-01-01,2", b"date,a\n2024-01-02,1\n2024-01-01,2",
     b"date,a\nyesterday,1", b"date,a\n2024-01-01,inf", b"date,a\n2024-01-01,x", b"date,a,a\n2024-01-01,1,2", b"date,a\n2024-01-01,1,2"],
)  # fmt: skip
def test_what_was_not_written_by_this_program_is_a_sentence(raw):
    with pytest.raises(UserError, match="damaged"):
        table.read(raw)


def test_columns_are_found_by_name_with_and_without_their_unit():
    assert [TWO.column(name) for name in ("price (€)", "Price", "volume", "auto")] == [0, 0, 1, 0]
    assert table.unit("price (€)") == "€" and table.unit("volume") == "" and table.without_unit("price (€)") == "price"
    with pytest.raises(UserError, match="no column called 'cost'"):
        TWO.column("cost")
    with pytest.raises(UserError, match="no series called 'C'"):
        TWO.chosen("C")


def test_bundled_data_is_what_the_page_says_it_is(settings):
    weather, indices = sources.load("weather", settings), sources.load("indices", settings)
    assert len(weather.dates) == 1461 and step_of(weather.dates).name == "day" and weather.columns[0] == "temp_max (°C)"
    assert (
        str(indices.dates[0])[:4] == "2005"
        and str(indices.dates[-1])[:10] == "2018-12-31"
        and step_of(indices.dates) == WORKING_DAY
    )
    for name in sources.sources(settings):
        loaded = sources.load(name, settings)
        assert np.isfinite(loaded.values).all() and table.write(table.read(table.write(loaded))) == table.write(loaded)


@pytest.mark.parametrize(
    ("dates", "name"),
    [
        (np.datetime64("2024-01-01", "s") + np.arange(50) * np.timedelta64(3600, "s"), "hour"),
        (np.datetime64("2024-01-01", "s") + np.arange(50) * np.timedelta64(7, "D"), "week"),
        (np.arange("2020-01", "2024-01", dtype="datetime64[M]").astype("datetime64[s]"), "month"),
        (np.arange("1980", "2020", dtype="datetime64[Y]").astype("datetime64[s]"), "year"),
        (np.array(["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"], "datetime64[s]"), "month"),
        (np.array(["2024-01-01", "2024-01-02", "2024-01-20", "2024-03-31"], "datetime64[s]"), "row"),
        (np.array(["2024-01-01", "2024-01-02"], "datetime64[s]"), "row"),
    ],
)
def test_the_step_is_recognised(dates, name):
    assert step_of(dates).name == name


def test_gaps_are_places_without_a_date_and_weekends_are_none():
    dates = np.datetime64("2024-01-01", "s") + np.delete(np.arange(20), [4, 5]) * np.timedelta64(1, "D")
    assert step_of(dates).name == "day" and places(dates, step_of(dates)).tolist() == np.delete(np.arange(20), [4, 5]).tolist()
    working = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")
    working = working[np.is_busday(working)].astype("datetime64[s]")
    assert step_of(working) == WORKING_DAY and places(working, WORKING_DAY)[-1] == len(working) - 1


def test_dates_go_on_as_they_were():
    def after(last: str, dates: np.ndarray) -> list[str]:
        return np.datetime_as_string(following(np.datetime64(last, "s"), step_of(dates), 2, 86_400 * 9), unit="D").tolist()

    working = np.array(["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-06", "2024-05-07"], "datetime64[s]")
    assert after("2024-05-31", working) == ["2024-06-03", "2024-06-04"]  # a Friday
    months = np.arange("2020-01", "2024-01", dtype="datetime64[M]").astype("datetime64[s]")
    assert after("2023-12-01", months) == ["2024-01-01", "2024-02-01"]
    unequal = np.array(["2024-01-01", "2024-01-02", "2024-01-20"], "datetime64[s]")
    assert step_of(unequal) == UNEQUAL and after("2024-01-20", unequal) == ["2024-01-29", "2024-02-07"]
