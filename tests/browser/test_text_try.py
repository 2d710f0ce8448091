"""Trying a text network in a real browser: pressing Generate, choosing character by character, four temperatures, the live sample."""

import re

import pytest
from playwright.sync_api import Page, expect

from rnn_core import settings as settings_of
from rnn_core.runs.store.kinds import Sample
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from tests.browser.conftest import ROOT, serve
from tests.browser.helpers import ask, button, expect_at_rest
from tests.conftest import tiny_spec

pytestmark = pytest.mark.browser


def type_prompt(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Prompt").click()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


@pytest.mark.slow
def test_a_press_of_generate_right_after_typing_always_writes(open_page, url):
    """The press ends the typing, which redraws the panel with a note on the prompt while the button is down."""
    page = open_page(f"{url}/text", height=650)
    generate, written = button(page, "Generate"), page.get_by_role("region", name="Generated text")
    generate.wait_for()
    expect_at_rest(page)
    for i, hold in enumerate(hold for hold in (100, 200, 300, 400) for _ in range(2)):
        prompt = f"{i} \u2603 caf\u00e9 " if i % 2 else f"{i} the "  # the note comes and goes
        type_prompt(page, prompt)
        box = generate.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.wait_for_timeout(hold)
        page.mouse.up()
        expect(written).to_contain_text(re.compile(re.escape(prompt) + r"[\s\S]{500}$"))
        assert generate.bounding_box() == box
        expect(page.get_by_text("Skipped, never seen")).to_have_count(i % 2)


def test_the_odds_follow_what_is_typed_and_nothing_that_is_typed_is_lost(open_page, url):
    page = open_page(f"{url}/text")
    odds = page.get_by_role("button", name=re.compile("Show data: Next-character probabilities"))
    expect(odds).to_be_attached()
    expect_at_rest(page)
    before = odds.get_attribute("aria-label")
    type_prompt(page, "the cla")
    expect(odds).not_to_have_attribute("aria-label", before)
    field = page.get_by_role("textbox", name="Prompt")
    for letters in ("ss of a ", "module is ", "never "):  # typed while the page computes
        page.keyboard.type(letters, delay=60)
        page.wait_for_timeout(550)
    expect_at_rest(page)
    expect(field).to_have_value("the class of a module is never ")
    expect(field).to_be_focused()


def test_each_character_is_chosen_or_thrown(open_page, url):
    page = open_page(f"{url}/text")
    tab = page.get_by_role("tab", name="Step by step")
    tab.click()
    text, chosen = page.get_by_role("region", name="Prompt and chosen characters"), page.locator(".written > span")
    candidates = page.get_by_role("list", name="Likeliest next characters").get_by_role("button")
    expect(candidates).to_have_count(8)
    expect(text).to_contain_text("or Next to let chance choose")
    expect_at_rest(page)

    second = candidates.nth(1).inner_text()
    shown, percent = (candidates.nth(1).locator(part).inner_text() for part in ("b", ".percent"))
    candidates.nth(1).click()
    expect(chosen).to_have_count(1)
    expect(page.get_by_text(f"{shown} had {percent}: a surprise of")).to_be_visible()
    expect(candidates.nth(1)).not_to_have_text(second, use_inner_text=True)

    third = candidates.nth(2).locator("b").inner_text()
    page.keyboard.press("3")  # the focus is still on the second candidate
    expect(chosen).to_have_count(2)
    assert third in chosen.nth(1).inner_text() or third in "␣⏎⇥"

    text.focus()
    for _ in range(3):
        page.keyboard.press("Enter")  # faster than probabilities come
    expect(chosen).to_have_count(5)
    page.keyboard.press("Backspace")
    button(page, "Undo").click()
    expect(chosen).to_have_count(3)
    expect_at_rest(page)
    expect(chosen).to_have_count(3)

    page.get_by_role("tab", name="Write").first.click()
    tab.click()
    expect(chosen).to_have_count(3)
    button(page, "Start over").click()
    expect(chosen).to_have_count(0)
    expect(button(page, "Undo")).to_be_disabled()
    button(page, "Next").click()
    expect(chosen).to_have_count(1)
    expect_at_rest(page)
    type_prompt(page, "Another")
    page.keyboard.press("Control+Enter")
    expect(text).to_contain_text("Another")
    expect(chosen).to_have_count(0)


def test_temperature_moves_the_odds_at_once_and_four_texts_stand_side_by_side(open_page, url):
    page = open_page(f"{url}/text")
    odds = page.get_by_role("button", name=re.compile("Show data: Next-character probabilities"))
    before = odds.get_attribute("aria-label")
    slider = page.get_by_role("slider", name="Temperature")
    ask(lambda: slider.press("Home"), lambda: expect(odds).not_to_have_attribute("aria-label", before))
    assert "at temperature 0.1 the likeliest" in odds.get_attribute("aria-label")
    page.get_by_role("tab", name="Temperatures").click()
    button(page, "Compare four temperatures").click()
    for temperature in ("0.3", "0.6", "0.9", "1.2"):
        expect(page.get_by_role("region", name=f"Text at temperature {temperature}")).to_contain_text(re.compile(r"[\s\S]{500}"))
    button(page, "Dull and wild").click()
    expect(page.get_by_role("region", name="Text at temperature 2.0")).to_contain_text(re.compile(r"[\s\S]{500}"))
    expect(page.get_by_text(re.compile(r"repeated at 0\.1, .* at 0\.8"))).to_be_visible()


def test_all_of_the_tab_write_is_seen_at_once_and_reached_by_keyboard(open_page, url):
    page = open_page(f"{url}/text")
    button(page, "Generate").click()
    expect(page.locator(".card .lights > i")).to_have_count(16)  # the cells of the network's card, while the text appears
    expect(page.locator(".card .lights")).to_have_count(0)  # and dark again
    written = page.get_by_role("region", name="Generated text")
    expect(written).to_contain_text(re.compile(r"[\s\S]{500}"))
    tops = [
        page.get_by_role("textbox", name="Prompt"),
        page.get_by_role("slider", name="Temperature"),
        button(page, "Generate"),
        written,
    ]
    boxes = [element.bounding_box() for element in tops]
    assert max(box["y"] for box in boxes) - boxes[0]["y"] < 250  # the zone may be 370 pixels high
    written.focus()
    page.keyboard.press("End")
    page.wait_for_function("text => text.scrollTop > 0 || text.scrollHeight <= text.clientHeight", arg=written.element_handle())


_LIVE_PAGE = """
import streamlit as st
from pages.parts.shell import services
from pages.parts.tasks.view import view_of

run = st.query_params["run"]
st.markdown("[Home](.)")
st.fragment(lambda: view_of("text").live(services.store().runs.get(run)), run_every=1.0)()
"""


@pytest.mark.slow
def test_live_returns_from_an_early_sample(open_page, tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("RNN_HOME", str(home))
    store = Store(home)
    run = submit(tiny_spec(source="python-reference"), store, settings_of.load(), kept_for=60)
    script = tmp_path / "live.py"
    script.write_text(_LIVE_PAGE, encoding="utf-8")

    def add(step: int) -> None:
        store.events.record(run, events=[Sample(step, step / 32, f"written at {step}")])

    with serve(home, str(script), PYTHONPATH=str(ROOT)) as url:
        page = open_page(f"{url}?run={run}")
        sample, slider = page.get_by_role("region", name="Sample of the network's text"), page.get_by_role("slider", name="Sample")
        expect(sample).to_have_text("The first sample appears when training starts.")
        expect(slider).to_be_disabled()
        box = page.locator(".live").bounding_box()
        for step in (0, 32, 64):
            add(step)
            expect(sample).to_have_text(f"written at {step}")
        live = page.get_by_role("button", name="Live")
        expect(live).to_have_attribute("aria-pressed", "true")
        slider.press("Home")
        expect(slider).to_have_attribute("aria-valuetext", "untrained")
        expect(sample).to_have_text("written at 0")
        expect(live).to_have_attribute("aria-pressed", "false")
        add(96)
        expect(slider).to_have_attribute("max", "3")
        expect(sample).to_have_text("written at 0")
        live.click()
        expect(sample).to_have_text("written at 96")
        add(128)
        expect(sample).to_have_text("written at 128")
        slider.press("ArrowLeft")
        expect(sample).to_have_text("written at 96")
        slider.press("End")  # the newest is followed, too
        add(160)
        expect(sample).to_have_text("written at 160")
        assert page.locator(".live").bounding_box() == box


@pytest.mark.slow
def test_a_help_text_lets_clicks_through(open_page, url):
    page = open_page(f"{url}/text")
    page.get_by_role("tab", name="Look back").click()
    page.get_by_role("button", name="How far back").hover()
    help_text = page.get_by_role("tooltip")
    expect(help_text).to_be_visible()
    tab, box = page.get_by_role("tab", name="Step by step"), help_text.bounding_box()
    under = tab.bounding_box()
    assert (
        box["x"] < under["x"] + under["width"] / 2 < box["x"] + box["width"] and box["y"] < under["y"] + under["height"] / 2
    )  # it covers the tab
    tab.click()
    expect(page.get_by_role("list", name="Likeliest next characters")).to_be_visible()
