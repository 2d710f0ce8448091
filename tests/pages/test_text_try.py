"""Trying a text network: writing, choosing character by character, four temperatures, and the live sample."""

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.shell import services, session
from pages.parts.shell.formatting import percent
from pages.parts.tasks.text.steps import MOST
from rnn_core.runs import checkpoints
from rnn_core.runs.store.kinds import Sample
from rnn_core.runs.submit import submit
from rnn_core.tasks.sampler import Sampling, probabilities
from rnn_core.tasks.task import task_of
from rnn_core.tasks.text.repetition import repeated_share
from tests.conftest import tiny_spec
from tests.pages.helpers import button, ended, texts

EXAMPLE = task_of("text").example


def drawn(at: AppTest, key: session.Key) -> dict:
    """What the component with this key was given."""
    return json.loads(next(e.proto.json for e in at.get("bidi_component") if e.proto.id.endswith(f"-{key.name}")))


def open_tab(at: AppTest, name: str) -> AppTest:
    at.session_state[session.TRY_TAB.name] = name
    return at.run()


def test_unseen_characters_are_named_and_temperature_bends_the_odds(visit):
    at = visit("text")
    at.text_area(key=session.PROMPT.name).set_value("the ☃ class").run()
    assert "Skipped, never seen: ☃" in texts(at)
    at.slider(key=session.SAMPLING("temperature").name).set_value(0.3).run()
    assert not at.exception
    open_tab(at, "Temperatures")
    for name, temperatures in (("Compare four temperatures", (0.3, 0.6, 0.9, 1.2)), ("Dull and wild", (0.1, 0.5, 0.8, 2.0))):
        button(at, name).click().run()
        epoch, prompt, shown = at.session_state[session.COMPARED(EXAMPLE).name]
        assert re.fullmatch(r"epoch \d+", epoch) and prompt == "the ☃ class" and tuple(shown) == temperatures
        assert len(set(shown.values())) == 4
        for place, temperature in enumerate(temperatures):
            share = percent(repeated_share(shown[temperature]))
            assert f"**Temperature {temperature}** · {share} repeated" in texts(at)
            assert drawn(at, session.TEXT_BOX(f"temperature.{place}"))["written"] == shown[temperature]
    assert repeated_share(shown[0.1]) > repeated_share(shown[0.8])  # the likeliest text is the dullest
    assert f"{percent(repeated_share(shown[0.1]))} repeated at 0.1, {percent(repeated_share(shown[0.8]))} at 0.8." in texts(at)


def test_generated_text_is_never_markdown_or_html(visit):
    at = visit("text")
    at.text_area(key=session.PROMPT.name).set_value("<b>**bold**</b> [x](y)").run()
    button(at, "Generate").click().run()
    assert drawn(at, session.TEXT_BOX("written"))["prompt"] == "<b>**bold**</b> [x](y)"  # text_box.js sets `textContent` only
    assert not any("**bold**" in element.value for kind in (at.markdown, at.caption) for element in kind)


def test_what_is_typed_is_read_the_way_the_corpus_was(visit):
    at = visit("text")
    at.text_area(key=session.PROMPT.name).set_value("cafe\u0301s").run()
    assert "Skipped, never seen: é" in texts(at)  # one character, not a lonely accent


def test_a_new_text_appears_bit_by_bit_once(visit):
    at = visit("text")
    button(at, "Generate").click().run()
    _, prompt, written = at.session_state[session.WRITTEN(EXAMPLE).name]
    box = drawn(at, session.TEXT_BOX("written"))
    assert (box["prompt"], box["written"], box["reveal"]) == (prompt, written, True)
    assert not drawn(at.run(), session.TEXT_BOX("written"))["reveal"]


def test_the_first_prompt_is_the_beginning_of_the_runs_text(visit):
    at = visit("text")
    prompt = at.text_area(key=session.PROMPT.name)
    assert re.fullmatch(r"[A-Z]\w+( \w+)+ ", prompt.value)  # the Python reference: the words depend on Python's version
    run = trained()
    other = visit("text", run=run)
    assert other.text_area(key=session.PROMPT.name).value == "It was the best of "
    at.run()
    at.selectbox(key=session.RUN_CHOICE.name).set_value(run).run()
    assert at.text_area(key=session.PROMPT.name).value == "It was the best of "  # nothing was typed


