"""The Text page in a real browser: upload, train, generate, leave and come back."""

import re

import pytest
from playwright.sync_api import Page, expect

from rnn_core.run_spec import RunSpec
from tests.browser.conftest import serve
from tests.browser.helpers import ask, button, expect_at_rest, expect_state, expect_status, expect_training, status
from tests.conftest import tiny_spec

pytestmark = pytest.mark.browser


def link(url: str, spec: RunSpec) -> str:
    return f"{url}/text?spec={spec.to_short()}"


def generate(page: Page) -> None:
    ask(button(page, "Generate").click, expect(page.get_by_role("button", name="Download the text")).to_be_visible)


def test_upload_train_live_curve_stop_generate(open_page, url, tmp_path):
    book = tmp_path / "Mein Büchlein.txt"
    book.write_bytes(("Die Größe der Maße übt der Bär. Ein Öl, ein Übel, ein Äpfelchen.\r\n" * 300).encode("utf-16"))
    page = open_page(link(url, tiny_spec(epochs=500)))
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(book)
    expect(page.get_by_text("19,500 characters")).to_be_visible()
    expect(page.get_by_role("combobox", name="Data")).to_have_value(re.compile(r"^Mein Büchlein\.txt \(\w{4}\)$"))

    button(page, "Train").click()
    expect_state(page, "running")
    expect(page.locator("[data-testid=stVegaLiteChart]").first).to_be_visible()
    first = status(page)
    expect(page.locator(".status")).not_to_have_text(first, use_inner_text=True)
    expect_status(page, r"validation \d\.\d{3}")
    generate(page)
    button(page, "Stop").click()
    expect_state(page, "stopped")
    expect(button(page, "Stop")).to_be_disabled()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the text").click()
    text = download.value.path().read_text(encoding="utf-8")
    prompt = "Die Größe der Maße "  # the first words of the book
    assert text.startswith(prompt) and len(text) == len(prompt) + 500


@pytest.mark.slow
def test_away_and_back_again_while_it_trains(open_page, url):
    page = open_page(link(url, tiny_spec(epochs=500, seed=3)))
    button(page, "Train").click()
    expect_state(page, "running")
    page.get_by_role("link", name="Home").first.click()
    expect(page.get_by_text("See a recurrent network learn")).to_be_visible()
    page.get_by_role("link", name="Text", exact=True).first.click()
    expect_state(page, "running")
    expect(page.get_by_role("spinbutton", name="Epochs")).to_have_value("500")
    page.reload()
    expect_state(page, "running")
    button(page, "Stop").click()
    expect_state(page, "stopped")


@pytest.mark.slow
def test_the_sample_slider_stays_where_the_person_put_it(open_page, url):
    page = open_page(link(url, tiny_spec(epochs=400, seed=4)))
    button(page, "Train").click()
    expect_training(page)
    slider = page.get_by_role("slider", name="Sample")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("epoch"))  # there are two samples
    ask(lambda: slider.press("Home"), lambda: expect(slider).to_have_attribute("aria-valuetext", "untrained"))
    before = status(page)
    expect(page.locator(".status")).not_to_have_text(before, use_inner_text=True)
    expect(slider).to_have_attribute("aria-valuetext", "untrained")
    button(page, "Stop").click()
    expect_state(page, "stopped")


@pytest.mark.slow
def test_pressing_everything_twice_starts_one_run(open_page, url):
    page = open_page(f"{url}/")
    expect(page.get_by_text("Recent runs")).to_be_visible()
    page.goto(link(url, tiny_spec(epochs=500, units=23)))
    button(page, "Train").dblclick()
    expect_training(page)
    expect(button(page, "Train")).to_be_disabled()
    ask(button(page, "Generate").dblclick, expect(page.get_by_role("button", name="Download the text")).to_be_visible)
    button(page, "Stop").dblclick()
    expect_state(page, "stopped")
    page.get_by_role("combobox", name="Run").click()
    mine = page.get_by_role("option").filter(has_text="tiny · GRU 23")
    expect(mine).to_have_count(1)


