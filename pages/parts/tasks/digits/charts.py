"""The confusion matrix."""

import altair as alt
import numpy as np

from pages.parts.run.charts import draw_chart, sized_spec
from pages.parts.shell import colours, session

# A cell has its own colours in both themes: dark numbers on pale cells, white numbers on full ones, with a contrast of at least 4.5.
_DARK, _WHITE = "#10201f", "#ffffff"
_PALEST = np.array([240, 240, 240])
_SHADE = 0.78  # of the colours of a meaning


def _confusion_spec() -> dict:
    axis = {"labelAngle": 0, "domain": False, "ticks": False}
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("predicted:N", title="Predicted", axis=alt.Axis(orient="top", **axis)),
        y=alt.Y("true:N", title="True", axis=alt.Axis(**axis)),
    )
    tips = [
        alt.Tooltip("true:N", title="True"),
        alt.Tooltip("predicted:N", title="Predicted"),
        alt.Tooltip("count:Q", title="Count"),
    ]
    some = base.transform_filter("datum.count > 0")
    cells = some.mark_rect(cornerRadius=3).encode(color=alt.Color("cell:N", scale=None))
    numbers = some.mark_text(fontSize=11).encode(text="count:Q", color=alt.Color("ink:N", scale=None))
    picked = alt.selection_point(name="cell", fields=["true", "predicted"])
    on_top = base.mark_rect(opacity=0, cursor="pointer").encode(tooltip=tips).add_params(picked)  # takes the clicks
    return sized_spec(alt.layer(cells, numbers, on_top), height=320)


_CONFUSION = _confusion_spec()


def confusion_chart(counts: np.ndarray, key: session.Key) -> tuple[int, int] | None:
    """Draw counts (true classes, predicted classes); return the cell that was clicked as (true, predicted), or None."""
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    true, predicted = np.indices(counts.shape).reshape(2, -1)
    counts, shares, right = counts.ravel(), shares.ravel(), true == predicted
    # Mistakes are few: their colour grows with the square root of their share, to be visible beside the diagonal.
    strength = np.where(right, shares, 0.1 + 2.5 * np.sqrt(shares)).clip(0, 1)
    columns = {
        "true": true.astype(str),
        "predicted": predicted.astype(str),
        "count": counts,
        "cell": cell_colours(strength, right),
        "ink": number_colours(strength),
    }
    worst = int(np.where(right, -1, counts).argmax())
    alt_text = f"Confusion matrix; most frequent mistake: true {true[worst]}, predicted {predicted[worst]}, {counts[worst]} times"
    event = draw_chart(_CONFUSION, columns, key, alt_text, on_select="rerun", selection_mode="cell")
    cells = event.selection.get("cell") or []
    return (int(cells[0]["true"]), int(cells[0]["predicted"])) if cells else None


def cell_colours(strength: np.ndarray, right: np.ndarray) -> list[str]:
    """Colours of cells (n,) with a strength from 0 to 1: grey where the prediction is right, violet where it is wrong."""
    full = np.where(
        right[:, None], *(np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in (colours.NEUTRAL, colours.ANSWER))
    )
    level = np.where(strength < 0.5, 0.6 * strength, 0.8 + 0.2 * strength)[
        :, None
    ]  # none in between: no number could be read there
    return ["#{:02x}{:02x}{:02x}".format(*colour) for colour in (_PALEST + level * (_SHADE * full - _PALEST)).astype(int).tolist()]


def number_colours(strength: np.ndarray) -> list[str]:
    return np.where(strength < 0.5, _DARK, _WHITE).tolist()
