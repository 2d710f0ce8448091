"""Which features of a text the units of a network follow: it is trained on Python source for two epochs, and reads what it was not trained on.

python -m benchmarks.neurons
"""

from benchmarks import row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.nn.network import Network
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.task import task_of
from rnn_core.tasks.text import corpora
from rnn_core.tasks.text.neurons import FEATURES, followers
from rnn_core.training.protocol import Command

WIDTHS = (24, 10, 8, 14)


class _Silent:
    """A listener that lets the training go on to its end."""

    def step(self, *_) -> None: ...
    def epoch(self, *_) -> None: ...
    def snapshot(self, *_) -> None: ...
    def test_result(self, *_) -> None: ...
    def command(self) -> Command:
        return Command()


def main() -> None:
    from rnn_core.training.loop import Training

    spec = RunSpec.from_options("text", source="python-source", cell="lstm", units=128, epochs=2, schedule="constant")
    with scratch_home():
        settings = settings_of.load()
        dataset = task_of(spec.task).dataset(spec, None, settings, False)
        training = Training(spec, dataset)
        training.run(_Silent())
        text = corpora.load(spec.data.source, spec.data.encoding, settings).text[dataset.split.train :]
    found = followers(Network(spec.model, training.trainer.weights()), dataset.vocabulary, text, most=1)
    row("feature", "state", "unit", "correlation", widths=WIDTHS)
    for name, (best, *_) in found.items():
        row(FEATURES[name].label, best.state, best.unit, f"{best.correlation:+.2f}", widths=WIDTHS)


if __name__ == "__main__":
    main()
