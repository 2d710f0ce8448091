"""The step of a series: how far apart its dates are, and where dates are missing."""

from dataclasses import dataclass

import numpy as np

DAY = 86_400  # seconds
_FEWEST_PRESENT = 0.8  # share of a regular series that must be there; with more gaps, each row counts as one step


@dataclass(frozen=True)
class Step:
    name: str  # of one step
    seconds: int = 0  # of a step of constant length; 0 for months, working days and unequal steps
    months: int = 0
    periods: tuple[int, ...] = ()  # timesteps of usual seasons, the shortest first


UNEQUAL = Step("row")
WORKING_DAY = Step("working day", periods=(5, 252))
_REGULAR = (
    Step("second", 1, periods=(60,)), Step("minute", 60, periods=(60,)), Step("5 minutes", 300, periods=(288,)), Step("10 minutes", 600, periods=(144,)),
    Step("15 minutes", 900, periods=(96,)), Step("half hour", 1800, periods=(48, 336)), Step("hour", 3600, periods=(24, 168)), Step("3 hours", 10_800, periods=(8,)),
    Step("6 hours", 21_600, periods=(4,)), Step("12 hours", 43_200, periods=(2,)), Step("day", DAY, periods=(7, 365)), Step("week", 7 * DAY, periods=(52,)),
)  # fmt: skip
_MONTHS = (Step("month", months=1, periods=(12,)), Step("quarter", months=3, periods=(4,)), Step("year", months=12))


def step_of(dates: np.ndarray) -> Step:
    """The step of ascending dates (rows,) datetime64[s]."""
    if len(dates) < 3:
        return UNEQUAL
    seconds = np.diff(dates.astype("int64"))
    usual = int(np.median(seconds))
    if usual == DAY and _weekdays_only(dates):
        return WORKING_DAY
    for step in _REGULAR:
        if step.seconds == usual and (seconds % usual == 0).all() and len(dates) >= _FEWEST_PRESENT * (1 + seconds.sum() // usual):
            return step
    months = np.diff(dates.astype("datetime64[M]").astype(int))
    for step in _MONTHS:
        if int(np.median(months)) == step.months and (months > 0).all() and (months % step.months == 0).all():
            return step if len(dates) >= _FEWEST_PRESENT * (1 + months.sum() // step.months) else UNEQUAL
    return UNEQUAL


def _weekdays_only(dates: np.ndarray) -> bool:
    return bool(((dates.astype("datetime64[D]").astype(int) + 3) % 7 < 5).all())  # day 0 of the epoch was a Thursday


def places(dates: np.ndarray, step: Step) -> np.ndarray:
    """The timestep of each date: ascending from 0, with a gap wherever dates are missing. Working days have holidays, not gaps."""
    if step.seconds:
        return (dates - dates[0]).astype("int64") // step.seconds
    if step.months:
        months = dates.astype("datetime64[M]").astype(int)
        return (months - months[0]) // step.months
    return np.arange(len(dates))


def following(last: np.datetime64, step: Step, count: int, usual_seconds: int) -> np.ndarray:
    """The `count` dates after `last`; unequal steps go on with the usual one."""
    ahead = np.arange(1, count + 1)
    if step.months:
        month = last.astype("datetime64[M]")
        return (month + step.months * ahead).astype("datetime64[s]") + (last - month.astype("datetime64[s]"))
    if step == WORKING_DAY:
        return np.busday_offset(last.astype("datetime64[D]"), ahead, roll="backward").astype("datetime64[s]")
    return last + (ahead * (step.seconds or usual_seconds)).astype("timedelta64[s]")
