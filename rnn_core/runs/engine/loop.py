"""What both engines have in common: a thread that calls `tick` again and again."""

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

TIDY_SECONDS = 3600.0  # between two removals of files that nobody needs
_REPEAT_SECONDS = 600.0
_log = logging.getLogger(__name__)


class _RepeatFilter(logging.Filter):
    """Logs the same error once in `_REPEAT_SECONDS`: a tick that fails is repeated twice a second."""

    def __init__(self):
        super().__init__()
        self._last_logged: dict[tuple[str, str], float] = {}  # time (monotonic, s) by message and exception

    def filter(self, record: logging.LogRecord) -> bool:
        key, now = (record.getMessage(), repr(record.exc_info and record.exc_info[1])), time.monotonic()
        self._last_logged = {key: at for key, at in self._last_logged.items() if now - at < _REPEAT_SECONDS}
        return self._last_logged.setdefault(key, now) == now


_log.addFilter(_RepeatFilter())


def fail_run_on_error(store: Store, run_id: str, action: Callable[[], object]) -> bool:
    """Call `action` for one run. An error ends this run and affects no other one.

    Returns False where the store is locked or the disk is full: the next tick calls it again.
    """
    try:
        action()
        return True
    except Exception as error:
        _log.exception("An action for run %s failed", run_id)
        if isinstance(error, StoreError) or atomic.is_full(error):
            return False
        reason = str(error) if isinstance(error, UserError) else f"({type(error).__name__}: {str(error)[:300]})"
        try:
            store.lifecycle.end(run_id, FAILED, f"The server could not handle the files or the process of this run. {reason}")
            return True
        except StoreError:
            _log.exception("Run %s could not be ended", run_id)
            return False


class EngineLoop:
    """`tick` is one round; at most `pause_seconds` pass until the next one."""

    pause_seconds = 0.5
    spare_due = 0.0  # when a spare worker may be started (monotonic, s), by an engine with workers

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
        """Tick now: a run was queued, or something is requested of one."""
        self._wake.set()

    def halt(self) -> None:
        """End the thread."""
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
            except Exception:  # the store may be locked, the disk full or the scheduler gone for a while: the next tick tries again
                _log.exception("A tick of the engine failed")
            self._wake.wait(self.pause_seconds)
            self._wake.clear()
