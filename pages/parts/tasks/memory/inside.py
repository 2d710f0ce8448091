"""What the Inside page reads of the memory task: a sequence."""

import numpy as np

from pages.parts.shell import services
from pages.parts.tasks.memory.sequence import right_answer, sequence_field
from pages.parts.tasks.reading import Answer, Reading
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.memory.problems import PROBLEMS, vectors

_LIKELIEST = 3


def reading(run: Run) -> Reading | None:
    """Draw the field; returns the sequence as the network reads it."""
    data = services.store().runs.spec(run.id).data
    problem, symbols = PROBLEMS[data.source], sequence_field(data)
    if symbols is None:
        return None

    def answers(logits: np.ndarray, timesteps: np.ndarray) -> list[list[Answer]]:
        shares = probabilities(logits)
        likeliest = np.argsort(-shares, axis=-1, kind="stable")[:, :_LIKELIEST]
        return [[(problem.answers[i], float(row[i])) for i in best] for row, best in zip(shares, likeliest, strict=True)]

    right = right_answer(data.source)
    labels = tuple(problem.symbols[symbol - 1] for symbol in symbols)
    return Reading(vectors(problem, symbols), labels, "symbol", answers, "Answer", note=f"Right answer: {right}." if right else "")
