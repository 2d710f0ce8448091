"""One page of the app: where it is, and how the navigation shows it."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlencode

import streamlit as st


@dataclass(frozen=True)
class Page:
    title: str
    file: str
    icon: str
    help: str
    of_class: bool = False  # only in class mode, and open to people without a nickname
    query: tuple[tuple[str, str], ...] = ()  # what its address says besides

    def link(self, label: str | None = None, *, icon: str = "", help: str | None = None, run: str | None = None) -> None:
        """Draw a link to it, or to a run on it."""
        st.page_link(
            self.file, label=label or self.title, icon=icon or self.icon, help=help, query_params=dict(self._query(run)) or None
        )

    def address(self, run: str) -> str:
        """Of a run on it."""
        base = st.get_option("server.baseUrlPath").strip("/")
        path = re.sub(r"^\d+_", "", PurePosixPath(self.file).stem)
        return f"{f'/{base}' if base else ''}/{path}?{urlencode(self._query(run))}"

    def _query(self, run: str | None) -> list[tuple[str, str]]:
        return [*self.query, *([("run", run)] if run else [])]
