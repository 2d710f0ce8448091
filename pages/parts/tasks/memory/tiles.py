"""A sequence as tiles, one for each symbol, and under each how much the answer depends on it."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from rnn_core.tasks.memory.problems import Problem

_BAR = 34  # pixels of the highest bar


def tiles(problem: Problem, symbols: np.ndarray, answer: str = "", depends: Sequence[float] = (), label: str = "Sequence") -> None:
    """Draw the symbols (timesteps,) without the blanks before them. `depends` are shares of the highest bar, one for each symbol."""
    read = symbols[np.flatnonzero(symbols)[0] :]
    names = [problem.symbols[symbol - 1] for symbol in read]
    bars = [f'<i style="height:{_BAR * share:.0f}px"></i>' for share in depends] or [""] * len(names)
    shown = "".join(f"<span>{bar}<b>{escape(name)}</b></span>" for bar, name in zip(bars, names, strict=True))
    arrow = f"<em>→ {escape(answer)}</em>" if answer else ""
    in_words = f"{label}: {' '.join(names)}" + (f", answer {answer}" if answer else "")
    st.html(f'<div class="tiles" role="img" aria-label="{escape(in_words)}">{shown}{arrow}</div>')
