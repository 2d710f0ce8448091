"""Sources of series: bundled, made on the spot, in RNN_DATA_DIR, or uploaded."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from rnn_core.data import array_cache, uploads
from rnn_core.data.source import Source, pick
from rnn_core.errors import UserError
from rnn_core.settings import Settings
from rnn_core.tasks.series import table
from rnn_core.tasks.series.table import SeriesTable

OWN_SERIES = "series.csv"  # a run's copy of an upload, in its folder
_FILES = Path(__file__).parent / "files"
_STEPS = 2000  # of a series that is made


@lru_cache(maxsize=4)
def _bundled(name: str) -> SeriesTable:
    return table.read((_FILES / name).read_bytes())


def _made(values: np.ndarray) -> SeriesTable:
    dates = np.datetime64("2000-01-01", "s") + np.arange(len(values)) * np.timedelta64(86_400, "s")
    return SeriesTable(dates, ("value",), np.round(values, 4)[:, None])


def _sine(_: Settings) -> SeriesTable:
    t = np.arange(_STEPS)
    return _made(np.sin(2 * np.pi * t / 25) + 0.1 * np.random.default_rng(0).normal(size=_STEPS))


def _two_periods(_: Settings) -> SeriesTable:
    t = np.arange(_STEPS)
    return _made(np.sin(2 * np.pi * t / 20) + 0.6 * np.sin(2 * np.pi * t / 73))


_BUNDLED = (
    Source(
        "weather", "Seattle weather",
        "1,461 days of weather in Seattle, 2012 to 2015, as measured by NOAA (public domain), as the package vega_datasets has them (MIT licence).",
        lambda _: _bundled("weather.csv"),
    ),
    Source(
        "indices", "Stock indices",
        "Daily closes of the S&P 500 and the NASDAQ Composite, 2005 to 2018, from the package arch by Kevin Sheppard (NCSA licence).",
        lambda _: _bundled("indices.csv"),
    ),
    Source("sine", "Noisy sine", "A sine with a period of 25 steps and some noise, computed here.", _sine),
    Source("two-periods", "Two periods", "The sum of two sines with periods of 20 and 73 steps, computed here.", _two_periods),
)  # fmt: skip


def sources(settings: Settings) -> dict[str, Source]:
    """All series that can be chosen, by name: bundled ones, then the CSV files in RNN_DATA_DIR."""
    available = {source.name: source for source in _BUNDLED}
    for path in sorted(settings.data_dir.glob("*.csv")) if settings.data_dir else ():
        if path.is_file() and path.name.isprintable():
            name = path.stem if path.stem not in available and not uploads.is_upload(path.stem) else path.name
            available[name] = Source(
                name,
                path.stem,
                f"{path.name} in RNN_DATA_DIR.",
                lambda settings, path=path: _in_folder(path, settings),
                in_folder=True,
            )
    return available


def _in_folder(path: Path, settings: Settings) -> SeriesTable:
    try:
        arrays = array_cache.load_or_build(f"series-{path.stem[:40]}", [path], convert, settings)
    except OSError as error:
        raise UserError(f"{path.name} cannot be read ({error.strerror}). Choose other data.") from None
    return table.read(arrays["table"].tobytes())


def convert(files: list[Path]) -> array_cache.Arrays:
    """The table in a CSV file as bytes; runs in another process, because it imports pandas."""
    from rnn_core.tasks.series import csv_table

    read = csv_table.read(files[0].read_bytes())
    return {"table": np.frombuffer(table.write(csv_table.to_table(read, read.guess)[0]), np.uint8)}


def load(name: str, settings: Settings, folder: Path | None = None) -> SeriesTable:
    """The table of a source; `folder` is that of a run, which may have a copy of an upload. Raises `UserError`."""
    if uploads.is_upload(name):
        return table.read(uploads.read(name, settings, folder and folder / OWN_SERIES))
    return pick(sources(settings), name, "Series").read(settings)
