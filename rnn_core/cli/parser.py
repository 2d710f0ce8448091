"""The commands and their arguments, as `argparse` reads them. What a command does is in the module of its subject."""

import argparse
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from rnn_core.cli import data, runs, serve, train
from rnn_core.cli.console import Parser, whole
from rnn_core.cli.spec_arguments import add_argument, add_option, all_options
from rnn_core.data import download
from rnn_core.export.formats import FORMATS
from rnn_core.run_spec import FIRST, options_of
from rnn_core.tasks.sampler import Sampling
from rnn_core.tasks.task import all_tasks, task_names


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; what it returns has the command's function as `run_command`."""
    parser = Parser("python -m rnn_core", description="Train recurrent networks and play with them.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run_command: Callable[..., int], help: str) -> Parser:
        added = commands.add_parser(name, help=help, description=help, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        added.set_defaults(run_command=run_command)
        return added

    _serve_arguments(command("serve", serve.serve_command, "Start the app, for this machine or for a class."))
    _train_arguments(command("train", train.train, "Train a network; the last line printed is JSON."))
    _sample_arguments(command("sample", runs.sample, "Write text with a trained network."))
    _forecast_arguments(command("forecast", runs.forecast, "Predict what follows the data of a run, as CSV."))
    added = command("runs", runs.list_runs, "List the runs, newest first.")
    added.add_argument("--json", action="store_true", help="as one JSON list")
    added = command("stop", runs.stop, "Stop a run; its checkpoint stays.")
    added.add_argument("run", metavar="RUN")
    _continue_arguments(
        command(
            "continue",
            train.continue_training,
            "Train a stopped, finished, failed or paused run further; the last line printed is JSON.",
        )
    )
    added = command("export", runs.export_run, "Write a run to a file.")
    added.add_argument("run", metavar="RUN")
    added.add_argument("--format", choices=FORMATS, default="csv", help="; ".join(f"{k}: {f.help}" for k, f in FORMATS.items()))
    added.add_argument("--out", type=Path, help="the file to write (default: RUN.FORMAT in this folder)")
    added = command("import", runs.import_run, "Open the zip of a run from another machine as a run; prints its id.")
    added.add_argument("file", type=Path, metavar="FILE.zip")
    added = command("data", data.data, "List the data on this machine, or download some.")
    added.add_argument("get", nargs="?", choices=["get"])
    added.add_argument("name", nargs="?", choices=list(download.FILES))
    return parser


def _serve_arguments(parser: Parser) -> None:
    parser.add_argument("--class", dest="for_class", action="store_true", help="class mode (RNN_CLASS=1), open to other computers")
    parser.add_argument(
        "--port", type=whole, metavar="N", help=f"the server's port (default: the first free one from {serve.PORT} on)"
    )
    parser.add_argument(
        "--address", metavar="A", help="the server's network address (default: localhost; in class mode 0.0.0.0, all networks)"
    )
    parser.add_argument(
        "--name", action="append", default=[], metavar="HOST", help="another name of this server in the network; may be repeated"
    )
    parser.add_argument("options", nargs="*", metavar="-- OPTION", help="options of Streamlit, after --")


def _train_arguments(parser: Parser) -> None:
    parser.add_argument("--spec", type=Path, metavar="FILE", help="a spec as JSON; other options change it")
    parser.add_argument("--task", choices=task_names(), help=f"what to learn (default: {FIRST})")
    presets = "; ".join(f"{task.name}: {', '.join(task.presets)}" for task in all_tasks())
    parser.add_argument("--preset", metavar="NAME", help=f"settings to start from (default: the task's first; {presets})")
    parser.add_argument("--layers", type=whole, default=argparse.SUPPRESS, help="Recurrent layers.")
    for name, option in all_options().items():
        add_option(parser, name, option, default=argparse.SUPPRESS)


def _sample_arguments(parser: Parser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run's id, or the beginning of its id")
    parser.add_argument("--prompt", "--start-with", default="", metavar="TEXT", help="Text to continue.")
    for field in fields(Sampling):
        add_option(parser, field.name, field.metadata["option"], default=field.default)
    parser.add_argument("--newest", action="store_true", help="use the newest weights, not those of the best epoch")


def _forecast_arguments(parser: Parser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run's id, or the beginning of its id")
    parser.add_argument("--steps", type=whole, default=30, metavar="N", help=f"timesteps to predict, 1 to {runs.MOST_STEPS:,}")
    parser.add_argument("--newest", action="store_true", help="use the newest weights, not those of the best epoch")


def _continue_arguments(parser: Parser) -> None:
    parser.add_argument("run", nargs="?", metavar="RUN")
    parser.add_argument("--more", type=whole, default=0, metavar="EPOCHS", help="epochs to add")
    add_option(parser, "learning_rate", options_of(FIRST)["learning_rate"], default=None)
    parser.add_argument(
        "--test-again", action="store_true", help="use the test set again at the end, even if the run was tested before"
    )
    help = "other text to train on: a name, a file, or several files as one text (runs on text)"
    add_argument(parser, "source", all_options()["source"], help=help, nargs="+", metavar="NAME", default=argparse.SUPPRESS)
