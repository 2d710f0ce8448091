"""Charts of the series task: the data with its parts."""

import altair as alt
import numpy as np

from pages.parts.run.charts import draw_chart, legend, sized_spec
from pages.parts.shell import session
from pages.parts.shell.colours import NEUTRAL, TRAINING, VALIDATION
from rnn_core.tasks.series import table
from rnn_core.tasks.series.dataset import SeriesDataset

_PARTS = ["Training", "Validation", "Test"]
_MOST_POINTS = 400  # of a series, each the lowest and the highest value of equally long pieces
_MOST_SERIES = 6


def _overview_spec() -> dict:
    base = alt.Chart(alt.NamedData("rows"))
    return sized_spec(
        base.mark_line(strokeWidth=1.3).encode(
            alt.X("date:T", title=None, axis=alt.Axis(grid=False, tickCount=5)),
            alt.Y("value:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=4)),
            alt.Color("part:N", scale=alt.Scale(domain=_PARTS, range=[TRAINING, VALIDATION, NEUTRAL]), legend=legend()),
            alt.Detail(["series:N", "piece:N"]),
            tooltip=[alt.Tooltip("date:T"), alt.Tooltip("value:Q", format=".4g"), alt.Tooltip("part:N")],
        ),
        height=175,
    )


_OVERVIEW = _overview_spec()


def overview_chart(dataset: SeriesDataset) -> None:
    """Draw the predicted values, coloured by part; of several series the first ones, each scaled by its training part."""
    columns: dict[str, list] = {"date": [], "value": [], "part": [], "series": [], "piece": []}
    several = len(dataset.prepared) > 1
    for series in dataset.prepared[:_MOST_SERIES]:
        edges, values = (0, *series.edges, len(series.dates)), series.values[:, 0]
        if several:
            scale = dataset.scaling.series[series.name]
            values = (values - scale.mean[0]) / scale.deviation[0] if not dataset.scaling.differences else values / values.std()
        for part, start, end in zip(_PARTS, edges, edges[1:], strict=False):
            at = start + _thinned(values[start : min(end + 1, len(values))])  # up to the first of the next part: without a gap
            columns["date"].append(series.dates[at].astype("datetime64[ms]"))
            columns["value"].append(values[at])
            for name, text in (("part", part), ("series", series.name), ("piece", f"{series.name} {part}")):
                columns[name].append(np.repeat(text, len(at)))
    name = dataset.scaling.columns[0]
    title = {
        "text": name if not several else f"{table.without_unit(name)}, each series scaled",
        "anchor": "start",
        "fontSize": 12,
        "fontWeight": 400,
    }
    draw_chart(
        {**_OVERVIEW, "title": title}, {key: np.concatenate(parts) for key, parts in columns.items()}, session.CHART("series"),
        f"{table.without_unit(name)} over time, with the parts for training, validation and test",
    )  # fmt: skip


def _thinned(values: np.ndarray) -> np.ndarray:
    """Indices of the lowest and the highest value of each piece, in order, so that no peak is lost."""
    if len(values) <= _MOST_POINTS:
        return np.arange(len(values))
    pieces = np.array_split(np.arange(len(values)), _MOST_POINTS // 2)
    return np.unique([piece[pick(values[piece])] for piece in pieces for pick in (np.argmin, np.argmax)] + [0, len(values) - 1])
