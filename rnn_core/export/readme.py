"""The readme of a run's zip, for people who do not have this program."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rnn_core.data import uploads
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.settings import Settings
from rnn_core.spec.model_io import Binary, Values
from rnn_core.tasks.task import task_of

if TYPE_CHECKING:
    from rnn_core.export.bundle import Content  # that module imports this one


def write(content: "Content", about: Mapping[str, str], has_data: bool) -> str:
    """The readme; `about` says by name what is in each file."""
    run, spec, task = content.run, content.spec, content.task
    width = max(map(len, about))
    files = "\n".join(f"  {name.ljust(width)}  {text}" for name, text in about.items())
    return f"""{run.title}
{"=" * len(run.title)}

{task.about}
This one is a {spec.title}, trained for {run.epoch:g} epochs on {_label(spec, content.settings)}.
{_numbers(run.metrics | run.results)}{
        f'''
Note: {run.remark}
'''
        if run.remark
        else ""
    }
Use the network
---------------

Python 3.11 or newer, in this folder:

  pip install -r requirements.txt
  python use.py {task.elsewhere.example}

Or in your own code: keras.models.load_model("model.keras"). {_outputs(content)}

Data
----

{origin(spec, content.settings)}{_how_to_get_it(content, has_data)}

Open it as a run
----------------

In RNN Lab, on the page Runs: Open a run. Or: python -m rnn_core import FILE.zip. The network is then read from weights.npz;
model.keras is not opened, because a Keras file from somebody else may contain code.

Files
-----

{files}
"""


def origin(spec: RunSpec, settings: Settings) -> str:
    """One sentence about where the data comes from."""
    source = task_of(spec.task).sources(settings).get(spec.data.source)
    return source.origin if source else "A file of the person who trained the network."


def _label(spec: RunSpec, settings: Settings) -> str:
    source = task_of(spec.task).sources(settings).get(spec.data.source)
    return source.label if source else "an own file" if uploads.is_upload(spec.data.source) else spec.data.source


def _numbers(values: Mapping[str, float]) -> str:
    """Results of validation and test; those of simple methods are in run.json."""
    shown = {name: value for name, value in values.items() if name.startswith(("val_", "test_"))}
    return "".join(f"  {name.ljust(14)} {value:.4g}\n" for name, value in shown.items())


def _outputs(content: "Content") -> str:
    """What the numbers are that the model gives."""
    output = checkpoints.model_io(content.spec, content.folder).output
    if isinstance(output, Values):
        return "It gives scaled values, in standard deviations."
    squash = "sigmoid" if isinstance(output, Binary) else "softmax"
    return f"It gives logits: apply {squash} to get probabilities."


def _how_to_get_it(content: "Content", has_data: bool) -> str:
    source = content.task.sources(content.settings).get(content.spec.data.source)
    if has_data:
        return " It is in the folder data."
    if source and source.remotes:
        files = "".join(f"\n  {remote.url}\n  SHA-256 {remote.sha256}" for remote in source.remotes)
        return f" It is published here:\n{files}"
    if source and not source.in_folder:
        return " RNN Lab comes with it, or makes it."
    return " It is not in this file: it was too large, or is gone. The network works without it; to train on, use your own copy."
