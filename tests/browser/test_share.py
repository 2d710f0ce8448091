"""The menu Share in a real browser: every download is opened, both links are followed, and a zip opens on a second home."""

import csv
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from rnn_core.run_spec import RunSpec
from tests.browser.conftest import serve
from tests.browser.helpers import SLOW, ask, button, expect_at_rest, expect_state, expect_training
from tests.browser.test_stage import serious
from tests.conftest import tiny_spec

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def open_share(page: Page) -> None:
    """Open the menu and wait for the Keras model."""
    menu = button(page, "Share")
    ask(menu.click, expect(page.get_by_text("Link to these settings")).to_be_visible)
    expect(button(page, "Everything (.zip)")).to_be_enabled(timeout=SLOW)
    expect_at_rest(page)


def download(page: Page, label: str, folder: Path) -> Path:
    with page.expect_download(timeout=SLOW) as started:
        button(page, label).click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path


def test_every_download_is_opened_and_the_links_lead_back(open_page, url, tmp_path):
    spec = tiny_spec("text", epochs=3)
    page = open_page(f"{url}/text?spec={spec.to_short()}")
    title = page.title()
    button(page, "Train").click()
    expect_state(page, "finished")
    expect_at_rest(page)
    assert page.title() == title
    open_share(page)
    run_link, settings_link = (page.locator(".st-key-share [data-testid=stCode]").nth(i).inner_text().strip() for i in (0, 1))

    rows = list(csv.DictReader(download(page, "Curves (.csv)", tmp_path).open(encoding="utf-8")))
    assert [float(row["epoch"]) for row in rows if row["name"] == "val_loss"] == [1.0, 2.0, 3.0]
    settings = download(page, "Settings (.json)", tmp_path)
    assert RunSpec.from_json(settings.read_text(encoding="utf-8")) == spec
    samples = download(page, "Samples (.txt)", tmp_path)
    assert "=== epoch 3.00 ===" in samples.read_text(encoding="utf-8")
    with np.load(download(page, "Weights (.npz)", tmp_path)) as weights:
        assert weights["layer0.recurrent"].shape == (16, 48)
    model = download(page, "Keras model (.keras)", tmp_path)
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", f"import keras; print(keras.models.load_model({str(model)!r}).count_params())"],
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert int(loaded.stdout) > 1000, loaded.stderr
    path = download(page, "Everything (.zip)", tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {"README.txt", "use.py", "model.keras", "vocabulary.json", "data/corpus.txt"} <= set(archive.namelist())
        assert json.loads(archive.read("run.json"))["title"] == "tiny · GRU 16"

    page.get_by_role("textbox", name="Name").fill("My network")
    page.get_by_role("textbox", name="Name").press("Enter")
    expect(page.locator(".st-key-watch_heading")).to_contain_text("My network")
    page.get_by_role("textbox", name="Note").fill("For the second computer")
    page.get_by_role("textbox", name="Note").press("Control+Enter")
    expect_at_rest(page)

    followed = open_page(run_link)
    expect_state(followed, "finished")
    expect(followed.locator(".st-key-watch_heading")).to_contain_text("My network")
    only_settings = open_page(settings_link)
    expect_at_rest(only_settings)
    assert (
        "run=" not in settings_link
        and RunSpec.from_short(re.search(r"spec=([^&]+)", only_settings.url)[1].replace("%2A", "*")) == spec
    )
    expect(only_settings.locator(".status .state")).to_have_text("example")

    open_share(followed)
    renamed = download(followed, "Everything (.zip)", tmp_path)
    assert renamed.name.startswith("my-network-")
    with serve(tmp_path / "second") as second:  # another computer, without the text
        elsewhere = open_page(f"{second}/runs")
        ask(button(elsewhere, "Open a run").click, expect(elsewhere.get_by_text("A run's zip")).to_be_visible)
        elsewhere.locator("input[type=file]").set_input_files(renamed)
        expect(elsewhere.get_by_text("Opened My network.")).to_be_visible(timeout=SLOW)
        elsewhere.keyboard.press("Escape")
        elsewhere.get_by_role("link", name="Show the run").click()
        expect_state(elsewhere, "finished")
        expect_at_rest(elsewhere)
        ask(button(elsewhere, "Generate").click, expect(button(elsewhere, "Download the text")).to_be_visible)
        button(elsewhere, "Share").click()
        expect(elsewhere.get_by_role("textbox", name="Note")).to_have_value("For the second computer", timeout=SLOW)


def test_the_tab_shows_progress_and_no_other_page_does(open_page, url):
    page = open_page(f"{url}/digits?spec={tiny_spec('digits', epochs=900).to_short()}")
    button(page, "Train").click()
    expect_training(page)
    expect(page).to_have_title(re.compile(r"^\d+ % · Digits · RNN Lab$"))
    button(page, "Pause").click()
    expect_state(page, "paused")
    expect(page).to_have_title("paused · Digits · RNN Lab")
    page.get_by_role("link", name="Home").first.click()
    expect(page).to_have_title("Home · RNN Lab")
    page.get_by_role("link", name="Digits").first.click()
    expect(page).to_have_title("paused · Digits · RNN Lab")
    button(page, "Stop").click()
    expect_state(page, "stopped")
    expect(page).to_have_title("Digits · RNN Lab")


def test_delete_asks_and_a_double_click_keeps_the_run(open_page, url):
    page = open_page(f"{url}/digits?spec={tiny_spec('digits', epochs=1, seed=3).to_short()}")
    button(page, "Train").click()
    expect_state(page, "finished")
    expect_at_rest(page)
    open_share(page)
    button(page, "Delete this run").dblclick()
    expect_at_rest(page)
    expect_state(page, "finished")
    page.reload()  # where the second click came decides whether the question stands
    expect_state(page, "finished")
    expect_at_rest(page)
    open_share(page)
    ask(button(page, "Delete this run").click, expect(button(page, "Delete it")).to_be_visible)
    button(page, "Delete it").click()
    expect_state(page, "example")
    assert "run=" not in page.url


def test_nothing_serious_for_axe_in_the_open_menu(open_page, url):
    page = open_page(f"{url}/series")
    open_share(page)
    for scheme, width in (("light", 1440), ("dark", 390)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_timeout(1500)
        if not page.get_by_text("Link to these settings").is_visible():
            open_share(page)
        assert serious(page) == [], (scheme, width)
