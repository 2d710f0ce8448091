"""The engine that trains the runs of a server, as the setting RNN_ENGINE names it."""

from rnn_core.errors import UserError
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store.store import Store
from rnn_core.settings import LOCAL, Settings

DISTRIBUTED = "distributed==2026.8.0"  # the version that is tested


def engine_of(store: Store, settings: Settings):
    """A `LocalEngine` or `DaskEngine`, not started yet. Raises `UserError` where the cluster's library is not installed."""
    if settings.engine == LOCAL:
        for run in store.lifecycle.attached():
            if run["worker"] and run["pid"] is None:  # on a cluster that this server used before: the run continues here
                store.lifecycle.leave_slot(run["id"])
        return LocalEngine(store, settings)
    try:
        from rnn_core.runs.cluster.engine import DaskEngine  # needs a library that most people have not installed
    except ModuleNotFoundError as error:
        if error.name not in ("dask", "distributed"):
            raise
        raise UserError(
            f'RNN_ENGINE is {settings.engine}, but the library for clusters is not installed. Run pip install "{DISTRIBUTED}" in '
            "this environment, and on every computer of the cluster. docs/cluster.md explains it."
        ) from None
    return DaskEngine(store, settings)
