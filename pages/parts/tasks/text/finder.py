"""On the Inside page: the neuron finder, which ranks the units of a layer by what they follow in the run's own text."""

from collections.abc import Iterator

from pages.parts.run.weights import epoch_of, network_of
from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.csv_button import csv_button
from pages.parts.shell.errors import show_errors
from pages.parts.tasks.reading import Followed, Following
from pages.parts.tasks.text.corpus import parts_of
from rnn_core.errors import UserError
from rnn_core.runs import checkpoints
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.text.neurons import FEATURES, followers


def finder(run: Run, weights: Weights, layer: int) -> Following | None:
    """Draw the button, and what it has measured as CSV; returns it for the picture, None before the first press."""
    measured = session.FOLLOWING(run.id, layer)
    if button(
        "What do units follow?", icon=":material/search:", width="stretch",
        help="Ranks the units of this layer by how well they follow line breaks, quotes, indentation and more, in the part of the text that "
        "the network was not trained on. Takes a second or two.",
    ):  # fmt: skip
        try:
            measured.set(Following(epoch_of(run.id, weights), _followed(run.id, weights, layer)))
        except UserError as error:
            show_errors(error)
    if found := measured.get():
        csv_button(
            lambda: _rows(found), f"units-{run.id[:8]}.csv", "The correlation of each ranked unit with each feature.",
            "Ranked units as CSV", width="stretch",
        )  # fmt: skip
    return found


def _followed(run_id: str, weights: Weights, layer: int) -> tuple[Followed, ...]:
    vocabulary = checkpoints.tokenizer(services.store(), run_id)
    found = followers(network_of(run_id, weights), vocabulary, parts_of(run_id)[1], layer)
    if not found:
        raise UserError("The part of the text that validates is too short to rank units. Train on a longer text.")
    return tuple(
        Followed(FEATURES[name].label, FEATURES[name].help, tuple((unit.unit, unit.state, unit.correlation) for unit in units))
        for name, units in found.items()
    )


def _rows(found: Following) -> Iterator[tuple]:
    yield "feature", "unit", "state", "correlation"
    for feature in found.features:
        yield from ((feature.label, unit, state, f"{share:.6f}") for unit, state, share in feature.units)
