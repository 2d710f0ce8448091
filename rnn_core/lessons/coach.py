"""The coach: from the curves of a run to one piece of advice, or none. It sees what a person sees, and advises what a new run can change.

The thresholds were chosen on a part of the runs in `tests/lessons/coach_runs.jsonl`; `python -m benchmarks.coach` prints, also for the others alone,
how many runs of each kind are advised, missed, and advised falsely.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rnn_core.errors import UserError
from rnn_core.lessons.cures import CURES, DIVERGES, FALLING, FLAT, OVERFITS, Change
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.spec.training import usual_rate

Curve = Sequence[tuple[float, float]]  # epoch and loss, in the order of the epochs

_PIECES = 20  # means into which the training curve is cut; fewer points than that are too few to judge
_WORSE = 1.5  # times the loss of guessing: an update that overshoots is the only way there
_UNMOVED = 0.06  # of the way from guessing to 0: a loss that has fallen by less has learnt nothing yet
_HALF = 0.5  # of the planned epochs, after which a loss that has not moved is taken for flat
_RISEN, _RISEN_TIMES = 0.03, 1.05  # validation above its lowest: as a share of what was learnt, and as a multiple
_RISEN_YET = 0.06  # the same share while the run trains: at a high learning rate, validation also rises and falls by chance
_WAIT = 3  # epochs after the lowest validation loss before it is taken for the lowest
_FAR = 10.0  # times the usual learning rate, or that part of it: the rate is why a loss is still high
_GAIN = 0.08  # of what was learnt, by validation in the second half of a run: as much again is to be expected of twice the epochs
_GAP = 0.12  # of what was learnt, by which training is ahead of validation: the IMDB example (0.13) overfits in twice the epochs
_EARLY, _EARLY_GAIN = 0.6, 0.02  # a loss above this share of guessing has most of its way before it: then a smaller gain is enough


_WORDS = {
    "learning_rate": "rate {}",
    "clip_norm": "clipping {}",
    "epochs": "{} epochs",
    "schedule": "{}",
    "optimizer": "{}",
    "activation": "{}",
}


@dataclass(frozen=True)
class Seen:
    """What is known of a run. Losses are means, in nats or squared errors."""

    training: Curve
    validation: Curve  # one point an epoch; empty where nothing validates
    epochs: int  # planned
    guessing: float  # the loss of pure guessing
    ended: bool = False  # at its last epoch
    diverged: bool = False  # it failed because its loss had exploded


@dataclass(frozen=True)
class Advice:
    kind: str
    sentence: str  # what the curves show, and why the change helps
    change: Change
    label: str  # of the button that starts the changed run


@dataclass(frozen=True)
class _Measured:
    """The numbers on which the rules decide."""

    spec: RunSpec
    seen: Seen
    pieces: np.ndarray  # means of equal stretches of the training curve
    validation: np.ndarray
    progress: float  # of the planned epochs

    @property
    def rate_to_usual(self) -> float:
        return self.spec.training.learning_rate / usual_rate(self.spec.training.optimizer)

    @property
    def learnt(self) -> float:
        """How far the loss has fallen below guessing."""
        return self.seen.guessing - min(self.lowest, float(self.pieces.min()))

    @property
    def has_not_moved(self) -> bool:
        return self.learnt <= _UNMOVED * self.seen.guessing

    @property
    def lowest(self) -> float:
        return float(self.validation.min()) if len(self.validation) else float(self.pieces[-1])

    @property
    def best_epoch(self) -> float:
        return self.seen.validation[int(self.validation.argmin())][0]

    @property
    def newest(self) -> float:
        """The validation loss now, with less noise: the median of the last three; without validation, the training loss."""
        return float(np.median((self.validation if len(self.validation) else self.pieces)[-3:]))


def _diverges(run: _Measured) -> bool:
    """A rate below the usual one overshoots seldom: an untrained network, too, may be worse than guessing."""
    return run.seen.diverged or (run.rate_to_usual > 1 and float(np.median(run.pieces[-3:])) > _WORSE * run.seen.guessing)


def _overfits(run: _Measured) -> bool:
    if len(run.validation) < _WAIT + 2 or run.has_not_moved:
        return False
    waited = len(run.validation) - 1 - int(run.validation.argmin()) >= _WAIT
    least = float(run.validation[-_WAIT:].min())  # of the last epochs: one of them may be high by chance
    risen = least - run.lowest > (_RISEN if run.progress == 1 else _RISEN_YET) * run.learnt and least > _RISEN_TIMES * run.lowest
    memorised = float(run.pieces[-2:].mean()) < run.lowest  # what is learnt in training only
    return waited and risen and memorised


def _flat(run: _Measured) -> bool:
    too_far = not 1 / _FAR < run.rate_to_usual < _FAR
    return run.progress >= _HALF and (run.has_not_moved or (too_far and run.lowest > _EARLY * run.seen.guessing))


def _falling(run: _Measured) -> bool:
    """A cosine schedule makes every run settle, so the end of the curve says little: its second half does."""
    if (
        not run.seen.ended
        or len(run.validation) < 2
        or run.has_not_moved
        or run.rate_to_usual > _FAR
        or run.validation[-1] > _RISEN_TIMES * run.lowest
        or run.lowest - float(run.pieces[-2:].mean()) > _GAP * run.learnt
    ):
        return False
    epochs = [0.0, *(epoch for epoch, _ in run.seen.validation)]
    half = float(np.interp(run.seen.epochs / 2, epochs, [run.seen.guessing, *run.validation]))
    share = (half - run.lowest) / run.learnt
    return share > (_EARLY_GAIN if run.lowest > _EARLY * run.seen.guessing else _GAIN)


RULES: dict[str, Callable[[_Measured], bool]] = {DIVERGES: _diverges, OVERFITS: _overfits, FLAT: _flat, FALLING: _falling}


def _sentence(kind: str, run: _Measured, change: Change, number: Callable[[float], str]) -> str:
    rate, now = f"{run.spec.training.learning_rate:g}", number(run.newest)
    if kind == DIVERGES:
        what = "The loss has exploded" if run.seen.diverged else f"The loss is worse than guessing ({number(run.seen.guessing)})"
        return (
            f"{what}: at learning rate {rate}, each update overshoots{', and nothing limits it' if 'clip_norm' in change else ''}."
        )
    if kind == OVERFITS:
        return (
            f"Validation has risen from {number(run.lowest)} to {now} since epoch {run.best_epoch:g}, while training loss fell: the network "
            "memorises. Dropout makes that harder."
        )
    if kind == FALLING:
        slow = f"at learning rate {rate}, steps are small" if "learning_rate" in change else "more epochs should lower it further"
        return f"Validation ({number(float(run.validation[-1]))}) was still falling when the run ended: {slow}."
    if "schedule" in change:
        return f"The loss stays near {now}: at a constant learning rate, updates never become small enough to settle."
    too_large = run.rate_to_usual > 1
    return (
        f"The loss stays near {now}: at learning rate {rate}, {'each update overshoots' if too_large else 'updates are too small'}."
    )


def advise(spec: RunSpec, seen: Seen, factor: float = 1.0) -> Advice | None:
    """The most urgent advice for a run of this spec that a change can help, or None. Losses in the sentence are multiplied by `factor`."""
    training = [(epoch, value) for epoch, value in seen.training if math.isfinite(value)]
    if len(training) < _PIECES and not seen.diverged:
        return None
    parts = np.array_split(np.array(training or [(0.0, seen.guessing)]), min(_PIECES, max(1, len(training))))
    epoch = max([training[-1][0] if training else 0.0, *(epoch for epoch, _ in seen.validation)])
    run = _Measured(
        spec,
        seen,
        np.array([part[:, 1].mean() for part in parts]),
        np.array([value for _, value in seen.validation]),
        epoch / seen.epochs,
    )
    for kind, rule in RULES.items():
        if rule(run):
            change = CURES[kind](spec)
            if not change or not _is_possible(spec, change):
                return None
            sentence = _sentence(kind, run, change, lambda loss: f"{loss * factor:.3g}")
            return Advice(kind, sentence, change, f"Try {in_words(spec, change)}")
    return None


def _is_possible(spec: RunSpec, change: Change) -> bool:
    try:
        return spec.changed(**change) != spec
    except UserError:  # beyond an option's limits
        return False


def in_words(spec: RunSpec, change: Change) -> str:
    """A change in few words, such as `rate 0.004, clipping 1`."""
    options = options_of(spec.task)
    return ", ".join(
        _WORDS.get(name, f"{options[name].label.lower()} {{}}").format(options[name].in_words(value))
        for name, value in change.items()
    )
