"""A button that downloads numbers as CSV."""

import csv
import io
from collections.abc import Callable, Iterable

import streamlit as st


def text_of(rows: Iterable[tuple]) -> str:
    """CSV, whose first row names the columns."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def csv_button(rows: Callable[[], Iterable[tuple]], file_name: str, help: str = "The numbers.", label: str = "CSV", **look) -> None:
    """Draw the button; `rows` is called when it is pressed."""
    st.download_button(
        label, lambda: text_of(rows()), file_name, "text/csv", icon=":material/download:", on_click="ignore", help=help, **look
    )
