"""The data of a run, whose test pictures are tried and counted."""

import streamlit as st

from pages.parts.shell import services
from pages.parts.shell.formatting import plain
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.digits import sources as digits


def data_of(spec: RunSpec) -> digits.Digits | None:
    """The data of the run; where it is missing, draw why and return None."""
    try:
        return digits.load(spec.data.source, services.settings())
    except UserError as error:
        st.info(plain(str(error)))
        return None
