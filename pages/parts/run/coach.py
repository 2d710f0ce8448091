"""The line under the curves: what the coach advises, with the button that starts the cure; without advice, how good the run is.

Its height is fixed: nothing below it moves when advice comes or goes.
"""

import html
import math

import streamlit as st

from pages.parts.run.ruler import methods_of, ruler, standing
from pages.parts.run.units import Units, output_of
from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.spec_form import controls
from rnn_core.errors import UserError
from rnn_core.lessons.coach import Advice, Seen, advise, in_words
from rnn_core.runs import variants
from rnn_core.runs.store.kinds import Cure, Note
from rnn_core.runs.store.rows import FINISHED, Point, Run

Curves = dict[str, list[Point]]  # by name, such as `loss` and `val_loss`


def coach_line(run: Run, curves: Curves, notes: list[Note], units: Units) -> None:
    """Draw the line. `notes` are those of changes while the run trained; `units` are factor and unit of each metric."""
    if services.store().runs.has(session.NEW_RUN(run.task).get()):  # the button has started one: the page shows it
        st.rerun()
    advice = advice_for(run, curves, notes, units["loss"][0])
    methods = methods_of(run)
    with st.container(key="coach", horizontal=True, vertical_alignment="center", gap="small"):
        sentence = advice.sentence if advice else standing(run, curves, units, methods)
        icon = '<b aria-hidden="true">!</b>' if advice else ""
        st.html(f'<p class="coach" role="status">{icon}<span>{html.escape(sentence)}</span></p>')
        if advice:
            read_only = services.read_only_reason(run)
            button(
                advice.label, key=session.CURE(run.id, advice.kind).name, on_click=_start, args=(run, advice), disabled=read_only is not None,
                width="content", help=read_only or "Starts a new run with only this change, with the same seed, and draws both curves in one chart.",
            )  # fmt: skip
        ruler(run, curves, units, methods, narrow=advice is not None)


def advice_for(run: Run, curves: Curves, notes: list[Note], factor: float) -> Advice | None:
    """None, too, for an example, and for a run whose plan was changed while it trained: its curves are those of several plans."""
    if run.owner is None or (notes and not run.diverged):
        return None
    output = output_of(run)
    if output is None and not run.diverged:
        return None
    training, validation = (
        [(point.epoch, point.value) for point in curves[name] if math.isfinite(point.value)] for name in ("loss", "val_loss")
    )
    ended = run.state == FINISHED and run.epoch >= run.epochs
    seen = Seen(training, validation, run.epochs, output.guessing_loss if output else 1.0, ended, run.diverged)
    return advise(services.store().runs.spec(run.id), seen, factor)


def _start(run: Run, advice: Advice) -> None:
    """Start the cure as a new run with the same seed, or show the one that there is; an error stays in the notice until the next press."""
    store, errors = services.store(), session.ACTION_ERRORS(run.task, run.id)
    errors.set(())
    try:
        spec = store.runs.spec(run.id).changed(**advice.change)
    except UserError as error:
        errors.set(error.sentences)
        return
    started = variants.start([spec], store, services.settings(), services.owner())
    if not started.runs:
        errors.set(started.refused)
        return
    if started.new:
        store.events.record(started.runs[0], events=[Cure(0, 0.0, of=run.id, change=in_words(spec, advice.change))])
    services.engine().wake()
    controls.set_controls(spec)
    session.ZONE(run.task).set("watch")  # on a phone
    session.NEW_RUN(run.task).set(started.runs[0])


def before(run: Run, metric: str) -> list[Point]:
    """The curve of the run that this one was started to cure: its validation, else its training; none if there is no such run."""
    store = services.store()
    cure = next(iter(store.events.read(run.id, Cure)), None)
    if cure is None or not store.runs.has(cure.of):
        return []
    return store.events.curve(cure.of, f"val_{metric}") or store.events.curve(cure.of, metric)
