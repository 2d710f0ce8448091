"""What others feel while somebody pastes text that is slow to normalise: `python -m benchmarks.pasted_text [MB]`.

A real server and two tabs. One moves the temperature slider again and again; the other pastes combining marks, the worst case for
Unicode normalisation, as a prompt and as a review. Milliseconds until the slider's answer is drawn, before and meanwhile.
"""

import asyncio
import statistics
import sys
from collections.abc import Awaitable

from benchmarks import row, scratch_home
from benchmarks.hostile_text import marks
from benchmarks.session import Session
from tests.browser.conftest import serve

TIMES = 20  # that each text is pasted, and that the slider moves before
WIDTHS = (34, 10, 10, 10)
PASTED = (("text", "Prompt"), ("reviews", "Review"))  # the page, and the label of its field


async def _move(session: Session, timings: list[float], until: Awaitable | None = None) -> None:
    """Move the slider TIMES times, or until something is done."""
    task = until and asyncio.ensure_future(until)
    for i in range(10_000 if task else TIMES):
        timings.append(1000 * await session.set("Temperature", 0.5 + (i % 10) / 10))
        if task and task.done():
            return task.result()


async def _paste(session: Session, label: str, text: str) -> list[float]:
    """Milliseconds of the tab that pastes: each time another text, so that nothing is kept."""
    return [1000 * await session.set(label, f"{text}{i}") for i in range(TIMES)]


async def measure(url: str, megabytes: float) -> None:
    text = marks(round(megabytes * 1e6))
    other, own = Session(url), Session(url, retries=3)
    await other.open("text")
    await _move(other, [])
    alone: list[float] = []
    await _move(other, alone)
    row("beside nothing", *_summary(alone), widths=WIDTHS)
    for page, label in PASTED:
        await own.open(page)
        timings: list[float] = []
        await _move(other, timings, _paste(own, label, text))
        row(f"beside {megabytes:g} MB pasted as {label}", *_summary(timings), widths=WIDTHS)
    await own.close()
    await other.close()


def _summary(timings: list[float]) -> tuple[str, ...]:
    return f"{statistics.median(timings):.0f}", f"{sorted(timings)[int(0.95 * len(timings))]:.0f}", f"{max(timings):.0f}"


def main() -> None:
    row("milliseconds of the slider", "median", "95 %", "most", widths=WIDTHS)
    with scratch_home() as home, serve(home) as url:
        asyncio.run(measure(url, float(sys.argv[1]) if len(sys.argv) > 1 else 1.0))


if __name__ == "__main__":
    main()
