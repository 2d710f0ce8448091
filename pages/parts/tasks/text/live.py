"""Under the curve: what the network writes as it learns, with a slider through all samples.

A component: `live.js` draws, and sends `step`, that of the sample to show, or null to follow the newest. A test sets
`session.LIVE_STEP` instead.
"""

from functools import partial

from pages.parts.shell import services, session
from pages.parts.shell.component import component
from pages.parts.tasks.text import copies
from rnn_core.runs.store.kinds import Sample
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.text.task import SAMPLE

_MOST = 300  # stops of the slider: more than it has pixels, and a tick stays cheap
_HTML = """
<div class="live">
  <div class="head">
    <label for="sample"><b>Sample</b> <span class="when"></span></label>
    <input id="sample" type="range" min="0" step="1" aria-label="Sample">
    <button type="button" class="follow">Live</button>
  </div>
  <div class="box"><div class="text" tabindex="0" role="region" aria-label="Sample of the network's text"></div></div>
  <p class="note"></p>
</div>
"""
_LIVE = component("rnn_live_sample", __file__, _HTML, ("text_box.css", "copies.css", "live.css"), ("copies.js", "live.js"))
_NOTE = f"Temperature {SAMPLE.temperature:g}, the same random numbers each time."


def live(run: Run) -> None:
    """Draw the newest sample, or the one that the person chose."""
    store, run_id = services.store(), run.id
    samples = store.events.positions(run_id, Sample)
    chosen = session.LIVE_STEP(run_id).get()
    follows = chosen not in [sample.step for sample in samples]
    step = samples[-1].step if follows and samples else chosen
    sample = store.events.at(run_id, Sample, step) if samples else None
    stride = -(-len(samples) // _MOST) if samples else 1
    stops = [s for i, s in enumerate(samples) if i % stride == 0 or s.step in (step, samples[-1].step)]
    _LIVE(
        key=session.LIVE_SAMPLE(run_id).name,
        data={
            "stops": [[s.step, round(s.epoch, 4)] for s in stops],
            "step": step,
            "follows": follows,
            "text": sample.text if sample else "",
            "active": run.active,
            "note": _NOTE,
            **copies.copies(run_id, sample.text if sample else ""),
        },
        on_step_change=partial(_keep, run_id),
    )


def _keep(run_id: str) -> None:
    session.LIVE_STEP(run_id).set(session.LIVE_SAMPLE(run_id).get().get("step"))
