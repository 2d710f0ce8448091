"""The options of a spec as arguments of the command line, and the values that were given for them."""

import argparse
from dataclasses import replace
from typing import Any

from rnn_core.cli.console import Parser
from rnn_core.run_spec import options_of
from rnn_core.spec.option import Option, parse, with_current_names
from rnn_core.tasks.task import task_names


def all_options() -> dict[str, Option]:
    """The options of all tasks by name. An option of several tasks has the same type in each, and the aliases of all of them."""
    options: dict[str, Option] = {}
    for task in task_names():
        for name, option in options_of(task).items():
            aliases = options[name].aliases if name in options else ()
            options[name] = replace(option, aliases=tuple(dict.fromkeys((*aliases, *option.aliases))))
    return options


def add_option(parser: Parser, name: str, option: Option, default) -> None:
    """Add `option` as `--name`, with its help; with `argparse.SUPPRESS` as default, the preset decides."""
    metavar = "{" + ",".join(option.choices) + "}" if option.choices else {bool: "true|false"}.get(option.kind, name.upper())
    help = option.help.replace("%", "%%")
    if default is argparse.SUPPRESS:
        help_of_task = {task: table[name].help for task in task_names() if name in (table := options_of(task))}
        tasks_of_help = {text: [task for task in help_of_task if help_of_task[task] == text] for text in help_of_task.values()}
        help = " ".join(
            text if len(tasks) == len(task_names()) else f"For {' and '.join(tasks)}: {text}"
            for text, tasks in tasks_of_help.items()
        )
        help = help.replace("%", "%%") + " (default: the preset's)"
    several = {"nargs": "?", "const": True} if option.kind is bool else {"nargs": "+"} if name == "source" else {}
    metavar = "NAME" if name == "source" else metavar
    add_argument(
        parser, name, option, type=lambda text: parse(option, text), default=default, metavar=metavar, help=help, **several
    )


def add_argument(parser: Parser, name: str, option: Option, help: str, default, **rest) -> None:
    """Add an option as an argument; its aliases are understood, but not listed."""
    parser.add_argument(f"--{name.replace('_', '-')}", default=default, help=help, **rest)
    for alias in option.aliases:
        parser.add_argument(f"--{alias.replace('_', '-')}", default=argparse.SUPPRESS, help=argparse.SUPPRESS, **rest)


def options_given(args: argparse.Namespace) -> dict[str, Any]:
    """The options of a spec that were given, by their present names. Raises `UserError`."""
    options = all_options()
    names = [name for name, option in options.items() for name in (name, *option.aliases)]
    return with_current_names({name: getattr(args, name) for name in names if hasattr(args, name)}, options)
