"""The presets that show something: trained as they are."""

import numpy as np
import pytest

from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.reviews import baseline, sources
from rnn_core.tasks.reviews.dataset import ReviewsDataset
from rnn_core.training.loop import Training
from rnn_core.training.protocol import Command

pytestmark = pytest.mark.slow


class _Tested:
    """A listener that keeps the outputs of the test."""

    def step(self, *_) -> None: ...
    def epoch(self, *_) -> None: ...
    def snapshot(self, *_) -> None: ...
    def command(self) -> Command:
        return Command()

    def test_result(self, step, epoch, values, outputs) -> None:
        self.accuracy, self.outputs = values["test_accuracy"], outputs


def trained(spec: RunSpec, settings) -> tuple[ReviewsDataset, _Tested]:
    dataset, tested = ReviewsDataset(spec, sources.load(spec.data.source, settings)), _Tested()
    Training(spec, dataset).run(tested)
    return dataset, tested


def test_twins_are_told_apart_by_a_network_and_not_by_counting(settings):
    dataset, tested = trained(spec_of("reviews", "twins"), settings)
    in_order = np.empty_like(tested.outputs)
    in_order[dataset.test_order] = tested.outputs
    accuracies = baseline.test_accuracies(dataset, in_order)
    assert tested.accuracy > 0.95 and accuracies["order_accuracy"] > 0.95
    assert accuracies["counting_order_accuracy"] == 0.5  # both twins get the same answer


def test_empty_places_erase_a_review_unless_they_are_few_or_masked(settings):
    spec = spec_of("reviews", "empty-places")
    assert trained(spec, settings)[1].accuracy < 0.6
    assert trained(spec.changed(masking=True), settings)[1].accuracy > 0.95
    assert trained(spec.changed(length=20), settings)[1].accuracy > 0.95  # at 30, rounding decides: 70 to 100 %
