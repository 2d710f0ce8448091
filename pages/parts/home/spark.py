"""A spark line: a curve as a small picture without axes."""

from collections.abc import Sequence
from urllib.parse import quote

from pages.parts.shell.colours import TRAINING

_WIDTH, _HEIGHT, _MARGIN = 96, 28, 3  # pixels


def spark_line(losses: Sequence[float]) -> str:
    """The curve of a loss as HTML: an image, since `st.html` removes SVG. An empty place for less than two values."""
    if len(losses) < 2:
        return f'<div style="width: {_WIDTH}px; height: {_HEIGHT}px"></div>'
    lowest, highest = min(losses), max(losses)
    right, down = (_WIDTH - 2 * _MARGIN) / (len(losses) - 1), (_HEIGHT - 2 * _MARGIN) / (highest - lowest or 1)
    points = " ".join(f"{_MARGIN + i * right:.1f},{_MARGIN + (highest - loss) * down:.1f}" for i, loss in enumerate(losses))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}">'
        f'<polyline points="{points}" fill="none" stroke="{TRAINING}" stroke-width="2" stroke-linejoin="round"/></svg>'
    )
    alt = f"Training loss from {losses[0]:.3g} to {losses[-1]:.3g}"
    return f'<img src="data:image/svg+xml,{quote(svg)}" width="{_WIDTH}" height="{_HEIGHT}" alt="{alt}" style="display: block">'
