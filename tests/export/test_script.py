"""The Keras script of every preset: it is short, imports little, and one option changes the lines that it touches."""

import ast
import difflib
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from rnn_core.errors import UserError
from rnn_core.export.notebook import notebook
from rnn_core.export.script import compose, content_of, data_of, script
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.spec.model_io import Tokens
from rnn_core.tasks.task import task_names, task_of
from tests.conftest import COUNTING, each_task, tiny_spec

MOST_LINES, LONGEST_LINE = 110, 110
ALLOWED = {"keras", "numpy", "csv", "numpy.lib.stride_tricks"}
PRESETS = [(task, preset) for task in task_names() for preset in task_of(task).presets]


def lines_changed(before: str, now: str) -> int:
    """How many lines of `now` are new or changed, or how many are gone."""
    differing = [line[0] for line in difflib.ndiff(before.splitlines(), now.splitlines()) if line[0] in "+-"]
    return max(differing.count("+"), differing.count("-"))


def bundled(task: str, preset: str, settings) -> RunSpec:
    return spec_of(task, preset, source=next(s.name for s in task_of(task).sources(settings).values() if s.read))


@pytest.mark.parametrize("task, preset", PRESETS)
def test_the_script_of_a_preset_is_short_and_imports_little(settings, in_this_process, task, preset):
    made = script(bundled(task, preset, settings), settings)
    lines = made.source.splitlines()
    assert 50 < len(lines) <= MOST_LINES and max(map(len, lines)) <= LONGEST_LINE
    assert not any(line.endswith(" ") for line in lines) and made.source.endswith("\n") and "\n\n\n\n" not in made.source
    tree = ast.parse(made.source)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= ALLOWED
    headings = [line for line in lines if line.startswith("## ")]
    assert headings[:4] == ["## Settings", "## Data", "## Network", "## Training"]
    assert made.file in made.source and made.file in ast.get_docstring(tree)
    assert all(note.endswith(".") and len(note) < 250 for note in made.notes)


LINES = {  # that an option may touch besides its own; all others touch one line
    "pooling": 2,  # and `return_sequences`
    "bidirectional": 1,
    "masking": 12,  # also the order of batches
    "examples": 2,
    "reading": 6,  # what a timestep is
    "inputs": 3,
    "calendar": 6,
    "differences": 9,
    "schedule": 2,
    "sequence_length": 2,
    "batch_size": 2,  # a short text is cut into other streams
    "window": 2,  # and the input
    "horizon": 2,  # and the output
    "patience": 3,
    "vocabulary": 7,  # also the size of the embedding and of the output, and the unknown character
    "source": 200,
    "series": 200,
}
UNSEEN = {"encoding", "period", "column"}  # the script has the text itself; training does not use the period
OTHER = {"units": 24, "embedding": 16, "epochs": 7, "batch_size": 4, "learning_rate": 0.01, "seed": 5, "clip_norm": 2.0, "patience": 3,
         "dropout": 0.5, "recurrent_dropout": 0.25, "examples": 100, "sequence_length": 16, "vocabulary": 12, "length": 6, "window": 9,
         "horizon": 2, "longest": 9}  # fmt: skip


def other_value(name: str, option, value):
    if option.kind is bool:
        return not value
    if option.choices:
        return next(choice for choice in option.choices if choice != value)
    return OTHER[name]


@each_task(*task_names())
def test_one_option_changes_few_lines(data_dir, settings, in_this_process, task):
    spec = tiny_spec(task) if task != "series" else tiny_spec(task, source="weather")
    before = script(spec, settings).source
    for name, option in options_of(task).items():
        if name == "examples" and task_of(task).script is None:  # the arrays in the data file say how many
            continue
        if name in UNSEEN or LINES.get(name) == 200 or (name == "bidirectional" and task_of(task).per_timestep):
            continue
        now = script(spec.changed(**{name: other_value(name, option, spec.flat()[name])}), settings).source
        changed = lines_changed(before, now)
        assert 0 < changed <= LINES.get(name, 1), f"{name}: {changed}\n" + "\n".join(difflib.unified_diff(before.splitlines(), now.splitlines(), lineterm=""))  # fmt: skip
    compile(now, "script", "exec")


