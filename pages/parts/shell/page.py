"""One page of the app: its file, its address, and its link in the navigation."""

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
    query: tuple[tuple[str, str], ...] = ()  # more parameters of its address

    def link(self, label: str | None = None, *, icon: str = "", help: str | None = None, run: str | None = None) -> None:
        """Draw a link to the page, or to a run on it."""
        st.page_link(
            self.file, label=label or self.title, icon=icon or self.icon, help=help, query_params=self.parameters(run) or None
        )

    def address(self, run: str | None = None, **more: str) -> str:
        """The path and query of this page, or of a run on it, with more parameters."""
        base = st.get_option("server.baseUrlPath").strip("/")
        path = re.sub(r"^\d+_", "", PurePosixPath(self.file).stem)
        return f"{f'/{base}' if base else ''}/{path}?{urlencode(self.parameters(run) | more)}"

    def parameters(self, run: str | None = None) -> dict[str, str]:
        """The query of the page, or of a run on it."""
        return {**dict(self.query), **({"run": run} if run else {})}
