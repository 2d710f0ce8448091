"""The Reviews page in a real browser: typing a review, and uploading sentences."""

import re

import pytest
from playwright.sync_api import Page, expect

from rnn_core.run_spec import RunSpec
from tests.browser.helpers import SLOW, ask, button, expect_at_rest, expect_state, expect_training, show_zone

pytestmark = pytest.mark.browser
SMALL = RunSpec.from_options(
    "reviews", source="review-language", units=24, embedding=24, epochs=200, batch_size=32, learning_rate=0.005
)


def type_review(page: Page, text: str, prediction) -> None:
    """Type a review until its prediction, a string or a pattern, is on the page: no key but those of its letters is pressed."""
    box = page.get_by_role("textbox", name="Review", exact=True)

    def type_it() -> None:
        box.fill(text)
        page.wait_for_timeout(600)  # ms: a text is sent after a pause
        expect_at_rest(page)

    ask(type_it, lambda: expect(page.locator(".verdict")).to_contain_text(prediction, timeout=SLOW / 2))


def word(page: Page, text: str):
    return page.get_by_role("group", name="Words of the review").get_by_role("button", name=re.compile(f"^{text}: "))


def shown(page: Page) -> list[str]:
    """The words in the order on the page, without their signs."""
    return [re.sub("[▲▼]", "", text) for text in page.locator(".word").all_inner_texts()]


def test_a_typed_review_is_scored_word_by_word(open_page, url):
    page = open_page(f"{url}/reviews")
    type_review(page, "a wonderful film with great actors zzyzx", "Positive")
    expect(page.locator(".word")).to_have_count(7)
    expect(page.locator(".words circle")).to_have_count(7)
    expect(page.locator(".curve")).to_contain_text("wonderful")
    expect(word(page, "wonderful")).to_contain_text("▲")
    expect(page.locator(".word.unknown")).to_have_attribute("title", re.compile("Not in the vocabulary"))
    word(page, "great").hover()
    expect(page.locator(".readout")).to_contain_text("Without this word Positive")
    page.get_by_role("textbox", name="Review", exact=True).hover()
    expect(page.locator(".readout")).to_contain_text("Click a word to leave it out")
    type_review(page, "a waste of time", "Negative")
    expect(page.locator(".word")).to_have_count(4)


def test_words_are_left_out_swapped_and_restored_with_the_mouse(open_page, url):
    page = open_page(f"{url}/reviews")
    type_review(page, "what a waste of a wonderful cast", "Negative")
    word(page, "waste").click()
    expect(word(page, "waste")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".verdict")).to_contain_text("Positive")
    page.get_by_role("textbox", name="Review", exact=True).hover()
    expect(page.locator(".readout")).to_contain_text("The prediction flips")
    expect(page.locator(".bar.before")).to_be_visible()
    word(page, "waste").click()
    expect(page.locator(".verdict")).to_contain_text("Negative")
    expect(page.locator(".bar.before")).to_be_hidden()
    word(page, "waste").drag_to(word(page, "cast"))
    expect(word(page, "waste")).to_have_attribute("aria-pressed", "false")  # a drag is no click
    assert shown(page) == ["what", "a", "cast", "of", "a", "wonderful", "waste"]
    expect(page.locator(".bar.before")).to_be_visible()
    button(page, "Restore").click()
    expect(button(page, "Restore")).to_be_disabled()
    assert shown(page) == ["what", "a", "waste", "of", "a", "wonderful", "cast"]
    button(page, "Shuffle the words").click()
    expect(page.locator(".readout")).to_contain_text(re.compile(r"Five shuffles: .* The prediction stays \d of 5 times"))
    assert sorted(shown(page)) == ["a", "a", "cast", "of", "waste", "what", "wonderful"]


def test_words_are_left_out_and_swapped_with_the_keyboard(open_page, url):
    page = open_page(f"{url}/reviews")
    type_review(page, "what a waste of a wonderful cast", "Negative")
    word(page, "what").focus()
    expect(page.locator(".readout")).to_contain_text("“what”: ")
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(word(page, "waste")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".said")).to_contain_text("The prediction flips")
    for key in ("Enter", "s", "End", "s"):
        page.keyboard.press(key)
    expect(page.locator(".said")).to_contain_text("Before: Negative")
    assert shown(page) == ["what", "a", "cast", "of", "a", "wonderful", "waste"]
    expect(word(page, "cast")).to_be_focused()
    page.keyboard.press("Home")
    expect(word(page, "what")).to_be_focused()
    page.keyboard.press("s")
    page.keyboard.press("Escape")
    expect(page.locator(".word.marked")).to_have_count(0)


