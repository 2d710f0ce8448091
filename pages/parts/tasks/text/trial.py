"""What the tabs of the Try zone share: the network that is tried, the prompt, and how to sample."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from pages.parts.shell import session
from rnn_core.cells.cell import States
from rnn_core.tasks.sampler import Sampling, Writer
from rnn_core.tasks.tokenizer import Tokenizer

OPTIONS = {f.name: f.metadata["option"] for f in fields(Sampling)}


@dataclass(frozen=True)
class Trial:
    """One set of weights of a run, after it has read the prompt. Do not change the arrays: they are cached."""

    run_id: str
    epoch: str  # of the weights, in words
    prompt: str
    vocabulary: Tokenizer
    writer: Callable[[], Writer]
    logits: np.ndarray  # (classes,) of the next character
    states: list[States]  # after the prompt


def sampling() -> Sampling:
    """The values of the sampling controls. Raises `UserError` where they are not allowed."""
    return Sampling(**{name: session.SAMPLING(name).get() for name in OPTIONS})
