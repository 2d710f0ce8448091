"""The box with the Keras script: the lines that the last change touched are marked, and two tabs show the summary and the notes.

Not `st.code`, which marks no lines. The component sends nothing. Its data: `source`; `marked`, the numbers from 0 of the lines that are new or
changed; `removed`, those of the lines below lines that are gone; `change`, the last change in words; `about`, a sentence below the
script; `layers`, a row of name, output shape
and parameters for each; `notes`, sentences with code in backticks.
"""

import difflib

from pages.parts.shell import session
from pages.parts.shell.component import component
from rnn_core.export.script import Script

_BOX = component("rnn_script", __file__)


def script_box(task: str, script: Script, before: Script | None, change: str, about: str) -> None:
    """Draw the script; `before` is the one before the last change, and `about` says whose it is."""
    marked, removed = marks(before.source, script.source) if before else ([], [])
    _BOX(
        key=session.SCRIPT_BOX(task).name,
        data={
            "source": script.source,
            "marked": marked,
            "removed": removed,
            "change": f"{change}{_count(marked, removed)}" if change else "",
            "about": about,
            "layers": [[row.name, _shape(row.shape), row.parameters] for row in script.layers],
            "notes": list(script.notes),
        },
        height="content",
    )


def marks(before: str, now: str) -> tuple[list[int], list[int]]:
    """Numbers of the lines of `now` that `before` does not have, and of those above which lines are gone and none has come."""
    marked, removed = [], []
    for kind, _, _, start, end in difflib.SequenceMatcher(
        None, before.splitlines(), now.splitlines(), autojunk=False
    ).get_opcodes():
        marked += range(start, end) if kind in ("replace", "insert") else ()
        removed += [start] if kind == "delete" else []
    return marked, removed


def _count(marked: list[int], removed: list[int]) -> str:
    if marked:
        return f": {len(marked)} line{'s' if len(marked) > 1 else ''} marked +"
    return ": lines removed at −" if removed else ": the script stays the same"


def _shape(shape: tuple[int | None, ...]) -> str:
    return str((None, *shape))
