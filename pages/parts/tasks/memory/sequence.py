"""The field for a sequence: drawn by chance over a number of timesteps, or typed."""

from collections.abc import Callable, Container, Iterable

import numpy as np
import streamlit as st

from pages.parts.shell import session
from pages.parts.shell.errors import show_errors
from pages.parts.shell.formatting import plain
from pages.parts.tasks.memory.tiles import tiles
from rnn_core.errors import UserError, quoted
from rnn_core.tasks.memory.options import MemoryData
from rnn_core.tasks.memory.problems import PROBLEMS, Problem

_BEYOND = 2  # times the longest distance of training
_MOST = 800  # timesteps that can be tried


def sequence_field(data: MemoryData, shades: Callable[[np.ndarray], np.ndarray | None] = lambda symbols: None) -> np.ndarray | None:
    """Draw the field; returns the symbols (timesteps,), or None where they cannot be read, with the reason drawn.

    `shades` says from 0 to 1 how deeply each symbol is shaded.
    """
    problem, typed, distance = PROBLEMS[data.source], session.SEQUENCE(data.source), session.DISTANCE(data.source, data.longest)
    if not typed.exists():
        _another(data.source, data.longest)
    typed.carry_over()
    single = all(len(symbol) == 1 for symbol in problem.symbols)
    left, right = st.columns((3, 2), vertical_alignment="bottom", gap="small")
    with left:
        chosen = st.slider(
            "Timesteps to remember", problem.shortest, min(_MOST, _BEYOND * data.longest), data.longest, key=distance.name,
            persist_state="session", on_change=lambda: _another(data.source, distance.get()),
            help=f"Networks were trained on up to {data.longest}. Do the networks remember for longer than in training?",
        )  # fmt: skip
    with right:
        st.button("Another sequence", icon=":material/casino:", on_click=_another, args=(data.source, chosen), width="stretch")
    st.text_input(
        "Sequence", key=typed.name, persist_state="session",
        help=f"Known symbols: {' '.join(map(plain, problem.symbols))}. {'' if single else 'Put blanks between them.'}",
    )  # fmt: skip
    try:
        symbols = _read(problem, typed.get())
    except UserError as error:
        show_errors(error)
        return None
    tiles(problem, symbols, shares=shades(symbols))
    return symbols


def _signs(part: str, numbers: Container[str]) -> Iterable[str]:
    """The signs of a part that is typed without blanks, where some of them are symbols; else the part."""
    return part if any(sign in numbers for sign in part) else [part]


def right_answer(source: str) -> str | None:
    """The answer to the sequence in the field, if it was drawn and has not been edited."""
    drawn = session.TRUE_ANSWER(source).get()
    return PROBLEMS[source].answers[drawn[1]] if drawn and drawn[0] == session.SEQUENCE(source).get() else None


def _another(source: str, distance: int) -> None:
    """Draw a sequence by chance, over so many timesteps."""
    problem = PROBLEMS[source]
    symbols, answer = problem.draw(np.random.default_rng(), max(problem.shortest, distance))
    text = " ".join(problem.symbols[symbol - 1] for symbol in symbols)
    session.SEQUENCE(source).set(text)
    session.TRUE_ANSWER(source).set((text, answer))


def _read(problem: Problem, text: str) -> np.ndarray:
    """The symbols (timesteps,) of a typed sequence. Raises `UserError` for none, too many, or one that does not exist."""
    numbers = {name: i for i, name in enumerate(problem.symbols, 1)}
    names = [name for part in text.split() for name in ([part] if part in numbers else _signs(part, numbers))]
    if not names:
        raise UserError("The sequence is empty. Type some symbols, or press Another sequence.")
    if len(names) > 2 * _MOST:
        raise UserError(f"The sequence has {len(names):,} symbols; {2 * _MOST:,} are read at most. Shorten it.")
    if unknown := next((name for name in names if name not in numbers), None):
        raise UserError(f"There is no symbol {quoted(unknown)} here. Known: {' '.join(problem.symbols)}. Put blanks between them.")
    return np.array([numbers[name] for name in names], np.uint8)
