"""Names that people choose are shown literally, wherever Streamlit reads Markdown."""

import pytest

from tests.browser.conftest import ROOT, serve

NAMES = [
    "www.evil.example", "WWW.evil.example/x?y=1", "a@evil.example", "http://evil.example", "https://e.example/x", "mailto:a@b.example",
    "<http://e.example>", ":smile:", ":streamlit:", ":material/delete:", ":red[x]", ":red-background[x]", ":small[x]", ":rainbow[x]", "::x[y]",
    "$x^2$", "$$x$$", "<b>x</b>", "**b**", "_i_", "`c`", "[l](http://e)", "![i](http://e/x.png)", "# h", "1. one", "12. one", "- item", "> q",
    "-> <- -- >= <= => ~=", "&lt;&amp;", "~~s~~", "| a | b |", "---", "[^1]", "Ada Lovelace, 1.5 MB (new)",
]  # fmt: skip
PAGE = f"""
import streamlit as st
from pages.parts.shell.formatting import plain

def names():
    for i, name in enumerate({NAMES!r}):
        for kind in (st.markdown, st.caption, st.error, st.button, st.popover):
            with st.container(key=f"{{kind.__name__}}-{{i}}"):
                kind(plain(name))
    st.text("all are there")

st.navigation([st.Page(names, title="Home"), st.Page(lambda: None, title="Other", url_path="other")]).run()
"""
ACTIVE = "a, img, strong, em, code, h1, li, del, table, blockquote, hr, b, .katex, [data-testid=stIconMaterial], [style*=color]"

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_a_name_is_nothing_but_its_letters(open_page, tmp_path):
    (tmp_path / "page.py").write_text(PAGE, encoding="utf-8")
    with serve(tmp_path / "home", str(tmp_path / "page.py"), "--client.showSidebarNavigation", "true", PYTHONPATH=str(ROOT)) as url:
        page = open_page(url)
        page.get_by_text("all are there").wait_for()
        for i, name in enumerate(NAMES):
            for kind in ("markdown", "caption", "error", "button", "popover"):
                shown = page.locator(f".st-key-{kind}-{i} p").first
                assert shown.inner_text().replace("\u2060", "") == name, (kind, name)
                assert shown.locator(ACTIVE).count() == 0, (kind, name)