def test_a_press_that_commits_what_was_typed_is_not_lost(open_page, url):
    """The press takes the focus from the field, so the words change while the button is down."""
    page = open_page(f"{url}/reviews")
    type_review(page, "what a waste of a wonderful cast", "Negative")
    expect_at_rest(page)
    page.get_by_role("textbox", name="Review", exact=True).fill("zzyzx great qqq " + "a film with great actors " * 12)
    button(page, "Shuffle the words").scroll_into_view_if_needed()
    place = button(page, "Shuffle the words").bounding_box()
    page.mouse.move(place["x"] + 20, place["y"] + 10)
    page.mouse.down()
    page.wait_for_timeout(600)  # ms: a slow press
    assert button(page, "Shuffle the words").bounding_box() == place
    page.mouse.up()
    expect(page.locator(".readout")).to_contain_text("Five shuffles")
    assert len(shown(page)) == 63


def test_words_from_the_right_keep_their_direction(open_page, url):
    page = open_page(f"{url}/reviews")
    type_review(page, "הסרט הזה טוב great", "Positive")
    first, second = (page.locator(".word").nth(i).bounding_box()["x"] for i in range(2))
    assert first > second
    page.locator(".word").first.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".word").nth(1)).to_be_focused()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_long_review_scrolls_inside_the_component(open_page, url, width):
    page = open_page(f"{url}/reviews", width=width)
    show_zone(page, "Try")
    type_review(page, "a great film " * 80, "Positive")
    expect(page.locator(".word")).to_have_count(200)
    words = page.locator(".words")
    before = words.bounding_box()["height"]
    assert words.evaluate("e => e.scrollHeight > e.clientHeight && e.scrollWidth <= e.clientWidth") and before <= 340
    type_review(page, "a dull film", "Negative")
    assert words.bounding_box()["height"] == before


@pytest.mark.slow
def test_a_review_is_scored_while_the_network_trains(open_page, url):
    page = open_page(f"{url}/reviews?spec={SMALL.to_short()}")
    button(page, "Train").click()
    expect_training(page)
    type_review(page, "although the plot was dull the acting was wonderful", re.compile("Positive|Negative"))
    button(page, "Stop").click()
    expect_state(page, "stopped")
    expect(page.get_by_role("textbox", name="Review", exact=True)).to_have_value(
        "although the plot was dull the acting was wonderful"
    )


@pytest.mark.slow
def test_own_sentences_from_a_csv_are_trained_on(open_page, url, tmp_path):
    rows = [f"das ist {'schön' if i % 2 else 'übel'} Nummer {i};{'gut' if i % 2 else 'schlecht'}" for i in range(40)]
    (tmp_path / "sätze.csv").write_bytes("\n".join(["Satz;Urteil", *rows]).encode("cp1252"))
    page = open_page(f"{url}/reviews?spec={SMALL.changed(epochs=3, batch_size=8).to_short()}")
    page.get_by_text("Bring your own sentences").click()
    page.get_by_role("tab", name="CSV file").click()
    page.locator("input[type=file]").first.set_input_files(tmp_path / "sätze.csv")
    expect(page.get_by_role("combobox", name="Data")).to_have_value(re.compile(r"^sätze\.csv \(\w{4}\)$"))
    expect(page.get_by_text("33 to train on, 3 to validate, 4 for the test at the end")).to_be_visible()
    button(page, "Train").click()
    expect_state(page, "finished")
    type_review(page, "das ist schön", re.compile("Gut|Schlecht"))
    page.reload()
    expect_state(page, "finished")
    expect(page.get_by_role("combobox", name="Data")).to_have_value(re.compile(r"^sätze\.csv"))


@pytest.mark.slow
def test_a_mistake_opens_in_the_field(open_page, url):
    page = open_page(f"{url}/reviews?spec={SMALL.changed(epochs=1, examples=400).to_short()}")
    button(page, "Train").click()
    expect_state(page, "finished")
    page.get_by_role("tab", name="Test results").click()
    expect_at_rest(page)
    table = page.locator("[data-testid=stDataFrame]").filter(visible=True).first
    table.scroll_into_view_if_needed()
    table.click(position={"x": 15, "y": 52})
    expect(page.get_by_role("tab", name="Try", exact=True)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".verdict")).to_contain_text("(wrong)")
