"""The commands that train: `train` starts a run, `continue` trains one further."""

import argparse
import os
from typing import Any

from rnn_core.cli.console import note
from rnn_core.cli.progress import train_to_end
from rnn_core.cli.spec_arguments import options_given
from rnn_core.data import uploads
from rnn_core.data.decode import decode
from rnn_core.errors import UserError
from rnn_core.presets import spec_of
from rnn_core.run_spec import FIRST, RunSpec
from rnn_core.runs.store.rows import PAUSED
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import continue_run, label, submit
from rnn_core.settings import Settings
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_of


def train(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    spec = _spec(args, store, settings)
    run_id = submit(spec, store, settings, kept_for=os.getpid())
    note(f"{store.runs.get(run_id).title}, data: {label(spec, store, settings)}")
    return train_to_end(run_id, store, settings)


def continue_training(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    given = options_given(args)
    if args.run is None and len(given.get("source", ())) > 1:  # `continue --source A B RUN`: the run's id is taken for a name
        args.run = given["source"].pop()
    if args.run is None:
        raise UserError("`continue` needs a run. Give its id, or the beginning of its id; `runs` lists them.")
    run = store.runs.find(args.run)
    if task_of(run.task).other_data:
        given = _with_source_name(given, run.task, store, settings)
    if run.state == PAUSED:
        store.lifecycle.stop(run.id)
    note(*continue_run(run.id, store, settings, kept_for=os.getpid(), more=args.more, test_again=args.test_again, **given))
    return train_to_end(run.id, store, settings)


def _spec(args: argparse.Namespace, store: Store, settings: Settings) -> RunSpec:
    """The spec of a file or of a preset, changed by the options that were given. Raises `UserError`."""
    from_file = None
    if args.spec is not None:
        if args.preset or args.task:
            raise UserError("The file after --spec contains the task and its options. Leave out --task and --preset.")
        from_file = RunSpec.from_json(decode(args.spec.read_bytes()).text)  # PowerShell writes UTF-16
    task = from_file.task if from_file else args.task or FIRST
    given = _with_source_name(options_given(args), task, store, settings)
    given |= {"layers": args.layers} if hasattr(args, "layers") else {}
    if from_file:
        return from_file.changed(**given)
    if args.preset not in (None, *task_of(task).presets):
        raise UserError(f"The task {task!r} has no preset {args.preset!r}. It has: {', '.join(task_of(task).presets)}.")
    preset_source = task_of(task).presets[args.preset].options.get("source") if args.preset else None
    source = given.pop("source", preset_source or sources.default(task, settings))
    if preset_source and source != preset_source:
        raise UserError(
            f"The preset {args.preset!r} has its own data. Leave --preset out and give its options to train on {source!r}."
        )
    return spec_of(task, args.preset, task_of(task).examples(source, settings), source=source, **given)


def _with_source_name(given: dict[str, Any], task: str, store: Store, settings: Settings) -> dict[str, Any]:
    """The options that were given, with one name for `source`. Raises `UserError`.

    Files become an upload: several texts are joined, a table stays as it is.
    """
    if "source" not in given:
        return given
    names, known = given["source"], task_of(task).sources(settings)
    if len(names) > 1 and not task_of(task).several_files:
        raise UserError(f"A run on {task} reads one file, and {len(names)} are named. Name one; a name with spaces needs quotes.")
    if len(names) == 1 and (names[0] in known or uploads.is_upload(names[0])):
        return {**given, "source": names[0]}
    upload = task_of(task).import_files(names, known, settings, given.get("encoding", "auto"))
    store.uploads.add("", task, upload.options["source"], upload.label)
    note(*upload.notes)
    return {**given, **upload.options}
