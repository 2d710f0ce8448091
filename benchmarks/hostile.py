"""CPU time and memory of hostile input, for every door: `python -m benchmarks.hostile`; with a door's name, for each of its rows.

The inputs are those of the tests (`tests/hostile`); each runs in a separate process. CPU seconds include child processes; MB are the
peak of the whole process with Python, NumPy, pandas and Streamlit.
"""

import importlib
import sys
import tempfile
from pathlib import Path

from benchmarks import row
from tests import hostile
from tests.hostile.row_runner import RowRunner, door, summary

_WIDTHS = (22, 6, 44, 8, 44, 8)


def doors() -> list[str]:
    return [f"{hostile.__name__}.{path.stem}" for path in sorted(Path(hostile.__file__).parent.glob("test_*.py"))]


def run_rows(module: str, row_runner: RowRunner) -> list[dict]:
    results = []
    for name in getattr(importlib.import_module(module), "ROWS", ()):
        with tempfile.TemporaryDirectory() as folder:
            results.append({"module": module, "name": name, **row_runner.run(module, name, Path(folder))})
    return results


def main(chosen: str | None = None) -> None:
    row_runner, all_results = RowRunner(), []
    if chosen is None:
        row("door", "rows", "slowest", "s of CPU", "largest", "MB", widths=_WIDTHS)
    for module in doors():
        if chosen not in (None, door(module)) or not (results := run_rows(module, row_runner)):
            continue
        all_results += results
        if chosen is None:
            slowest, largest = (max(results, key=lambda each: each.get(what, 0)) for what in ("seconds", "mb"))
            row(door(module), len(results), slowest["name"], f"{slowest['seconds']:.2f}", largest["name"], f"{largest['mb']:.0f}",
                widths=_WIDTHS)  # fmt: skip
            continue
        for each in results:
            outcome = " / ".join(each.get("sentences", ()))[:600] or each.get("fault", f"accepted: {each.get('accepted')}")[-2000:]
            print(f"{each['name']}: {each.get('seconds', 0):.2f} s, {each.get('mb', 0):.0f} MB: {outcome}")
    print(*summary([each for each in all_results if "fault" not in each]))
    row_runner.close()


if __name__ == "__main__":
    main(*sys.argv[1:2])
