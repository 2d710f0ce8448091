"""Trying a memory: a sequence, what the network answers, and how its answer changes from timestep to timestep."""

import numpy as np
import streamlit as st

from pages.parts.run.charts import predictions_chart
from pages.parts.run.weights import weights_choice
from pages.parts.shell import services, session
from pages.parts.shell.errors import show_errors, showing_errors
from pages.parts.shell.formatting import percent, plain
from pages.parts.tasks.memory.tiles import tiles
from rnn_core.errors import UserError, quoted
from rnn_core.nn.network import Network
from rnn_core.nn.prefix_predictions import predict_prefixes
from rnn_core.runs import checkpoints
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.memory.problems import PROBLEMS, Problem, vectors

_TICK = 4.0  # seconds
_BEYOND = 2  # times the longest distance of training: does the network remember longer than it ever had to?
_MOST = 800  # timesteps that can be tried


@st.cache_resource(max_entries=6, show_spinner=False)
def _network(run_id: str, weights: Weights) -> Network:
    """Cached until the run has newer weights."""
    return checkpoints.network(services.store(), run_id, weights.best)


def try_panel(run: Run) -> None:
    """Draw the panel; it ticks while the run trains."""
    st.fragment(_panel, run_every=_TICK if run.on_slot else None)(run.id)


@showing_errors
def _panel(run_id: str) -> None:
    data = services.store().runs.spec(run_id).data
    problem = PROBLEMS[data.source]
    typed = session.SEQUENCE(data.source)
    if not typed.exists():
        _another(data.source, data.longest)
    left, right = st.columns((3, 2), vertical_alignment="bottom", gap="small")
    with left:
        distance = st.slider(
            "Timesteps to remember", problem.shortest, min(_MOST, _BEYOND * data.longest), data.longest, key=session.DISTANCE(run_id).name,
            persist_state="session", on_change=lambda: _another(data.source, session.DISTANCE(run_id).get()),
            help=f"The network was trained on up to {data.longest}. Does it remember for longer than it ever had to?",
        )  # fmt: skip
    with right:
        st.button("Another sequence", icon=":material/casino:", on_click=_another, args=(data.source, distance), width="stretch")
    st.text_input(
        "Sequence", key=typed.name, persist_state="session",
        help=f"Symbols between blanks. Known: {' '.join(map(plain, problem.symbols))}",
    )  # fmt: skip
    weights = weights_choice(run_id)
    try:
        symbols = _read(problem, typed.get())
    except UserError as error:
        show_errors(error)
        return
    tiles(problem, symbols)
    if weights is None:
        st.caption("After the first training steps, the network answers here.")
        return
    prefixes = predict_prefixes(_network(run_id, weights), vectors(problem, symbols))
    shares = probabilities(prefixes.logits)
    best = int(shares[-1].argmax())
    true = session.TRUE_ANSWER(data.source).get()
    verdict = f" The right answer is **{problem.answers[true[1]]}**." if true and true[0] == typed.get() else ""
    st.markdown(
        f"After {len(symbols)} timestep{'s' if len(symbols) > 1 else ''}: **{plain(problem.answers[best])}** ({percent(shares[-1][best])}).{verdict}"
    )
    predictions_chart(prefixes.timesteps.tolist(), shares, list(problem.answers), "Probability")


def _another(source: str, distance: int) -> None:
    """Draw a sequence by chance, over so many timesteps."""
    problem = PROBLEMS[source]
    random = np.random.default_rng()
    symbols, answer = problem.draw(random, max(problem.shortest, distance))
    text = " ".join(problem.symbols[symbol - 1] for symbol in symbols)
    session.SEQUENCE(source).set(text)
    session.TRUE_ANSWER(source).set((text, answer))


def _read(problem: Problem, text: str) -> np.ndarray:
    """The symbols (timesteps,) of a typed sequence. Raises `UserError` for none, too many, or one that does not exist."""
    names, numbers = text.split(), {name: i for i, name in enumerate(problem.symbols, 1)}
    if not names:
        raise UserError("The sequence is empty. Type some symbols, or press Another sequence.")
    if len(names) > 2 * _MOST:
        raise UserError(f"The sequence has {len(names):,} symbols; {2 * _MOST:,} are read at most. Shorten it.")
    if unknown := next((name for name in names if name not in numbers), None):
        raise UserError(f"There is no symbol {quoted(unknown)} here. Known: {' '.join(problem.symbols)}. Put blanks between them.")
    return np.array([numbers[name] for name in names], np.uint8)
