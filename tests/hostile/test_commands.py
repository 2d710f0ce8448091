"""Command lines: wrong names, files, numbers and folders. `python -m rnn_core` prints the reason, and ends with status 2."""

import contextlib
import io
from pathlib import Path

import pytest

from rnn_core import settings as settings_of
from rnn_core.cli.main import main
from rnn_core.errors import UserError
from rnn_core.lessons import example
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.store import Store
from tests.hostile import ACCEPTED, Row
from tests.hostile.inputs import marks


def enter(arguments: list[str]) -> None:
    errors, out = io.StringIO(), io.TextIOWrapper(io.BytesIO(), "utf-8", "surrogateescape")
    status = 0
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(out):
        try:
            status = main(arguments)
        except SystemExit as ended:
            status = ended.code
    if status:
        assert status == 2, (status, errors.getvalue())
        lines = [line for line in errors.getvalue().splitlines() if line.strip() and not line.startswith((" ", "usage:"))]
        raise UserError(
            *(f"{line}." if " error: " in line and not line.endswith(".") else line for line in lines)
        )  # argparse's own


def files() -> None:
    """Files in the working folder that commands are given."""
    example.install(Store.of(settings_of.load()))
    here = Path.cwd()
    (here / "folder").mkdir(exist_ok=True)
    (here / "empty.txt").write_bytes(b"")
    (here / "noise.txt").write_bytes(bytes(range(256)) * 100)
    (here / "empty.csv").write_bytes(b"")
    (here / "ragged.csv").write_bytes(b"text,label\na,good\nb,bad,1\n")
    (here / "wide.csv").write_bytes((",".join(["c"] * 16_000) + "\n").encode() * 2)
    (here / "deep.json").write_bytes(b"[" * 100_000)
    (here / "spec.json").write_text(RunSpec.from_options().to_json())
    (here / "sheet.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))


def line(*arguments: str):
    def given() -> list[str]:
        files()
        return list(arguments)

    return given


NO_RUN = "There is no run "
NO_DATA = "no data called|There is no file|no such file|not exist|cannot be (used|read)"
FOLDER = "is a folder|[Ii]s a directory|cannot be used|no data called"
USAGE = "[Ii]nvalid choice|choose from|arguments|must be a whole number"

ROWS = {
    "no command": Row(line(), "COMMAND|command"),
    "an unknown command": Row(line("fly"), USAGE),
    "a command of 1 MB": Row(line("x" * 1_000_000), USAGE),
    "a command of marks": Row(line(marks(100_000)), USAGE),
    "an unknown option": Row(line("runs", "--colour"), USAGE + "|unrecognized"),
    "sample: no run": Row(line("sample"), USAGE),
    "sample: an unknown run": Row(line("sample", "nothing"), NO_RUN),
    "sample: a run of nothing": Row(line("sample", ""), NO_RUN + "|Several runs begin"),
    "sample: a run of 1 MB": Row(line("sample", "x" * 1_000_000), NO_RUN),
    "sample: bytes that are no text": Row(line("sample", "\udcff"), NO_RUN),
    "sample: several runs": Row(line("sample", "ex"), "Several runs begin with"),
    "sample: a run on digits": Row(line("sample", "example-digits"), "Only runs on text can write"),
    "sample: temperature of nothing": Row(line("sample", "example", "--temperature", "0"), "Temperature must be a number from 0.1"),
    "sample: a word for the temperature": Row(line("sample", "example", "--temperature", "hot"), "Temperature must be"),
    "sample: temperature that is not a number": Row(line("sample", "example", "--temperature", "nan"), "Temperature must be"),
    "sample: too long": Row(line("sample", "example", "--length", "1000000"), "Length must be"),
    "sample: a seed of 5,000 digits": Row(line("sample", "example", "--seed", "9" * 5000), "seed must be"),
    "sample: a prompt of 100 KB of marks": Row(line("sample", "example", "--length", "20", "--start-with", marks(100_000)), ACCEPTED),
    "sample: a prompt of bytes that are no text": Row(line("sample", "example", "--length", "20", "--start-with", "a\udcffb"), ACCEPTED),
    "stop: an unknown run": Row(line("stop", "nothing"), NO_RUN),
    "stop: a finished run": Row(line("stop", "example-digits"), "finished already|already finished|has (ended|finished)"),
    "continue: an unknown run": Row(line("continue", "nothing"), NO_RUN),
    "continue: an example": Row(line("continue", "example-digits", "--more", "1"), "cannot be continued"),
    "continue: a word for the epochs": Row(line("continue", "example-digits", "--more", "many"), USAGE + "|Epochs|epochs"),
    "continue: 5,000 digits for the epochs": Row(line("continue", "example-digits", "--more", "9" * 5000), USAGE + "|Epochs|epochs|--more"),
    "export: an unknown run": Row(line("export", "nothing"), NO_RUN),
    "export: an unknown format": Row(line("export", "example-digits", "--format", "docx"), USAGE),
    "export: into a folder": Row(line("export", "example-digits", "--out", "folder"), FOLDER),
    "export: into no folder": Row(line("export", "example-digits", "--out", "none/at/all.csv"), "cannot be (used|written)|no folder|not exist"),
    "export: into a full device": Row(line("export", "example-digits", "--out", "/dev/full"), "cannot be (used|written)|[Nn]o space"),
    "export: into a name of 5,000 letters": Row(line("export", "example-digits", "--out", "x" * 5000), "cannot be (used|written)|too long"),
    "export: into a zero byte": Row(line("export", "example-digits", "--out", "a\0b"), "cannot be (used|written)|null|zero"),
    "data: an unknown name": Row(line("data", "get", "everything"), USAGE),
    "data: no name": Row(line("data", "get"), "what to get|Name|name"),
    "train: an unknown task": Row(line("train", "--task", "chess"), USAGE + "|Task"),
    "train: an unknown preset": Row(line("train", "--preset", "magic"), "has no preset"),
    "train: another task's preset": Row(line("train", "--task", "digits", "--preset", "x"), "has no preset"),
    "train: layers in words": Row(line("train", "--layers", "many"), USAGE + "|Layers"),
    "train: a million layers": Row(line("train", "--layers", "1000000"), "Layers must be"),
    "train: another task's option": Row(line("train", "--task", "text", "--reading", "rows"), "no option"),
    "train: units in words": Row(line("train", "--units", "many"), "Units must be"),
    "train: 5,000 digits of units": Row(line("train", "--units", "9" * 5000), "Units must be"),
    "train: a rate that is not a number": Row(line("train", "--learning-rate", "nan"), "Learning rate must be"),
    "train: more epochs than allowed": Row(line("train", "--epochs", "5000"), "RNN_MAX_EPOCHS"),
    "train: no text of that name": Row(line("train", "--source", "war-and-peace"), NO_DATA),
    "train: a text that is not there": Row(line("train", "--source", "/nowhere/war.txt"), NO_DATA),
    "train: a folder for the text": Row(line("train", "--source", "folder"), FOLDER + "|folder"),
    "train: an empty text": Row(line("train", "--source", "empty.txt"), "empty"),
    "train: noise for the text": Row(line("train", "--source", "noise.txt"), "does not look like text"),
    "train: a device for the text": Row(line("train", "--source", "/dev/null"), f"empty|{NO_DATA}|not a file"),
    "train: an endless device for the text": Row(line("train", "--source", "/dev/zero"), f"{NO_DATA}|not a file|MB"),
    "train: nobody's home for the text": Row(line("train", "--source", "~nosuchuser/a.txt"), NO_DATA),
    "train: a zero byte in the text's name": Row(line("train", "--source", "a\0.txt"), f"{NO_DATA}|must be a name"),
    "train: a text's name of 5,000 letters": Row(line("train", "--source", "x" * 5000 + ".txt"), f"{NO_DATA}|must be a name"),
    "train: bytes that are no text for a name": Row(line("train", "--source", "\udcff.txt"), f"{NO_DATA}|must be a name"),
    "train: an upload that is not here": Row(line("train", "--source", "upload-" + "漢" * 150), "upload|cannot be used"),
    "train: a table that is not there": Row(line("train", "--task", "reviews", "--source", "none.csv"), NO_DATA),
    "train: an empty table": Row(line("train", "--task", "reviews", "--source", "empty.csv"), "empty"),
    "train: a ragged table": Row(line("train", "--task", "reviews", "--source", "ragged.csv"), "columns"),
    "train: 16,000 columns": Row(line("train", "--task", "reviews", "--source", "wide.csv"), "columns"),
    "train: a spreadsheet": Row(line("train", "--task", "reviews", "--source", "sheet.xlsx"), "not a text file|spreadsheet|CSV"),
    "train: a folder for the table": Row(line("train", "--task", "reviews", "--source", "folder"), FOLDER + "|nothing|no "),
    "train: a spec that is not there": Row(line("train", "--spec", "none.json"), NO_DATA + "|No such file"),
    "train: a folder for the spec": Row(line("train", "--spec", "folder"), FOLDER),
    "train: an empty spec": Row(line("train", "--spec", "empty.txt"), "empty|JSON"),
    "train: noise for the spec": Row(line("train", "--spec", "noise.txt"), "does not look like text|JSON"),
    "train: a spec 100,000 deep": Row(line("train", "--spec", "deep.json"), "nested too deep|JSON|characters"),
    "train: a spec and a task": Row(line("train", "--spec", "spec.json", "--task", "text"), "--spec"),
    "serve: a word for the port": Row(line("serve", "--port", "many"), USAGE + "|port"),
    "serve: a port that is none": Row(line("serve", "--port", "99999"), USAGE + "|port"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_command_says_what_is_wrong(name, check_row):
    check_row(name)
