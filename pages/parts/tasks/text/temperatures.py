"""The tab Temperatures: texts at four temperatures from the same prompt and random numbers."""

from dataclasses import replace

import streamlit as st

from pages.parts.shell import session
from pages.parts.shell.buttons import button
from pages.parts.shell.errors import show_errors
from pages.parts.shell.formatting import percent
from pages.parts.tasks.text.copies import copied_share
from pages.parts.tasks.text.text_box import text_box
from pages.parts.tasks.text.trial import OPTIONS, Trial, sampling
from rnn_core.errors import UserError
from rnn_core.tasks.sampler import Sampling
from rnn_core.tasks.text.repetition import PIECE, repeated_share

_USUAL, _ENDS = (0.3, 0.6, 0.9, 1.2), (0.1, 0.5, 0.8, 2.0)
_MOST = 600  # characters at each temperature
_HEIGHT = "clamp(72px, calc(var(--rnn-zone, 600px) / 2 - 131px), 240px)"  # of a text
_EXPECT = "Dull: at 0.1 the text repeats itself. Wild: at 2.0 it turns into noise."
_REPEATED = f"Share of all pieces of {PIECE} characters that had been written before in the same text."


def temperatures(trial: Trial) -> None:
    """Draw the tab."""
    with st.container(gap="xsmall"):
        _temperatures(trial)


def _temperatures(trial: Trial) -> None:
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        usual = button(
            "Compare four temperatures", icon=":material/view_column:", help="The same prompt and the same random numbers."
        )
        ends = button("Dull and wild", help=f"The same at {_listed(_ENDS)}.")
        seen = st.container(key="text_seen")
    compared = session.COMPARED(trial.run_id)
    if usual or ends:
        try:
            compared.set((trial.epoch, trial.prompt, _texts(trial, sampling(), _ENDS if ends else _USUAL)))
        except UserError as error:
            show_errors(error)
            return
    epoch, prompt, texts = compared.get() or ("", "", {})
    shares = {temperature: repeated_share(text) for temperature, text in texts.items()}
    with seen:
        st.caption(_seen(epoch, shares) if texts else _EXPECT, help=_REPEATED if texts else None)
    shown = texts or dict.fromkeys(_USUAL, "")
    for row in ((0, 1), (2, 3)):
        for place, column in zip(row, st.columns(2, gap="small"), strict=True):
            with column, st.container(gap=None):
                temperature, text = list(shown.items())[place]
                seen_here = [f"{percent(shares[temperature])} repeated", copied_share(trial.run_id, text)] if texts else []
                st.markdown(" · ".join([f"**Temperature {temperature}**", *filter(None, seen_here)]))
                text_box(
                    f"temperature.{place}",
                    f"Text at temperature {temperature}",
                    prompt,
                    text,
                    height=_HEIGHT,
                    reveal=usual or ends,
                    hint="" if place else "Press a button above.",
                    run_id=trial.run_id,
                )


def _texts(trial: Trial, how: Sampling, at: tuple[float, ...]) -> dict[float, str]:
    writer, shorter = trial.writer(), replace(how, length=min(how.length, _MOST))
    return {temperature: "".join(writer.write(trial.prompt, replace(shorter, temperature=temperature))) for temperature in at}


def _seen(epoch: str, shares: dict[float, float]) -> str:
    """What these texts show, measured: the dullest beside the one that is nearest to the usual temperature."""
    dull, usual = min(shares), min(shares, key=lambda temperature: abs(temperature - OPTIONS["temperature"].default))
    return f"{epoch.capitalize()}: {percent(shares[dull])} repeated at {dull}, {percent(shares[usual])} at {usual}."


def _listed(at: tuple[float, ...]) -> str:
    return ", ".join(map(str, at[:-1])) + f" and {at[-1]}"
