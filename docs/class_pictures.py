"""Make the pictures of a class from real runs in a real browser: the board with 1, 4, 12 and 30 students, and two bands.

    python docs/class_pictures.py [FOLDER]

needs Chromium and the packages of tests/requirements.txt. Those with 4 and 30 students and the bands are in the documentation; all of them,
in light and dark, go into FOLDER. Data that `RNN_DATA_DIR` names is used.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

from rnn_core import settings as settings_of  # noqa: E402
from rnn_core.run_spec import RunSpec  # noqa: E402
from rnn_core.runs.store.people import Person  # noqa: E402
from rnn_core.runs.store.store import Store  # noqa: E402
from rnn_core.runs.submit import submit  # noqa: E402
from tests.browser.conftest import chromium_path, serve  # noqa: E402
from tests.browser.helpers import SLOW, button, expect_at_rest  # noqa: E402
from tests.made_class import NAMES  # noqa: E402

KEY = "a teacher's key"
SIZE = {"width": 1440, "height": 900}
RUNS = (  # what students train, in turn: small runs of a few seconds
    {"task": "text", "source": "python-reference", "embedding": 32, "sequence_length": 32, "epochs": 5},
    {"task": "digits", "source": "digits-8x8", "batch_size": 32, "epochs": 8},
    {"task": "reviews", "source": "review-language", "embedding": 32, "batch_size": 32, "epochs": 3},
    {"task": "series", "source": "weather", "window": 20, "batch_size": 32, "epochs": 12},
)
CELLS, UNITS = ("gru", "lstm", "rnn"), (64, 32, 48, 24, 96)
WITHOUT_A_RUN = 12  # every such student
COMPARED = {"task": "digits", "source": "digits-8x8", "batch_size": 64, "units": 16, "epochs": 6}
GROUP = 6  # students who follow each of the two settings


def until(reached: Callable[[], bool], seconds: float = 1200.0) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "Training takes too long"
        time.sleep(0.5)


def students(store: Store) -> list[Person]:
    return [person for person in store.people.all().values() if person.name in NAMES]


def fill(store: Store, settings: settings_of.Settings, count: int) -> None:
    """Let students sign in until there are so many, and let each one train."""
    known = students(store)
    kinds, cells, units = cycle(RUNS), cycle(CELLS), cycle(UNITS)
    for place, name in enumerate(NAMES[:count]):
        options = {**next(kinds), "cell": next(cells), "units": next(units), "seed": place}
        if place >= len(known):
            person = store.people.enter(name)
            if place % WITHOUT_A_RUN != WITHOUT_A_RUN - 1:
                submit(RunSpec.from_options(**options), store, settings, owner=person.id)


def follow(store: Store, settings: settings_of.Settings, people: list[Person]) -> None:
    """Send two settings, and let students train with them."""
    first = RunSpec.from_options(**COMPARED, cell="gru")
    store.sent.send(first, first.changed(cell="rnn"))
    sent = store.sent.newest()
    for person in people:
        submit(sent.spec_for(store.sent.half_of(sent, person.id), person.number), store, settings, owner=person.id)
    runs = store.runs.newest(limit=len(people))
    until(lambda: not any(store.runs.get(run.id).active for run in runs))


def has_trained(store: Store, share: float) -> bool:
    runs = store.runs.newest(examples=False)
    return sum(any(name.startswith("val_") for name in run.metrics) for run in runs) >= share * len(runs)


def save(page: Page, name: str, folder: Path | None, documented: bool) -> None:
    page.mouse.move(700, 20)
    page.wait_for_timeout(2500)  # a tick
    expect_at_rest(page)
    if documented:
        page.screenshot(path=ROOT / "docs" / f"{name}.png")
    if folder:
        for look in ("light", "dark"):
            page.emulate_media(color_scheme=look)
            page.wait_for_timeout(1000)
            page.screenshot(path=folder / f"{name}_{look}.png")
        page.emulate_media(color_scheme="light")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home"
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        data = {name: os.environ[name] for name in ("RNN_DATA_DIR",) if name in os.environ}
        own = {"RNN_CLASS": "1", "RNN_TEACHER_KEY": KEY, "RNN_SLOTS": "2", **data}
        with serve(home, **own) as url:
            store, settings = Store(home), settings_of.load({"RNN_HOME": str(home), **own})
            page = browser.new_context(viewport=SIZE).new_page()
            page.goto(f"{url}/class")
            page.get_by_role("textbox", name="Teacher key").fill(KEY)
            button(page, "Open").click()
            for count in (1, 4, 12, 30):
                fill(store, settings, count)
                until(lambda: has_trained(store, 0.75))
                expect(page.locator(".tile")).to_have_count(count, timeout=SLOW)
                save(page, f"class_{count}", folder, documented=count in (4, 30))
                print(f"{count} students", flush=True)
            until(lambda: has_trained(store, 1.0))
            follow(store, settings, students(store)[: 2 * GROUP])
            page.get_by_text("Send settings", exact=True).click()
            expect(page.get_by_text("After epoch")).to_be_visible(timeout=SLOW)
            save(page, "class_bands", folder, documented=True)
        browser.close()


if __name__ == "__main__":
    main()
