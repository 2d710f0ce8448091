"""The runs of a comparison, as lines of its chart: runs that differ in the seed alone are one line.

A run that was continued, or got another learning rate while it trained, is a line by itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st

from pages.parts.shell import services
from pages.parts.spec_form import source_picker
from pages.parts.tasks.view import view_of
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints, comparison
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.comparison import MOST_SETTINGS, Curve
from rnn_core.runs.store.rows import Run
from rnn_core.spec.model_io import Output
from rnn_core.spec.summary import parameters

T = TypeVar("T")
PAGE = "pages/6_compare.py"
_POINTS = 300  # of a curve; validation has one for each epoch
_SMOOTH_POINTS = 60  # of a training curve: few enough to be smooth


@dataclass(frozen=True)
class Line:
    """A setting with its runs, usually one for each seed."""

    place: int  # decides its colour and dashes
    name: str  # says what tells it from the others
    spec: RunSpec  # of the first run
    runs: tuple[Run, ...]
    seeds: tuple[int, ...]  # of the runs

    @property
    def first_of_each_seed(self) -> list[Run]:
        """The same seed again is no further evidence."""
        return [run for place, run in enumerate(self.runs) if self.seeds[place] not in self.seeds[:place]]

    @property
    def run(self) -> Run:
        return self.runs[0]


@dataclass(frozen=True)
class Comparison:
    task: str | None  # None: of no run
    lines: tuple[Line, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(run.id for line in self.lines for run in line.runs)

    @property
    def specs(self) -> list[RunSpec]:
        return [line.spec for line in self.lines]

    @property
    def active(self) -> bool:
        return any(run.active for line in self.lines for run in line.runs)


def read(ids: Sequence[str]) -> Comparison:
    """The runs with these ids, and why some of them are left out. The first one that can be read decides the task."""
    store, warnings = services.store(), []
    runs: list[tuple[Run, RunSpec]] = []
    for run_id in dict.fromkeys(ids):
        try:
            run, spec = store.runs.get(run_id), store.runs.spec(run_id)
            if runs and run.task != runs[0][0].task:
                here, there = (view_of(task).page.title for task in (runs[0][0].task, run.task))
                raise UserError(
                    f"{run.title} is a run on {there}, and these are runs on {here}: their losses measure different things. "
                    f"Compare it with other runs on {there}."
                )
            runs.append((run, spec))
        except UserError as error:
            warnings.append(f"Left out: {error}")
    if not runs:
        return Comparison(None, warnings=tuple(warnings))
    task = runs[0][0].task
    whole = store.runs.whole_specs(run.id for run, _ in runs)
    groups = comparison.by_setting([whole.get(run.id) for run, _ in runs])
    if len(groups) > MOST_SETTINGS:
        warnings.append(
            f"At most {MOST_SETTINGS} runs fit on the chart, each with up to {comparison.SEEDS} seeds. The others are left out: "
            "remove one to see another."
        )
    groups = [_few_seeds(group, [spec.seed for _, spec in runs]) for group in groups[:MOST_SETTINGS]]
    firsts = [runs[group[0]] for group in groups]
    changed = [place for place, (run, _) in enumerate(firsts) if run.id not in whole]
    names = comparison.names([spec for _, spec in firsts], source_label(task), changed)
    lines = tuple(
        Line(place, name, runs[group[0]][1], tuple(runs[i][0] for i in group), tuple(runs[i][1].seed for i in group))
        for place, (name, group) in enumerate(zip(names, groups, strict=True))
    )
    return Comparison(task, lines, tuple(warnings))


def source_label(task: str) -> Callable[[str], str]:
    """The label of a source of data by its name."""
    own = services.store().uploads.labels(services.owner(), task)
    return lambda name: source_picker.label(task, name, own)


def _few_seeds(group: Sequence[int], seeds: Sequence[int]) -> list[int]:
    """The places of a group whose seeds are among its first ones."""
    first = list(dict.fromkeys(seeds[i] for i in group))[: comparison.SEEDS]
    return [i for i in group if seeds[i] in first]


def answering(lines: Sequence[Line]) -> list[Line]:
    """What answers an input: the first seed of each line; of a single line each seed."""
    if len(lines) != 1:
        return list(lines)
    (line,) = lines
    if len(line.runs) == 1:
        return [line]
    return [
        Line(place, f"Seed {seed}", line.spec, (run,), (seed,))
        for place, (run, seed) in enumerate(zip(line.runs, line.seeds, strict=True))
    ][:MOST_SETTINGS]


def weights_of(run: Run) -> Weights | None:
    """The weights that answer: the newest while the run is active, then the best. None: there are none yet."""
    version = checkpoints.version(services.store(), run.id)
    return None if version is None else Weights(version, best=not run.active)


def answer(line: Line, compute: Callable[[Weights], T]) -> tuple[T | None, str]:
    """What a line's network computes with its weights; or None and why not. A damaged run must not hide the answers of others."""
    try:
        if weights := weights_of(line.run):
            return compute(weights), ""
        return None, "Answers after its first training steps."
    except (UserError, FileNotFoundError) as error:
        return None, str(error)


def curve(run: Run, metric: str, training: bool) -> Curve:
    """The curve of a metric, in training or in validation."""
    return _curve(run.id, metric if training else f"val_{metric}", _SMOOTH_POINTS if training else _POINTS, run.items, run.step)


@st.cache_data(max_entries=2000, show_spinner=False)
def _curve(run_id: str, name: str, points: int, items: int | None, step: int) -> Curve:
    """Cached for all sessions until the run has made another step."""
    return comparison.curve_of(services.store().events.curve(run_id, name, points), items)


@st.cache_data(max_entries=512, show_spinner=False)
def _facts(run_id: str) -> tuple[int, Output]:
    store = services.store()
    spec = store.runs.spec(run_id)
    model_io = checkpoints.model_io(spec, store.runs.folder(run_id))
    return parameters(spec.model, model_io), model_io.output


def facts(run: Run) -> tuple[int, Output] | None:
    """(trainable numbers, output) of a run's network; None where its files are damaged, or not there yet."""
    try:
        return _facts(run.id)
    except (UserError, FileNotFoundError):
        return None


def incomparable(lines: Sequence[Line]) -> str:
    """Why the losses of these runs cannot be compared; empty where they can."""
    outputs = {known[1] for line in lines if (known := facts(line.run))}
    if not lines:
        return ""
    differing = [
        d for d in comparison.differences([line.spec for line in lines], source_label(lines[0].run.task)) if d.name == "source"
    ]
    if differing:
        return f"These runs learn from different data ({' / '.join(dict.fromkeys(differing[0].values))}), so their losses measure different things: do not compare them."
    if len(outputs) > 1:
        return "These runs predict different things, so their losses have different units: do not compare them."
    return ""
