"""What README, docs and CONTRIBUTING say is true: settings, commands, benchmarks, files and links."""

import re
import shlex
from pathlib import Path

import pytest

from rnn_core import settings
from rnn_core.cli.main import build_parser

ROOT = Path(__file__).parents[1]
TEXTS = {
    path: path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
}
README, SETTINGS, MEASURED = (TEXTS[ROOT / name] for name in ("README.md", "docs/settings.md", "docs/measured.md"))


@pytest.mark.parametrize("row", settings.table(), ids=lambda row: row["variable"])
def test_every_setting_is_documented_as_it_is(row):
    default = (
        "a per-user data folder" if row["variable"] == "RNN_HOME" else "none" if row["default"] is None else str(row["default"])
    )
    assert f"| `{row['variable']}` | {default} | {row['unit']} | {row['help']} |" in SETTINGS


def commands() -> list[str]:
    return [command for text in TEXTS.values() for command in re.findall(r"^    python -m rnn_core (.+)$", text, re.MULTILINE)]


@pytest.mark.parametrize("command", commands())
def test_every_command_line_is_understood(command):
    assert build_parser().parse_args(shlex.split(command)).run_command


def test_every_benchmark_that_is_named_exists():
    named = {name for text in TEXTS.values() for name in re.findall(r"python -m (benchmarks\.\w+)", text)}
    assert named >= {"benchmarks.peers", "benchmarks.first_loss", "benchmarks.sampling", "benchmarks.memory"}
    for name in named:
        assert (ROOT / f"{name.replace('.', '/')}.py").exists()


def test_every_measured_figure_has_its_command():
    rows = [line.split("|") for line in MEASURED.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20
    for row in rows:
        assert row[-2].strip() == "the same" or "`python -m " in row[-2], row


def test_every_file_and_folder_of_the_map_exists():
    block = TEXTS[ROOT / "docs/how_it_is_built.md"].split("Four rules")[0]
    folder = ROOT
    for line in block.splitlines():
        indent = len(line) - len(line.lstrip())
        for name in re.findall(r"[\w/]+(?:\.py|/)", line[:28]) if indent >= 4 else ():
            folder = ROOT / name if indent == 4 else folder
            path = ROOT / name if indent == 4 else folder / name
            assert path.exists(), path


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_file_that_is_named_or_linked_exists(path):
    linked = [path.parent / name for name in re.findall(r"\]\(([\w./]+)\)", TEXTS[path])]
    named = [ROOT / name for name in re.findall(r"`((?:rnn_core|pages|tests|benchmarks|docs)/[\w./]+)`", TEXTS[path])]
    assert [str(file) for file in linked + named if not file.exists()] == []


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 150
