"""Where the gradient goes: seconds from one click to the picture of three cells, what is left of the gradient, what clipping is good for,
and how far back the example of text looks.

    python -m benchmarks.gradient
"""

import time
from dataclasses import dataclass, field

import numpy as np

from benchmarks import row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.cells import CELLS
from rnn_core.lessons import example
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints, variants
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store.kinds import GradientByTimestep
from rnn_core.runs.store.rows import FINISHED
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from rnn_core.settings import Settings
from rnn_core.spec.metrics import GRADIENT_NORM
from rnn_core.tasks.task import task_of
from rnn_core.tasks.text import corpora
from rnn_core.tasks.text.dataset import split
from rnn_core.tasks.text.look_back import changed_shares

WARM_SECONDS = 15  # for the spare worker
BACK = (20, 40, 63)  # timesteps
SEEDS = (1, 2, 3)
WIDTHS = (52, 14, 14, 14)


@dataclass
class Picture:
    """Seconds from the click until every cell has been measured: untrained, after an epoch, and at its end."""

    untrained: float = 0.0
    epoch: float = 0.0
    end: float = 0.0
    runs: dict[str, str] = field(default_factory=dict)


def picture(store: Store, settings: Settings, spec: RunSpec) -> Picture:
    engine = LocalEngine(store, settings).start()
    time.sleep(WARM_SECONDS)
    start = time.perf_counter()
    result = Picture(runs=dict(zip(CELLS, variants.start(variants.cells_of(spec), store, settings).runs, strict=True)))
    engine.wake()
    while not result.end:
        time.sleep(0.05)
        now, runs = time.perf_counter() - start, result.runs.values()
        probes = [len(store.events.positions(run, GradientByTimestep)) for run in runs]
        result.untrained = result.untrained or (now if min(probes) else 0.0)
        result.epoch = result.epoch or (now if min(probes) > 1 else 0.0)
        result.end = now if all(not store.runs.get(run).active for run in runs) else 0.0
    engine.close()
    return result


def left(store: Store, run: str, place: int) -> dict[int, float]:
    """What is left of the hidden state's gradient, by timesteps back: of the untrained network (`place` 0) or of the newest (-1)."""
    curve = store.events.read(run, GradientByTimestep)[place].curves[0]
    return dict(zip(curve["back"], curve["relative"], strict=True))


def three_cells(store: Store, settings: Settings) -> None:
    small = spec_of("digits", "forgetful", available=task_of("digits").examples("digits-8x8", settings), source="digits-8x8")
    specs = {
        "small digits, pixel by pixel": small, "Python reference, preset Quick": spec_of("text", "quick"),
        "a memory over 40 timesteps, preset Quick": spec_of("memory", "quick"),
    }  # fmt: skip
    for name, spec in specs.items():
        made = picture(store, settings, spec)
        row(f"\n{name}: all three cells", "untrained", "after an epoch", "at the end", widths=WIDTHS)
        row("seconds from the click", *(f"{seconds:.0f}" for seconds in (made.untrained, made.epoch, made.end)), widths=WIDTHS)
        for cell, run in made.runs.items():
            untrained, trained = left(store, run, 0), left(store, run, -1)
            for back in (back for back in BACK if back in untrained):
                label = f"{CELLS[cell].label}: left of the gradient {back} timesteps back"
                row(label, f"{untrained[back]:.2g}", "", f"{trained[back]:.2g}", widths=WIDTHS)


def exploding(store: Store, settings: Settings) -> None:
    row("\npreset Exploding", "largest norm", "validation", "", widths=WIDTHS)
    engine = LocalEngine(store, settings).start()
    for clip_norm in (0.0, 1.0):
        for seed in SEEDS:
            run = submit(spec_of("digits", "exploding").changed(clip_norm=clip_norm, seed=seed), store, settings)
            engine.wake()
            while store.runs.get(run).active:
                time.sleep(0.1)
            ended = store.runs.get(run)
            norm = max(p.high for p in store.events.points(run) if p.name == GRADIENT_NORM)
            accuracy = f"{ended.metrics['val_accuracy']:.1%}" if ended.state == FINISHED else ended.state
            row(f"clipping {clip_norm:g}, seed {seed}", f"{norm:.0f}", accuracy, "", widths=WIDTHS)
    engine.close()


def looks_back(store: Store, settings: Settings) -> None:
    run = example.run_of("text", store)
    spec, tokens = store.runs.spec(run.id), checkpoints.tokenizer(store, run.id)
    text = corpora.load(spec.data.source, spec.data.encoding, settings).text
    ids = tokens.encode(text[split(len(text), spec.data, spec.training.batch_size).train :])
    start = time.perf_counter()
    shares = [changed_shares(checkpoints.network(store, run.id), ids, seed) for seed in SEEDS]
    seconds = (time.perf_counter() - start) / len(SEEDS)
    row(f"\nthe example of text looks back ({seconds:.1f} s)", "lowest", "median", "highest", widths=WIDTHS)
    for distance in shares[0]:
        quantiles = np.quantile([share[distance] for share in shares], (0, 0.5, 1))
        row(f"likeliest character changes, {distance} places back", *(f"{q:.1%}" for q in quantiles), widths=WIDTHS)


def main() -> None:
    with scratch_home():
        settings = settings_of.load()
        store = Store.of(settings)
        example.install(store)
        looks_back(store, settings)
        exploding(store, settings)
        three_cells(store, settings)


if __name__ == "__main__":
    main()
