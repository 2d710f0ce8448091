"""The tab Next character: how logits become the odds of the next character, and how surprising each character before it was.

A component: `odds.js` draws the columns of the table, and sends a character that is chosen. What was chosen is shared with the tab
Step by step (`session.STEPPED`).
"""

import math
from functools import partial

import numpy as np

from pages.parts.shell import session
from pages.parts.shell.component import component
from pages.parts.shell.formatting import percent, visible
from pages.parts.tasks.text.steps import MOST, SPOKEN, keep_path, logits_after, stepped
from pages.parts.tasks.text.trial import Trial, sampling
from rnn_core.cells.cell import softmax
from rnn_core.errors import UserError
from rnn_core.tasks.sampler import EXPLODED, Sampling, probabilities

_ROWS = 10  # characters in the table
_TEXT = 240  # last characters whose surprise is shown ...
_READ = 2000  # ... after the network has read so many
_HEADS = (  # of the columns, from logits to odds
    ("Logit", "What the network computes for each character: any number, higher is likelier."),
    ("÷ T", "Divided by the temperature. Below 1 the numbers move apart, above 1 together."),
    ("e^(x − max)", "e to the power of this number minus the largest: always positive, and differences become ratios."),
    ("Share", "Divided by the sum over all characters: probabilities."),
    ("Cut", "Top-k and top-p leave only the likeliest; their shares are divided by their sum again."),
)
_HTML = f"""
<div class="odds" role="group" aria-label="Next character">
  <div class="line">
    <p class="text" tabindex="0" role="region" aria-label="Text so far, each character with its surprise"></p>
    <button type="button" class="undo" title="Takes the last character back">Undo</button>
  </div>
  <p class="readout" aria-live="polite"></p>
  <table aria-label="From logits to the odds of the next character">
    <thead><tr><th scope="col"><span class="spoken">Character</span></th>{
    "".join(f'<th scope="col" title="{help}">{head}</th>' for head, help in _HEADS)
}</tr></thead>
    <tbody>{
    "".join(
        '<tr><th scope="row"><button type="button"></button></th>' + "<td><i></i><span></span></td>" * len(_HEADS) + "</tr>"
        for _ in range(_ROWS)
    )
}</tbody>
  </table>
  <p class="others"></p>
</div>
"""
_ODDS = component("rnn_odds", __file__, _HTML)


def odds(trial: Trial) -> None:
    """Draw the tab."""
    _ODDS(key=session.ODDS.name, data=_data(trial), on_path_change=partial(keep_path, session.ODDS))


def _data(trial: Trial) -> dict:
    """What odds.js draws: the text so far with the surprise of each character, and the rows of the table."""
    how, written = sampling(), stepped(trial)
    rows, others = table(logits_after(trial, written)[-1], how)
    tokens = trial.vocabulary.tokens
    for row in rows:
        token = tokens[row.pop("id")]
        row |= {"token": token, "shown": visible(token), "spoken": SPOKEN.get(token, visible(token))}
    seen, bits = _surprises(trial, written)
    counted = [value for value in bits if value is not None]
    return {
        "prompt": trial.prompt,
        "written": written,
        "full": len(written) >= MOST,
        "chosen": len(written),
        "text": [{"token": token, "shown": visible(token), "bits": value} for token, value in zip(seen, bits, strict=True)],
        "mean": sum(counted) / len(counted) if counted else None,
        "guess": math.log2(len(tokens)),
        "rows": rows,
        "others": others,
    }


def table(logits: np.ndarray, how: Sampling) -> tuple[list[dict], str]:
    """The rows of the likeliest characters: id, logit, logit / T, e to that power beside the largest, and the probabilities before
    and after top-k and top-p; and a sentence about the others. Raises `UserError` where the network has exploded."""
    if not np.isfinite(logits.max()):
        raise UserError(EXPLODED)
    scaled = logits.astype(np.float64) / how.temperature
    powers = np.exp(scaled - scaled.max())
    shares, final = powers / powers.sum(), probabilities(logits, how)
    best = [int(i) for i in np.argsort(-logits, kind="stable")[:_ROWS] if np.isfinite(logits[i])]
    rows = [
        {"id": i, "logit": float(logits[i]), "scaled": float(scaled[i]), "power": float(powers[i]), "share": float(shares[i]), "odds": float(final[i])}
        for i in best
    ]  # fmt: skip
    rest = np.isfinite(logits).sum() - len(best)
    left = percent(1 - final[best].sum()) if np.count_nonzero(final) > np.count_nonzero(final[best]) else "cut off"
    return rows, f"{rest:,} others: {left}" if rest else ""


def _surprises(trial: Trial, written: str) -> tuple[list[str], list[float | None]]:
    """The last characters that the network has read, and the surprise of each in bits at temperature 1; None for the first."""
    unseen = set(trial.vocabulary.unseen(trial.prompt))
    read = "".join(token for token in trial.prompt if token not in unseen) + written
    read = read[-_READ:]
    if not read:
        return [], []
    ids = trial.vocabulary.encode(read)
    logits = trial.writer().read_on(read, trial.writer().network.zero_states())[:-1]
    chances = softmax(logits)[np.arange(len(ids) - 1), ids[1:]]
    bits = [None, *(float(-math.log2(chance)) if chance > 0 else None for chance in chances)]
    return list(read[-_TEXT:]), bits[-_TEXT:]
