"""Identify processes by number and command line: the system uses numbers again, and start times change with the clock."""

import hashlib

import psutil


def identity(pid: int) -> str:
    """A text by which `is_running` finds the process again: its number and a digest of its command line."""
    return f"{pid} {_command(pid) or ''}"


def is_running(known: int | str) -> bool:
    """Whether exactly this process still runs. True where its command line may not be read, or only its number is known."""
    pid, _, command = str(known).partition(" ")
    if not psutil.pid_exists(int(pid)):
        return False
    now = _command(int(pid))
    return not command or now is None or now == command


def _command(pid: int) -> str | None:
    """A digest of the process's command line; None where it may not be read."""
    try:
        return hashlib.sha256("\0".join(psutil.Process(pid).cmdline()).encode(errors="replace")).hexdigest()[:16]
    except psutil.NoSuchProcess:
        return "ended"
    except psutil.AccessDenied:
        return None
