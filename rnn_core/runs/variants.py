"""Runs like another run but for one setting: which values to try, and starting those that are not there yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rnn_core.cells import CELLS
from rnn_core.errors import UserError, quoted
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs.comparison import MOST_SETTINGS
from rnn_core.runs.store.rows import FINISHED, Run
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from rnn_core.settings import Settings
from rnn_core.spec.model import MAX_LAYERS
from rnn_core.spec.option import Option, parse

LAYERS = Option(
    "Layers", "", "Recurrent layers, all with the settings of the present ones. More can learn more, and each step takes longer.",
    int, 1, low=1, high=MAX_LAYERS, step=1,
)  # fmt: skip
_FIRST = ("cell", "units", "layers", "dropout", "learning_rate", "optimizer", "seed")  # then the others
_SEARCHED = 300  # newest runs among which an equal one is looked for


def changeable(task: str) -> dict[str, Option]:
    """The options that can be changed alone, those that courses turn first at the beginning. Other data is no single setting."""
    options = {"layers": LAYERS} | {
        name: option
        for name, option in options_of(task).items()
        if not option.of_source and (option.kind is not str or option.choices)
    }
    return {name: options.pop(name) for name in _FIRST if name in options} | options


def value_of(spec: RunSpec, name: str) -> Any:
    """The value of an option, that of the first layer for options of layers."""
    return len(spec.model.layers) if name == "layers" else spec.flat()[name]


def suggestions(spec: RunSpec, name: str) -> list[str]:
    """Other values of an option, as text: all other choices, or numbers around the present one."""
    option, now = changeable(spec.task)[name], value_of(spec, name)
    if option.choices:
        return [value for value in option.choices if value != now]
    if option.kind is bool:
        return ["false" if now else "true"]
    if name in ("seed", "layers"):
        values = [now + 1, now + 2, now - 1]
    elif now:
        values = [now / 2, now * 2, now * 4]
    else:
        values = [4 * option.step, 8 * option.step]
    near = dict.fromkeys(option.kind(min(max(value, option.low), option.high)) for value in values)
    return [f"{value:.6g}" if option.kind is float else str(value) for value in near if value != now]


def changed(spec: RunSpec, name: str, text: str) -> RunSpec:
    """The spec with one option at another value, given as text. Raises `UserError` for a value that is not allowed."""
    option = changeable(spec.task)[name]
    value = parse(option, text.strip())
    if name == "layers" and (message := option.error(value)):
        raise UserError(message)
    new = spec.changed(**{name: value})
    if new == spec:
        raise UserError(f"{option.label} is {option.in_words(value)} already. Choose another value.")
    return new


def cells_of(spec: RunSpec, names: Sequence[str] = tuple(CELLS)[:MOST_SETTINGS]) -> list[RunSpec]:
    """The spec with each of these cells in all its layers."""
    return [spec.changed(cell=name) for name in names]


def cell_names() -> str:
    """`SimpleRNN, LSTM and GRU`."""
    *first, last = [cell.label for cell in list(CELLS.values())[:MOST_SETTINGS]]
    return f"{', '.join(first)} and {last}"


def with_seeds(specs: Sequence[RunSpec], count: int) -> list[RunSpec]:
    """What a setting needs for `count` seeds, of which it has those of `specs`: the next seeds after its first."""
    seeds, option = {spec.seed for spec in specs}, options_of(specs[0].task)["seed"]
    new, seed = [], specs[0].seed
    while len(seeds) < count:
        seed = seed + 1 if seed < option.high else int(option.low)
        if seed not in seeds:
            seeds.add(seed)
            new.append(specs[0].changed(seed=seed))
    return new


def equal_runs(specs: Sequence[RunSpec], store: Store, owner: str | None) -> list[Run | None]:
    """For each spec, a run with exactly this one that finished or is active, of an owner (None: of anybody); finished ones first.

    Not a run whose history differs from its spec: continued under another one, or with another learning rate since.
    """
    newest = store.runs.newest(specs[0].task, limit=_SEARCHED, owner=owner, examples=False) if specs else []
    runs = sorted((run for run in newest if run.active or run.state == FINISHED), key=lambda run: run.active)
    whole = store.runs.whole_specs(run.id for run in runs)
    return [next((run for run in runs if whole.get(run.id) == spec), None) for spec in specs]


@dataclass(frozen=True)
class Started:
    runs: tuple[str, ...]  # the ids of all specs that have a run now, in their order
    new: int  # of these, how many were queued now
    refused: tuple[str, ...] = ()  # sentences: why not all of them have a run

    def note(self, asked: int) -> tuple[str, ...]:
        """What a person must know, as one message: nothing where all went well."""
        if not self.refused:
            return ()
        return (" ".join([f"{len(self.runs)} of {asked} runs exist now.", *self.refused, "Then press the same button again."]),)


def start(specs: Sequence[RunSpec], store: Store, settings: Settings, owner: str = "") -> Started:
    """Queue each spec that has no run yet, until one is refused. Pressed again later, the rest follows: nothing is trained twice."""
    ids, new = [], 0
    for spec, run in zip(specs, equal_runs(specs, store, owner if settings.class_mode else None), strict=True):
        if run is None:
            try:
                ids.append(submit(spec, store, settings, owner=owner))
            except UserError as error:
                return Started(tuple(ids), new, error.sentences)
            new += 1
        else:
            ids.append(run.id)
    return Started(tuple(ids), new)


def checked_values(texts: Sequence[str]) -> list[str]:
    """Values as typed, without empty ones and repetitions. Raises `UserError` without any."""
    values = list(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if not values:
        raise UserError("Choose at least one new value.")
    if any(len(value) > 40 for value in values):
        raise UserError(f"{quoted(max(values, key=len))} is no value of this option. Choose another value.")
    return values
