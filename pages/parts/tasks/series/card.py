"""The card on Home: the example's forecast grows, and the true values follow."""

from pathlib import Path

import numpy as np
import streamlit as st

from pages.parts.home.motion import card_component
from pages.parts.shell import services
from rnn_core.lessons import example
from rnn_core.runs import checkpoints
from rnn_core.tasks.series import forecast, table
from rnn_core.tasks.task import task_of

_PAST, _AHEAD = 60, 60  # timesteps on the card, before "now" and after it
_FIRST, _SECOND = 0.0, 0.7  # where "now" stands in the test part, as shares of it
_HTML = """
<div class="plot">
  <svg viewBox="0 0 300 100" preserveAspectRatio="none" aria-hidden="true">
    <path class="band" /><path class="truth past" /><path class="truth later" /><path class="free" />
  </svg>
  <span class="now"></span>
</div>
<p><span class="legend"><i class="free"></i>forecast</span><span class="legend"><i class="truth"></i>true values</span>
<span class="range"></span></p>
"""
_CARD = card_component("rnn_card_series", Path(__file__), _HTML)


def card() -> None:
    """Draw two forecasts, one after the other; `data` is what card.js reads: the values and dates of each, and their unit."""
    run = example.run_of("series", services.store())
    _CARD(
        data={**_forecasts(run.id), "label": f"{run.title} forecasts {_AHEAD} days from what came before; the true values follow"}
    )


@st.cache_data(show_spinner=False)
def _forecasts(run_id: str) -> dict:
    """Both are in the test part, which the network never saw; `low` and `high` hold 80 % of the errors in validation."""
    store = services.store()
    spec, network = store.runs.spec(run_id), checkpoints.network(store, run_id)
    dataset = task_of(spec.task).dataset(spec, store.runs.folder(run_id), services.settings(), True)
    prepared, low, high = dataset.prepared[0], *forecast.band(forecast.errors_by_distance(network, dataset, 0, 1, _AHEAD))
    films = []
    for share in (_FIRST, _SECOND):
        now = int(prepared.edges[1] + share * (len(prepared.dates) - prepared.edges[1] - _AHEAD))
        ahead = slice(now, now + _AHEAD)
        free = forecast.free_running(
            network, dataset.scaling, prepared.name, spec.data.window, prepared.values[None, :now], prepared.dates[None, :now],
            prepared.dates[None, ahead],
        )[0]  # fmt: skip
        films.append(
            {
                "truth": _numbers(prepared.values[now - _PAST : now + _AHEAD, 0]), "free": _numbers(free),
                "low": _numbers(free + low), "high": _numbers(free + high), "now": str(prepared.dates[now - 1].astype("datetime64[D]")),
            }
        )  # fmt: skip
    return {"films": films, "unit": table.unit(dataset.scaling.columns[0])}


def _numbers(values: np.ndarray) -> list[float]:
    return values.round(2).tolist()