@pytest.mark.parametrize("typed", ["mine", ""])
def test_what_was_typed_stays_when_the_run_changes(visit, typed):
    at = visit("text")
    at.text_area(key=session.PROMPT.name).set_value(typed).run()
    run = trained()
    at.run()
    at.selectbox(key=session.RUN_CHOICE.name).set_value(run).run()
    assert at.query_params["run"] == run
    assert at.text_area(key=session.PROMPT.name).value == typed


def test_the_first_prompt_where_the_text_is_gone(visit, data_dir):
    visit()
    run = trained(source="tiny")
    (data_dir / "tiny.txt").unlink()
    at = visit("text", run=run)
    assert not at.exception and at.text_area(key=session.PROMPT.name).value == ""  # its vocabulary has no T


def trained(**options) -> str:
    run = submit(tiny_spec(**options), services.store(), services.settings())
    services.engine().wake()
    assert ended(run).state == "finished"
    return run


def step_by_step(at: AppTest) -> dict:
    assert not at.exception
    return drawn(at, session.STEPPER)


def test_step_by_step_shows_the_probabilities_after_what_was_chosen(visit):
    at = open_tab(visit("text"), "Step by step")
    prompt = at.text_area(key=session.PROMPT.name).value
    first = step_by_step(at)
    assert first["written"] == [] and len(first["candidates"]) == 8
    chosen = first["candidates"][2]
    at.session_state[session.STEPPED.name] = (prompt, chosen["token"])
    second = step_by_step(at.run())
    assert second["written"] == [chosen]
    writer = checkpoints.writer(services.store(), EXAMPLE)
    expected = probabilities(writer.read(prompt + chosen["token"])[0], Sampling())
    tokens = [candidate["token"] for candidate in second["candidates"]]
    assert tokens == [writer.tokenizer.tokens[i] for i in (-expected).argsort()[:8]]
    assert [c["probability"] for c in second["candidates"]] == pytest.approx(sorted(expected)[::-1][:8], rel=1e-4)
    assert second["drawn"]["token"] in writer.tokenizer.tokens


def test_step_by_step_follows_temperature_and_top_k(visit):
    at = open_tab(visit("text"), "Step by step")
    before = step_by_step(at)["candidates"][0]["probability"]
    at.slider(key=session.SAMPLING("temperature").name).set_value(0.2).run()
    assert step_by_step(at)["candidates"][0]["probability"] > before
    open_tab(at, "Write").number_input(key=session.SAMPLING("top_k").name).set_value(1).run()
    steps = step_by_step(open_tab(at, "Step by step"))
    assert len(steps["candidates"]) == 1 and steps["others"] == ""
    assert steps["drawn"] == steps["candidates"][0] and steps["drawn"]["percent"] == ">99%"
    at.session_state[session.STEPPED.name] = (steps["prompt"], "\n\n")
    assert step_by_step(at.run())["written"][1]["surprise"] is None  # top-k excludes it


@pytest.mark.parametrize("prompt, written", [("another", "abc"), (None, "\u2603"), (None, "\ufffd")])
def test_steps_after_another_prompt_or_of_another_vocabulary_are_none(visit, prompt, written):
    at = open_tab(visit("text"), "Step by step")
    prompt = at.text_area(key=session.PROMPT.name).value if prompt is None else prompt
    at.session_state[session.STEPPED.name] = (prompt, written)
    assert step_by_step(at.run())["written"] == []
    assert at.session_state[session.STEPPED.name][1] == ""


