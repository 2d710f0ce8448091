"""In a real browser: what is copied is said by pointer and keyboard, and the switch to the gradient moves nothing else."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.helpers import button, expect_at_rest

pytestmark = pytest.mark.browser
SENTENCE = re.compile(r"^\d+ characters copied, at \d+% of the training text$")


def test_a_copied_stretch_says_how_long_it_is_and_where_it_stands(open_page, url):
    page = open_page(f"{url}/text")
    written = page.get_by_role("region", name="Generated text")
    button(page, "Generate").click()
    about = page.locator(".about:visible").first
    expect(about).to_contain_text(re.compile("copied from the training text"))
    summary, height = about.text_content(), about.bounding_box()["height"]
    mark = written.locator("mark").first
    expect(mark).to_be_visible()
    place = mark.evaluate(
        "e => { const r = [...e.getClientRects()].at(-1); return [r.x + r.width / 2, r.y + r.height / 2] }"
    )  # it may wrap
    page.mouse.move(*place)
    expect(about).to_have_text(SENTENCE)
    assert about.bounding_box()["height"] == height
    page.mouse.move(5, 5)
    expect(about).to_have_text(summary)
    mark.focus()
    expect(about).to_have_text(SENTENCE)


def test_the_switch_shows_the_gradient_and_the_curves_again(open_page, url):
    page = open_page(f"{url}/digits")
    expect_at_rest(page)
    train, tab = button(page, "Train").bounding_box(), page.get_by_role("tab", name="Confusion matrix").bounding_box()
    page.get_by_role("radio", name="Gradient").click()
    expect(page.get_by_text("What remains of the gradient 20 timesteps back: GRU")).to_be_visible()
    expect(button(page, "Train SimpleRNN, LSTM and GRU")).to_be_visible()
    for name in ("Norm", "Untrained"):
        page.get_by_role("radio", name=name).click()
        expect(page.get_by_role("radio", name=name)).to_be_checked()
    expect(page.get_by_text("gates forget most: they do not give memory")).to_be_visible()
    page.get_by_role("radio", name="Curves").click()
    expect(page.locator(".st-key-curves")).to_be_visible()
    assert (button(page, "Train").bounding_box(), page.get_by_role("tab", name="Confusion matrix").bounding_box()) == (train, tab)


def test_the_map_of_the_embedding_names_what_is_nearest(open_page, url):
    page = open_page(f"{url}/reviews")
    page.get_by_role("radio", name="Embedding", exact=True).click()
    page.get_by_role("combobox", name="Token").select_option(label="great")
    expect(page.locator(".near")).to_contain_text("Nearest to “great”")
    expect(page.locator(".map g.chosen text")).to_have_text("great")
    expect(page.locator(".map g:not(.far)")).to_have_count(7)  # the chosen one and its six nearest
    page.locator(".map g.chosen").click()
    expect(page.locator(".near")).to_have_text("Click one to see which are nearest to it.")
