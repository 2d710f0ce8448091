"""The confusion matrix."""

import altair as alt
import numpy as np

from pages.parts.run.charts import draw_chart, sized_spec
from pages.parts.shell import session
from pages.parts.shell.colours import NEGATIVE, NEUTRAL, POSITIVE


def _confusion_spec() -> dict:
    axis = {"labelAngle": 0, "domain": False, "ticks": False}
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("predicted:N", title="Predicted", axis=alt.Axis(orient="top", **axis)),
        y=alt.Y("true:N", title="True", axis=alt.Axis(**axis)),
    )
    kinds = alt.Scale(domain=["right", "wrong", "none"], range=[POSITIVE, NEGATIVE, NEUTRAL])
    tips = [
        alt.Tooltip("true:N", title="True"),
        alt.Tooltip("predicted:N", title="Predicted"),
        alt.Tooltip("count:Q", title="Count"),
    ]
    cells = base.mark_rect(cornerRadius=3).encode(
        color=alt.Color("kind:N", scale=kinds, legend=None), opacity=alt.Opacity("strength:Q", scale=None)
    )
    numbers = (
        base.transform_filter("datum.count > 0")
        .mark_text(fontSize=11)
        .encode(text="count:Q", color=alt.condition("datum.strength > 0.5", alt.value("white"), alt.value(NEUTRAL)))
    )
    picked = alt.selection_point(name="cell", fields=["true", "predicted"])
    on_top = base.mark_rect(opacity=0, cursor="pointer").encode(tooltip=tips).add_params(picked)  # takes the clicks
    return sized_spec(alt.layer(cells, numbers, on_top), height=320)


_CONFUSION = _confusion_spec()


def confusion_chart(counts: np.ndarray, key: session.Key) -> tuple[int, int] | None:
    """Draw counts (true classes, predicted classes); return the cell that was clicked as (true, predicted), or None."""
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    true, predicted = np.indices(counts.shape).reshape(2, -1)
    counts, shares, diagonal = counts.ravel(), shares.ravel(), true == predicted
    # Mistakes are few: their colour grows with the square root of their share, to be visible beside the diagonal.
    wrong = np.where(counts > 0, 0.15 + 2.5 * np.sqrt(shares), 0.06)
    columns = {
        "true": true.astype(str),
        "predicted": predicted.astype(str),
        "count": counts,
        "strength": np.where(diagonal, 0.25 + 0.55 * shares, wrong).clip(0, 1),
        "kind": np.where(diagonal, "right", np.where(counts > 0, "wrong", "none")),
    }
    worst = int(np.where(diagonal, -1, counts).argmax())
    alt_text = f"Confusion matrix; most frequent mistake: true {true[worst]}, predicted {predicted[worst]}, {counts[worst]} times"
    event = draw_chart(_CONFUSION, columns, key, alt_text, on_select="rerun", selection_mode="cell")
    cells = event.selection.get("cell") or []
    return (int(cells[0]["true"]), int(cells[0]["predicted"])) if cells else None