def test_steps_end_when_the_prompt_changes(visit):
    at = open_tab(visit("text"), "Step by step")
    prompt = at.text_area(key=session.PROMPT.name)
    first = prompt.value
    at.session_state[session.STEPPED.name] = (first, "abc")
    assert len(step_by_step(at.run())["written"]) == 3
    prompt.set_value("Another").run()
    assert step_by_step(at)["written"] == []
    prompt.set_value(first).run()
    assert step_by_step(at)["written"] == []


def test_the_longest_chosen_text_can_be_drawn(visit):
    at = open_tab(visit("text"), "Step by step")
    prompt = at.text_area(key=session.PROMPT.name).value
    at.session_state[session.STEPPED.name] = (prompt, "a" * MOST)
    steps = step_by_step(at.run())
    assert len(steps["written"]) == steps["most"] == MOST


def live_page() -> None:
    import streamlit as st

    from pages.parts.shell import services
    from pages.parts.tasks.view import view_of

    view_of("text").live(services.store().runs.get(st.query_params["run"]))


def visit_live(run: str) -> AppTest:
    at = AppTest.from_function(live_page, default_timeout=60)
    at.query_params["run"] = run
    return at.run()


def live_sample(at: AppTest, run: str) -> dict:
    assert not at.exception
    return drawn(at, session.LIVE_SAMPLE(run))


def test_the_live_sample_is_the_newest_until_another_is_chosen_and_again_on_request(visit):
    visit()
    run = submit(tiny_spec(), services.store(), services.settings(), kept_for=60)
    at = visit_live(run)
    none = live_sample(at, run)
    assert (none["stops"], none["step"], none["text"], none["active"]) == ([], None, "", True)

    def add(step: int) -> dict:
        services.store().events.record(run, events=[Sample(step, step / 32, f"sample {step}")])
        return live_sample(at.run(), run)

    assert add(0)["text"] == "sample 0"
    assert add(32)["text"] == "sample 32"
    at.session_state[session.LIVE_STEP(run).name] = 0
    earlier = live_sample(at.run(), run)
    assert (earlier["text"], earlier["follows"], earlier["stops"]) == ("sample 0", False, [[0, 0.0], [32, 1.0]])
    assert add(64)["text"] == "sample 0"  # a new sample does not take away what the person looks at
    at.session_state[session.LIVE_STEP(run).name] = None
    assert add(96)["text"] == "sample 96"


@pytest.mark.parametrize("nonsense", [7, "x", [1], {}])
def test_a_step_that_live_js_never_sends_follows_the_newest(visit, nonsense):
    visit()
    run = submit(tiny_spec(), services.store(), services.settings(), kept_for=60)
    services.store().events.record(run, events=[Sample(step, step / 32, f"sample {step}") for step in (0, 32)])
    at = visit_live(run)
    at.session_state[session.LIVE_STEP(run).name] = nonsense
    sample = live_sample(at.run(), run)
    assert sample["follows"] and sample["text"] == "sample 32"


def test_a_tick_of_a_long_run_sends_few_stops(visit):
    visit()
    run = submit(tiny_spec(), services.store(), services.settings(), kept_for=60)
    services.store().events.record(run, events=[Sample(step, step / 32, f"sample {step}") for step in range(2000)])
    at = visit_live(run)
    at.session_state[session.LIVE_STEP(run).name] = 1001
    sample = live_sample(at.run(), run)
    steps = [step for step, _ in sample["stops"]]
    assert len(steps) <= 302 and steps == sorted(steps) and {0, 1001, 1999} <= set(steps) and sample["text"] == "sample 1001"


def test_closed_options_keep_what_was_chosen(visit):
    at = visit("text")
    at.number_input(key=session.SAMPLING("top_k").name).set_value(1).run()
    at.session_state[session.MORE_SAMPLING.name] = False
    at.run()
    assert session.SAMPLING("top_k").name not in {widget.key for widget in at.number_input}
    written = []
    for seed in (1, 2):  # the likeliest character, whatever the dice
        at.session_state[session.SAMPLING("seed").name] = seed
        button(at, "Generate").click().run()
        assert not at.exception
        written.append(at.session_state[session.WRITTEN(EXAMPLE).name][2])
    assert written[0] == written[1]