@each_task(*task_names())
def test_the_data_of_a_script_depends_on_its_data_and_its_batch_size_alone(data_dir, settings, in_this_process, task):
    """So a page reads no data when units change."""
    spec = tiny_spec(task)
    other = spec.changed(units=40, epochs=9, seed=7, learning_rate=0.02, optimizer="sgd", schedule="constant", clip_norm=0.0)
    assert data_of(spec, settings) == data_of(other, settings)
    assert script(other, settings) == compose(other, data_of(spec, settings))


@each_task(*task_names())
def test_a_notebook_holds_the_script_in_cells(data_dir, settings, in_this_process, task):
    made = script(tiny_spec(task), settings)
    content = json.loads(notebook(made))
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    cells = content["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    text = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert "## Network" in text and all(note in text for note in made.notes)
    joined = "\n".join("".join(cell["source"]) for cell in code)
    assert ast.dump(ast.parse(joined)) == ast.dump(ast.Module(ast.parse(made.source).body[1:], []))  # without the docstring


def test_a_made_up_task_gets_a_script_and_its_arrays(settings, monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)
    spec = RunSpec.from_options("counting", units=8)
    made = script(spec, settings)
    assert made.file == "counting.npz"
    with np.load(io.BytesIO(content_of(spec, settings))) as arrays:
        assert {"x_train", "y_train"} <= set(arrays)
    assert 'x_train, y_train = data["x_train"], data["y_train"]' in made.source


def test_a_cell_that_keras_does_not_have_is_imported_and_named(settings, monkeypatch):
    from rnn_core.cells import CELLS
    from tests.cells.made_up import MINIMAL

    monkeypatch.setitem(CELLS, "minimal", MINIMAL)
    made = script(tiny_spec("series", cell="minimal"), settings)
    assert "from tests.cells.made_up import Minimal\n" in made.source and "    Minimal(16, activation=" in made.source
    assert any("no cell of Keras" in note for note in made.notes)


def test_the_script_of_mnist_needs_no_download_but_its_data_file_does(settings):
    spec = RunSpec.from_options("digits", source="mnist")
    assert "keras.Input((28, 28))" in script(spec, settings).source
    with pytest.raises(UserError, match="has not been downloaded"):
        content_of(spec, settings)


def test_bidirectional_doubles_the_outputs_and_parameters_in_the_summary(settings, in_this_process):
    spec = RunSpec.from_options("reviews", source="review-language", cell="lstm", units=64, embedding=32, bidirectional=True)
    embedding, recurrent, output = script(spec, settings).layers
    assert (recurrent.name, recurrent.shape, recurrent.parameters) == (
        "Bidirectional(LSTM(64))",
        (128,),
        2 * 4 * 64 * (32 + 64 + 1),
    )
    assert (output.shape, output.parameters) == ((1,), 129) and embedding.shape == (None, 32)


@each_task(*task_names())
def test_notes_say_where_a_script_differs(data_dir, settings, in_this_process, task):
    spec = tiny_spec(task)
    data = data_of(spec, settings)
    notes = " ".join(compose(spec, data).notes)
    plain = " ".join(compose(spec.changed(schedule="constant", clip_norm=0.0), data).notes)
    assert "cosine" in notes and "`global_clipnorm`" in notes and "cosine" not in plain and "`clipnorm`" not in plain
    assert ("logits" in notes) == (task != "series") and ("carried" in notes) == data.model_io.carries_state
    masked = isinstance(data.model_io.input, Tokens) and data.model_io.input.masked
    assert ("cuDNN" in notes) == masked
    unmasked = replace(data, model_io=replace(data.model_io, input=replace(data.model_io.input, masked=False))) if masked else data
    assert "cuDNN" not in " ".join(compose(spec, unmasked).notes)
