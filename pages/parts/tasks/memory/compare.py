"""The same sequence read by several runs: what each answers."""

import streamlit as st

from pages.parts.compare.lines import Line, answer
from pages.parts.compare.style import bars, line_name
from pages.parts.shell.formatting import percent, plain
from pages.parts.tasks.memory.answers import answers
from pages.parts.tasks.memory.sequence import right_answer, sequence_field
from rnn_core.tasks.memory.problems import PROBLEMS


def compare(lines: list[Line]) -> None:
    """Draw the field for a sequence of the first run's problem, and the answer of each run."""
    data = lines[0].spec.data
    problem, symbols = PROBLEMS[data.source], sequence_field(data)
    if symbols is None:
        return
    if right := right_answer(data.source):
        st.markdown(f"The right answer is **{plain(right)}**.")
    for line in lines:
        found, reason = None, "This network was trained on another problem."
        if line.spec.data.source == data.source:
            found, reason = answer(line, lambda weights, run=line.run.id: answers(run, weights, data.source, symbols))
        if found is None:
            line_name(line.place, line.name)
            st.caption(plain(reason))
            continue
        shares = found[1][-1]
        best = int(shares.argmax())
        said = f"{problem.answers[best]} ({percent(shares[best])})"
        line_name(line.place, line.name, said)
        st.html(bars(f"{line.name}: {said}", list(zip(problem.answers, map(float, shares), strict=True))))
