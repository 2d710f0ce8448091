"""The series task: a network reads numbers over time and predicts the next ones."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from rnn_core.data import files, uploads
from rnn_core.errors import UserError
from rnn_core.estimate import Work
from rnn_core.nn.network import Network
from rnn_core.settings import Settings
from rnn_core.spec.model_io import Values, Vectors
from rnn_core.tasks.elsewhere import Elsewhere
from rnn_core.tasks.series import dataset as windows
from rnn_core.tasks.series import references, sources, table
from rnn_core.tasks.series.dataset import SeriesDataset
from rnn_core.tasks.series.forecast import beyond_the_end
from rnn_core.tasks.series.options import SeriesData
from rnn_core.tasks.series.presets import PRESETS
from rnn_core.tasks.series.script import SCRIPT
from rnn_core.tasks.task import DataCheck, DataFile, ImportedData, Parts, Task


def _check(spec: Parts, settings: Settings, folder: Path | None) -> DataCheck:
    name = spec.data.source
    dataset = SeriesDataset(spec, sources.load(name, settings, folder))
    own = folder and folder / sources.OWN_SERIES
    return DataCheck(Work.of(dataset), {sources.OWN_SERIES: uploads.read(name, settings, own)} if uploads.is_upload(name) else {})


def _dataset(spec: Parts, folder: Path | None, settings: Settings, resuming: bool) -> SeriesDataset:
    scaling = windows.read(folder) if resuming else None
    dataset = SeriesDataset(spec, sources.load(spec.data.source, settings, folder), scaling)
    if folder and not resuming:
        windows.save(folder, dataset.scaling)
    return dataset


def _data_files(spec: Parts, folder: Path, settings: Settings) -> Iterator[DataFile]:
    """The table as a file: another computer may have another one by this name."""
    yield DataFile(table.write(sources.load(spec.data.source, settings, folder)), sources.OWN_SERIES, own=True)


def _import_files(names: list[str], known_names: Iterable[str], settings: Settings, encoding: str) -> ImportedData:
    from rnn_core.tasks.series import csv_table  # imports pandas, which training does not need

    (name, raw), *others = files.read(names, known_names)
    if others:
        raise UserError(f"{names[0]} is a folder. Name one CSV file, with a column of dates and a column of numbers.")
    try:
        read = csv_table.read(raw, encoding)
        own, notes = csv_table.to_table(read, read.guess)
    except UserError as error:
        raise UserError(f"{name} cannot be used.", *error.sentences) from None
    return ImportedData({"source": uploads.save(table.write(own), settings)}, name, tuple(notes))


def _baseline(dataset: SeriesDataset, outputs: np.ndarray, stop_wanted: Callable[[], bool]) -> dict[str, float]:
    from rnn_core.tasks.series import baseline

    return baseline.results(dataset, outputs, stop_wanted)


def _forecast(spec: Parts, folder: Path, settings: Settings, network: Network, steps: int) -> Iterator[tuple[str, ...]]:
    """Rows of a table: what follows each series."""
    dataset = _dataset(spec, folder, settings, True)
    several = len(dataset.prepared) > 1
    yield (*(["series"] if several else []), "date", "forecast", "low", "high")
    for i, series in enumerate(dataset.prepared):
        ahead = beyond_the_end(network, dataset, i, steps)
        whole_days = not (ahead.dates.astype("int64") % 86_400).any()
        dates = np.datetime_as_string(ahead.dates, unit="D" if whole_days else "s")
        for date, *numbers in zip(dates, ahead.values, ahead.low, ahead.high, strict=True):
            yield (*([series.name] if several else []), str(date), *(f"{number:.6g}" for number in numbers))


def _past(spec: Parts, folder: Path, settings: Settings) -> dict[str, bytes]:
    """The last window of each series, which a forecast follows; nothing where the data is not on this machine any more."""
    try:
        return {"past.csv": windows.past(_dataset(spec, folder, settings, True))}
    except UserError:
        return {}


TASK = Task(
    name="series",
    item="window",
    about="A network reads numbers over time, such as a month of weather, and predicts what comes next.",
    data=SeriesData,
    input=Vectors,
    metrics=Values.metrics,
    example="example-series",
    presets=PRESETS,
    sources=sources.sources,
    check=_check,
    model_io=lambda spec, folder: windows.model_io(windows.read(folder), spec.data),
    dataset=_dataset,
    run_files=(windows.SCALING,),
    data_files=_data_files,
    # On another computer every series is an upload.
    remote_options=lambda hashes: {"source": uploads.UPLOAD + hashes[0][:24]},
    import_files=_import_files,
    baseline=_baseline,
    references=references.of_run,
    rivals={"error": {"last value (test)": "last_mae", "seasonal naive (test)": "seasonal_mae"}},
    forecast=_forecast,
    elsewhere=Elsewhere(
        Path(__file__).with_name("use.py"),
        "past.csv",
        _past,
        {
            windows.SCALING: "the columns that the network reads, and by what each is shifted and divided",
            "past.csv": "the last timesteps of the data: the forecast follows them. Put newer rows here",
        },
    ),
    script=SCRIPT,
)
