"""Limits and paths. One table: each field below is a setting, its environment variable, its default and its help."""

import difflib
import json
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs
import psutil

from rnn_core.errors import UserError, quoted

PROJECT = Path(__file__).parents[1]  # the folder of app.py; `python -m rnn_core` must be started there
LOCAL = "local"  # the engine that needs no cluster
TASKS = "RNN_TASKS"  # the registry of tasks also reads this variable, in every process
_WORKER_MB = 1200  # memory of a worker and its data
_SHORTEST_KEY = 8  # characters
_NO_SETTINGS = ("RNN_LEASH", "RNN_NEED_BROWSER")  # used by a cluster's workers and by the tests
_MONTH = 30 * 24 * 3600  # seconds
_log = logging.getLogger(__name__)


def _setting(variable: str, default, help: str, *, unit: str = "", low: int = 0, high: int = 1000, secret: bool = False):
    limits = {"low": low, "high": high, "secret": secret}
    return field(default=default, metadata={"variable": variable, "help": help, "unit": unit, **limits})


@dataclass(frozen=True)
class Settings:
    home: Path = _setting(
        "RNN_HOME",
        platformdirs.user_data_path("rnn-lab", appauthor=False),
        "Folder for runs, uploads and downloads.",
    )
    data_dir: Path | None = _setting(
        "RNN_DATA_DIR",
        None,
        "A folder with your own data: every *.txt for Text, every *.csv for Series, mnist.npz for Digits, imdb.npz and imdb_word_index.json for Reviews.",
    )
    engine: str = _setting(
        "RNN_ENGINE", LOCAL, "Where runs train: `local`, or the address of a Dask scheduler such as `dask://host:8786`."
    )
    tasks: str = _setting(
        TASKS,
        "",
        "Your own tasks as `name=module`, separated by commas. Python must find each module, on a cluster's computers too.",
    )
    slots: int = _setting(
        "RNN_SLOTS",
        0,
        "How many runs train at once; the others wait in a queue. 0: one run, or one per core in class mode.",
        unit="runs",
    )
    threads: int = _setting(
        "RNN_THREADS",
        0,
        "Threads per run; each computes a part of every batch. 0: the run's share of the cores.",
        unit="threads",
    )
    onednn: str = _setting(
        "RNN_ONEDNN", "auto", "Whether TensorFlow computes with oneDNN: 0, 1, or `auto`, where the processor decides."
    )
    workers: int = _setting(
        "RNN_WORKERS", 0, "Most training processes in memory, about 0.9 GB each; 0: as many as slots. With more, waiting runs stay in "
        "memory; without, they restart from their checkpoint.", unit="processes",
    )  # fmt: skip
    warm_up: bool = _setting(
        "RNN_WARM_UP", True, "Whether a training process that waits compiles what the pages start with. 0: it does not, and uses less "
        "of the processor; first losses come later."
    )  # fmt: skip
    slice_seconds: int = _setting(
        "RNN_SLICE_SECONDS",
        20,
        "How long a run trains before another person's run takes its slot.",
        unit="seconds",
        low=1,
        high=_MONTH,
    )
    max_upload_mb: int = _setting("RNN_MAX_UPLOAD_MB", 200, "Largest file that can be uploaded.", unit="MB", low=1, high=1000)
    class_max_upload_mb: int = _setting(
        "RNN_CLASS_MAX_UPLOAD_MB",
        20,
        "Largest file in class mode; the smaller of both limits applies.",
        unit="MB",
        low=1,
        high=1000,
    )
    max_epochs: int = _setting("RNN_MAX_EPOCHS", 1000, "Most epochs of one run.", unit="epochs", low=1, high=10_000)
    max_seconds: int = _setting(
        "RNN_MAX_SECONDS",
        0,
        "A run is stopped after this time and keeps its checkpoint; 0 means no limit.",
        unit="seconds",
        high=_MONTH,
    )
    max_waiting: int = _setting(
        "RNN_MAX_WAITING", 2, "In class mode: how many runs of one person may queue while another one trains.", unit="runs", low=1
    )
    max_disk_mb: int = _setting(
        "RNN_MAX_DISK_MB", 20_000, "Most disk space of all runs together. Above it, new runs are refused until some are deleted; 0 means no limit.",
        unit="MB", high=10**9,
    )  # fmt: skip
    class_mode: bool = _setting("RNN_CLASS", False, "1: class mode. People enter a nickname, see their own runs, and take turns.")
    teacher_key: str = _setting(
        "RNN_TEACHER_KEY",
        "",
        "Opens the Class page in class mode; at least 8 characters. Without it, nobody can open that page.",
        secret=True,
    )

    @cached_property
    def slots_here(self) -> int:
        """How many runs train at once on this machine; in class mode one per core, as far as memory allows."""
        memory = max(1, int(psutil.virtual_memory().total / 1e6 / _WORKER_MB))
        return self.slots or (min(cores(), memory) if self.class_mode else 1)

    @property
    def upload_mb(self) -> int:
        """Largest file that can be uploaded here, in MB of 1,000,000 bytes."""
        return min(self.max_upload_mb, self.class_max_upload_mb) if self.class_mode else self.max_upload_mb

    @property
    def upload_variable(self) -> str:
        """The environment variable that sets `upload_mb`."""
        name = "class_max_upload_mb" if self.upload_mb < self.max_upload_mb else "max_upload_mb"
        return next(f.metadata["variable"] for f in fields(self) if f.name == name)

    @property
    def threads_per_run(self) -> int:
        return self.threads or max(1, cores() // self.slots_here)

    @property
    def workers_here(self) -> int:
        return max(self.workers, self.slots_here)

    def to_json(self) -> str:
        """All settings but the secrets, for a process whose environment may differ."""
        public = {f.name: getattr(self, f.name) for f in fields(self) if not f.metadata["secret"]}
        return json.dumps(public, default=str)

    @classmethod
    def from_json(cls, text: str) -> "Settings":
        values = json.loads(text)
        return cls(**{name: Path(value) if value and name in ("home", "data_dir") else value for name, value in values.items()})


def cores() -> int:
    """Cores that this process may use; a container may have fewer than the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def table() -> list[dict[str, str]]:
    """Every setting with its variable, default, unit and help: what docs/settings.md shows."""
    return [{**f.metadata, "name": f.name, "default": f.default} for f in fields(Settings)]


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings. Raises `UserError` naming every invalid variable; logs a warning for each unknown one."""
    values, errors = {}, []
    for f in fields(Settings):
        raw = environ.get(f.metadata["variable"], "").strip()
        if raw:
            try:
                values[f.name] = _PARSERS[f.name](raw) if f.name in _PARSERS else _whole_number(raw, f.metadata)
            except ValueError as error:
                given = "" if f.metadata["secret"] else f"; it is {quoted(raw)}"
                errors.append(f"{f.metadata['variable']} must be {error}{given}.")
    for name in unknown(environ):
        _warn(name)
    if errors:
        raise UserError(*errors)
    return Settings(**values)


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without the secret settings, for child processes."""
    secrets = {f.metadata["variable"] for f in fields(Settings) if f.metadata["secret"]}
    return {name: value for name, value in environ.items() if name not in secrets}


def unknown(environ: Mapping[str, str]) -> list[str]:
    """Names of variables that start with RNN_ but are not settings."""
    known = {*_NO_SETTINGS, *(f.metadata["variable"] for f in fields(Settings))}
    return sorted(name for name in environ if name.startswith("RNN_") and name not in known)


@cache  # once a process
def _warn(name: str) -> None:
    like = difflib.get_close_matches(name, [f.metadata["variable"] for f in fields(Settings)], 1)
    _log.warning(f"{quoted(name)[1:-1]} is not a setting and has no effect.{f' Did you mean {like[0]}?' if like else ''}")


def _whole_number(raw: str, limits: Mapping) -> int:
    if not re.fullmatch("-?[0-9]{1,12}", raw) or not limits["low"] <= int(raw) <= limits["high"]:
        raise ValueError(f"a whole number from {limits['low']:,} to {limits['high']:,}")
    return int(raw)


def _path(raw: str) -> Path:
    try:
        path = Path(raw).expanduser().resolve()
        path.is_dir()
    except (OSError, ValueError, RuntimeError):  # too long, contains NUL, or starts with an unknown ~user
        raise ValueError("a valid path of a folder") from None
    return path


def _home(raw: str) -> Path:
    path = _path(raw)
    if path.exists() and not path.is_dir():
        raise ValueError("a folder")
    return path


def _data_dir(raw: str) -> Path:
    path = _path(raw)
    if not path.is_dir():
        raise ValueError("a folder that exists")
    return path


def _engine(raw: str) -> str:
    try:
        url = urlsplit(raw)
        known = raw == LOCAL or (url.scheme == "dask" and url.hostname and url.port and url.netloc == raw.removeprefix("dask://"))
    except ValueError:  # an invalid port
        known = False
    if not known:
        raise ValueError("local or an address such as dask://host:8786")
    return raw


def parse_tasks(raw: str) -> dict[str, str]:
    """The module of each task by its name, from the setting RNN_TASKS. Raises `ValueError`."""
    modules = {}
    for item in filter(None, map(str.strip, raw.split(","))):
        if not re.fullmatch(r"[a-z][a-z0-9_]*=[A-Za-z_][\w.]*", item):
            raise ValueError("a list such as counting=my_tasks.counting, with commas between tasks")
        name, _, module = item.partition("=")
        modules[name] = module
    return modules


def _tasks(raw: str) -> str:
    parse_tasks(raw)
    return raw


def _onednn(raw: str) -> str:
    if raw not in ("0", "1", "auto"):
        raise ValueError("0, 1 or auto")
    return raw


def _switch(raw: str) -> bool:
    if raw not in ("0", "1"):
        raise ValueError("0 or 1")
    return raw == "1"


def _key(raw: str) -> str:
    try:
        raw.encode()
    except UnicodeEncodeError:  # bytes that are not UTF-8
        raise ValueError("text in UTF-8") from None
    if len(raw) < _SHORTEST_KEY:
        raise ValueError(f"a key of at least {_SHORTEST_KEY} characters; shorter keys are easy to guess")
    return raw


_PARSERS = {
    "home": _home,
    "data_dir": _data_dir,
    "engine": _engine,
    "tasks": _tasks,
    "onednn": _onednn,
    "warm_up": _switch,
    "class_mode": _switch,
    "teacher_key": _key,
}
