"""The chart of an input, timestep by timestep."""

import altair as alt
import numpy as np

from pages.parts.run.charts import draw_chart, sized_spec
from pages.parts.shell import session
from pages.parts.shell.colours import ANSWER


def _input_spec() -> dict:
    place = {"axis": alt.Axis(labelAngle=0, labelOverlap=True, ticks=False, domain=False)}
    return sized_spec(
        alt.Chart(alt.NamedData("rows"))
        .mark_rect()
        .encode(
            x=alt.X("timestep:O", title="timestep", **place),
            y=alt.Y("feature:O", title=None, **place),
            color=alt.Color("value:Q", scale=alt.Scale(range=["#8b5cf608", ANSWER]), legend=None),
            tooltip=[alt.Tooltip("timestep:O"), alt.Tooltip("feature:O"), alt.Tooltip("value:Q", format=".3g")],
        ),
        height=120,
    )


_INPUT = _input_spec()


def input_chart(inputs: np.ndarray) -> None:
    """Draw the input of a network: ids (timesteps,) or vectors (timesteps, features)."""
    values = inputs.reshape(len(inputs), -1)
    timestep, feature = np.indices(values.shape).reshape(2, -1) + 1
    draw_chart(
        _INPUT, {"timestep": timestep, "feature": feature, "value": values.ravel()}, session.CHART("input"),
        f"The input: {len(values)} timesteps of {values.shape[1]} numbers",
    )  # fmt: skip
