"""The Inside page: milliseconds on the server until the browser has everything, and frames a second while it steps.

    python -m benchmarks.inside [--people 30] [--browser]

One input's way through a network with random weights, on which the time does not depend: `first` with the trace, which is then cached, `again`
for another stretch of timesteps. `sent` is what the browser gets: the
layer on show, at most 240 timesteps and 128 units at once. With `--browser`, a real Chromium plays an input at 60 timesteps a second. The
people each read another text with the example, at the same time: with the page's own caches, in threads of one process as on the server.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import row, scratch_home
from pages.parts.inside.content import Seen, content, facts_of
from pages.parts.tasks.reading import Reading
from rnn_core import settings as settings_of
from rnn_core.cells import CELLS
from rnn_core.lessons import example
from rnn_core.nn.inside import look_inside
from rnn_core.nn.network import Network
from rnn_core.nn.run_files import weight_shapes
from rnn_core.runs import checkpoints
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.store import Store
from rnn_core.spec.model import LayerSpec, ModelSpec
from rnn_core.spec.model_io import ModelIO, NextToken, Tokens
from rnn_core.tasks.task import all_tasks

VOCABULARY = 100
WIDTHS = (38, 10, 10, 10)
CASES = [  # cell, units, layers, bidirectional, timesteps
    *((cell, 128, 1, False, 200) for cell in ("rnn", "lstm", "gru")),
    ("lstm", 128, 2, True, 200),
    ("lstm", 512, 2, False, 2000),
    ("gru", 512, 4, False, 2000),
]
_FRAMES = """
seconds => new Promise(done => {
  const gaps = []
  let before = performance.now()
  const end = before + 1000 * seconds
  const frame = now => {
    gaps.push(now - before)
    before = now
    now < end ? requestAnimationFrame(frame) : done(gaps.slice(5))
  }
  requestAnimationFrame(frame)
})
"""


def made(cell: str, units: int, layers: int, both: bool, timesteps: int) -> tuple[Network, Reading]:
    """A network with random weights, and an input."""
    spec = ModelSpec(tuple(LayerSpec(cell, units, bidirectional=both) for _ in range(layers)), 64)
    model_io = ModelIO(Tokens(VOCABULARY), NextToken(VOCABULARY))
    random = np.random.default_rng(1)
    weights = {name: random.normal(0, 0.05, shape).astype(np.float32) for name, shape in weight_shapes(spec, model_io).items()}
    ids = random.integers(0, VOCABULARY, timesteps)
    return Network(spec, weights), Reading(ids, tuple(map(str, ids)), "token", _answers, "Next")


def _answers(logits: np.ndarray, timesteps: np.ndarray) -> list:
    return [[(str(int(best)), 0.5)] for best in logits.argmax(-1)]


def milliseconds(act: Callable[[], object], times: int = 5) -> float:
    """Median of a few."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        found.append(1000 * (time.perf_counter() - start))
    return statistics.median(found)


def seen_of(network: Network, reading: Reading, layer: int) -> Seen:
    inside = look_inside(network, reading.inputs)
    return Seen("", Weights(1), network, inside, facts_of(network, inside, layer, 0), layer, 0, "")


def traces() -> None:
    row("one input", "first ms", "again ms", "sent kB", widths=WIDTHS)
    for cell, units, layers, both, timesteps in CASES:
        network, reading = made(cell, units, layers, both, timesteps)
        times = 5 if units < 512 else 2
        first = milliseconds(partial(seen_of, network, reading, layers - 1), times)
        seen = seen_of(network, reading, layers - 1)
        again = milliseconds(lambda: json.dumps(content(reading, [seen], 0)), times)  # noqa: B023
        name = f"{layers} × {'Bi' if both else ''}{CELLS[cell].label} {units}, {timesteps:,} timesteps"
        kilobytes = len(json.dumps(content(reading, [seen], 0))) / 1000
        row(name, f"{first + again:,.0f}", f"{again:,.0f}", f"{kilobytes:,.0f}", widths=WIDTHS)


def crowd(people: int) -> None:
    """Everybody reads a text of 200 characters at the same moment; then each steps through it alone, which asks the server nothing."""
    with scratch_home():
        store = Store.of(settings_of.load())
        example.install(store)
        task = next(task for task in all_tasks() if task.generates)
        network, tokenizer = checkpoints.network(store, task.example), checkpoints.tokenizer(store, task.example)
    texts = ["".join(np.random.default_rng(i).choice(tokenizer.tokens[1:60], 200)) for i in range(people)]

    def read(text: str) -> float:
        start = time.perf_counter()
        reading = Reading(tokenizer.encode(text), tuple(text), "character", _answers, "Next")
        json.dumps(content(reading, [seen_of(network, reading, 0)], 0))
        return 1000 * (time.perf_counter() - start)

    with ThreadPoolExecutor(people) as threads:
        waited = sorted(threads.map(read, texts))
    print(f"{people} people at the same moment: median {statistics.median(waited):.0f} ms, longest {waited[-1]:.0f} ms")


def browser() -> None:
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import _SWITCHES, chromium_path, serve

    with tempfile.TemporaryDirectory() as folder, serve(Path(folder) / "home") as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=_SWITCHES)
        page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.goto(f"{url}/inside?run=example")
        page.locator(".inside .diagram .box").first.wait_for()
        field = page.get_by_role("textbox", name="Text", exact=True)
        field.fill("the cell reads this text on and on, letter by letter, and each of them changes what it remembers. " * 2)
        field.press("Control+Enter")
        page.wait_for_timeout(3000)
        page.get_by_role("combobox", name="Speed").select_option("Fast")
        page.get_by_role("button", name="Play", exact=True).click()
        gaps = page.evaluate(_FRAMES, 3)
        late = sum(gap > 25 for gap in gaps) / len(gaps)
        print(
            f"playing a GRU with 128 units: {1000 / statistics.mean(gaps):.0f} frames a second, {late:.1%} of them late by half a frame or more"
        )
        chromium.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--browser", action="store_true")
    chosen = parser.parse_args()
    traces()
    crowd(chosen.people)
    if chosen.browser:
        browser()


if __name__ == "__main__":
    main()
