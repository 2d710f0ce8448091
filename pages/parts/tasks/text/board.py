"""What stands under a curve on the class board: what the network wrote at its best epoch."""

from pages.parts.run.board_entry import BoardEntry
from pages.parts.shell import services
from pages.parts.shell.formatting import epoch_number
from rnn_core.runs.store.kinds import Sample
from rnn_core.runs.store.overview import Seat

_LETTERS = 400  # more than a tile shows


def best_sample(seat: Seat) -> BoardEntry | None:
    """The sample at the epoch of the lowest validation loss, before the first validation the newest; None before the first sample."""
    samples = services.store().events.positions(seat.run.id, Sample)
    if not samples:
        return None
    best = seat.best[0] if seat.best else samples[-1].epoch
    position = next((sample for sample in reversed(samples) if sample.epoch <= best + 1e-6), samples[0])
    sample = services.store().events.at(seat.run.id, Sample, position.step)
    if sample is None:  # damaged
        return None
    lines = "\n".join(line for line in sample.text.splitlines() if line.strip())
    return BoardEntry(lines.strip()[:_LETTERS], f"sample, epoch {epoch_number(sample.epoch)}", written=True)
