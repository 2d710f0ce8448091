"""The confusion matrix."""

import altair as alt
import numpy as np

from pages.parts.run.charts import draw_chart, sized_spec
from pages.parts.shell import colours, session

# Weak cells let the background through, and their numbers have the colour of the theme's text; full cells have white numbers.
_WEAK, _FULL = (0.12, 0.5), (0.9, 1.0)  # opacities of the weakest and the strongest of a kind
_SHADE = 0.78  # of the colours of a meaning: with it, white numbers have a contrast of at least 4.5


def _shaded(colour: str) -> str:
    return "#" + "".join(f"{int(_SHADE * int(colour[i : i + 2], 16)):02x}" for i in (1, 3, 5))


CELLS = _shaded(colours.NEUTRAL), _shaded(colours.ANSWER)  # of right and of wrong predictions


def _confusion_spec() -> dict:
    axis = {"labelAngle": 0, "domain": False, "ticks": False, "labelOverlap": False}
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
    cells = some.mark_rect(cornerRadius=3).encode(
        color=alt.Color("cell:N", scale=None), opacity=alt.Opacity("opacity:Q", scale=None)
    )
    numbers = some.mark_text(fontSize=11).encode(text="count:Q", color=alt.Color("ink:N", scale=None))
    picked = alt.selection_point(name="cell", fields=["true", "predicted"])
    on_top = base.mark_rect(opacity=0, cursor="pointer").encode(tooltip=tips).add_params(picked)  # takes the clicks
    return sized_spec(alt.layer(cells, numbers, on_top), height=264)


_CONFUSION = _confusion_spec()


def confusion_chart(counts: np.ndarray, key: session.Key) -> tuple[int, int] | None:
    """Draw counts (true classes, predicted classes); return the cell that was clicked as (true, predicted), or None."""
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    true, predicted = np.indices(counts.shape).reshape(2, -1)
    counts, shares, right = counts.ravel(), shares.ravel(), true == predicted
    # Mistakes are few: their colour grows with the square root of their share, to be visible beside the diagonal.
    strength = np.where(right, shares, 0.1 + 2.5 * np.sqrt(shares)).clip(0, 1)
    opacity, ink = cell_style(strength)
    columns = {
        "true": true.astype(str),
        "predicted": predicted.astype(str),
        "count": counts,
        "cell": np.where(right, *CELLS),
        "opacity": opacity,
        "ink": ink,
    }
    worst = int(np.where(right, -1, counts).argmax())
    alt_text = f"Confusion matrix; most frequent mistake: true {true[worst]}, predicted {predicted[worst]}, {counts[worst]} times"
    event = draw_chart(_CONFUSION, columns, key, alt_text, on_select="rerun", selection_mode="cell")
    cells = event.selection.get("cell") or []
    return (int(cells[0]["true"]), int(cells[0]["predicted"])) if cells else None


def cell_style(strength: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The opacity of cells with a strength from 0 to 1, and the colour of the numbers on them."""
    full = strength >= 0.5
    share = 2 * strength % 1 + (strength == 1)
    low, high = np.where(full, *np.array([_FULL, _WEAK])[:, :, None])
    return low + share * (high - low), np.where(full, "#ffffff", "currentColor")
