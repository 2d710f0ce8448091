"""The file in a run's folder that holds its vocabulary."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rnn_core.nn.stored import Damaged, read_json

VOCABULARY = "vocabulary.json"


def read_vocabulary(folder: Path, make: Callable[[Any], Any], makes_sense: Callable[[Any], bool]) -> Any:
    """Raises `Damaged`."""
    path = folder / VOCABULARY
    try:
        vocabulary = read_json(path, make)
    except FileNotFoundError:
        raise Damaged(path, "it is not there") from None
    if not makes_sense(vocabulary):
        raise Damaged(path, "its content makes no sense")
    return vocabulary
