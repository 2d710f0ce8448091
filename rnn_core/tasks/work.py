"""What one epoch of a run reads, known from its spec and its data: what its price is estimated from."""

from rnn_core.estimate import Work
from rnn_core.run_spec import RunSpec
from rnn_core.spec.shape import Shape
from rnn_core.tasks.digits.dataset import DigitsTask
from rnn_core.tasks.reviews.dataset import ReviewsTask
from rnn_core.tasks.text import dataset as text


def of_text(spec: RunSpec, counts: text.Counts) -> Work:
    split = text.split(counts.length, spec.data, spec.training.batch_size)
    tokens = len(counts.vocabulary(spec.data.vocabulary))
    timesteps = min(spec.data.sequence_length, -(-split.train // split.streams))
    return Work(
        Shape(tokens, tokens=tokens, every_step=True), split.streams, timesteps, split.steps, data_mb=7 * counts.length / 1e6
    )


def of_digits(task: DigitsTask) -> Work:
    megabytes = 1.4 * sum(part.nbytes for part in (task.digits.train, task.digits.test)) / 1e6
    return Work(task.shape, task.batch, task.timesteps, task.steps, megabytes)


def of_reviews(task: ReviewsTask) -> Work:
    words = len(task.reviews.train.ranks) + len(task.reviews.test.ranks)
    return Work(task.shape, task.batch, task.timesteps, task.steps, 12 * words / 1e6)
