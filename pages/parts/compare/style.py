"""The colours and dashes of lines in CSS: a sample beside each name, as the chart draws the line."""

import html

import streamlit as st

from pages.parts.shell.colours import DASHES, LINES


def _background(colour: str, dash: tuple[int, ...]) -> str:
    """A horizontal line as a CSS background."""
    if not dash:
        return colour
    stops, at = [], 0
    for i, length in enumerate(dash):
        stops.append(f"{'transparent' if i % 2 else colour} {at}px {at + length}px")
        at += length
    return f"repeating-linear-gradient(to right, {', '.join(stops)})"


STYLE = "".join(
    f".line-{place}, .st-key-compare_line_{place} button::before {{ background: {_background(colour, dash)}; }}\n"
    for place, (colour, dash) in enumerate(zip(LINES, DASHES, strict=True))
)


def sample(place: int, name: str) -> str:
    """HTML: the line in its colour and dashes, and its name."""
    return f'<i class="line-{place}" aria-hidden="true"></i>{html.escape(name)}'


def line_name(place: int, name: str, remark: str = "") -> None:
    """Draw the name of a line over what belongs to it."""
    st.html(f'<div class="line-name"><b>{sample(place, name)}</b> {html.escape(remark)}</div>')


def bars(label: str, shares: list[tuple[str, float]]) -> str:
    """HTML: a column for each (name, share from 0 to 1), drawn as high as its share; `label` is what a screen reader says."""
    columns = "".join(
        f'<span><i style="height: {100 * share:.1f}%"></i></span><small>{html.escape(name)}</small>' for name, share in shares
    )
    return f'<div class="columns" role="img" aria-label="{html.escape(label)}">{columns}</div>'
