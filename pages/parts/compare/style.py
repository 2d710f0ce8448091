"""A sample of a line beside its name, as the chart draws the line; and bars."""

import html

import streamlit as st


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
