"""What both engines have in common: a thread that looks after the runs, in rounds."""

import logging
import threading
from typing import Self

from rnn_core.runs.store import Store
from rnn_core.settings import Settings

_log = logging.getLogger(__name__)


class Rounds:
    """`look` is one round; `pause` says how many seconds may pass until the next, unless something happens before."""

    pause = 0.5

    def __init__(self, store: Store, settings: Settings):
        self.store, self.settings = store, settings
        self._wake, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> Self:
        self.store.sweep()
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

    def look(self) -> None:
        raise NotImplementedError

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self.look()
            except Exception:  # the store may be locked, the disk full or the scheduler gone for a while; the next look tries again
                _log.exception("The engine could not look after its runs")
            self._wake.wait(self.pause)
            self._wake.clear()