@pytest.mark.slow
def test_a_long_text_is_written_to_its_end_while_the_page_ticks(open_page, url):
    page = open_page(link(url, tiny_spec(epochs=500, seed=6)))
    button(page, "Train").click()
    expect_training(page)
    button(page, "Options").click()
    length = page.get_by_role("spinbutton", name="Length")
    length.fill("20000")
    length.press("Enter")
    page.keyboard.press("Escape")
    generate(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the text").click()
    text, prompt = download.value.path().read_text(encoding="utf-8"), page.get_by_role("textbox", name="Prompt").input_value()
    assert text.startswith(prompt) and len(text) == len(prompt) + 20_000
    button(page, "Stop").click()
    expect_state(page, "stopped")


@pytest.mark.slow
def test_hebrew_is_read_from_the_right_wherever_it_is_shown(open_page, url):
    page = open_page(link(url, tiny_spec(source="hebrew", epochs=1)))
    page.get_by_text("Look at the text").first.click()
    preview = page.get_by_test_id("stCode").filter(has_text="הים").first
    expect(preview).to_be_visible()
    assert first_line(preview) == "right"
    prompt = page.get_by_role("textbox", name="Prompt")
    prompt.fill("הים")
    assert (
        prompt.evaluate("field => [getComputedStyle(field).unicodeBidi, getComputedStyle(field).textAlign].join()")
        == "plaintext,start"
    )
    prompt.press("Control+Enter")
    button(page, "Train").click()
    expect_state(page, "finished")
    generate(page)
    written = page.get_by_role("region", name="Generated text")
    expect(written).to_contain_text("הים")
    assert first_line(written) == "right"


def first_line(code) -> str:
    """The side on which the first line of a text starts."""
    return code.evaluate("""shown => {
        const walker = document.createTreeWalker(shown, NodeFilter.SHOW_TEXT), range = document.createRange();
        let text = walker.nextNode();
        while (!text.data.trim()) text = walker.nextNode();
        range.selectNodeContents(text);
        const pieces = [...range.getClientRects()].filter((piece, _, all) => piece.top == all[0].top);
        const box = (shown.querySelector("pre > div") ?? shown).getBoundingClientRect();
        const before = Math.min(...pieces.map(piece => piece.left)) - box.left;
        return box.right - Math.max(...pieces.map(piece => piece.right)) < before ? "right" : "left";
    }""")


@pytest.mark.slow
def test_back_undoes_a_change_of_an_option(open_page, url):
    page = open_page(f"{url}/text")
    units = page.get_by_role("spinbutton", name="Units")
    for value in ("48", "64"):
        units.fill(value)
        units.press("Enter")
        page.wait_for_url(re.compile(f"layer-gru-{value}-"))
    page.go_back()
    expect(units).to_have_value("48")


@pytest.mark.slow
def test_a_cold_deep_link_shows_the_page_and_the_navigation_of_later_visits(open_page, tmp_path):
    with serve(tmp_path / "home") as fresh:
        seen = []
        for address in (f"{fresh}/text", fresh, f"{fresh}/text"):
            page = open_page(address)
            expect(page.locator("h1")).to_be_visible()
            expect_at_rest(page)
            seen.append((page.locator("h1").inner_text(), page.locator(".st-key-navigation a").all_inner_texts()))
            expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)
        assert seen[0] == seen[2] and seen[0][0] == "Text"
        assert seen[0][1] == seen[1][1]


@pytest.mark.slow
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_is_wider_than_its_window(open_page, url, width):
    page = open_page(url, width=width)
    for title in ("Text", "Digits", "Reviews", "Home"):
        page.get_by_role("link", name=title, exact=True).first.click()
        expect(page).to_have_title(f"{title} · RNN Lab")
        expect(page.locator("h1")).to_be_visible()
        expect_at_rest(page)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width, title
