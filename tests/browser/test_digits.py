"""Drawing a digit and reading its prediction, while a network trains and afterwards."""

import re

import pytest
from playwright.sync_api import Page, expect

from rnn_core.run_spec import RunSpec
from tests.browser.helpers import SLOW, ask, button, expect_at_rest, expect_state, expect_training

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


def line(page: Page):
    return page.get_by_role("slider", name="Rows read")


def expect_said(page: Page, text: str) -> None:
    expect(line(page)).to_have_attribute("aria-valuetext", re.compile(text))


def test_a_digit_is_drawn_and_read_row_by_row(open_page, url):
    page = open_page(f"{url}/digits")
    expect(page.get_by_text("Example: MNIST · GRU 64")).to_be_visible(timeout=SLOW)  # the first page of a fresh server
    draw(page, SEVEN)
    expect(page.locator(".now")).to_have_text(re.compile(r"^After 28 of 28 rows: 7 \(>?\d+%\)$"))
    expect(page.locator(".note")).to_have_text(re.compile(r"^From row \d+ on, the answer stays 7\.$"))
    expect(
        page.get_by_role("img", name=re.compile("probability of each digit after each of the rows; at the end 7"))
    ).to_be_attached()
    line(page).press("Home")
    expect(page.locator(".card .lights > i")).to_have_count(16)  # the cells of the network's card, as they are after this row
    expect_said(page, "^After 1 of 28 rows: ")
    expect(page.locator(".note")).to_contain_text("If the picture ended here.")
    line(page).press("ArrowDown")
    expect_said(page, "^After 2 of 28 rows: ")
    line(page).press("End")
    line(page).press("ArrowUp")
    expect_said(page, "^After 27 of 28 rows: ")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".message")).to_contain_text("Draw a digit")
    expect(button(page, "Play the reading")).to_be_disabled()
    draw(page, ONE)
    expect(page.locator(".now")).to_contain_text("28 rows: 1 (")


def test_the_rows_of_the_heat_map_are_those_of_the_picture_and_the_line_is_dragged_over_both(open_page, url):
    page = open_page(f"{url}/digits")
    draw(page, SEVEN)
    expect_said(page, "^After 28 of 28 rows: 7")
    picture, heat = (page.locator(f"canvas.{name}").bounding_box() for name in ("picture", "heat"))
    assert abs(picture["y"] - heat["y"]) < 0.5 and abs(picture["height"] - heat["height"]) < 0.5
    assert abs(picture["width"] - picture["height"]) < 0.5 and picture["x"] + picture["width"] < heat["x"]
    page.mouse.move(heat["x"] + 50, heat["y"] + heat["height"] * 20.1 / 28)
    page.mouse.down()
    expect_said(page, "^After 20 of 28 rows: ")
    page.mouse.move(heat["x"] + 50, heat["y"] + heat["height"] * 9.9 / 28, steps=3)
    page.mouse.up()
    expect_said(page, "^After 10 of 28 rows: ")
    page.mouse.move(heat["x"] + 50, heat["y"] + heat["height"] * 3 / 28)
    expect_said(page, "^After 10 of 28 rows: ")  # the line was let go


def test_the_line_plays_to_the_end_without_the_server(open_page, url):
    page = open_page(f"{url}/digits")
    draw(page, SEVEN)
    expect_said(page, "^After 28 of 28 rows: 7")
    expect_at_rest(page)
    asked = []
    page.on("websocket", lambda socket: asked.append(socket.url))
    line(page).press(" ")
    expect(button(page, "Pause the reading")).to_be_visible()
    expect_said(page, "^After 1?[1-9] of 28 rows: ")
    button(page, "Pause the reading").click()
    at = line(page).get_attribute("aria-valuenow")
    expect(button(page, "Play the reading")).to_be_visible()
    assert line(page).get_attribute("aria-valuenow") == at
    button(page, "Play the reading").click()
    expect_said(page, "^After 28 of 28 rows: 7")
    expect(button(page, "Play the reading")).to_be_visible()
    expect(page.locator(".reader .said")).to_have_text(re.compile("^After 28 of 28 rows: 7"))
    assert asked == [] and page.get_by_test_id("stApp").get_attribute("data-test-script-state") == "notRunning"


