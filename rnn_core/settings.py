"""Limits and paths. One table: each field below is a setting, its environment variable, its default and its help."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

import platformdirs

from rnn_core.problem import Problem


def _setting(variable: str, default, help: str, *, unit: str = "", low: int = 0, high: int = 2**31):
    return field(default=default, metadata={"variable": variable, "help": help, "unit": unit, "low": low, "high": high})


@dataclass(frozen=True)
class Settings:
    home: Path = _setting(
        "RNN_HOME",
        platformdirs.user_data_path("rnn-lab", appauthor=False),
        "Where runs, uploads and downloads are kept.",
    )
    data_dir: Path | None = _setting(
        "RNN_DATA_DIR",
        None,
        "A folder with your own data: every *.txt for Text, mnist.npz for Digits, imdb.npz and imdb_word_index.json for Reviews.",
    )
    slots: int = _setting("RNN_SLOTS", 1, "How many runs train at once; the others wait in a queue.", unit="runs", low=1)
    threads: int = _setting(
        "RNN_THREADS", 0, "Threads each run computes with; 0 shares all cores among the slots.", unit="threads", low=0
    )
    max_upload_mb: int = _setting(
        "RNN_MAX_UPLOAD_MB", 50, "Largest file that can be uploaded, at most 1000.", unit="MB", low=1, high=1000
    )
    max_epochs: int = _setting("RNN_MAX_EPOCHS", 1000, "Most epochs that one run may ask for.", unit="epochs", low=1)
    max_seconds: int = _setting(
        "RNN_MAX_SECONDS", 0, "A run is stopped after this time and keeps what it learnt; 0 means no limit.",
        unit="seconds", low=0,
    )  # fmt: skip

    @property
    def threads_per_run(self) -> int:
        return self.threads or max(1, (os.cpu_count() or 1) // self.slots)


def table() -> list[dict[str, str]]:
    """Every setting with its variable, default, unit and help: what the README shows."""
    return [{**f.metadata, "name": f.name, "default": f.default} for f in fields(Settings)]


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings. Raises `Problem` naming every variable that cannot be used."""
    values, wrong = {}, []
    for f in fields(Settings):
        raw = environ.get(f.metadata["variable"], "").strip()
        if not raw:
            continue
        if f.name in ("home", "data_dir"):
            values[f.name] = Path(raw).expanduser().resolve()
            continue
        try:
            values[f.name] = int(raw)
            if not f.metadata["low"] <= values[f.name] <= f.metadata["high"]:
                raise ValueError
        except ValueError:
            wrong.append(
                f"{f.metadata['variable']} must be a whole number from {f.metadata['low']:,} to {f.metadata['high']:,}; it is {raw!r}."
            )
    if wrong:
        raise Problem(*wrong)
    return Settings(**values)
