"""The command line: what the pages do, without a browser and over the same store.

Progress goes to standard error, results to standard output. The exit status is 0 only for a finished run.
"""

from rnn_core import settings as settings_of
from rnn_core.cli.console import note, prepare
from rnn_core.cli.parser import build_parser
from rnn_core.errors import UserError, shortened
from rnn_core.runs.store.store import Store


def main(arguments: list[str] | None = None) -> int:
    """Run a command; `arguments` are those of the process unless given. Returns the exit status."""
    try:
        prepare()
        args = build_parser().parse_args(arguments)
        settings = settings_of.load()
        return args.run_command(args, Store.of(settings), settings)
    except UserError as error:
        note(*map(shortened, error.sentences))
        return 2
    except BrokenPipeError:  # the program that reads the output, such as `head`, has ended
        return 1
    except OSError as error:
        note(shortened(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}."))
        return 2
    except UnicodeError:  # Unix allows any bytes in an argument
        note(
            "An argument is not text in this system's encoding. Give names of files as their folder lists them, other things as UTF-8."
        )
        return 2
