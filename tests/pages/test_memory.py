"""The Memory page: what has to be remembered, sequences to try, and where the answer comes from."""

import pytest

from pages.parts.shell import services, session
from rnn_core.nn.prefix_predictions import predict_prefixes
from rnn_core.runs import checkpoints
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.memory.problems import PROBLEMS, vectors
from rnn_core.tasks.task import task_of
from tests.pages.helpers import button, labels, spec_key, texts

EXAMPLE = task_of("memory").example


def test_every_control_has_its_fixed_name(visit):
    at = visit("memory")
    assert not at.exception
    assert labels(at) >= {
        "Cell", "Units", "Bidirectional", "Dropout", "Recurrent dropout", "Epochs", "Batch size", "Learning rate", "Optimizer",
        "Seed", "Data", "Longest", "Pooling", "Training examples", "Train", "Timesteps to remember", "Another sequence",
    }  # fmt: skip
    assert "Embedding" not in labels(at)
    assert "**10,800** sequences to train on, **1,200** to validate, **4,000**" in texts(at) and 'aria-label="An example:' in texts(
        at
    )


@pytest.mark.parametrize("source", PROBLEMS)
def test_every_problem_is_explained_and_can_be_tried_when_it_is_trained(visit, source):
    at = visit("memory")
    at.selectbox(key=spec_key("memory", "source")).set_value(source).run()
    assert not at.exception and PROBLEMS[source].origin.split(":")[0] in texts(at)
    assert not button(at, "Train").disabled


def test_a_drawn_sequence_is_answered_as_the_network_answers_it(visit):
    at = visit("memory")
    problem, typed = PROBLEMS["first"], session.SEQUENCE("first").name
    first = at.session_state[typed]
    assert len(first.split()) == 41
    at.slider(key=session.DISTANCE("first", 40).name).set_value(60).run()
    sequence = at.session_state[typed]
    assert len(sequence.split()) == 61 and not at.exception
    numbers = [problem.symbols.index(name) + 1 for name in sequence.split()]
    network = checkpoints.network(services.store(), EXAMPLE, best=True)
    shares = probabilities(predict_prefixes(network, vectors(problem, numbers)).logits)[-1]
    assert f"After 61 timesteps: **{problem.answers[shares.argmax()]}**" in texts(at)
    assert f"The right answer is **{sequence[0]}**." in texts(at)
    button(at, "Another sequence").click().run()
    assert at.session_state[typed] != sequence


def test_an_own_sequence_is_read_and_has_no_known_answer(visit):
    at = visit("memory")
    at.text_input(key=session.SEQUENCE("first").name).set_value("c x y").run()
    assert "After 3 timesteps: **c**" in texts(at) and "The right answer" not in texts(at)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("", "The sequence is empty"), ("a q", "There is no symbol 'q' here. Known: a b c"), ("x " * 1601, "1,600 are read at most")],
)
def test_what_cannot_be_read_is_a_sentence(visit, typed, sentence):
    at = visit("memory")
    at.text_input(key=session.SEQUENCE("first").name).set_value(typed).run()
    assert not at.exception and sentence in "\n".join(error.value.replace("\\", "") for error in [*at.error, *at.warning])
    at.text_input(key=session.SEQUENCE("first").name).set_value("a").run()
    assert "After 1 timestep: " in texts(at)
