"""The same run with each cell: found among the runs of a person, or started."""

from dataclasses import dataclass

from rnn_core.cells import CELLS
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.kinds import GradientByTimestep
from rnn_core.runs.store.rows import FINISHED
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from rnn_core.settings import Settings

_SEARCHED = 100  # newest runs


@dataclass(frozen=True)
class Started:
    runs: dict[str, str]  # by cell: the id of a run that was there already, or was started
    new: tuple[str, ...]  # cells of those that were started
    refused: tuple[str, ...]  # sentences on those that were not


def each_cell(spec: RunSpec) -> dict[str, RunSpec]:
    """The spec with each cell in all its layers."""
    return {name: spec.changed(cell=name) for name in CELLS}


def runs_of(spec: RunSpec, store: Store, owner: str | None) -> dict[str, str]:
    """The newest run with each cell that trains, waits or has finished, by cell, if its gradient was measured. `owner` None: of anybody."""
    specs, runs = each_cell(spec), {}
    for run in store.runs.newest(spec.task, limit=_SEARCHED, owner=owner):
        if run.active or (run.state == FINISHED and store.events.positions(run.id, GradientByTimestep)):
            try:
                own = store.runs.spec(run.id)
            except UserError:  # a damaged run
                continue
            for name, wanted in specs.items():
                if own == wanted:
                    runs.setdefault(name, run.id)
    return {name: runs[name] for name in specs if name in runs}


def start(spec: RunSpec, store: Store, settings: Settings, owner: str = "", listed_owner: str | None = None) -> Started:
    """Start the spec with each cell, except where such a run is there already. What does not fit any more is refused with the reason."""
    runs, new, refused = runs_of(spec, store, listed_owner), [], []
    for name, wanted in each_cell(spec).items():
        if name in runs:
            continue
        try:
            runs[name] = submit(wanted, store, settings, owner=owner)
            new.append(name)
        except UserError as error:
            refused.append(f"{CELLS[name].label} was not started. {error}")
    return Started(runs, tuple(new), tuple(refused))
