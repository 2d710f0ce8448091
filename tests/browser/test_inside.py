"""The Inside page in a real browser: stepping, pointing at units, numbers, long inputs, and two cells beside each other."""

import json
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import SLOW, ask, button, expect_at_rest, expect_state, expect_training
from tests.conftest import one_task, tiny_spec

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def open_inside(open_page, url: str, query: str = "", width: int = 1440, height: int = 900) -> Page:
    page = open_page(f"{url}/inside{query}", width, height)
    expect(page.locator(".inside .diagram .box").first).to_be_visible(timeout=SLOW)
    expect_at_rest(page)
    return page


def shown(page: Page, name: str) -> float:
    """The number in the box of a part."""
    box = page.locator(".box", has=page.locator(".name", has_text=re.compile(f"^{name}"))).first
    return float(box.locator(".value").inner_text().replace("−", "-"))


def test_keys_step_and_the_numbers_are_those_of_the_trace(open_page, url):
    from rnn_core.lessons import example
    from rnn_core.nn.network import Network
    from rnn_core.run_spec import RunSpec
    from rnn_core.tasks import tokenizer

    page = open_inside(open_page, url, "?run=example")
    text = page.get_by_role("textbox", name="Text", exact=True).input_value()
    folder = example._FILES / "text"
    with np.load(folder / "weights.npz") as weights:
        arrays = {name: weights[name].astype(np.float32) for name in weights.files}
    spec = RunSpec.from_json(json.loads((folder / "run.json").read_text())["spec"])
    ((trace,),) = Network(spec.model, arrays).trace(tokenizer.read(folder)[0].encode(text)[None])
    where, unit = page.locator(".where"), page.get_by_role("spinbutton", name="Unit")
    expect(where).to_have_text(f"Timestep {len(text)} of {len(text)}")
    page.evaluate("document.activeElement?.blur()")
    page.keyboard.press("Home")
    expect(where).to_have_text(f"Timestep 1 of {len(text)}")
    assert shown(page, "Hidden state") == 0.0  # before the first timestep
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(where).to_have_text(f"Timestep 5 of {len(text)}")
    expect(page.locator(".said").last).to_contain_text("Next character")
    number = int(unit.input_value())
    for name, values in (
        ("Update gate", trace.gates["update"]),
        ("Reset gate", trace.gates["reset"]),
        ("Candidate", trace.gates["candidate"]),
    ):
        assert shown(page, name) == pytest.approx(values[0, 4, number], abs=0.006), name
    assert shown(page, "Hidden state") == pytest.approx(trace.states["hidden"][0, 3, number], abs=0.006)  # h before it
    plot = page.locator(".map .plot").first
    box = plot.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.25)
    expect(unit).not_to_have_value(str(number))
    pointed = int(unit.input_value())
    assert shown(page, "Update gate") == pytest.approx(trace.gates["update"][0, 4, pointed], abs=0.006)
    expect(page.locator(".curve figcaption")).to_contain_text(f"Unit {pointed} ")
    page.mouse.move(10, 500)
    expect(unit).to_have_value(str(number))
    plot.click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.25})
    expect(where).not_to_have_text(f"Timestep 5 of {len(text)}")
    expect(unit).to_have_value(str(pointed))
    unit.fill("7")
    expect(page.locator(".curve figcaption")).to_contain_text("Unit 7 ")
    slider = page.get_by_role("slider", name="Timestep")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert re.match(r"Timestep \d+ of \d+: ", slider.get_attribute("aria-valuetext"))


def test_play_reads_to_the_end_and_the_page_does_not_scroll(open_page, url):
    page = open_inside(open_page, url, "?run=example-series")
    page.get_by_role("combobox", name="Speed").select_option("Fast")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=SLOW)
    expect(page.locator(".where")).to_have_text("Timestep 30 of 30")
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 900
    for name in ("Reset gate", "Candidate"):
        page.locator(".box", has_text=name).first.hover()
        expect(page.locator(".entry.chosen")).to_contain_text(name)
    candidate = page.get_by_role("button", name="Candidate", exact=True)
    maps = page.locator(".map").count()
    candidate.click()
    expect(page.locator(".map")).to_have_count(maps + 1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Numbers as CSV").click()
    saved = download.value.path().read_text(encoding="utf-8")
    assert saved.startswith("timestep,label,layer,direction,unit,name,value\n")


def test_a_long_text_is_read_on(open_page, url):
    page = open_inside(open_page, url, "?run=example")
    field = page.get_by_role("textbox", name="Text", exact=True)

    def write() -> None:
        field.fill("the cell reads on and on " * 24)
        field.press("Control+Enter")

    ask(write, lambda: expect(page.locator(".where")).to_have_text("Timestep 600 of 600"))
    expect(page.locator(".note")).to_contain_text("Timesteps 361 to 600 of 600 are shown")
    page.get_by_role("button", name="First timestep").click()
    expect(page.locator(".where")).to_have_text("Timestep 1 of 600", timeout=SLOW)
    expect(page.locator(".note")).to_contain_text("Timesteps 1 to 240 of 600 are shown")
    box = page.locator(".overview").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + 10)
    expect(page.locator(".where")).to_have_text(re.compile(r"Timestep 42\d of 600"), timeout=SLOW)


def test_the_text_is_coloured_by_a_unit_that_follows_something(open_page, url):
    page = open_inside(open_page, url, "?run=example")
    page.get_by_role("button", name="What do units follow?").click()
    unit = page.get_by_role("row", name=re.compile("^Inside quotes")).get_by_role("button").first
    unit.click()
    number = unit.locator("b").inner_text()
    expect(page.locator(".tinted")).to_have_text(f"Colour: hidden state of unit {number}.")
    expect(page.get_by_role("spinbutton", name="Unit")).to_have_value(number)
    tints = page.locator(".strip span").evaluate_all("spans => spans.map(span => span.style.getPropertyValue('--tint'))")
    assert len(tints) > 50 and len(set(tints)) > 10
    page.locator(".strip span").nth(20).click()
    expect(page.locator(".active")).to_contain_text("furthest from their average")
    page.locator(".active button").first.click()
    expect(page.locator(".tinted")).to_have_text(
        f"Colour: hidden state of unit {page.locator('.active button b').first.inner_text()}."
    )


def test_it_is_used_on_a_phone(open_page, url):
    page = open_inside(open_page, url, "?run=example-reviews", 390, 844)
    page.get_by_role("button", name="One timestep back").click()
    expect(page.locator(".where")).to_have_text(re.compile(r"Timestep \d+ of"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_text("Backward", exact=True).click()
    expect(page.locator(".title")).to_contain_text("backward")


@one_task("series")
def test_new_weights_are_read_while_it_trains_and_the_timestep_stays(open_page, url, task):
    page = open_page(f"{url}/{task}?spec={tiny_spec(task, epochs=1000).to_short()}")
    expect(button(page, "Train")).to_be_enabled(timeout=SLOW)
    button(page, "Train").click()
    expect_training(page)
    page.goto(f"{url}/inside?run={page.url.split('run=')[1].split('&')[0]}")
    expect(page.locator(".inside .box").first).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="First timestep").click()
    page.get_by_role("button", name="One timestep on").click()
    title, before = page.locator(".title"), page.locator(".title").inner_text()
    expect(title).not_to_have_text(before, timeout=SLOW)
    expect(page.locator(".where")).to_have_text("Timestep 2 of 8")
    expect(page.get_by_role("button", name="One timestep on")).to_be_focused()
    page.goto(f"{url}/{task}?run={page.url.split('run=')[1]}")
    button(page, "Stop").click()
    expect_state(page, "stopped")
