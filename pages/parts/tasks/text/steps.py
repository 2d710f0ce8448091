"""The tab Step by step: each next character is chosen by the person, or by the dice.

A component: `steps.js` draws, and sends the whole continuation when a character is added or taken back. What was chosen is in session
state (`session.STEPPED`), and ends when the prompt changes.
"""

import math
from functools import partial

import numpy as np

from pages.parts.shell import session
from pages.parts.shell.component import component
from pages.parts.shell.formatting import percent, visible
from pages.parts.tasks.text.trial import Trial, sampling
from rnn_core.errors import UserError
from rnn_core.tasks.sampler import EXPLODED, probabilities

MOST = 500  # characters; longer texts are for Write
_CANDIDATES = 8  # each has a number key
_PROMPT_SHOWN = 400  # last characters of the prompt on show
SPOKEN = {" ": "space", "\n": "line break", "\t": "tab"}
_CANDIDATE = (
    '<li><button type="button" data-place="{place}" aria-keyshortcuts="{digit}"><kbd aria-hidden="true">{digit}</kbd><b aria-hidden="true"></b>'
    '<span class="spoken"></span><span class="bar"><i></i></span><span class="percent"></span></button></li>'
)
_HTML = f"""
<div class="steps" role="group" aria-label="Step by step">
  <div class="side">
    <div class="text" tabindex="0" role="region" aria-label="Prompt and chosen characters"><span class="prompt"></span><span
      class="written"></span><span class="end" aria-hidden="true"></span><span class="hint"></span></div>
    <p class="readout" aria-live="polite"></p>
    <div class="tools" role="toolbar" aria-label="Steps">
      <button type="button" class="next" title="Draws one by the dice. Key: Enter">Next</button>
      <button type="button" class="undo" title="Takes the last character back. Key: Backspace">Undo</button>
      <button type="button" class="clear">Start over</button>
    </div>
  </div>
  <div class="choice">
    <ol aria-label="Likeliest next characters">
      {"".join(_CANDIDATE.format(place=i, digit=i + 1) for i in range(_CANDIDATES))}
    </ol>
    <p class="others"></p>
  </div>
</div>
"""
_STEPS = component("rnn_steps", __file__, _HTML)


def steps(trial: Trial) -> None:
    """Draw the tab."""
    _STEPS(key=session.STEPPER.name, data=_data(trial), on_path_change=partial(keep_path, session.STEPPER))


def keep_path(key: session.Key[dict]) -> None:
    """Keep what the component with this key sent: `path`, a mapping of `prompt` and `written`."""
    path = key.get().get("path")
    if isinstance(path, dict) and all(isinstance(path.get(name), str) for name in ("prompt", "written")):
        session.STEPPED.set((path["prompt"], path["written"][:MOST]))


def _data(trial: Trial) -> dict:
    """What steps.js draws. Probabilities are those after temperature, top-k and top-p."""
    how, written = sampling(), stepped(trial)
    logits = logits_after(trial, written)
    chances = probabilities(logits, how)
    if not np.isfinite(chances).all():
        raise UserError(EXPLODED)
    tokens, now = trial.vocabulary.tokens, chances[-1]
    ids = trial.vocabulary.encode(written) if written else []
    likeliest = [i for i in np.argsort(-now, kind="stable")[:_CANDIDATES] if now[i] > 0]
    others = np.count_nonzero(now) - len(likeliest)
    return {
        "prompt": trial.prompt,
        "shown": trial.prompt[-_PROMPT_SHOWN:],
        "cut": len(trial.prompt) > _PROMPT_SHOWN,
        "written": [_character(tokens[i], chances[at, i]) for at, i in enumerate(ids)],
        "candidates": [_character(tokens[i], now[i]) for i in likeliest],
        "others": f"{others:,} others: {percent(now.sum() - now[likeliest].sum())}" if others else "",
        "drawn": _character(*_throw(tokens, now)),
        "most": MOST,
    }


def logits_after(trial: Trial, written: str) -> np.ndarray:
    """Logits (1 + characters, classes) after the prompt and after each character that was written since."""
    after_prompt = trial.logits[None]
    return np.concatenate([after_prompt, trial.writer().read_on(written, trial.states)]) if written else after_prompt


def stepped(trial: Trial) -> str:
    """What was chosen after the prompt; another prompt, or another network's characters, begin again."""
    prompt, written = session.STEPPED.get()
    if prompt != trial.prompt or trial.vocabulary.unseen(written):
        session.STEPPED.set((trial.prompt, ""))
        return ""
    return written


def _throw(tokens: tuple[str, ...], chances: np.ndarray) -> tuple[str, float]:
    """One token drawn by chance; each redraw draws again, so Next after Undo may give another."""
    i = int(np.random.default_rng().choice(len(chances), p=chances / chances.sum()))
    return tokens[i], chances[i]


def _character(token: str, probability: float) -> dict:
    """A character for steps.js; `surprise` is in bits, None for one that these settings exclude."""
    return {
        "token": token,
        "shown": visible(token),
        "spoken": SPOKEN.get(token, visible(token)),
        "probability": float(probability),
        "percent": percent(probability),
        "surprise": -math.log2(probability) if probability > 0 else None,
    }
