"""A series from the upload to the forecast, in a real browser."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from rnn_core.run_spec import RunSpec
from tests.browser.helpers import SLOW, button, expect_at_rest, expect_state, expect_status, show_zone

pytestmark = pytest.mark.browser
GERMAN = "Datum;Temperatur (°C);Gäste\n" + "\n".join(
    f"{(np.datetime64('2022-01-01') + i).item():%d.%m.%Y};{f'{20 + 8 * np.sin(i / 5):.2f}'.replace('.', ',')};{i % 7}"
    for i in range(400)
    if i not in (100, 101, 250)
)


def dates(page: Page) -> list[str]:
    """The dates under the chart: they say which timesteps are on show."""
    return [text for text in page.locator("svg text.tick").all_text_contents() if re.match(r"\d{4}-\d\d", text)]


def days(shown: list[str]) -> int:
    return (np.datetime64(shown[-1]) - np.datetime64(shown[0])).astype(int)


def touch(page: Page, kind: str, *fingers: tuple[int, float]) -> None:
    """Pointer events of fingers on the chart, each (id, share of its width)."""
    page.locator(".forecast .stage").evaluate(
        """(stage, [kind, fingers]) => {
            stage.setPointerCapture = () => {} // these pointers are not real
            const box = stage.getBoundingClientRect()
            for (const [pointerId, share] of fingers)
                stage.dispatchEvent(new PointerEvent(kind, {
                    pointerId, pointerType: "touch", isPrimary: pointerId === 1, bubbles: true,
                    clientX: box.left + share * box.width, clientY: box.top + 150,
                }))
        }""",
        [kind, [list(finger) for finger in fingers]],
    )


def now(page: Page) -> int:
    return int(page.get_by_role("slider", name="Now: the last date that the network knows").get_attribute("aria-valuenow"))


@pytest.mark.slow
def test_upload_choose_columns_train_drag_now_export_and_continue(open_page, url):
    quick = RunSpec.from_options("series", units=16, window=20, epochs=3, batch_size=32)
    page = open_page(f"{url}/series?spec={quick.to_short()}")
    page.get_by_text("Upload a CSV").first.click()
    page.locator("input[type=file]").set_input_files({"name": "gasthaus.csv", "mimeType": "text/csv", "buffer": GERMAN.encode()})
    expect(page.get_by_text("Dates are in the column “Datum”.")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("400 days from 2022-01-01 to 2023-02-04")).to_be_visible()
    expect(page.get_by_text("3 missing values are filled")).to_be_visible()
    for column in ("Gäste", "Temperatur (°C)"):
        expect_at_rest(page)
        choice = page.get_by_role("combobox", name="Value", exact=True)
        choice.scroll_into_view_if_needed()  # scrolling closes the list
        choice.click()
        page.get_by_role("option", name=column, exact=True).click()
        expect(page).to_have_url(re.compile(f"col-{column[:1]}"))
    expect_at_rest(page)
    button(page, "Train").click()
    expect(page.locator(".st-key-watch_heading")).to_contain_text(
        "gasthaus.csv · GRU 16"
    )  # not the example, which has finished, too
    expect_state(page, "finished")
    expect(page.get_by_text(re.compile("The network (is better|is about as good|does not beat)"))).to_be_visible(timeout=SLOW)
    expect_at_rest(page)

    handle, first = page.get_by_role("slider", name="Now: the last date that the network knows"), now(page)

    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 120, box["y"] + 60, steps=12)
    page.mouse.up()
    expect(handle).not_to_have_attribute("aria-valuenow", str(first))
    dragged = now(page)
    assert dragged < first
    expect_at_rest(page)
    handle.press("ArrowRight")
    expect(handle).to_have_attribute("aria-valuenow", str(dragged + 1))
    expect_at_rest(page)
    expect(page.locator("path.free")).to_have_attribute("d", re.compile("^M.+L"))
    assert now(page) == dragged + 1  # the server agrees
    page.get_by_role("button", name="Last value").click()
    expect(page.locator("path.last")).to_have_attribute("d", re.compile("^M.+L"))

    page.get_by_role("tab", name="Download").click()
    with page.expect_download() as download:
        button(page, "Download the forecast").click()
    rows = download.value.path().read_text().splitlines()
    assert rows[0] == "date,forecast,low,high" and len(rows) == 41

    button(page, "Continue training").click()
    expect_status(page, "epoch 4/4")
    expect_state(page, "finished")
    page.get_by_role("link", name="Runs", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Runs")
    expect(page.get_by_text("gasthaus.csv").first).to_be_attached(timeout=SLOW)


def test_the_zoom_stays_when_the_chart_is_drawn_again(open_page, url):
    page = open_page(f"{url}/series")
    expect(page.locator("path.free")).to_have_attribute("d", re.compile("^M.+L"))
    expect_at_rest(page)
    usual = dates(page)
    button(page, "Zoom in").click()
    closer = dates(page)
    assert closer != usual
    steps = page.get_by_role("spinbutton", name="Steps ahead")
    steps.fill("20")
    steps.press("Enter")
    expect(page.locator(".forecast svg")).to_have_attribute("aria-label", re.compile("forecasts 20 timesteps"))
    assert dates(page) == closer
    page.get_by_role("link", name="Runs", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Runs")
    page.get_by_role("link", name="Series", exact=True).first.click()
    expect(page.locator("path.free")).to_have_attribute("d", re.compile("^M.+L"))
    assert dates(page) == closer
    button(page, "All").click()
    assert dates(page)[0].startswith("2012") and dates(page)[-1].startswith("2015")


def test_two_fingers_zoom_and_one_moves_the_chart(open_page, url):
    page = open_page(f"{url}/series", 390)
    show_zone(page, "Try")
    expect(page.locator("path.free")).to_have_attribute("d", re.compile("^M.+L"))
    expect_at_rest(page)
    first, usual = now(page), dates(page)
    touch(page, "pointerdown", (1, 0.2), (2, 0.3))
    touch(page, "pointermove", (2, 0.9))
    closer = dates(page)
    assert days(closer) < days(usual) / 5 and now(page) == first  # a tenth of the width is now seven tenths
    touch(page, "pointerup", (1, 0.2), (2, 0.9))
    touch(page, "pointerdown", (1, 0.2))
    touch(page, "pointermove", (1, 0.8))
    assert dates(page)[0] < closer[0] and now(page) == first
