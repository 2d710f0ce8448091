"""Which engine trains the runs of a server: its setting says."""

from rnn_core.errors import UserError
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store.store import Store
from rnn_core.settings import LOCAL, Settings

DISTRIBUTED = "distributed==2026.8.0"  # the version that is tested


def engine_of(store: Store, settings: Settings):
    """Not started yet. Raises `UserError` where the cluster's library is not installed."""
    if settings.engine == LOCAL:
        for run in store.lifecycle.attached():
            if run["worker"] and run["pid"] is None:  # of a cluster that this server used before: it goes on here
                store.lifecycle.leave(run["id"])
        return LocalEngine(store, settings)
    try:
        from rnn_core.runs.cluster.engine import DaskEngine  # only here, since it needs what most people have not installed
    except ModuleNotFoundError as error:
        if error.name not in ("dask", "distributed"):
            raise
        raise UserError(
            f'RNN_ENGINE is {settings.engine}, and a cluster needs a library that is not installed: pip install "{DISTRIBUTED}" in '
            "this environment, and on every computer of the cluster. docs/cluster.md says more."
        ) from None
    return DaskEngine(store, settings)
