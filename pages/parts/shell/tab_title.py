"""How far a run is, in the title of the browser's tab: "42 % · Text · RNN Lab". Other tabs can be used meanwhile."""

from pages.parts.shell import session
from pages.parts.shell.component import component
from rnn_core.runs.store.rows import FAILED, PAUSED, QUEUED, STARTING, Run

_ENDED = "✓"
_WORDS = {QUEUED: "queued", STARTING: "starting", PAUSED: "paused"}
_TITLE = component("rnn_tab_title", __file__, "", css=())


def tab_title(run: Run) -> None:
    """Show how far the run is; for an ended one, the title of the page alone. The component sends nothing."""
    ended = "failed" if run.state == FAILED else _ENDED
    _TITLE(key=session.TAB_TITLE.name, data={"mark": mark_of(run), "ended": ended}, height="content", width="content")


def mark_of(run: Run) -> str:
    """What stands before the page's title; empty for a run that has ended."""
    if not run.active:
        return ""
    return _WORDS.get(run.state) or f"{int(100 * min(1.0, run.epoch / max(1, run.epochs)))} %"
