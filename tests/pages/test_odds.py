"""The tab Next character: from logits to odds, and the surprise of what was read."""

import math

import numpy as np
import pytest

from pages.parts.shell import services, session
from pages.parts.tasks.text.odds import table
from rnn_core.cells.cell import softmax
from rnn_core.errors import UserError
from rnn_core.runs import checkpoints
from rnn_core.tasks.sampler import Sampling, probabilities
from rnn_core.tasks.task import task_of
from tests.pages.test_text_try import drawn, open_tab

EXAMPLE = task_of("text").example
LOGITS = np.array([2.0, -1.0, 3.0, 0.5, -np.inf, *[-4.0] * 10], np.float32)


@pytest.mark.parametrize("how", [Sampling(), Sampling(temperature=0.1), Sampling(temperature=2.0, top_k=2), Sampling(top_p=0.5)])
def test_each_column_follows_from_the_one_before(how):
    rows, others = table(LOGITS, how)
    assert [row["id"] for row in rows][:4] == [2, 0, 3, 1] and len(rows) == 10
    powers = np.array([row["power"] for row in rows])
    assert powers[0] == 1.0
    for row in rows:
        assert row["scaled"] == pytest.approx(row["logit"] / how.temperature)
        assert row["power"] == pytest.approx(math.exp(row["scaled"] - rows[0]["scaled"]))
        assert row["odds"] == pytest.approx(probabilities(LOGITS, how)[row["id"]])
    everything = np.exp((LOGITS - LOGITS.max()) / how.temperature).sum()
    assert [row["share"] for row in rows] == pytest.approx(powers / everything)
    assert others.startswith("4 others: ") and ("cut off" in others) == (how.top_k == 2 or how.top_p < 1)


def test_a_network_that_exploded_is_a_sentence():
    with pytest.raises(UserError, match="cannot write"):
        table(np.array([np.nan, 1.0]), Sampling())


def test_the_surprise_of_each_character_is_that_of_the_network(visit):
    at = visit("text")
    prompt = "A class ☃ is "
    at.text_area(key=session.PROMPT.name).set_value(prompt).run()
    at.session_state[session.STEPPED.name] = (prompt, "not")
    shown = drawn(open_tab(at, "Next character"), session.ODDS)
    assert not at.exception
    read = "A class  is not"  # without the character that the network never saw
    assert "".join(c["token"] for c in shown["text"]) == read and (shown["chosen"], shown["written"]) == (3, "not")
    writer = checkpoints.writer(services.store(), EXAMPLE, best=True)
    ids = writer.tokenizer.encode(read)
    chances = softmax(writer.network.run(ids[None])[0][0])
    expected = [-math.log2(chances[i, ids[i + 1]]) for i in range(len(ids) - 1)]
    assert shown["text"][0]["bits"] is None
    assert [c["bits"] for c in shown["text"]][1:] == pytest.approx(expected, abs=1e-3)
    assert shown["mean"] == pytest.approx(np.mean(expected), abs=1e-3) and shown["guess"] == pytest.approx(math.log2(103))
    logits, _ = writer.read(prompt + "not")
    assert [row["logit"] for row in shown["rows"]] == pytest.approx(sorted(logits, reverse=True)[:10], abs=1e-3)


def test_without_a_prompt_there_are_odds_and_no_surprise(visit):
    at = visit("text")
    at.text_area(key=session.PROMPT.name).set_value("").run()
    shown = drawn(open_tab(at, "Next character"), session.ODDS)
    assert not at.exception and (shown["text"], shown["mean"]) == ([], None) and len(shown["rows"]) == 10