def test_a_smiley_is_called_a_zero_and_ones_own_stroke_ends_it(open_page, url):
    page = open_page(f"{url}/digits")
    page.get_by_text("Smiley", exact=True).click()
    expect(page.get_by_text("The network gives 0 (>99%), though nobody drew a digit.")).to_be_visible()
    expect(page.locator(".now")).to_have_text("After 28 of 28 rows: 0 (>99%)")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".message")).to_contain_text("Draw a digit")
    expect(page.get_by_text("though nobody drew a digit")).to_be_hidden()
    draw(page, SEVEN)
    expect(page.locator(".now")).to_contain_text("28 rows: 7 (")
    page.get_by_text("Nothing at all", exact=True).click()
    expect(page.get_by_text(re.compile(r"The network gives \d \(>?\d+%\), though nobody drew a digit\."))).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".now")).to_contain_text("28 rows: 7 (")


@pytest.mark.slow
def test_drawing_while_it_trains_and_the_confusion_matrix_afterwards(open_page, url):
    page = open_page(f"{url}/digits?spec={SMALL.changed(epochs=60).to_short()}")
    button(page, "Train").click()
    expect_training(page)
    ask(lambda: draw(page, ONE), expect(page.locator(".now", has_text=re.compile(r"After 8 of 8 rows: \d"))).to_be_visible)
    page.get_by_role("link", name="Text", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Text")
    page.get_by_role("link", name="Digits", exact=True).first.click()
    expect(page.get_by_role("spinbutton", name="Units")).to_have_value("32")
    expect(page.locator(".now", has_text=re.compile(r"After 8 of 8 rows: \d"))).to_be_visible()  # the drawing is still there
    expect_state(page, "finished")
    page.get_by_role("tab", name="Confusion matrix").click()
    expect(page.get_by_text("360 test pictures")).to_be_visible(timeout=SLOW)
    matrix = page.get_by_test_id("stVegaLiteChart").last
    matrix.scroll_into_view_if_needed()
    box = matrix.locator("canvas, svg").first.bounding_box()
    ask(
        lambda: page.mouse.click(box["x"] + box["width"] * 0.14, box["y"] + box["height"] * 0.27),
        expect(page.get_by_text(re.compile(r"True: \d, predicted: \d\. \d+ pictures"))).to_be_visible,
    )
    page.get_by_role("tab", name="Mistakes").click()
    mistake = page.get_by_role("button", name=re.compile("^Open test picture")).first
    name = mistake.get_attribute("aria-label")
    mistake.click()
    expect(page.get_by_role("tab", name="Try")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("spinbutton", name="Number of the picture")).to_have_value(name.split()[3])
    true, predicted = re.search(r"(\d) → (\d)", name).groups()
    expect(page.locator(".now")).to_have_text(
        re.compile(rf"After 8 of 8 rows: {predicted} \(.*\)\. True: {true}, so it is wrong\.")
    )


@pytest.mark.slow
def test_pressing_train_and_stop_twice(open_page, url):
    page = open_page(f"{url}/digits?spec={SMALL.to_short()}")
    button(page, "Train").dblclick()
    expect_training(page)
    button(page, "Stop").dblclick()
    expect_state(page, "stopped")
    page.get_by_role("tab", name="Mistakes").click()
    expect(page.get_by_text("This run ended before its test.")).to_be_visible()


def test_what_was_changed_stands_beside_the_answer_and_is_undone_there(open_page, url):
    page = open_page(f"{url}/digits")
    page.get_by_text("Shuffle the rows while reading").click()
    changed = page.get_by_role("button", name="Rows shuffled. Undo")
    expect(changed).to_be_visible()
    before = page.locator(".now").bounding_box()
    changed.click()
    expect(changed).to_have_count(0)
    expect(page.get_by_text("The network was trained on centred pictures")).to_be_visible()
    assert page.locator(".now").bounding_box()["y"] == before["y"]
