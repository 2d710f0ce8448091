"""The drawing canvas in a real browser, on a test page that can tick or be slow."""

import itertools
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, serve
from tests.browser.helpers import expect_at_rest
from tests.conftest import slow_but

pytestmark = pytest.mark.browser

PAGE = """
import time
import streamlit as st
import numpy as np
from pages.parts.tasks.digits.canvas import digit_canvas, put

def put_block():
    gray = np.ones((112, 112), np.float32)
    gray[40:60, 30:90] = 0
    put(gray)

def tick(slow=0):
    gray = digit_canvas()
    st.button("Put a block", on_click=put_block)
    st.session_state.ticks = st.session_state.get("ticks", 0) + 1
    st.text("ink none" if gray is None else f"ink {(1 - gray).sum():.0f}")
    rows, columns = (None, None) if gray is None else ((gray < 0.5).any(1).nonzero()[0], (gray < 0.5).any(0).nonzero()[0])
    st.text("box none" if gray is None or not len(rows) else f"box {rows[0]} {rows[-1]} {columns[0]} {columns[-1]}")
    time.sleep(slow)
    st.text(f"tick {st.session_state.ticks}")

def drawing():
    kind = st.radio("Kind", ["calm", "ticking", "slow"])
    if kind == "ticking":
        st.fragment(tick, run_every=1)()
    else:
        tick(2 if kind == "slow" else 0)
    st.text(f"now {kind}")

st.navigation([st.Page(drawing, title="Home"), st.Page(lambda: st.text("elsewhere"), title="Other", url_path="other")]).run()
"""


@pytest.fixture(scope="module")
def canvas_url(tmp_path_factory):
    """A server that shows PAGE."""
    folder = tmp_path_factory.mktemp("canvas")
    (folder / "page.py").write_text(PAGE, encoding="utf-8")
    with serve(folder / "home", str(folder / "page.py"), "--client.showSidebarNavigation", "true", PYTHONPATH=str(ROOT)) as address:
        yield address


@pytest.fixture
def page(open_page, canvas_url):
    return drawing_page(open_page, canvas_url)


def drawing_page(open_page, canvas_url, **how) -> Page:
    page = open_page(canvas_url, **how)
    expect(page.get_by_text("Draw a digit")).to_be_visible()
    expect(page.get_by_text("ink none")).to_be_visible()
    expect_at_rest(page)  # until then, Streamlit may draw the canvas once more
    return page


def kind(page: Page, name: str) -> None:
    page.get_by_test_id("stRadio").get_by_text(name, exact=True).click()
    expect(page.get_by_text(f"now {name}")).to_be_visible()
    expect(page.locator("canvas")).to_be_visible()


def stroke(page: Page, *points: tuple[float, float]) -> None:
    """Draw with the mouse; points are shares of the canvas's side."""
    box = page.locator("canvas").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def inked(page: Page) -> int:
    """The number of ink pixels on the canvas (448 x 448)."""
    return page.locator("canvas").evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 == 3 && v > 127).length"
    )


def ink(page: Page):
    return page.get_by_text("ink ")


