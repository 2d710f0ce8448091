"""Memory and CPU time of a server and its workers during a measurement."""

import threading
import time
from collections import defaultdict

import psutil

POLL_SECONDS = 0.2


class ResourceMonitor:
    """Measures the server's processes in a thread, as a context manager; the results are valid after its end.

    `web_mb` and `worker_mb` (by process number) are maxima; `seconds` and all `..._cpu` are in seconds.
    """

    def __init__(self, server: psutil.Process):
        self.server, self.web_mb, self.worker_mb = server, 0.0, defaultdict(float)
        self._cpu: dict[int, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)

    def __enter__(self) -> "ResourceMonitor":
        self._start = time.perf_counter()
        self._before = [self._seconds(self.server), self._seconds(psutil.Process()), self._machine_seconds()]
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()
        self.seconds = time.perf_counter() - self._start
        after = [self._seconds(self.server), self._seconds(psutil.Process()), self._machine_seconds()]
        self.web_cpu, self.client_cpu, machine = (end - start for end, start in zip(after, self._before, strict=True))
        self.workers_cpu = sum(self._cpu.values())
        self.others_cpu = machine - self.web_cpu - self.client_cpu - self.workers_cpu

    def _poll(self) -> None:
        start_seconds: dict[int, float] = {}
        while not self._stop.wait(POLL_SECONDS):
            self.web_mb = max(self.web_mb, self.server.memory_info().rss / 1e6)
            for child in self.server.children(recursive=True):
                try:
                    if "rnn_core.runs.engine.worker" not in child.cmdline():
                        continue
                    self.worker_mb[child.pid] = max(self.worker_mb[child.pid], child.memory_info().rss / 1e6)
                    used = self._seconds(child)
                except psutil.NoSuchProcess:
                    continue
                is_older = child.create_time() < time.time() - (time.perf_counter() - self._start)
                self._cpu[child.pid] = used - start_seconds.setdefault(child.pid, used if is_older else 0.0)

    @staticmethod
    def _seconds(process: psutil.Process) -> float:
        times = process.cpu_times()
        return times.user + times.system

    @staticmethod
    def _machine_seconds() -> float:
        """CPU seconds of all processes on this machine."""
        times = psutil.cpu_times()
        return times.user + times.system + times.nice
