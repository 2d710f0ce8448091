"""A sequence as tiles, one for each symbol."""

from html import escape

import numpy as np
import streamlit as st

from rnn_core.tasks.memory.problems import Problem

_PALEST = 0.01  # a share that can be seen


def tiles(
    problem: Problem, symbols: np.ndarray, answer: str = "", label: str = "Sequence", shares: np.ndarray | None = None
) -> None:
    """Draw the symbols (timesteps,) without the blanks before them; `shares`, from 0 to 1, are how deeply each is shaded."""
    first = np.flatnonzero(symbols)[0]
    names = [problem.symbols[symbol - 1] for symbol in symbols[first:]]
    shades = np.zeros(len(names)) if shares is None else np.nan_to_num(shares[first:])
    shown = "".join(
        f'<b style="--share: {share:.3f}">{escape(name)}</b>' if share >= _PALEST else f"<b>{escape(name)}</b>"
        for name, share in zip(names, shades, strict=True)
    )
    arrow = f"<em>→ {escape(answer)}</em>" if answer else ""
    in_words = f"{label}: {' '.join(names)}" + (f", answer {answer}" if answer else "")
    st.html(f'<div class="tiles" role="img" aria-label="{escape(in_words)}">{shown}{arrow}</div>')
