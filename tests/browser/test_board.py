"""The board of a class in a real browser: it fills the screen for any number of students, also on a projector."""

import pytest
from playwright.sync_api import Page, expect

from rnn_core.runs.store.store import Store
from tests.browser.conftest import serve
from tests.browser.helpers import button, expect_at_rest
from tests.browser.test_stage import serious
from tests.made_class import made_class

pytestmark = pytest.mark.browser
KEY = "sesame opens"
COUNTS = (1, 4, 12, 30)
SMALLEST = (140, 84)  # pixels of a tile that can be read


@pytest.fixture(scope="module", params=COUNTS)
def count(request) -> int:
    return request.param


@pytest.fixture(scope="module")
def url(tmp_path_factory, count):
    """A server with a class of so many students."""
    home = tmp_path_factory.mktemp("board") / "home"
    made_class(Store(home), count)
    with serve(home, RNN_CLASS="1", RNN_TEACHER_KEY=KEY) as address:
        yield address


def open_board(open_page, url: str, count: int, width: int, height: int) -> Page:
    page = open_page(f"{url}/class", width, height)
    page.get_by_role("textbox", name="Teacher key").fill(KEY)
    button(page, "Open").click()
    expect(page.locator(".tile")).to_have_count(count)
    expect_at_rest(page)
    return page


def boxes(page: Page, what: str) -> list[dict]:
    return page.locator(what).evaluate_all("all => all.map(each => each.getBoundingClientRect().toJSON())")


def expect_full(page: Page, top: float) -> None:
    """All tiles are on the screen, none is too small, and together they fill it below `top` pixels."""
    size, tiles = page.viewport_size, boxes(page, ".tile")
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= size["height"]
    for tile in tiles:
        assert tile["left"] >= 0 and tile["right"] <= size["width"] and tile["bottom"] <= size["height"], tile
        assert tile["width"] >= SMALLEST[0] and tile["height"] >= SMALLEST[1], tile
    assert min(tile["top"] for tile in tiles) < top
    assert min(tile["left"] for tile in tiles) < 24 and max(tile["right"] for tile in tiles) > size["width"] - 24
    assert max(tile["bottom"] for tile in tiles) > size["height"] - 24
    fonts = page.locator(".tile .name, .tile .value").evaluate_all(
        "all => all.map(each => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert min(fonts) >= 12
    for inner in boxes(page, ".curve"):
        assert inner["height"] >= 20 and inner["width"] >= 100, inner


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1440, 900), (1920, 1080)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_board_fills_the_screen_without_scrolling(open_page, url, count, size):
    page = open_board(open_page, url, count, *size)
    expect_full(page, top=160)
    page.set_viewport_size({"width": 1280, "height": 720})  # the board follows the window
    page.wait_for_timeout(500)
    expect_full(page, top=160)


@pytest.mark.slow
def test_the_projector_view_fills_the_width_in_large_type(open_page, url, count):
    page = open_board(open_page, url, count, 1280, 720)
    button(page, "Projector").click()
    leave = page.get_by_role("button", name="Leave")
    expect(leave).to_be_visible()
    expect(page.locator(".st-key-navigation")).to_be_hidden()
    expect(page.locator(".board.projected")).to_contain_text("Nobody waits.")
    page.wait_for_timeout(500)
    expect_full(page, top=60)
    names = page.locator(".tile .name").evaluate_all("all => all.map(each => parseFloat(getComputedStyle(each).fontSize))")
    assert min(names) >= 17
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".st-key-navigation")).to_be_visible()
    button(page, "Projector").click()
    leave.click()
    expect(button(page, "Projector")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 30], indirect=True)
def test_nothing_serious_for_axe(open_page, url, count):
    page = open_board(open_page, url, count, 1440, 900)
    page.wait_for_timeout(1000)
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(1000)
    assert serious(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(1000)
    assert serious(page) == []
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    for view in ("Send settings", "Queue", "Ended runs"):
        page.get_by_text(view, exact=True).click()
        expect_at_rest(page)
        page.wait_for_timeout(500)
        assert serious(page) == [], view


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 30], indirect=True)
def test_text_of_others_is_plain_text_and_a_tile_keeps_its_focus_at_a_tick(open_page, url, count):
    page = open_board(open_page, url, count, 1440, 900)
    written = page.locator(".tile .written .value").first
    expect(written).to_contain_text("<b>It is</b>")
    first = page.locator("a.card").first
    first.focus()
    page.wait_for_timeout(4500)  # two ticks
    assert first.evaluate("each => each.getRootNode().activeElement === each")
