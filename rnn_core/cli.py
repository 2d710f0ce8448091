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

from rnn_core import settings as settings_of
from rnn_core.data import csv_file, download, labelled, reviews, sources, uploads
from rnn_core.data.decode import decode
from rnn_core.data.normalize import clean
from rnn_core.data.sources import KNOB
from rnn_core.export.formats import FORMATS, export
from rnn_core.forward.sampler import LONGEST_PROMPT, Sampling
from rnn_core.knob import TASKS, Knob, parse
from rnn_core.lessons.presets import PRESETS, spec_of
from rnn_core.problem import Problem
from rnn_core.runs import learnt
from rnn_core.runs.engine import LocalEngine, log_tail, reap
from rnn_core.runs.records import FINISHED, PAUSED, QUEUED, Run
from rnn_core.runs.store import Store
from rnn_core.runs.submit import OTHER_DATA, label, proceed, submit
from rnn_core.serve import PORT, serve
from rnn_core.settings import Settings
from rnn_core.spec import ITEMS, RunSpec, knobs


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        settings = settings_of.load()
        return options.run_command(options, Store.of(settings), settings)
    except Problem as problem:
        print("\n".join(problem.sentences), file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.stderr.close()
        return 1
    except (OSError, UnicodeError) as error:
        print(
            f"{getattr(error, 'filename', None) or 'The file'} cannot be used: {getattr(error, 'strerror', None) or error}.",
            file=sys.stderr,
        )
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m rnn_core", description="Train recurrent networks and play with them.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function, help: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        made.set_defaults(run_command=function)
        return made

    start = command("serve", _serve, "Start the app, for this machine or for a class.")
    start.add_argument("--class", dest="for_class", action="store_true", help="class mode (RNN_CLASS=1), open to other computers")
    start.add_argument("--port", type=int, metavar="N", help=f"where it listens (default: the first that is free from {PORT} on)")
    start.add_argument(
        "--address", metavar="A", help="the network that it listens to (default: localhost; in class mode 0.0.0.0, all)"
    )
    start.add_argument(
        "--name", action="append", default=[], metavar="HOST", help="a name that this server has in the network, too"
    )
    start.add_argument("options", nargs="*", metavar="-- OPTION", help="options of Streamlit, after --")

    train = command("train", _train, "Train a network; the last line printed is JSON.")
    train.add_argument("--spec", type=Path, metavar="FILE", help="a spec as JSON; other options change it")
    train.add_argument("--task", choices=TASKS, help="what is learnt (default: text)")
    named = "; ".join(f"{task}: {', '.join(presets)}" for task, presets in PRESETS.items())
    train.add_argument("--preset", metavar="NAME", help=f"where to begin, the first of its task by default ({named})")
    train.add_argument("--layers", type=int, default=argparse.SUPPRESS, help="Recurrent layers.")
    for name, knob in _all_knobs().items():
        _add_knob(train, name, knob, default=argparse.SUPPRESS)

    sample = command("sample", _sample, "Write text with what a run has learnt.")
    sample.add_argument("run", metavar="RUN", help="a run's id, or its beginning")
    sample.add_argument("--start-with", default="", help="Text to continue.")
    for f in fields(Sampling):
        _add_knob(sample, f.name, f.metadata["knob"], default=f.default)

    runs = command("runs", _runs, "List the runs, newest first.")
    runs.add_argument("--json", action="store_true", help="as one JSON list")

    stop = command("stop", _stop, "Stop a run; it keeps what it has learnt.")
    stop.add_argument("run", metavar="RUN")

    go_on = command("continue", _continue, "Train a run further that has ended, or was paused; the last line printed is JSON.")
    go_on.add_argument("run", metavar="RUN")
    go_on.add_argument("--more", type=int, default=0, metavar="EPOCHS", help="epochs beyond those that it was to read")
    _add_knob(go_on, "learning_rate", knobs("text")["learning_rate"], default=None)
    go_on.add_argument("--corpus", help="another text to go on with: a name or a file (runs on text)")

    save = command("export", _export, "Write a run to a file.")
    save.add_argument("run", metavar="RUN")
    save.add_argument("--format", choices=FORMATS, default="csv", help="; ".join(f"{k}: {f.help}" for k, f in FORMATS.items()))
    save.add_argument("--out", type=Path, help="the file to write (default: RUN.FORMAT here)")

    data = command("data", _data, "Show what data is there, or download some.")
    data.add_argument("get", nargs="?", choices=["get"])
    data.add_argument("name", nargs="?", choices=list(download.FILES))
    return parser


def _all_knobs() -> dict[str, Knob]:
    """The knobs of all tasks; one of several tasks has the same type in each."""
    return {name: knob for task in TASKS for name, knob in knobs(task).items()}


def _add_knob(parser: argparse.ArgumentParser, name: str, knob: Knob, default) -> None:
    metavar = "{" + ",".join(knob.choices) + "}" if knob.choices else {bool: "true|false"}.get(knob.kind, name.upper())
    help = knob.help.replace("%", "%%")
    if default is argparse.SUPPRESS:
        helps = {task: table[name].help for task in TASKS if name in (table := knobs(task))}
        told = {text: [task for task in helps if helps[task] == text] for text in helps.values()}
        help = " ".join(text if len(tasks) == len(TASKS) else f"For {' and '.join(tasks)}: {text}" for text, tasks in told.items())
        help = help.replace("%", "%%") + " (default: the preset's)"
    option = f"--{name.replace('_', '-')}"
    kind = lambda text: parse(knob, text)  # noqa: E731
    if knob.kind is bool:
        parser.add_argument(option, type=kind, nargs="?", const=True, default=default, metavar=metavar, help=help)
    else:
        parser.add_argument(option, type=kind, default=default, metavar=metavar, help=help)


def _spec(options: argparse.Namespace, settings: Settings) -> RunSpec:
    given = {name: getattr(options, name) for name in [*_all_knobs(), "layers"] if hasattr(options, name)}
    if options.spec is None:
        task = options.task or "text"
        if options.preset not in (None, *PRESETS[task]):
            raise Problem(f"The task {task!r} has no preset {options.preset!r}. It has: {', '.join(PRESETS[task])}.")
        brought = PRESETS[task][options.preset].knobs.get(KNOB[task]) if options.preset else None
        source = given.pop(KNOB[task], brought or sources.default(task, settings))
        if brought and source != brought:
            raise Problem(
                f"The preset {options.preset!r} is about data of its own. Give its knobs yourself to train on {source!r}."
            )
        return spec_of(task, options.preset, sources.examples(task, source, settings), **{KNOB[task]: source, **given})
    if options.preset or options.task:
        raise Problem("--spec says task and knobs already: give neither --task nor --preset with it.")
    return RunSpec.from_json(decode(options.spec.read_bytes()).text).changed(**given)  # PowerShell writes UTF-16


def _serve(options: argparse.Namespace, store: Store, settings: Settings) -> int:
    settings = replace(settings, class_mode=settings.class_mode or options.for_class)
    serve(settings, port=options.port, address=options.address, names=options.name, options=options.options)
    return 0


def _train(options: argparse.Namespace, store: Store, settings: Settings) -> int:
    _take_files(options, store, settings)
    spec = _spec(options, settings)
    run_id = submit(spec, store, settings, kept_for=os.getpid())
    print(f"{store.get(run_id).title}, reading {label(spec, store, settings)}", file=sys.stderr)
    return _see_through(run_id, store, settings)


def _continue(options: argparse.Namespace, store: Store, settings: Settings) -> int:
    run = store.find(options.run)
    if run.task in OTHER_DATA:
        _take_files(options, store, settings)
    if run.state == PAUSED:
        store.stop(run.id)
    told = {"more": options.more, "learning_rate": options.learning_rate, "corpus": options.corpus}
    for note in proceed(run.id, store, settings, kept_for=os.getpid(), **told):
        print(note, file=sys.stderr)
    return _see_through(run.id, store, settings)


def _see_through(run_id: str, store: Store, settings: Settings) -> int:
    """Train a queued run in a process of ours until it ends, and print what became of it."""
    engine = LocalEngine(store, settings, only=run_id).start()
    engine.wake()
    try:
        run = _follow(run_id, store)
    except KeyboardInterrupt:
        print("\nStopping; what was learnt is kept.", file=sys.stderr)
        store.stop(run_id)
        run = _follow(run_id, store)
    engine.close()
    if run.message:
        print(run.message, file=sys.stderr)
    if run.state == "failed":
        print(log_tail(store, run_id), file=sys.stderr)
    print(
        json.dumps(
            {
                "run": run.id,
                "state": run.state,
                "epochs": int(run.epoch),
                "seconds": round(run.seconds, 2),
                "steps_per_second": round(run.rate, 2) if run.rate else None,
                "train_loss": run.train_loss,
                "val_loss": run.val_loss,
                **({"train_accuracy": run.train_accuracy, "val_accuracy": run.val_accuracy} if run.task != "text" else {}),
                **run.results,
            }
        )
    )
    return 0 if run.state == FINISHED else 1


def _take_files(options: argparse.Namespace, store: Store, settings: Settings) -> None:
    """Where data is a file, keep it as an upload: a text as corpus, a CSV with labelled sentences as data set."""
    path = Path(getattr(options, "corpus", None) or "")
    if path.suffix and path.is_file():
        options.corpus = uploads.keep(path.read_bytes(), settings)
        store.keep_upload("", "text", options.corpus, path.name)
    path = Path(getattr(options, "dataset", ""))
    if path.suffix and path.is_file():
        table = csv_file.read_csv(path.read_bytes())
        own, notes = labelled.from_table(table, *labelled.guess(table))
        options.dataset = uploads.keep(labelled.to_bytes(own), settings)
        store.keep_upload("", "reviews", options.dataset, path.name)
        notes += reviews.repeats(reviews.load(options.dataset, settings))
        print(*notes, sep="\n", end="\n" if notes else "", file=sys.stderr)


def _follow(run_id: str, store: Store) -> Run:
    """Print progress until the run ends: a line an epoch, and on a terminal a moving one."""
    said = None
    while True:
        run = store.get(run_id)
        news = (run.state, int(run.epoch) if run.train_loss is not None else 0, _place(run_id, store) if run.state == QUEUED else 0)
        if news != said:
            print(_line(run, news[2]), file=sys.stderr)
            said = news
        elif sys.stderr.isatty() and run.state == "running":
            print(_line(run, 0), end="\r", file=sys.stderr)
        if not run.active:
            return run
        time.sleep(0.2)


def _place(run_id: str, store: Store) -> int:
    """How many runs train or wait before it."""
    created = store.get(run_id).created
    return sum(run.active and run.state != PAUSED and run.created < created for run in store.runs(most=200))


def _line(run: Run, place: int) -> str:
    if run.state == QUEUED:
        return f"{run.id}  queued: waits for a free slot, {place} before it"
    parts = [f"{run.id}  {run.state}", f"epoch {run.epoch:.2f}"]
    for name in ("train_loss", "val_loss", "val_accuracy"):
        value = getattr(run, name)
        parts += [f"{name} {value:.4f}"] if value is not None else []
    if run.rate and run.items:
        parts.append(f"{run.rate * run.items:,.0f} {ITEMS[run.task]}/s")
    if run.seconds_left:
        parts.append(f"{run.seconds_left:.0f} s left")
    return "  ".join(parts)


def _sample(options: argparse.Namespace, store: Store, settings: Settings) -> int:
    sampling = Sampling(**{f.name: getattr(options, f.name) for f in fields(Sampling)})
    run = store.find(options.run)
    if run.task != "text":
        raise Problem(f"Only runs on text can write; {run.id} is one on {run.task}.")
    writer = learnt.writer(store, run.id)
    start = clean(options.start_with[-LONGEST_PROMPT:])
    if len(options.start_with) > LONGEST_PROMPT:
        print(f"Of a long prompt, only the last {LONGEST_PROMPT:,} characters are read.", file=sys.stderr)
    strangers = writer.vocabulary.strangers(start)
    if strangers:
        print(f"Skipped, because the network never saw them: {' '.join(map(repr, strangers))}", file=sys.stderr)
    print(start, end="")
    for piece in writer.write(start, sampling):
        print(piece, end="", flush=True)
    print()
    return 0


def _runs(options: argparse.Namespace, store: Store, settings: Settings) -> int:
    reap(store)
    runs = store.runs()
    if options.json:
        rows = [
            {"run": r.id, "task": r.task, "title": r.title, "state": r.state, "epoch": r.epoch, "train_loss": r.train_loss,
             "val_loss": r.val_loss, **r.results, "error": r.message if r.state == "failed" else None}
            for r in runs
        ]  # fmt: skip
        print(json.dumps(rows, indent=2))
        return 0
    for r in runs:
        loss = f"{r.val_loss:8.4f}" if r.val_loss is not None else "       -"
        print(f"{r.id}  {r.state:9} epoch {r.epoch:6.2f}  val_loss {loss}  {r.title}")
    return 0


def _stop(options: argparse.Namespace, store: Store, settings: Settings) -> int:
    run = store.find(options.run)
    if not run.active:
        raise Problem(f"Run {run.id} is {run.state} already.")
    store.stop(run.id)
    while (run := store.get(run.id)).active:
        reap(store)
        time.sleep(0.1)
    print(f"{run.id} {run.state}")
    return 0


def _export(options: argparse.Namespace, store: Store, settings: Settings) -> int:
    run = store.find(options.run)
    out = options.out or Path(f"{run.id}.{options.format}")
    out.write_bytes(export(store, run.id, options.format))
    print(out)
    return 0


def _data(options: argparse.Namespace, store: Store, settings: Settings) -> int:
    if options.get:
        if options.name is None:
            raise Problem(f"Say what to get: {', '.join(download.FILES)}.")
        print(*download.fetch_all(download.FILES[options.name], settings, _bar), sep="\n")
        return 0
    for task, found in sources.SOURCES.items():
        for source in found(settings).values():
            state = "ready" if source.read else f"not here; get it with: data get {source.name}"
            print(f"{task:8} {source.name:20} {state:10} {source.origin}")
    return 0


def _bar(done: int, total: int) -> None:
    print(f"{done / 1e6:8.1f} of {total / 1e6:.1f} MB", end="\r" if done < total else "\n", file=sys.stderr)
