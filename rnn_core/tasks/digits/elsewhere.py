"""A network for digits without this program: how a table of pixels becomes its input, and a digit to try."""

import io
import json
from pathlib import Path

import numpy as np

from rnn_core.settings import Settings
from rnn_core.tasks.digits.dataset import model_io, order
from rnn_core.tasks.digits.drawings import FIRST, drawing
from rnn_core.tasks.digits.sources import CLASSES, FORMATS
from rnn_core.tasks.elsewhere import Elsewhere
from rnn_core.tasks.task import Parts


def _files(spec: Parts, folder: Path, settings: Settings) -> dict[str, bytes]:
    data, form = spec.data, FORMATS[spec.data.source]
    picture = {
        "side": form.side,
        "ink": form.brightest,
        "by_columns": data.reading == "columns",
        "timesteps": model_io(data, form.side).timesteps,
        "order": order(data, form.side).tolist(),
    }
    digit = io.StringIO()
    np.savetxt(digit, np.rint((1 - drawing(FIRST, form.side)) * form.brightest), "%d", ",")
    return {
        "labels.json": json.dumps([str(i) for i in range(CLASSES)]).encode(),
        "picture.json": json.dumps(picture).encode(),
        "digit.csv": digit.getvalue().encode(),
    }


ELSEWHERE = Elsewhere(
    Path(__file__).with_name("use.py"),
    "digit.csv",
    _files,
    {
        "labels.json": "the name of each output",
        "picture.json": "how a picture becomes the network's input: size, value of full ink, order of its rows, columns or pixels",
        "digit.csv": "a drawn two to try, as a table of pixels",
    },
)
