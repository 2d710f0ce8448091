"""A class in real browsers: two people and a teacher, one browser each, against one server."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import serve
from tests.browser.helpers import button, expect_at_rest, expect_state, expect_training
from tests.conftest import TINY, tiny_spec

pytestmark = pytest.mark.browser
KEY = "sesame opens"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A server in class mode."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "data").mkdir()
    (folder / "data" / "tiny.txt").write_text(TINY)
    with serve(folder / "home", RNN_DATA_DIR=str(folder / "data"), RNN_CLASS="1", RNN_TEACHER_KEY=KEY) as address:
        yield address


def enter(page: Page, name: str) -> None:
    field = page.get_by_role("textbox", name="Nickname")
    field.fill(name)
    field.press("Enter")


def expect_to_be(page: Page, name: str) -> None:
    expect(page.get_by_role("button", name=f"You are {name}")).to_be_visible()


def link(url: str, **options) -> str:
    return f"{url}/text?spec={tiny_spec(**options).to_short()}"


def open_class(page: Page) -> None:
    page.get_by_role("textbox", name="Teacher key").fill(KEY)
    button(page, "Open").click()
    expect(button(page, "Projector")).to_be_visible()


def tile(page: Page, name: str):
    return page.locator(".tile").filter(has_text=name)


@pytest.mark.slow
def test_two_people_and_their_teacher(open_page, url):
    ada = open_page(link(url, epochs=900, units=17))
    enter(ada, "Ada")
    expect_to_be(ada, "Ada")
    expect(ada.get_by_role("spinbutton", name="Units")).to_have_value("17")  # the link that was opened before the name was asked
    button(ada, "Train").click()
    expect_training(ada)
    ada.reload()
    expect_to_be(ada, "Ada")
    expect_state(ada, "running")

    ben = open_page(f"{url}/text")
    enter(ben, "ada")
    expect(ben.get_by_text("Somebody here is called ada already")).to_be_visible()
    enter(ben, "Ben")
    expect_to_be(ben, "Ben")
    ben.get_by_role("combobox", name="Run").click()
    expect(ben.get_by_role("option").filter(has_text="GRU 17")).to_have_count(0)
    ben.goto(ada.url)
    expect_to_be(ben, "Ben")
    expect_state(ben, "running")
    expect(button(ben, "Stop")).to_be_disabled()
    button(ben, "Train").click()  # the same spec, a run of his own
    ben.wait_for_url(lambda address: "run=" in address and address.split("run=")[1][:16] not in ada.url)

    teacher = open_page(f"{url}/class")
    open_class(teacher)
    expect(tile(teacher, "Ada")).to_contain_text("running")
    expect(tile(teacher, "Ben")).to_contain_text("Text · GRU 17")
    teacher.reload()
    expect(tile(teacher, "Ben")).to_be_visible()
    with teacher.context.expect_page() as opened:
        tile(teacher, "Ada").click()
    expect_state(opened.value, "running")
    teacher.get_by_text("Queue", exact=True).click()
    stops = teacher.get_by_role("button", name="Stop", exact=True)
    expect(stops).to_have_count(2)
    stops.first.click()
    expect(stops).to_have_count(1)
    expect_state(ada, "stopped")
    teacher.get_by_text("Board", exact=True).click()
    teacher.get_by_text("Names", exact=True).click()
    expect(tile(teacher, "Person 1")).to_contain_text("stopped")
    expect(tile(teacher, "Person 2")).to_be_visible()
    expect(teacher.get_by_text(re.compile("Ada|Ben"))).to_have_count(0)
    teacher.get_by_text("Queue", exact=True).click()
    teacher.get_by_role("button", name="Stop", exact=True).click()
    expect_state(ben, "stopped")


_COLOUR = "link => getComputedStyle(link).backgroundColor"


@pytest.mark.slow
def test_the_teacher_sends_settings_and_a_student_uses_them(open_page, url):
    hugo = open_page(link(url, units=12))
    enter(hugo, "Hugo")
    expect_to_be(hugo, "Hugo")
    home = hugo.context.new_page()
    home.goto(url)
    start = home.get_by_role("link", name="Start: 3 minutes with text")
    expect(start).to_be_visible()
    expect_at_rest(home)
    drawn = start.evaluate(_COLOUR)
    units = hugo.get_by_role("spinbutton", name="Units")
    expect(units).to_have_value("12")
    teacher = open_page(f"{url}/class")
    open_class(teacher)
    teacher.get_by_text("Send settings", exact=True).click()
    choice = teacher.get_by_role("combobox", name="Settings A")
    choice.click()
    choice.fill("A link")  # only what is on the screen of a long list exists
    teacher.get_by_role("option", name="A link to settings").click()
    field = teacher.get_by_role("textbox", name="Link to settings A")
    field.fill(link(url, units=21))
    field.press("Enter")
    expect_at_rest(teacher)
    button(teacher, "Send to the class").click()
    expect(teacher.get_by_text("Sent at")).to_be_visible()
    notice = button(hugo, "From your teacher")  # without a reload
    notice.click()
    expect(home.get_by_test_id("stToast")).to_be_visible()
    assert start.evaluate(_COLOUR) == drawn  # the toast of a tick does not take the place of a style
    expect(units).to_have_value("12")
    button(hugo, "Use these settings").click()
    expect(units).to_have_value("21")
    expect(button(hugo, "Use these settings")).to_be_hidden()
    hugo.get_by_text("Log scale", exact=True).click()  # another run of the page keeps them
    expect_at_rest(hugo)
    expect(units).to_have_value("21")
    assert "-21-" in hugo.url
    button(teacher, "Withdraw").click()
    expect(notice).to_be_hidden()


@pytest.mark.slow
def test_tabs_of_one_browser_are_one_person(open_page, url):
    first = open_page(f"{url}/text")
    second = first.context.new_page()
    second.goto(f"{url}/digits")
    expect(second.get_by_role("textbox", name="Nickname")).to_be_visible()
    enter(first, "Cleo")
    expect_to_be(first, "Cleo")
    expect_to_be(second, "Cleo")
    second.get_by_role("link", name="Text", exact=True).click()
    prompt = second.get_by_role("textbox", name="Prompt")
    prompt.fill("Nobody else's business")
    prompt.press("Control+Enter")
    expect_at_rest(second)
    second.get_by_role("button", name="You are Cleo").click()
    button(second, "Switch user").click()
    expect(second.get_by_role("heading", name="Welcome")).to_be_visible()
    expect_at_rest(second)
    enter(second, "Dora")
    expect_to_be(second, "Dora")
    expect(prompt).to_be_visible()
    expect(second.get_by_text("Nobody else's business")).to_have_count(0)
    assert "business" not in prompt.input_value()
    expect_to_be(first, "Dora")
    second.reload()
    expect_to_be(second, "Dora")


@pytest.mark.slow
def test_a_browser_without_cookies_says_that_it_forgets(open_page, url):
    page = open_page(url)
    page.evaluate("Object.defineProperty(document, 'cookie', { get: () => '', set: () => {} })")
    enter(page, "Emil")
    expect_to_be(page, "Emil")
    page.get_by_role("button", name="You are Emil").click()
    expect(page.get_by_text("This browser keeps no cookies")).to_be_visible()
    page.get_by_role("link", name="Text", exact=True).click()
    expect(page.get_by_role("spinbutton", name="Units")).to_be_visible()
    expect_to_be(page, "Emil")


@pytest.mark.slow
def test_runs_are_renamed_in_place_and_deleted(open_page, url):
    page = open_page(link(url, epochs=1, units=5))
    enter(page, "Fay")
    button(page, "Train").click()
    page.wait_for_url(re.compile("run="))
    expect(page.locator(".st-key-watch_heading")).to_contain_text("GRU 5")
    expect_state(page, "finished")
    page.get_by_role("link", name="Runs", exact=True).click()
    table = page.get_by_test_id("stDataFrame").first
    table.locator("canvas").first.wait_for()
    expect_at_rest(page)
    box = table.bounding_box()
    page.mouse.dblclick(box["x"] + 0.17 * box["width"], box["y"] + 52)
    page.locator("#portal").get_by_role("textbox").wait_for()
    page.keyboard.press("Control+A")
    page.keyboard.type("Fays best", delay=50)  # as fast as people type
    page.wait_for_timeout(300)
    page.keyboard.press("Enter")
    page.wait_for_timeout(1000)  # the table sends edits with a delay, and draws on a canvas
    page.reload()
    expect(table.locator("[role=gridcell]", has_text="Fays best")).to_be_attached()
    expect_at_rest(page)
    box = table.bounding_box()
    page.mouse.click(box["x"] + 0.055 * box["width"], box["y"] + 52)  # the first row's box
    button(page, "Delete 1 run").click()
    expect(page.get_by_text("This cannot be undone.")).to_be_visible()
    button(page, "Delete it").click()
    expect(page.get_by_text("No runs yet.")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("path", ["/class", "/runs"])
def test_no_page_is_wider_than_its_window(open_page, url, width, path):
    page = open_page(url + path, width=width)
    if path == "/runs":
        enter(page, f"Gil {width}")
        expect_to_be(page, f"Gil {width}")
    else:
        open_class(page)
    expect_at_rest(page)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
