"""The Reviews page in a real browser: typing a review, and uploading sentences."""

import re

import pytest
from playwright.sync_api import Page, expect

from rnn_core.run_spec import RunSpec
from tests.browser.helpers import SLOW, ask, button, expect_state, expect_training

pytestmark = pytest.mark.browser
SMALL = RunSpec.from_options(
    "reviews", source="review-language", units=24, embedding=24, epochs=200, batch_size=32, learning_rate=0.005
)


def type_review(page: Page, text: str, prediction) -> None:
    """Type a review until its prediction, a string or a pattern, is on the page."""
    box = page.get_by_role("textbox", name="Review", exact=True)

    def type_it() -> None:
        box.fill("")
        box.fill(text)
        box.press("Control+Enter")

    ask(type_it, lambda: expect(page.get_by_text(prediction)).to_be_visible(timeout=SLOW / 2))


def score_chart(page: Page, words: int):
    return page.get_by_role("button", name=re.compile(f"Show data: Score after each of {words} words"))


def test_a_typed_review_is_scored_word_by_word(open_page, url):
    page = open_page(f"{url}/reviews")
    type_review(page, "a wonderful film with great actors zzyzx", "Positive (")
    expect(score_chart(page, 7)).to_be_attached()
    strip = page.get_by_test_id("coloured-words")
    expect(strip.locator("span")).to_have_count(7)
    expect(page.get_by_text("Dotted: not in the vocabulary")).to_contain_text("zzyzx")
    page.get_by_role("tab", name="Swap two words").click()
    for label, word in (("This word", "2 · wonderful"), ("and this one", "5 · great")):
        page.get_by_role("combobox", name=label).click()
        page.get_by_role("option", name=word, exact=True).click()
    expect(page.get_by_text("“a great film with wonderful actors zzyzx”")).to_be_visible()
    type_review(page, "a waste of time", "Negative (")
    expect(score_chart(page, 4)).to_be_attached()


@pytest.mark.slow
def test_a_review_is_scored_while_the_network_trains(open_page, url):
    page = open_page(f"{url}/reviews?spec={SMALL.to_short()}")
    button(page, "Train").click()
    expect_training(page)
    type_review(page, "although the plot was dull the acting was wonderful", re.compile(r"(Positive|Negative) \("))
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
    type_review(page, "das ist schön", re.compile(r"(Gut|Schlecht) \("))
    page.reload()
    expect_state(page, "finished")
    expect(page.get_by_role("combobox", name="Data")).to_have_value(re.compile(r"^sätze\.csv"))
