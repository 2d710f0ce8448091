"""A sequence as tiles, one for each symbol."""

from html import escape

import numpy as np
import streamlit as st

from rnn_core.tasks.memory.problems import Problem


def tiles(problem: Problem, symbols: np.ndarray, answer: str = "", label: str = "Sequence") -> None:
    """Draw the symbols (timesteps,) without the blanks before them."""
    read = symbols[np.flatnonzero(symbols)[0] :]
    names = [problem.symbols[symbol - 1] for symbol in read]
    shown = "".join(f"<b>{escape(name)}</b>" for name in names)
    arrow = f"<em>→ {escape(answer)}</em>" if answer else ""
    in_words = f"{label}: {' '.join(names)}" + (f", answer {answer}" if answer else "")
    st.html(f'<div class="tiles" role="img" aria-label="{escape(in_words)}">{shown}{arrow}</div>')
