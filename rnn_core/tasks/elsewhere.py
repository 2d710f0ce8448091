"""How a network is used without this program: what a run's zip holds besides the files that every run has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnn_core.settings import Settings

ANY = Path(__file__).with_name("use.py")


@dataclass(frozen=True)
class Elsewhere:
    script: Path = ANY  # becomes `use.py` in the zip: under 40 lines, public libraries only. No module of this project imports it
    example: str = ""  # arguments to try it with
    # (spec, the run's folder, settings) -> files that `script` reads besides the model and the task's `run_files`
    files: Callable[[Any, Path, Settings], dict[str, bytes]] = lambda spec, folder, settings: {}
    about: Mapping[str, str] = field(default_factory=dict)  # of these files and of the task's `run_files`: what each holds
