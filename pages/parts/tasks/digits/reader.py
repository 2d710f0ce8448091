"""How a picture is read: the picture, a heat map of the ten probabilities beside it, and a line that moves over both.

Python computes all answers once; `reader.js` draws and plays them. It sends one trigger, `reset`: read the picture as it is.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pages.parts.shell import session
from pages.parts.shell.component import component
from pages.parts.shell.formatting import percent
from rnn_core.nn.prefix_predictions import PrefixPredictions
from rnn_core.spec.model import ModelSpec
from rnn_core.tasks import classification
from rnn_core.tasks.digits.options import DigitsData
from rnn_core.tasks.digits.sources import CLASSES
from rnn_core.tasks.digits.trial import settled

_HTML = f"""
<div class="frame"><div class="reader" role="group" aria-label="The network reads">
  <div class="head">
    <p class="now"></p>
    <button type="button" class="changed" hidden></button>
  </div>
  <div class="stage">
    <button type="button" class="play" aria-label="Play the reading" disabled>Play</button>
    <div class="bars" aria-hidden="true">{"".join(f"<div><span><i></i></span><b>{digit}</b></div>" for digit in range(CLASSES))}</div>
    <canvas class="picture" role="img" aria-label="The picture as the network reads it"></canvas>
    <canvas class="heat" role="img"></canvas>
    <div class="line" role="slider" tabindex="-1"></div>
    <p class="message"></p>
  </div>
  <p class="note"></p>
  <p class="said" aria-live="polite"></p>
</div></div>
"""
_READER = component("rnn_digit_reader", __file__, _HTML)


@dataclass(frozen=True)
class Reading:
    """What is shown: a picture and its predictions, or a message in their place."""

    message: str = ""  # why there are no predictions
    picture: np.ndarray | None = None  # (side, side) uint8 in the order of reading, 0 paper
    brightest: int = 1  # the value of ink
    prefixes: PrefixPredictions | None = None
    label: int | None = None  # the true digit
    note: str = ""  # a sentence about the picture
    changed: str = ""  # what was done to the picture, in words
    lights: dict | None = None  # what lights the network's cells at each timestep


def reader(reading: Reading, model: ModelSpec, data: DigitsData, on_reset: Callable[[], None]) -> None:
    """Draw the component; `on_reset` undoes what was done to the picture. Its data holds what reader.js reads:

    `id`: a new picture begins where it changes, with the line behind its last timestep; `message`; `picture`: a byte a pixel, 255 ink,
    as base64; `unit`: what a timestep reads; `backwards`; `timesteps`, `predictions`, `answers`: of each point, the answer in words;
    `settled`: the timestep from which on the last answer stays; `truth`; `early`, `late`: sentences before and after the last timestep;
    `changed`: what was done to the picture, or "". `lights`: see `pages.parts.run.lights`.
    """
    shown = {
        "id": "",
        "message": reading.message,
        "changed": reading.changed,
        "unit": data.reading,
        "backwards": data.backwards,
        "timesteps": [],
        "lights": reading.lights,
    }
    if reading.picture is not None:
        pixels = (reading.picture.astype(float) * 255 / reading.brightest).round().astype(np.uint8).tobytes()
        shown |= {"id": hashlib.sha256(pixels + repr(data).encode()).hexdigest(), "picture": base64.b64encode(pixels).decode()}
    if reading.prefixes is not None:
        shown |= _answers(reading, model, data.reading)
    _READER(key=session.READER.name, data=shown, on_reset_change=on_reset)


def _answers(reading: Reading, model: ModelSpec, unit: str) -> dict:
    predictions = classification.probabilities(reading.prefixes.logits)
    timesteps = reading.prefixes.timesteps.tolist()
    best = predictions.argmax(-1)
    first = timesteps[settled(predictions)]
    late = [_decided(unit[:-1], first, timesteps[-1], int(best[-1]))]
    if len(timesteps) < timesteps[-1]:
        late.append(
            f"A network that reads both ways must run once for every point: {len(timesteps)} of {timesteps[-1]} are computed."
        )
    early = ["If the picture ended here."]
    if model.pooling == "last":
        early.append("This network learnt to answer at the end; with Pooling set to Mean, after every timestep.")
    return {
        "timesteps": timesteps,
        "predictions": predictions.round(3).tolist(),
        "answers": [f"{digit} ({percent(shares[digit])})" for digit, shares in zip(best.tolist(), predictions, strict=True)],
        "settled": first,
        "truth": _truth(reading.label, int(best[-1])),
        "early": " ".join(early),
        "late": " ".join([*late, reading.note]).strip(),
    }


def _decided(unit: str, first: int, last: int, answer: int) -> str:
    if first == last:
        return f"The last {unit} decides: {answer}."
    return f"From {unit} {first} on, the answer stays {answer}." if first > 1 else f"The answer is {answer} from the start."


def _truth(label: int | None, answer: int) -> str:
    if label is None:
        return ""
    return f"True: {label}" + ("." if label == answer else ", so it is wrong.")
