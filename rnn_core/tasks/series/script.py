"""The series task's part of the Keras script."""

import csv
import io
from pathlib import Path

import numpy as np

from rnn_core.settings import Settings
from rnn_core.tasks.script import ScriptData, TaskScript, file_name
from rnn_core.tasks.series import sources
from rnn_core.tasks.series.dataset import TRAIN_SHARE, VALIDATION_SHARE, SeriesDataset
from rnn_core.tasks.task import Parts

_FIXED = 2  # columns of the data file before the values: date, and whether the predicted value was measured


def data(spec: Parts, settings: Settings, folder: Path | None) -> ScriptData:
    dataset = SeriesDataset(spec, sources.load(spec.data.source, settings, folder))
    code, file = "\n".join([*_read(spec, dataset), "", "", *_examples(spec, dataset), "", "", *_parts(dataset)]), _file(spec)
    notes = [
        "The data is cut by time, and scaled by its training part alone. A script that scales or shuffles before it cuts has seen the future."
    ]
    if any(not series.is_real.all() for series in dataset.prepared):
        notes.append("Gaps are filled in the data file; a filled value is read, but never predicted.")
    if dataset.left_out:
        notes.append("Series that are too short for the window are not in the data file.")
    return ScriptData(
        dataset.model_io, file, code, dataset.batch, validates=len(dataset.held_out) > 0, tests=len(dataset.tested) > 0, standard="import csv",
        imports="from numpy.lib.stride_tricks import sliding_window_view",
        settings=f"window = {spec.data.window}  # timesteps that are read\nhorizon = {spec.data.horizon}  # timesteps that are predicted",
        use=_use(dataset), notes=tuple(notes),
    )  # fmt: skip


def _read(spec: Parts, dataset: SeriesDataset) -> list[str]:
    first, columns = _FIXED + (len(dataset.prepared) > 1), dataset.scaling.columns
    listed = ", ".join(repr(name)[1:-1] for name in columns[:3]) + (" and more" if len(columns) > 3 else "")
    return [
        f'with open("{_file(spec)}", encoding="utf-8", newline="") as file:',
        "    header, *rows = csv.reader(file)",
        "table = np.array(rows)",
        *(["names = table[:, 0]"] if len(dataset.prepared) > 1 else []),
        f'dates = table[:, {first - 2}].astype("datetime64[s]")',
        *([f'measured = table[:, {first - 1}] == "1"  # not filled in'] if _has_gaps(dataset) else []),
        f"# {listed}: the first is predicted" if len(columns) > 1 else f"# {listed} is read and predicted",
        f"values = table[:, {first}:].astype(float)",
    ]


def _examples(spec: Parts, dataset: SeriesDataset) -> list[str]:
    """The function that makes examples of one series."""
    differences, calendar = spec.data.differences, dataset.scaling.calendar
    lines = [
        f"def examples({_arguments(dataset)}):",
        '    """(inputs, targets) to train, validate and test, in the order of time."""',
        "    count = len(values)",
        f"    edges = [0, int({TRAIN_SHARE} * count), int({TRAIN_SHARE + VALIDATION_SHARE} * count), count]",
    ]
    if differences:
        lines += [
            "    x = np.diff(values, axis=0, prepend=values[:1])  # changes, not values",
            "    known = x[1 : edges[1]]  # scaling knows the training part alone",
        ]
    else:
        lines += ["    x, known = values, values[: edges[1]]  # scaling knows the training part alone"]
    lines += ["    mean, deviation = known.mean(axis=0), known.std(axis=0)"]
    if any(1.0 in scale.deviation for scale in dataset.scaling.series.values()):
        lines += ["    deviation[deviation < 1e-9] = 1  # of a column that never changes"]
    lines += ["    x = (x - mean) / deviation"]
    if calendar:
        day = ", np.sin(day), np.cos(day)" if calendar == 4 else ""
        lines += [
            '    days = (dates - dates.astype("datetime64[Y]")).astype(float) / 86400',
            "    year = 2 * np.pi * days / 365.25  # the season as an angle",
            *(["    day = 2 * np.pi * days  # the time of the day as an angle"] if day else []),
            f"    x = np.column_stack([x, np.sin(year), np.cos(year){day}])",
        ]
    lines += ['    x = sliding_window_view(x.astype("float32"), window, axis=0).transpose(0, 2, 1)']
    lines += ["    y = sliding_window_view(values[:, 0], horizon)"]
    if differences:
        lines += [
            "    y = y - values[np.arange(len(y)) - 1, :1]  # changes since the last value",
            "    past = values[: edges[1], 0]",
            "    steps = [past[k:] - past[:-k] for k in range(1, horizon + 1)]",
            "    y = (y - np.concatenate(steps).mean()) / np.concatenate(steps).std()",
        ]
    else:
        lines += ["    y = (y - mean[0]) / deviation[0]"]
    lines += [
        "    parts = []",
        "    for first, last in zip(edges, edges[1:]):",
        "        # A window may reach back into the part before; what is predicted may not.",
        f"        after = np.arange(max(first, window{' + 1' if differences else ''}), last - horizon + 1)",
    ]
    if _has_gaps(dataset):
        lines += ["        after = after[sliding_window_view(measured, horizon).all(axis=1)[after]]"]
    return [*lines, "        parts.append((x[after - window], y[after]))", "    return parts"]


def _arguments(dataset: SeriesDataset) -> str:
    return "dates, values, measured" if _has_gaps(dataset) else "dates, values"


def _parts(dataset: SeriesDataset) -> list[str]:
    arrays = "(x_train, y_train), (x_val, y_val), (x_test, y_test)"
    if len(dataset.prepared) == 1:
        return [f"{arrays} = examples({_arguments(dataset)})"]
    rows = ", ".join(f"{name}[names == name]" for name in _arguments(dataset).split(", "))
    return [
        f"series = [examples({rows}) for name in dict.fromkeys(names)]",
        f"{arrays} = [",
        "    [np.concatenate(arrays) for arrays in zip(*parts)] for parts in zip(*series)",
        "]",
    ]


def _use(dataset: SeriesDataset) -> str:
    if not len(dataset.tested):
        return ""
    simple = ("the usual change", "y_test") if dataset.scaling.differences else ("the last value", "y_test - x_test[:, -1:, 0]")
    return f"""## Compare
# Mean errors in standard deviations of the training part.
print("network:", np.abs(y_test - model.predict(x_test, batch_size=500)).mean())
print("{simple[0]}:", np.abs({simple[1]}).mean())"""


def _has_gaps(dataset: SeriesDataset) -> bool:
    return any(not series.is_real.all() for series in dataset.prepared)


def _header(dataset: SeriesDataset) -> list[str]:
    return [*(["series"] if len(dataset.prepared) > 1 else []), "date", "measured", *dataset.scaling.columns]


def content(spec: Parts, settings: Settings, folder: Path | None) -> bytes:
    """The columns that are read, on a grid of timesteps without gaps; `measured` is 0 where a value was filled."""
    dataset = SeriesDataset(spec, sources.load(spec.data.source, settings, folder))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_header(dataset))
    for series in dataset.prepared:
        name = [series.name] if len(dataset.prepared) > 1 else []
        dates = np.datetime_as_string(series.dates, unit="s").tolist()
        for date, real, values in zip(dates, series.is_real.tolist(), series.values.tolist(), strict=True):
            writer.writerow([*name, date, int(real), *map(repr, values)])
    return out.getvalue().encode()


def _file(spec: Parts) -> str:
    return file_name(spec.data.source, "csv", "series")


SCRIPT = TaskScript(data, content)
