"""The command `data`: which data is on this machine, and `data get NAME` to download some."""

import argparse

from rnn_core.cli.console import note, out
from rnn_core.data import download
from rnn_core.errors import UserError
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings
from rnn_core.tasks.task import all_tasks


def data(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    if args.get:
        if args.name is None:
            raise UserError(f"`data get` needs the name of the data. Give one of: {', '.join(download.FILES)}.")
        out(*download.fetch_all(download.FILES[args.name], settings, _progress))
        return 0
    for task in all_tasks():
        for source in task.sources(settings).values():
            state = "ready" if source.read else f"not here; get it with: data get {source.name}"
            out(f"{task.name:8} {source.name:20} {state:10} {source.origin}")
    return 0


def _progress(done: int, total: int) -> None:
    """Bytes."""
    note(f"{done / 1e6:8.1f} of {total / 1e6:.1f} MB", end="\r" if done < total else "\n")
