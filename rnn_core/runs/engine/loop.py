"""What both engines have in common: a thread that looks after the runs, in rounds."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Self

from rnn_core.data import atomic
from rnn_core.errors import UserError
from rnn_core.runs.store.database import StoreError
from rnn_core.runs.store.rows import FAILED
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings

TIDY_SECONDS = 3600.0  # between two looks for what nobody needs any more
_QUIET_SECONDS = 600.0
_log = logging.getLogger(__name__)


class _Seldom(logging.Filter):
    """The same trouble once in `_QUIET_SECONDS`: a round that fails is tried again twice a second."""

    def __init__(self):
        super().__init__()
        self._told: dict[tuple[str, str], float] = {}  # what, and when

    def filter(self, record: logging.LogRecord) -> bool:
        said, now = (record.getMessage(), repr(record.exc_info and record.exc_info[1])), time.monotonic()
        self._told = {what: when for what, when in self._told.items() if now - when < _QUIET_SECONDS}
        return self._told.setdefault(said, now) == now


_log.addFilter(_Seldom())


def fail_run_on_error(store: Store, run_id: str, action: Callable[[], object]) -> bool:
    """Do what one run needs. What goes wrong ends this run and disturbs no other one.

    Returns whether it is settled. It is not where the store or the disk has no room or is locked: the next look tries again.
    """
    try:
        action()
        return True
    except Exception as error:
        _log.exception("Run %s could not be looked after", run_id)
        if isinstance(error, StoreError) or atomic.is_full(error):
            return False
        said = str(error) if isinstance(error, UserError) else f"({type(error).__name__}: {str(error)[:300]})"
        try:
            store.lifecycle.end(run_id, FAILED, f"Its files or its process could not be looked after. {said}")
            return True
        except StoreError:
            _log.exception("Run %s could not be ended", run_id)
            return False


class EngineLoop:
    """`look` is one round; `pause` says how many seconds may pass until the next, unless something happens before."""

    pause = 0.5
    spare_due = 0.0  # when a worker may be made before it is needed, where the engine makes them

    def __init__(self, store: Store, settings: Settings):
        self.store, self.settings = store, settings
        self._wake, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> Self:
        self.store.tidy(self.settings)
        self._tidy_due = time.monotonic() + TIDY_SECONDS
        self._thread.start()
        return self

    def wake(self) -> None:
        """Look now: a run was queued, or somebody wants something of one."""
        self._wake.set()

    def halt(self) -> None:
        """Look no more."""
        self._closing.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join()

    def tick(self) -> None:
        raise NotImplementedError

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self.tick()
                if time.monotonic() >= self._tidy_due:
                    self._tidy_due = time.monotonic() + TIDY_SECONDS
                    self.store.tidy(self.settings)
            except Exception:  # the store may be locked, the disk full or the scheduler gone for a while; the next look tries again
                _log.exception("The engine could not look after its runs")
            self._wake.wait(self.pause)
            self._wake.clear()
