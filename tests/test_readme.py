"""What the README says is true: its settings, its commands, its files."""

import re
import shlex
from pathlib import Path

import pytest

from rnn_core import settings
from rnn_core.cli.commands import _parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", settings.table(), ids=lambda row: row["variable"])
def test_every_setting_is_documented_as_it_is(row):
    default = (
        "a per-user data folder" if row["variable"] == "RNN_HOME" else "none" if row["default"] is None else str(row["default"])
    )
    assert f"| `{row['variable']}` | {default} | {row['unit']} | {row['help']} |" in README


def commands() -> list[str]:
    return re.findall(r"^    python -m rnn_core (.+)$", README, re.MULTILINE)


@pytest.mark.parametrize("command", commands())
def test_every_command_line_in_it_is_understood(command):
    assert _parser().parse_args(shlex.split(command)).run_command


def test_every_benchmark_that_it_names_exists():
    named = set(re.findall(r"python -m (benchmarks\.\w+)", README))
    assert named >= {"benchmarks.training_speed", "benchmarks.first_loss", "benchmarks.sampling", "benchmarks.memory"}
    for name in named:
        assert (ROOT / f"{name.replace('.', '/')}.py").exists()


def test_every_file_and_folder_of_its_map_exists():
    block = README.split("## How it is built")[1].split("Four rules")[0]
    folder = ROOT
    for line in block.splitlines():
        indent = len(line) - len(line.lstrip())
        for name in re.findall(r"[\w/]+(?:\.py|/)", line[:28]) if indent >= 4 else ():
            folder = ROOT / name if indent == 4 else folder
            path = ROOT / name if indent == 4 else folder / name
            assert path.exists(), path