def tool(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def box_of(page: Page) -> list[int]:
    """Top, bottom, left and right of the ink in Python's drawing (112 x 112)."""
    expect_at_rest(page)  # the box is drawn after the ink
    return [int(n) for n in page.get_by_text("box ").inner_text().split()[1:]]


def test_a_stroke_arrives_where_it_was_drawn_and_may_leave_the_square(page):
    stroke(page, (0.5, 0.25), (0.5, 0.75))
    expect(ink(page)).not_to_have_text("ink none")
    top, bottom, left, right = box_of(page)
    assert abs(top - 23) <= 2 and abs(bottom - 88) <= 2  # a quarter and three, and half a pen more
    assert abs(left - 51) <= 2 and abs(right - 60) <= 2  # a pen is a tenth wide
    before = ink(page).inner_text()
    stroke(page, (0.8, 0.5), (1.3, 0.5), (1.3, 0.8), (0.8, 0.8))
    expect(ink(page)).not_to_have_text(before)
    assert box_of(page)[3] == 111


def test_erase_undo_and_clear(page):
    stroke(page, (0.3, 0.3), (0.7, 0.7))
    expect(ink(page)).not_to_have_text("ink none")
    drawn = ink(page).inner_text()
    tool(page, "Eraser").click()
    expect(tool(page, "Eraser")).to_have_attribute("aria-pressed", "true")
    expect(tool(page, "Pen")).to_have_attribute("aria-pressed", "false")
    stroke(page, (0.5, 0.5), (0.7, 0.7))
    expect(ink(page)).not_to_have_text(drawn)
    assert 0 < int(ink(page).inner_text().split()[1]) < int(drawn.split()[1])
    tool(page, "Undo").click()
    expect(ink(page)).to_have_text(drawn)
    tool(page, "Clear").click()
    expect(ink(page)).to_have_text("ink none")
    expect(page.get_by_text("Draw a digit")).to_be_visible()
    tool(page, "Undo").click()
    expect(ink(page)).to_have_text(drawn)


def test_a_drawing_of_the_page_replaces_ones_own_until_undo(page):
    stroke(page, (0.5, 0.2), (0.5, 0.8))
    expect(ink(page)).not_to_have_text("ink none")
    drawn = ink(page).inner_text()
    page.get_by_test_id("stButton").get_by_role("button").click()
    expect(ink(page)).to_have_text("ink 1200")
    assert box_of(page) == [40, 59, 30, 89] and abs(inked(page) - 16 * 1200) < 400
    stroke(page, (0.9, 0.2), (0.9, 0.8))
    expect(ink(page)).not_to_have_text("ink 1200")
    assert box_of(page)[2] == 30 and box_of(page)[3] > 100
    tool(page, "Undo").click()
    tool(page, "Undo").click()
    expect(ink(page)).to_have_text(drawn)


def test_everything_goes_with_the_keyboard(page):
    canvas = page.get_by_role("application", name="Drawing area for one digit")
    canvas.focus()
    for _ in range(5):
        canvas.press("ArrowUp")
    assert inked(page) == 0  # the pen is up
    canvas.press("Space")
    expect(page.get_by_text("Pen down, 50 % from the left, 32 % from the top")).to_be_attached()
    for _ in range(10):
        canvas.press("ArrowDown")
    canvas.press("Enter")
    expect(page.get_by_text("Pen up")).to_be_attached()
    expect(ink(page)).not_to_have_text("ink none")
    drawn = ink(page).inner_text()
    assert abs(box_of(page)[1] - box_of(page)[0] - 50) <= 3  # ten steps of 4 pixels, and a pen
    canvas.press("e")
    expect(tool(page, "Eraser")).to_have_attribute("aria-pressed", "true")
    canvas.press("Space")
    canvas.press("Space")
    expect(ink(page)).not_to_have_text(drawn)
    canvas.press("Control+z")
    expect(ink(page)).to_have_text(drawn)
    canvas.press("Escape")
    expect(ink(page)).to_have_text("ink none")


@pytest.mark.slow
def test_only_the_first_finger_draws(page):
    send = """(c, [type, id, isPrimary, x, y]) => { const b = c.getBoundingClientRect(); c.setPointerCapture = () => {}
        c.dispatchEvent(new PointerEvent(type, {pointerId: id, isPrimary, button: 0, pointerType: 'touch', bubbles: true,
        clientX: b.left + x * b.width, clientY: b.top + y * b.height})) }"""
    canvas = page.locator("canvas")
    for step in (["pointerdown", 5, True, 0.2, 0.5], ["pointerdown", 6, False, 0.2, 0.9], ["pointermove", 6, False, 0.8, 0.9],
                 ["pointermove", 5, True, 0.8, 0.5], ["pointerup", 6, False, 0.8, 0.9], ["pointercancel", 5, True, 0.8, 0.5]):  # fmt: skip
        canvas.evaluate(send, step)
    expect(ink(page)).not_to_have_text("ink none")
    top, bottom, left, right = box_of(page)
    assert right - left > 60 and bottom - top < 15
    assert canvas.evaluate("c => getComputedStyle(c).touchAction") == "none"


def test_the_drawing_outlives_ticks_also_in_the_midst_of_a_stroke(page):
    kind(page, "ticking")
    stroke(page, (0.2, 0.2), (0.8, 0.2))
    expect(ink(page)).not_to_have_text("ink none")
    first, drawn = inked(page), ink(page).inner_text()
    page.locator("canvas").evaluate("c => { c.mark = 'the same' }")
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 200, steps=5)
    half = inked(page)
    now = int(page.get_by_text(re.compile(r"^tick \d")).inner_text().split()[1])
    page.get_by_text(f"tick {now + 2}", exact=True).wait_for()
    assert inked(page) == half > first
    page.mouse.move(box["x"] + 240, box["y"] + 200, steps=5)
    page.mouse.up()
    expect(ink(page)).not_to_have_text(drawn)
    assert page.locator("canvas").evaluate("c => c.mark") == "the same"


@pytest.mark.slow
def test_strokes_during_a_slow_rerun_are_all_kept(page):
    kind(page, "slow")
    for height in (0.2, 0.5, 0.8):  # the script is still busy with the first when the last is drawn
        stroke(page, (0.2, height), (0.8, height))
    shown = inked(page)
    expect_at_rest(page)
    python = int(ink(page).inner_text().split()[1])
    assert abs(python - shown / 16) < 0.03 * python  # four by four pixels of the screen's make one that is sent
    assert inked(page) == shown


@pytest.mark.slow
def test_the_drawing_is_there_again_after_another_page_and_can_be_cleared(page):
    stroke(page, (0.3, 0.3), (0.7, 0.3), (0.5, 0.8))
    expect(ink(page)).not_to_have_text("ink none")
    shown, drawn = inked(page), ink(page).inner_text()
    page.get_by_role("link", name="Other").click()
    expect(page.get_by_text("elsewhere")).to_be_visible()
    page.get_by_role("link", name="Home").click()
    expect(ink(page)).to_have_text(drawn)
    assert abs(inked(page) - shown) < 0.03 * shown
    tool(page, "Clear").click()
    expect(ink(page)).to_have_text("ink none")


@pytest.mark.parametrize(("width", "dark"), slow_but([(390, True)], itertools.product([1440, 390, 320], [False, True])), ids=str)
def test_it_fits_the_window_and_the_value_is_the_same_in_both_themes(open_page, canvas_url, width, dark):
    page = drawing_page(open_page, canvas_url, width=width, dark=dark)
    stroke(page, (0.5, 0.2), (0.5, 0.8))
    expect(ink(page)).not_to_have_text("ink none")
    box = page.locator("canvas").bounding_box()
    assert abs(box["width"] - box["height"]) < 1 and 200 < box["width"] <= 280
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
    assert abs(int(ink(page).inner_text().split()[1]) - 770) < 30  # 67 x 10.2 pixels and two half discs


@pytest.mark.slow
def test_a_switch_of_the_theme_keeps_the_drawing(page):
    stroke(page, (0.3, 0.3), (0.7, 0.7))
    expect(ink(page)).not_to_have_text("ink none")
    shown = inked(page)
    color = "b => getComputedStyle(b).color"
    before = tool(page, "Undo").evaluate(color)
    page.emulate_media(color_scheme="dark")
    expect(tool(page, "Undo")).not_to_have_css("color", before)
    assert inked(page) == shown
