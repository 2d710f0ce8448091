"""Drawing a digit and reading its prediction, while a network trains and afterwards."""

import re

import pytest
from playwright.sync_api import Page, expect

from rnn_core.run_spec import RunSpec
from tests.browser.helpers import SLOW, ask, button, expect_state, expect_training

pytestmark = pytest.mark.browser
ONE = [(0.5, 0.2), (0.5, 0.8)]
SEVEN = [(0.3, 0.22), (0.72, 0.22), (0.45, 0.85)]
SMALL = RunSpec.from_options("digits", source="digits-8x8", units=32, epochs=500, batch_size=32, learning_rate=0.005)


def draw(page: Page, points: list[tuple[float, float]]) -> None:
    canvas = page.get_by_role("application", name="Drawing area for one digit")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(*_at(box, points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*_at(box, point), steps=10)
    page.mouse.up()


def _at(box: dict, point: tuple[float, float]) -> tuple[float, float]:
    return box["x"] + point[0] * box["width"], box["y"] + point[1] * box["height"]


def test_a_digit_is_drawn_and_read_row_by_row(open_page, url):
    page = open_page(f"{url}/digits")
    expect(page.get_by_text("Example: MNIST · GRU 64")).to_be_visible(timeout=SLOW)  # the first page of a fresh server
    draw(page, SEVEN)
    expect(page.get_by_text("After 28 of 28 rows: 7")).to_be_visible()
    chart = page.get_by_role("button", name=re.compile("Show data: Probability of each digit after each of 28 rows; at the end 7"))
    expect(chart).to_be_attached()
    slider = page.get_by_role("slider", name="Rows read")
    ask(lambda: slider.press("Home"), expect(page.get_by_text("After 1 of 28 rows:")).to_be_visible)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Draw a digit to see its probabilities row by row")).to_be_visible()
    draw(page, ONE)
    expect(page.get_by_text("28 rows: 1 (")).to_be_visible()


@pytest.mark.slow
def test_drawing_while_it_trains_and_the_confusion_matrix_afterwards(open_page, url):
    page = open_page(f"{url}/digits?spec={SMALL.changed(epochs=60).to_short()}")
    button(page, "Train").click()
    expect_training(page)
    ask(lambda: draw(page, ONE), expect(page.get_by_text(re.compile(r"After 8 of 8 rows: \d"))).to_be_visible)
    page.get_by_role("link", name="Text", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Text")
    page.get_by_role("link", name="Digits", exact=True).first.click()
    expect(page.get_by_role("spinbutton", name="Units")).to_have_value("32")
    expect(page.get_by_text(re.compile(r"After 8 of 8 rows: \d"))).to_be_visible()  # the drawing is still there
    expect_state(page, "finished")
    expect(page.get_by_text("360 test pictures")).to_be_visible(timeout=SLOW)
    matrix = page.get_by_test_id("stVegaLiteChart").last
    matrix.scroll_into_view_if_needed()
    box = matrix.locator("canvas, svg").first.bounding_box()
    ask(
        lambda: page.mouse.click(box["x"] + box["width"] * 0.14, box["y"] + box["height"] * 0.2),
        expect(page.get_by_text(re.compile(r"True: \d, predicted: \d\. \d+ pictures"))).to_be_visible,
    )


@pytest.mark.slow
def test_pressing_train_and_stop_twice(open_page, url):
    page = open_page(f"{url}/digits?spec={SMALL.to_short()}")
    button(page, "Train").dblclick()
    expect_training(page)
    button(page, "Stop").dblclick()
    expect_state(page, "stopped")
    expect(page.get_by_text("This run ended before its test.")).to_be_visible()
