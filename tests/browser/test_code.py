"""The tab Code in a real browser: marked lines, copying, and the downloads."""

import ast
import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import ask, expect_at_rest
from tests.conftest import tiny_spec

pytestmark = pytest.mark.browser


def open_code(page: Page) -> None:
    expect_at_rest(page)
    ask(
        page.locator(".st-key-watch_heading").get_by_text("Code", exact=True).click,
        lambda: expect(page.locator("#script")).to_be_visible(),
    )
    expect_at_rest(page)


def downloaded(page: Page, name: str):
    with page.expect_download() as download:
        page.locator(".st-key-watch_heading").get_by_role("button", name=name, exact=True).click()
    return download.value


@pytest.mark.slow
def test_a_change_is_marked_and_the_script_is_copied_and_downloaded(open_page, url):
    page = open_page(f"{url}/text?spec={tiny_spec().to_short()}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_code(page)
    expect(page.locator(".line.changed")).to_have_count(0)
    units = page.get_by_role("spinbutton", name="Units")
    units.fill("24")
    units.press("Enter")
    changed = page.locator(".line.changed")
    expect(changed).to_have_count(1)
    expect(changed).to_contain_text("layers.GRU(24, return_sequences=True, stateful=True),")
    expect(changed).to_be_in_viewport()
    expect(changed.get_by_role("img", name="changed")).to_have_text("+")  # not by colour alone
    expect(page.locator(".change")).to_have_text("Units 24 (before: 16): 1 line marked +")

    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    script = downloaded(page, ".py")
    source = script.path().read_text(encoding="utf-8")
    assert script.suggested_filename == "text.py" and source == copied and "layers.GRU(24," in source
    ast.parse(source)

    book = downloaded(page, ".ipynb")
    cells = json.loads(book.path().read_text(encoding="utf-8"))["cells"]
    assert book.suggested_filename == "text.ipynb"
    assert any("layers.GRU(24," in "".join(cell["source"]) for cell in cells)
    data = downloaded(page, "Data")
    assert data.suggested_filename == "tiny.txt" and "best of times" in data.path().read_text(encoding="utf-8")

    tab = page.get_by_role("tab", name="Script")
    tab.focus()
    tab.press("ArrowRight")
    expect(page.get_by_role("tab", name="Summary")).to_be_focused()
    expect(page.locator("#layers")).to_contain_text("GRU(24)")
    selected = page.evaluate("""() => {
        const box = [...document.querySelectorAll("*")].map(e => e.shadowRoot).find(root => root?.querySelector("#script"))
        return box.querySelector(".line.changed code").textContent
    }""")
    assert selected.strip() == "layers.GRU(24, return_sequences=True, stateful=True),"  # without sign and number


@pytest.mark.slow
def test_on_a_phone_code_is_in_the_zone_watch_and_nothing_is_wider_than_the_screen(open_page, url):
    page = open_page(f"{url}/text?spec={tiny_spec().to_short()}", width=390, height=844)
    open_code(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_in_viewport()
