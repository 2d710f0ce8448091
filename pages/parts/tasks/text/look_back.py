"""The tab Look back: how often another character some places back changes the likeliest next character."""

from functools import cache

import altair as alt
import streamlit as st

from pages.parts.run.charts import axis_title, draw_chart, sized_spec
from pages.parts.shell import session
from pages.parts.shell.buttons import button
from pages.parts.shell.colours import ANSWER
from pages.parts.shell.csv_button import csv_button
from pages.parts.shell.errors import show_errors
from pages.parts.shell.formatting import percent
from pages.parts.tasks.text.corpus import parts_of
from pages.parts.tasks.text.trial import Trial
from rnn_core.errors import UserError
from rnn_core.tasks.text.look_back import CONTEXTS, DISTANCES, changed_shares

_NAMED = (1, 5, 30)  # distances that the sentence names
_SELDOM = 0.02  # a share from which on the network has as good as forgotten


def look_back(trial: Trial) -> None:
    """Draw the tab."""
    measured = session.LOOKED_BACK(trial.run_id)
    with st.container(gap="xsmall"):
        if button("How far back does the network look?", icon=":material/history:", help="Takes a second or two."):
            try:
                measured.set((trial.epoch, _shares(trial)))
            except UserError as error:
                show_errors(error)
                return
        epoch, shares = measured.get() or ("", {})
        if not shares:
            st.caption(
                f"At {CONTEXTS} places of the text that the network was not trained on, one character is changed: the last one, the one before, and so on. How "
                "often does the likeliest next character change? Where it never does, the network has forgotten."
            )
            return
        with st.container(key="look_back", height=280, border=False):
            draw_chart(
                _spec(),
                {"back": list(shares), "share": list(shares.values())},
                session.CHART("look_back"),
                _words(epoch, shares),
                height="stretch",
            )
        st.caption(_words(epoch, shares))
        csv_button(lambda: [("places_back", "share_changed"), *shares.items()], "look_back.csv")


def _shares(trial: Trial) -> dict[int, float]:
    """Raises `UserError` where the text is no longer on this computer, or too short."""
    text = parts_of(trial.run_id)[1]
    shares = changed_shares(trial.writer().network, trial.vocabulary.encode(text))
    if not shares:
        raise UserError("The part of the text that validates is too short to measure this. Train on a longer text.")
    return shares


def _words(epoch: str, shares: dict[int, float]) -> str:
    named = ", ".join(f"{percent(shares[k]) if shares[k] else '0%'} at {k}" for k in _NAMED if k in shares)
    far = next((k for k in shares if all(share <= _SELDOM for other, share in shares.items() if other >= k)), None)
    end = f" From {far} places back on, it hardly matters what stood there." if far else " It matters as far back as was measured."
    return (
        f"{epoch.capitalize()}: another character changes what is likeliest next in this share of {CONTEXTS} places: {named}.{end}"
    )


@cache
def _spec() -> dict:
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X(
            "back:Q", title="Places back of the character that is changed (1: the last)", axis=alt.Axis(grid=False, titlePadding=2),
            scale=alt.Scale(nice=False, domain=[0, DISTANCES[-1]]),
        ),
        y=alt.Y(
            "share:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=5, **axis_title("The likeliest next character changes")),
        ),
        tooltip=[alt.Tooltip("back:Q", title="places back"), alt.Tooltip("share:Q", title="changes", format=".0%")],
    )  # fmt: skip
    return sized_spec(
        alt.layer(base.mark_line(color=ANSWER, strokeWidth=2), base.mark_point(color=ANSWER, filled=True, size=50, opacity=1))
    )
