"""Twins: two runs with the same data, seed and size, whose cells alone differ."""

from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.rows import FAILED
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from rnn_core.settings import Settings

CELLS_OF_TWINS = ("lstm", "gru")
_LOOKED_AT = 100  # newest runs among which a twin that exists is looked for


def twin_specs(spec: RunSpec) -> tuple[RunSpec, RunSpec]:
    """The spec with an LSTM and with a GRU in the place of every cell."""
    first, second = (spec.changed(cell=cell) for cell in CELLS_OF_TWINS)
    return first, second


def train_twins(spec: RunSpec, store: Store, settings: Settings, owner: str = "") -> tuple[str, str]:
    """The ids of both twins: of runs that exist already, or else of new ones. Raises `UserError` where one cannot be queued."""
    first, second = (
        _existing(twin, store, settings, owner) or submit(twin, store, settings, owner=owner) for twin in twin_specs(spec)
    )
    return first, second


def _existing(spec: RunSpec, store: Store, settings: Settings, owner: str) -> str | None:
    """A run of this spec that did not fail: one's own, or an example."""
    for run in store.runs.newest(spec.task, limit=_LOOKED_AT, owner=owner if settings.class_mode else None):
        try:
            if run.state != FAILED and store.runs.spec(run.id) == spec:
                return run.id
        except UserError:  # its settings are damaged
            continue
    return None
