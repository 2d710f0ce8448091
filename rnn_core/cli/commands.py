"""The command line: what the pages do, without a browser and over the same store.

Progress goes to standard error, results to standard output. Exit status 0 only for a finished run.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from rnn_core import settings as settings_of
from rnn_core.cli.console import Parser, note, out, prepare, whole
from rnn_core.cli.serve import PORT, serve
from rnn_core.data import atomic, download, uploads
from rnn_core.data.decode import decode
from rnn_core.data.normalize import clean
from rnn_core.errors import UserError, quoted, shortened
from rnn_core.export.formats import FORMATS, export
from rnn_core.lessons.presets import spec_of
from rnn_core.run_spec import FIRST, RunSpec, options_of
from rnn_core.runs import checkpoints
from rnn_core.runs.engine.local import LocalEngine, log_tail, reap
from rnn_core.runs.store.rows import FAILED, FINISHED, PAUSED, QUEUED, Run
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import label, proceed, submit
from rnn_core.settings import Settings
from rnn_core.spec.option import Option, parse, with_current_names
from rnn_core.tasks import sources
from rnn_core.tasks.sampler import LONGEST_PROMPT, Sampling
from rnn_core.tasks.task import all_tasks, task_names, task_of


def main(arguments: list[str] | None = None) -> int:
    try:
        prepare()
        args = _parser().parse_args(arguments)
        settings = settings_of.load()
        return args.run_command(args, Store.of(settings), settings)
    except UserError as error:
        note(*map(shortened, error.sentences))
        return 2
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        return 1
    except OSError as error:
        note(shortened(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}."))
        return 2
    except UnicodeError:  # Unix allows any bytes there
        note(
            "An argument is not text in this system's encoding. Give names of files as their folder lists them, other things as UTF-8."
        )
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = Parser("python -m rnn_core", description="Train recurrent networks and play with them.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function, help: str) -> Parser:
        made = commands.add_parser(name, help=help, description=help, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        made.set_defaults(run_command=function)
        return made

    start = command("serve", _serve, "Start the app, for this machine or for a class.")
    start.add_argument("--class", dest="for_class", action="store_true", help="class mode (RNN_CLASS=1), open to other computers")
    start.add_argument("--port", type=whole, metavar="N", help=f"where it listens (default: the first that is free from {PORT} on)")
    start.add_argument(
        "--address", metavar="A", help="the network that it listens to (default: localhost; in class mode 0.0.0.0, all)"
    )
    start.add_argument(
        "--name", action="append", default=[], metavar="HOST", help="a name that this server has in the network, too"
    )
    start.add_argument("options", nargs="*", metavar="-- OPTION", help="options of Streamlit, after --")

    train = command("train", _train, "Train a network; the last line printed is JSON.")
    train.add_argument("--spec", type=Path, metavar="FILE", help="a spec as JSON; other options change it")
    train.add_argument("--task", choices=task_names(), help=f"what is learnt (default: {FIRST})")
    named = "; ".join(f"{task.name}: {', '.join(task.presets)}" for task in all_tasks())
    train.add_argument("--preset", metavar="NAME", help=f"where to begin, the first of its task by default ({named})")
    train.add_argument("--layers", type=whole, default=argparse.SUPPRESS, help="Recurrent layers.")
    for name, option in _all_options().items():
        _add_option(train, name, option, default=argparse.SUPPRESS)

    sample = command("sample", _sample, "Write text with what a run has learnt.")
    sample.add_argument("run", metavar="RUN", help="a run's id, or its beginning")
    sample.add_argument("--prompt", "--start-with", default="", metavar="TEXT", help="Text to continue.")
    for f in fields(Sampling):
        _add_option(sample, f.name, f.metadata["option"], default=f.default)

    runs = command("runs", _runs, "List the runs, newest first.")
    runs.add_argument("--json", action="store_true", help="as one JSON list")

    stop = command("stop", _stop, "Stop a run; it keeps what it has learnt.")
    stop.add_argument("run", metavar="RUN")

    go_on = command("continue", _continue, "Train a run further that has ended, or was paused; the last line printed is JSON.")
    go_on.add_argument("run", nargs="?", metavar="RUN")
    go_on.add_argument("--more", type=whole, default=0, metavar="EPOCHS", help="epochs beyond those that it was to read")
    _add_option(go_on, "learning_rate", options_of(FIRST)["learning_rate"], default=None)
    go_on.add_argument(
        "--test-again", action="store_true", help="use the test set again at the end, where the run was tested before"
    )
    other = "another text to go on with: a name, a file, or several as one text (runs on text)"
    _add_argument(go_on, "source", _all_options()["source"], help=other, nargs="+", metavar="NAME", default=argparse.SUPPRESS)

    save = command("export", _export, "Write a run to a file.")
    save.add_argument("run", metavar="RUN")
    save.add_argument("--format", choices=FORMATS, default="csv", help="; ".join(f"{k}: {f.help}" for k, f in FORMATS.items()))
    save.add_argument("--out", type=Path, help="the file to write (default: RUN.FORMAT here)")

    data = command("data", _data, "Show what data is there, or download some.")
    data.add_argument("get", nargs="?", choices=["get"])
    data.add_argument("name", nargs="?", choices=list(download.FILES))
    return parser


def _all_options() -> dict[str, Option]:
    """The options of all tasks; one of several tasks has the same type in each, and here its earlier names in all of them."""
    options: dict[str, Option] = {}
    for task in task_names():
        for name, option in options_of(task).items():
            earlier = options[name].aliases if name in options else ()
            options[name] = replace(option, aliases=tuple(dict.fromkeys((*earlier, *option.aliases))))
    return options


def _add_option(parser: Parser, name: str, option: Option, default) -> None:
    metavar = "{" + ",".join(option.choices) + "}" if option.choices else {bool: "true|false"}.get(option.kind, name.upper())
    help = option.help.replace("%", "%%")
    if default is argparse.SUPPRESS:
        helps = {task: table[name].help for task in task_names() if name in (table := options_of(task))}
        told = {text: [task for task in helps if helps[task] == text] for text in helps.values()}
        help = " ".join(
            text if len(tasks) == len(task_names()) else f"For {' and '.join(tasks)}: {text}" for text, tasks in told.items()
        )
        help = help.replace("%", "%%") + " (default: the preset's)"
    several = {"nargs": "?", "const": True} if option.kind is bool else {"nargs": "+"} if name == "source" else {}
    metavar = "NAME" if name == "source" else metavar
    _add_argument(
        parser, name, option, type=lambda text: parse(option, text), default=default, metavar=metavar, help=help, **several
    )


def _add_argument(parser: Parser, name: str, option: Option, help: str, default, **rest) -> None:
    """An option as an argument; its earlier names are understood, but not listed."""
    parser.add_argument(f"--{name.replace('_', '-')}", default=default, help=help, **rest)
    for alias in option.aliases:
        parser.add_argument(f"--{alias.replace('_', '-')}", default=argparse.SUPPRESS, help=argparse.SUPPRESS, **rest)


def _given(args: argparse.Namespace) -> dict[str, Any]:
    """The options of a spec that were given, by the names that they have now. Raises `UserError`."""
    options = _all_options()
    names = [name for name, option in options.items() for name in (name, *option.aliases)]
    return with_current_names({name: getattr(args, name) for name in names if hasattr(args, name)}, options)


def _spec(args: argparse.Namespace, store: Store, settings: Settings) -> RunSpec:
    from_file = None
    if args.spec is not None:
        if args.preset or args.task:
            raise UserError("--spec says task and options already: give neither --task nor --preset with it.")
        from_file = RunSpec.from_json(decode(args.spec.read_bytes()).text)  # PowerShell writes UTF-16
    task = from_file.task if from_file else args.task or FIRST
    given = _take_files(_given(args), task, store, settings)
    given |= {"layers": args.layers} if hasattr(args, "layers") else {}
    if from_file:
        return from_file.changed(**given)
    if args.preset not in (None, *task_of(task).presets):
        raise UserError(f"The task {task!r} has no preset {args.preset!r}. It has: {', '.join(task_of(task).presets)}.")
    brought = task_of(task).presets[args.preset].options.get("source") if args.preset else None
    source = given.pop("source", brought or sources.default(task, settings))
    if brought and source != brought:
        raise UserError(
            f"The preset {args.preset!r} has its own data. Leave --preset out and give its options to train on {source!r}."
        )
    return spec_of(task, args.preset, task_of(task).examples(source, settings), source=source, **given)


def _serve(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    settings = replace(settings, class_mode=settings.class_mode or args.for_class)
    serve(settings, port=args.port, address=args.address, names=args.name, options=args.options)
    return 0


def _train(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    spec = _spec(args, store, settings)
    run_id = submit(spec, store, settings, kept_for=os.getpid())
    note(f"{store.runs.get(run_id).title}, reading {label(spec, store, settings)}")
    return _see_through(run_id, store, settings)


def _continue(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    given = _given(args)
    if args.run is None and len(given.get("source", ())) > 1:  # the run's id stands behind the names
        args.run = given["source"].pop()
    if args.run is None:
        raise UserError("Say which run to continue: its id, or the beginning of its id. `runs` lists them.")
    run = store.runs.find(args.run)
    if task_of(run.task).other_data:
        given = _take_files(given, run.task, store, settings)
    if run.state == PAUSED:
        store.lifecycle.stop(run.id)
    note(*proceed(run.id, store, settings, kept_for=os.getpid(), more=args.more, test_again=args.test_again, **given))
    return _see_through(run.id, store, settings)


def _see_through(run_id: str, store: Store, settings: Settings) -> int:
    """Train a queued run in a process of ours until it ends, and print what became of it."""
    engine = LocalEngine(store, settings, only=run_id).start()
    engine.wake()
    try:
        run = _follow(run_id, store)
    except KeyboardInterrupt:
        note("\nStopping; what was learnt is kept.")
        store.lifecycle.stop(run_id)
        run = _follow(run_id, store)
    engine.close()
    if run.message:
        note(run.message)
    if run.outdated_test is not None:
        note(f"The test results are those of epoch {run.outdated_test:g}: --test-again measures them again.")
    if run.state == FAILED and run.leaves_it_to_the_log:
        note(log_tail(store, run_id))
    out(
        json.dumps(
            {
                "run": run.id,
                "state": run.state,
                "epochs": int(run.epoch),
                "seconds": round(run.seconds, 2),
                "steps_per_second": round(run.steps_per_second, 2) if run.steps_per_second else None,
                **{
                    name: run.metrics.get(name)
                    for metric in task_of(run.task).metrics
                    for name in (f"train_{metric}", f"val_{metric}")
                },
                **run.results,
            }
        )
    )
    return 0 if run.state == FINISHED else 1


def _take_files(given: dict[str, Any], task: str, store: Store, settings: Settings) -> dict[str, Any]:
    """The options that were given, with a name for the data. Files are kept as an upload: texts joined to one, a table as it is."""
    if "source" not in given:
        return given
    named, known = given["source"], task_of(task).sources(settings)
    if len(named) > 1 and not task_of(task).several_files:
        raise UserError(f"A run on {task} reads one file, and {len(named)} are named. Name one; a name with spaces needs quotes.")
    if len(named) == 1 and (named[0] in known or uploads.is_upload(named[0])):
        return {**given, "source": named[0]}
    taken = task_of(task).import_files(named, known, settings, given.get("encoding", "auto"))
    store.uploads.add("", task, taken.options["source"], taken.label)
    note(*taken.notes)
    return {**given, **taken.options}


def _follow(run_id: str, store: Store) -> Run:
    """Print progress until the run ends: a line an epoch, and on a terminal a moving one."""
    said = None
    while True:
        run = store.runs.get(run_id)
        news = (
            run.state,
            int(run.epoch) if "train_loss" in run.metrics else 0,
            _place(run_id, store) if run.state == QUEUED else 0,
        )
        if news != said:
            note(_line(run, news[2]))
            said = news
        elif sys.stderr.isatty() and run.state == "running":
            note(_line(run, 0), end="\r")
        if not run.active:
            return run
        time.sleep(0.2)


def _place(run_id: str, store: Store) -> int:
    """How many runs train or wait before it."""
    created = store.runs.get(run_id).created
    return sum(run.active and run.state != PAUSED and run.created < created for run in store.runs.newest(most=200))


def _line(run: Run, place: int) -> str:
    if run.state == QUEUED:
        return f"{run.id}  queued: waits for a free slot, {place} before it"
    parts = [f"{run.id}  {run.state}", f"epoch {run.epoch:.2f}"]
    parts += [f"{name} {value:.4f}" for name, value in run.metrics.items() if name != "train_accuracy"]
    if run.steps_per_second and run.items:
        parts.append(f"{run.steps_per_second * run.items:,.0f} {task_of(run.task).items}/s")
    if run.seconds_left:
        parts.append(f"{run.seconds_left:.0f} s left")
    return "  ".join(parts)


def _sample(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    sampling = Sampling(**{f.name: getattr(args, f.name) for f in fields(Sampling)})
    run = store.runs.find(args.run)
    if not task_of(run.task).generates:
        able = ", ".join(task.name for task in all_tasks() if task.generates)
        raise UserError(f"Only runs on {able} can write; {run.id} is one on {run.task}.")
    writer = checkpoints.writer(store, run.id)
    typed = args.prompt.encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # some systems take arguments for ASCII
    start = clean(typed[-LONGEST_PROMPT:])
    if len(typed) > LONGEST_PROMPT:
        note(f"Of a long prompt, only the last {LONGEST_PROMPT:,} characters are read.")
    strangers = writer.tokenizer.unseen(start)
    if strangers:
        note(f"Skipped, because the network never saw them: {' '.join(map(repr, strangers))}")
    out(start, end="")
    for piece in writer.write(start, sampling):
        out(piece, end="")
    out("")
    return 0


def _runs(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    reap(store)
    runs = store.runs.newest()
    if args.json:
        rows = [
            {"run": r.id, "task": r.task, "title": r.title, "state": r.state, "epoch": r.epoch, "train_loss": r.metrics.get("train_loss"),
             "val_loss": r.metrics.get("val_loss"), **r.results, "error": r.message if r.state == "failed" else None}
            for r in runs
        ]  # fmt: skip
        out(json.dumps(rows, indent=2))
        return 0
    for r in runs:
        loss = f"{r.metrics['val_loss']:8.4f}" if "val_loss" in r.metrics else "       -"
        out(f"{r.id}  {r.state:9} epoch {r.epoch:6.2f}  val_loss {loss}  {r.title}")
    return 0


def _stop(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    run = store.runs.find(args.run)
    if not run.active:
        raise UserError(f"Run {run.id} is {run.state} already.")
    store.lifecycle.stop(run.id)
    while (run := store.runs.get(run.id)).active:
        reap(store)
        time.sleep(0.1)
    out(f"{run.id} {run.state}")
    return 0


def _export(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    run = store.runs.find(args.run)
    path = args.out or Path(f"{run.id}.{args.format}")
    content = export(store, run.id, args.format)
    if "\0" in str(path):
        raise UserError(f"{quoted(str(path))} cannot be written: no file's name holds a zero byte. Give another file with --out.")
    try:
        if path.exists() and not path.is_file():  # such as /dev/stdout
            path.write_bytes(content)
        else:
            atomic.write(path, content)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}. Give another file with --out.") from None
    out(path)
    return 0


def _data(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    if args.get:
        if args.name is None:
            raise UserError(f"Say what to get: {', '.join(download.FILES)}.")
        out(*download.fetch_all(download.FILES[args.name], settings, _bar))
        return 0
    for task in all_tasks():
        for source in task.sources(settings).values():
            state = "ready" if source.read else f"not here; get it with: data get {source.name}"
            out(f"{task.name:8} {source.name:20} {state:10} {source.origin}")
    return 0


def _bar(done: int, total: int) -> None:
    note(f"{done / 1e6:8.1f} of {total / 1e6:.1f} MB", end="\r" if done < total else "\n")
