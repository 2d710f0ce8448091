"""Processes as the store knows them: by number and command line, because numbers are used again and clocks are set."""

import hashlib

import psutil


def mark(pid: int) -> str:
    """What `is_there` knows a process by."""
    return f"{pid} {_command(pid) or ''}"


def is_there(marked: int | str) -> bool:
    """Whether that very process still runs. One that may not be looked at counts, as does one of which only the number is known."""
    pid, _, command = str(marked).partition(" ")
    if not psutil.pid_exists(int(pid)):
        return False
    now = _command(int(pid))
    return not command or now is None or now == command


def _command(pid: int) -> str | None:
    """A digest of its command line; None for a process that may not be looked at."""
    try:
        return hashlib.sha256("\0".join(psutil.Process(pid).cmdline()).encode(errors="replace")).hexdigest()[:16]
    except psutil.NoSuchProcess:
        return "ended"
    except psutil.AccessDenied:
        return None
