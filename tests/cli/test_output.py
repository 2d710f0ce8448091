"""What the command line prints, wherever it goes: every encoding, a full disk, a closed output, a reader that has gone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rnn_core.cli.console import note
from rnn_core.cli.main import main
from rnn_core.errors import UserError
from rnn_core.lessons import example
from rnn_core.runs.store.rows import FAILED
from rnn_core.runs.submit import label
from rnn_core.tasks.task import task_of
from rnn_core.tasks.text import corpora
from tests.conftest import slow_but, tiny_spec

ROOT = Path(__file__).parents[2]
PLAIN = {"PYTHONIOENCODING", "PYTHONUTF8", "LC_ALL", "LANG", "PYTHONCOERCECLOCALE"}
ENVIRONMENTS = {
    "cp1252": {"PYTHONIOENCODING": "cp1252"}, "ascii": {"PYTHONIOENCODING": "ascii"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}  # fmt: skip


def cli(shell: str, **environment: str) -> subprocess.CompletedProcess:
    """`shell` with `rnn` for the command line; bytes, as they come."""
    inherited = {name: value for name, value in os.environ.items() if name not in PLAIN}
    command = shell.replace("rnn ", f"{sys.executable} -m rnn_core ")
    return subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, env={**inherited, **environment}, timeout=60)


pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a Unix shell")


@pytest.fixture
def named(store) -> str:
    """A run whose name no Western encoding has."""
    run = store.runs.add(tiny_spec(), "Война и мир · 2 × GRU", store.runs.new_id())
    return run


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_encoding_can_show_something(named, environment):
    runs = cli("rnn runs", **ENVIRONMENTS[environment])
    shown = "Война" if environment == "C" else ascii("Война")[1:-1]  # a pipe gets UTF-8, unless another was asked for
    assert (runs.returncode, runs.stderr) == (0, b"") and shown in runs.stdout.decode(
        "utf-8" if environment == "C" else "ascii", "replace"
    )
    refused = cli("rnn sample nothing", **ENVIRONMENTS[environment])
    assert refused.returncode == 2 and b"There is no run" in refused.stderr and b"Traceback" not in refused.stderr


@pytest.mark.parametrize("command", slow_but(["runs"], ["runs", "data", "runs --json", "--help"]))
@pytest.mark.parametrize("shell, message, status", [
    ("rnn {} > /dev/full", "The output cannot be written: No space left on device. Send it somewhere else.\n", 2),
    ("rnn {} >&-", "Standard output is closed, so results cannot be shown. Leave it open, or send it to a file.\n", 2),
])  # fmt: skip
def test_output_that_cannot_be_written_is_called_so(named, command, shell, message, status):
    if "/dev/full" in shell and not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = cli(shell.format(command))
    assert (done.stderr.decode(), done.returncode) == (message, status)


def test_a_reader_that_has_gone_hears_nothing(named):
    done = cli("rnn train --help | true; rnn runs 2>&- | cat")
    assert done.stderr == b"" and "Война" in done.stdout.decode()


def test_no_notes_are_no_lines(capsys):
    note()
    note("one", "two")
    assert capsys.readouterr().err == "one\ntwo\n"


@pytest.mark.parametrize("message, asks", [
    ("The loss is not a number any more. Choose a smaller learning rate.", False),
    ("Internal error during training (KeyError). The log below says where.", True), ("", False),
])  # fmt: skip
def test_the_log_is_shown_where_the_message_does_not_explain(store, message, asks):
    run = store.runs.add(tiny_spec(), "a run", store.runs.new_id())
    store.lifecycle.end(run, FAILED, message)
    assert store.runs.get(run).refers_to_log is asks


# Files


@pytest.fixture
def folder(tmp_path) -> Path:
    for number in (1, 2, 3):
        (tmp_path / f"level{number}.txt").write_bytes(f"\ufeffLevel {number}\r\n#####\r\n".encode())
    (tmp_path / "MessageCollection").write_text("ham\tsee you at home\nspam\twin a prize now\n" * 3 + "ham\tyes\nspam\tclick\n")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    (tmp_path / "photo.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    return tmp_path


JOINED = "Level 1\n#####\n\nLevel 2\n#####\n\nLevel 3\n#####\n"


@pytest.mark.parametrize("given", [["level1.txt", "level2.txt", "level3.txt"], ["level?.txt"], ["level[1-3].txt"]])
def test_several_files_are_one_text(folder, given, store, settings, monkeypatch, capsys):
    submitted = []
    monkeypatch.setattr("rnn_core.cli.train.submit", lambda spec, *_, **__: submitted.append(spec) or _enough())
    assert main(["train", "--source", *(str(folder / name) for name in given)]) == 2
    (spec,) = submitted
    assert corpora.load(spec.data.source, spec.data.encoding, settings).text == JOINED
    assert label(spec, store, settings) == "level1.txt and 2 more"


def test_a_file_is_known_by_what_it_is(folder, store, settings, monkeypatch):
    submitted = []
    monkeypatch.setattr("rnn_core.cli.train.submit", lambda spec, *_, **__: submitted.append(spec) or _enough())
    main(["train", "--task", "reviews", "--source", str(folder / "MessageCollection")])
    (folder / "novel").write_text("Call me Ishmael.")
    main(["train", "--source", str(folder / "novel")])
    assert [label(spec, store, settings) for spec in submitted] == ["MessageCollection", "novel"]


def _enough():
    raise UserError("enough")


@pytest.mark.parametrize("arguments, message", [
    (["--source", "level1.txt", "missing.txt"], ["no such file", "python-reference"]),
    (["--source", "missing"], ["no such file", "Data known by name: python-reference"]),
    (["--source", "*.zzz"], ["no such file"]),
    (["--source", "empty"], ["The folder", "has no .txt files"]),
    (["--source", "empty.txt"], ["empty.txt cannot be used.", "0 bytes"]),
    (["--source", "level1.txt", "photo.txt"], ["photo.txt cannot be used.", "PNG image"]),
    (["--task", "reviews", "--source", "missing.csv"], ["no such file", "review-language"]),
    (["--task", "reviews", "--source", "."], ["is a folder. Name one file"]),
    (["--task", "reviews", "--source", "photo.txt"], ["photo.txt cannot be used.", "PNG image"]),
    (["--task", "digits", "--source", "level1.txt"], ["digits cannot be read from files", "digits-8x8"]),
    (["--layers", "two"], ["--layers: must be a whole number; it is 'two'."]),
    (["--task", "films"], ["invalid choice: 'films'"]),
])  # fmt: skip
def test_each_file_that_cannot_be_used_has_its_own_sentence(folder, arguments, message, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    try:
        status = main(["train", *arguments])
    except SystemExit as end:
        status = end.code
    error = capsys.readouterr().err
    assert status == 2 and all(part in error for part in message), error
    assert len(error.splitlines()) <= 3


def test_a_file_that_may_not_be_read_is_called_so(folder, monkeypatch, capsys):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert main(["train", "--source", str(folder / "level1.txt")]) == 2
    assert "level1.txt cannot be read: Permission denied" in capsys.readouterr().err


def test_the_id_of_a_run_may_stand_behind_the_text_to_continue_with(folder, capsys):
    assert main(["continue", "--source", str(folder / "level1.txt"), "nothing"]) == 2
    assert "There is no run 'nothing'" in capsys.readouterr().err
    assert main(["continue", "--more", "2"]) == 2 and "`continue` needs a run" in capsys.readouterr().err


def test_temperature_0_says_what_is_meant(capsys):
    assert main(["sample", "example", "--temperature", "0"]) == 2
    assert "set Top-k to 1" in capsys.readouterr().err


def test_listing_as_json_can_be_read_by_programs(named):
    assert json.loads(cli("rnn runs --json", PYTHONIOENCODING="ascii").stdout)[0]["title"].startswith("Война")


def test_a_prompt_is_read_as_utf8_where_the_system_takes_arguments_for_ascii(store):
    example.install(store)
    wrote = cli(f"rnn sample {task_of('text').example} --prompt 'é ☃' --length 5", **ENVIRONMENTS["C"])
    assert wrote.returncode == 0 and wrote.stdout.decode().startswith("é ☃"), wrote.stderr
