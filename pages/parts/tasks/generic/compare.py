"""The same example for several runs of a task without its own view: what each predicts."""

import numpy as np
import streamlit as st

from pages.parts.compare.lines import Line, weights_of
from pages.parts.compare.style import bars, line_name
from pages.parts.run.weights import network_of
from pages.parts.shell import services, session
from pages.parts.shell.formatting import percent, plain
from pages.parts.tasks.generic.charts import input_chart
from pages.parts.tasks.generic.examples import example_of, examples_of
from rnn_core.errors import UserError
from rnn_core.runs import checkpoints
from rnn_core.spec.model_io import Values
from rnn_core.tasks.classification import probabilities

_MOST_CLASSES = 12  # with a column of their own


def compare(lines: list[Line]) -> None:
    """Draw the choice of an example of the first run's data, and the prediction of each run after its last timestep."""
    trained = [(line, weights) for line in lines if (weights := weights_of(line.run))]
    known = examples_of(trained[0][0].run.id) if trained else None
    if known is None:
        st.caption("The networks predict here after their first training steps.")
        return
    number = st.number_input("Example", 1, len(known[0]), key=session.COMPARED_EXAMPLE.name, width=160)
    row, target, _ = example_of(trained[0][0].run.id, number, known)
    input_chart(row)
    st.markdown(f"True: **{', '.join(f'{value:.3g}' for value in target)}**")
    for line, weights in trained:
        try:
            _prediction(line, network_of(line.run.id, weights).classify(row[None])[0])
        except (UserError, ValueError) as error:  # ValueError: this network reads other inputs
            line_name(line.place, line.name)
            st.caption(plain(str(error)) if isinstance(error, UserError) else "This network reads other inputs.")


def _prediction(line: Line, logits: np.ndarray) -> None:
    last = logits.reshape(-1, logits.shape[-1])[-1:]
    output = checkpoints.model_io(line.spec, services.store().runs.folder(line.run.id)).output
    if isinstance(output, Values):
        line_name(line.place, line.name, ", ".join(f"{value:.3g}" for value in last[0]))
        return
    shares = probabilities(last)[0]
    best = int(shares.argmax())
    said = f"{best} ({percent(shares[best])})"
    line_name(line.place, line.name, said)
    shown = np.sort(np.argsort(-shares, kind="stable")[:_MOST_CLASSES])
    st.html(bars(f"{line.name}: {said}", [(str(i), float(shares[i])) for i in shown]))
