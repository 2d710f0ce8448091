"""What a server and its workers use of the machine while something is measured."""

import threading
import time
from collections import defaultdict

import psutil

LOOK_SECONDS = 0.2  # between two looks


class Watch:
    """Memory and CPU time of the server's processes, looked at until it is told to stop."""

    def __init__(self, server: psutil.Process):
        self.server, self.web_mb, self.worker_mb = server, 0.0, defaultdict(float)
        self._cpu: dict[int, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self._began = time.perf_counter()
        self._before = [self._seconds(self.server), self._seconds(psutil.Process()), self._machine()]
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()
        self.seconds = time.perf_counter() - self._began
        after = [self._seconds(self.server), self._seconds(psutil.Process()), self._machine()]
        self.web_cpu, self.client_cpu, machine = (end - start for end, start in zip(after, self._before, strict=True))
        self.workers_cpu = sum(self._cpu.values())
        self.others_cpu = machine - self.web_cpu - self.client_cpu - self.workers_cpu

    def _look(self) -> None:
        first: dict[int, float] = {}
        while not self._stop.wait(LOOK_SECONDS):
            self.web_mb = max(self.web_mb, self.server.memory_info().rss / 1e6)
            for child in self.server.children(recursive=True):
                try:
                    if "rnn_core.runs.engine.worker" not in child.cmdline():
                        continue
                    self.worker_mb[child.pid] = max(self.worker_mb[child.pid], child.memory_info().rss / 1e6)
                    used = self._seconds(child)
                except psutil.NoSuchProcess:
                    continue
                began_before = child.create_time() < time.time() - (time.perf_counter() - self._began)
                self._cpu[child.pid] = used - first.setdefault(child.pid, used if began_before else 0.0)

    @staticmethod
    def _seconds(process: psutil.Process) -> float:
        times = process.cpu_times()
        return times.user + times.system

    @staticmethod
    def _machine() -> float:
        """CPU seconds of everything on this machine."""
        times = psutil.cpu_times()
        return times.user + times.system + times.nice
