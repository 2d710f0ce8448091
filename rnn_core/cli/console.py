"""What the command line prints: results to standard output, everything else to standard error."""

import argparse
import errno
import io
import os
import sys
from typing import NoReturn

from rnn_core.errors import UserError, shortened


def prepare() -> None:
    """Make output possible whatever the system's encoding: what a terminal cannot show becomes an escape such as \\u0416.

    Files and pipes get UTF-8, so that no text is lost, unless PYTHONIOENCODING is set.
    """
    if sys.stderr is None:  # closed; `print` would write to standard output instead
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123
    if sys.stdout is None:
        raise UserError("Standard output is closed, so results cannot be shown. Leave it open, or send it to a file.")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            chosen = stream.isatty() or "PYTHONIOENCODING" in os.environ
            stream.reconfigure(encoding=None if chosen else "utf-8", errors="backslashreplace")


def out(*lines: object, end: str = "\n") -> None:
    """Print a result at once. Raises `UserError` where it cannot be written, `BrokenPipeError` where its reader has ended."""
    try:
        print(*lines, sep="\n", end=end, flush=True)
    except OSError as error:
        # Otherwise Python writes the buffer again when it ends, and fails again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno in (errno.EPIPE, errno.EINVAL):  # EINVAL: on Windows
            raise BrokenPipeError from None
        raise UserError(f"The output cannot be written: {error.strerror}. Send it somewhere else.") from None


def note(*lines: object, end: str = "\n") -> None:
    """Print progress or a message. A closed standard error is no reason to end a run."""
    try:
        if lines:
            print(*lines, sep="\n", end=end, file=sys.stderr, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


class Parser(argparse.ArgumentParser):
    """Prints an error in two lines, instead of listing all options first."""

    def error(self, message: str) -> NoReturn:
        note(shortened(f"{message[:1].upper()}{message[1:]}."), f"To see all arguments: {self.prog} --help")
        raise SystemExit(2)

    def _print_message(self, message: str, file=None) -> None:
        out(message, end="")


def whole(text: str) -> int:
    """The type of a whole number that is no option of a spec."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number; it is {text!r}") from None
