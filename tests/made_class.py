"""A class in the store without any training: people, and for each of them a run with a made-up curve."""

import math
import os
import random

from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.kinds import Sample
from rnn_core.runs.store.people import Person
from rnn_core.runs.store.rows import FINISHED, Point
from rnn_core.runs.store.store import Store
from rnn_core.spec.metrics import METRICS
from rnn_core.tasks.task import task_names, task_of
from tests.conftest import tiny_spec

NAMES = (
    "Ada", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gil", "Hana", "Ivo", "Jun", "Kira", "Leo", "Mia", "Nils", "Olga", "Paul", "Quinn", "Rosa",
    "Sami", "Tara", "Udo", "Vera", "Wim", "Xenia", "Yuki", "Zoe", "Amir", "Bela", "Chloe", "Maximiliane-Alexandra M.",
)  # fmt: skip
EPOCHS = 10
_TEXT = (
    "ROMEO:\nWhat light is this, that through the window breaks? <b>It is</b> the east, and I have seen the sun of all the world."
)


def made_class(store: Store, count: int) -> list[Person]:
    """So many people, the first of whom have signed in already; each new one but every seventh gets a run."""
    known = list(store.people.all().values())
    people = known + [store.people.enter(name) for name in NAMES[len(known) : count]]
    for place, person in enumerate(people[len(known) :], len(known)):
        if place % 7 != 6:
            made_run(
                store, person.id, tiny_spec(task_names()[place % len(task_names())], epochs=EPOCHS, seed=place), ends=place % 5 != 4
            )
    return people


def made_run(store: Store, owner: str, spec: RunSpec, epochs: int | None = None, ends: bool = True, level: float = 0.0) -> str:
    """A run with a curve and samples; it has finished, or waits in the queue for this process. `level` is added to its values."""
    run_id = store.runs.add(spec, "Made up", owner=owner, kept_for=os.getpid())
    dice, done = random.Random(spec.seed), epochs or (spec.training.epochs if ends else spec.training.epochs // 2)
    points, metrics = [], {}
    for name in task_of(spec.task).metrics:
        falls = METRICS[name].lower_is_better
        for step in range(1, 10 * done + 1):
            value = (
                (0.7 + 1.8 * math.exp(-step / 25) if falls else 0.97 - 0.8 * math.exp(-step / 20))
                + dice.uniform(-0.02, 0.02)
                + level
            )
            points.append(Point(name, step, step / 10, step / 10, value, value, value))
            if step % 10 == 0:
                points.append(Point(f"val_{name}", step, step / 10, step / 10, value, value, value))
                metrics[f"val_{name}"] = value
    samples = (
        [Sample(10 * epoch, epoch, f"{_TEXT[: 12 * epoch]} …") for epoch in range(1, done + 1)]
        if task_of(spec.task).generates
        else []
    )
    store.events.record(run_id, points, samples, metrics, step=10 * done, steps=10 * spec.training.epochs, epoch=done, seconds=done)
    if ends:
        store.lifecycle.end(run_id, FINISHED)
    return run_id
