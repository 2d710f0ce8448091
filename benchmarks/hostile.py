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
from tests.hostile.measured import Thrower, door, summary

_WIDTHS = (22, 6, 44, 8, 44, 8)


def doors() -> list[str]:
    return [f"{hostile.__name__}.{path.stem}" for path in sorted(Path(hostile.__file__).parent.glob("test_*.py"))]


def thrown(module: str, thrower: Thrower) -> list[dict]:
    found = []
    for name in getattr(importlib.import_module(module), "ROWS", ()):
        with tempfile.TemporaryDirectory() as folder:
            found.append({"module": module, "name": name, **thrower.throw(module, name, Path(folder))})
    return found


def main(chosen: str | None = None) -> None:
    thrower, everything = Thrower(), []
    if chosen is None:
        row("door", "rows", "slowest", "s of CPU", "largest", "MB", widths=_WIDTHS)
    for module in doors():
        if chosen not in (None, door(module)) or not (found := thrown(module, thrower)):
            continue
        everything += found
        if chosen is None:
            slowest, largest = (max(found, key=lambda each: each.get(what, 0)) for what in ("seconds", "mb"))
            row(door(module), len(found), slowest["name"], f"{slowest['seconds']:.2f}", largest["name"], f"{largest['mb']:.0f}",
                widths=_WIDTHS)  # fmt: skip
            continue
        for each in found:
            told = " / ".join(each.get("sentences", ()))[:600] or each.get("fault", f"accepted: {each.get('accepted')}")[-2000:]
            print(f"{each['name']}: {each.get('seconds', 0):.2f} s, {each.get('mb', 0):.0f} MB: {told}")
    print(*summary([each for each in everything if "fault" not in each]))
    thrower.close()


if __name__ == "__main__":
    main(*sys.argv[1:2])
