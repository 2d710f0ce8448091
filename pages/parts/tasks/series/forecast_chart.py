"""The chart of a forecast, with a line "now" to drag: a component, because Altair's charts cannot be dragged.

`forecast_chart.js` draws, and sends the state {"now": number of known timesteps} while the line is dragged, at most eight times a
second; a test sets `session.NOW` instead. `forecast_view.js` zooms; the zoom stays in the browser.
"""

from functools import partial
from typing import Any

import numpy as np

from pages.parts.shell import session
from pages.parts.shell.component import component

_LINES = {"truth": "True", "oneStep": "One step ahead", "free": "Running free", "last": "Last value", "seasonal": "Seasonal naive"}
_HTML = f"""
<div class="forecast" role="group" aria-label="Forecast">
  <div class="lines" role="toolbar" aria-label="Lines on show">
    {"".join(f'<button type="button" data-line="{name}" aria-pressed="true"><i class="{name}"></i>{label}</button>' for name, label in _LINES.items())}
  </div>
  <div class="stage">
    <svg role="img" aria-label="True values, and what the network forecasts after the line now"></svg>
    <div class="handle" role="slider" tabindex="0" aria-label="Now: the last date that the network knows">now</div>
  </div>
  <div class="below">
    <p class="readout" aria-live="off">&nbsp;</p>
    <div role="toolbar" aria-label="Zoom">
      <button type="button" class="zoom-out" aria-label="Zoom out">−</button>
      <button type="button" class="zoom-in" aria-label="Zoom in">+</button>
      <button type="button" class="zoom-all">All</button>
    </div>
  </div>
</div>
"""
_CHART = component("rnn_forecast_chart", __file__, _HTML, js=("forecast_view.js", "forecast_marks.js", "forecast_chart.js"))


def forecast_chart(data: dict[str, Any], run: str) -> None:
    """Draw the chart. `data` holds what forecast_chart.js reads:

    `run`, `series`: each has a zoom of its own; `dates`, `truth`, `oneStep`: of all timesteps on show; `edges`: the first timesteps of
    validation and test; `first`, `now`: the least and the present number of known timesteps; `label`: of the vertical axis, with its
    unit; `unit`; `ahead`: `dates`, `free`, `low`, `high`, `last` and perhaps `seasonal`, from `now` on.
    """
    _CHART(key=session.FORECAST(run).name, data=data, on_now_change=partial(_keep, run))


def _keep(run: str) -> None:
    session.NOW(run).set(session.FORECAST(run).get().get("now"))


def chosen_now(run: str) -> int | None:
    """Where the line was dragged to; None before the first time, and for what forecast_chart.js never sends."""
    now = session.NOW(run).get()
    return int(now) if isinstance(now, int | float) and not isinstance(now, bool) and np.isfinite(now) else None
