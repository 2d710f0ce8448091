"""Settings that the teacher sends: what the teacher chooses, what students see and use, and the two bands."""

import pytest
import streamlit as st

from pages.parts.classroom.send import spec_of_link
from pages.parts.shell import services, session
from rnn_core.errors import UserError
from rnn_core.tasks.task import task_names, task_of
from tests.conftest import COUNTING, each_task, one_task, tiny_spec
from tests.made_class import made_run
from tests.pages.helpers import button, spec_key, texts


@pytest.fixture
def three(class_mode, visit):
    """Ada, Ben and the teacher, with an engine that is closed."""
    visit()
    services.engine().close()
    people = services.store().people
    return people.enter("Ada"), people.enter("Ben"), people.enter_teacher(class_mode)


def open_form(visit, teacher):
    at = visit("class", teacher.id)
    at.session_state[session.CLASS_VIEW.name] = "send"
    return at.run()


def choose(at, half: int, choice: str, link: str = ""):
    at.session_state[session.SEND_CHOICE(half).name] = choice
    if link:
        at.session_state[session.SEND_LINK(half).name] = link
    return at.run()


def link_to(spec) -> str:
    return f"http://school:8501/page?run=gone&spec={spec.to_short()}"


def send(visit, teacher, *specs):
    at = open_form(visit, teacher)
    for half, spec in enumerate(specs):
        choose(at, half, "link", link_to(spec))
    button(at, "Send to the class").click().run()
    st.cache_data.clear()  # pages read it every two seconds
    return at


def notice(at) -> str:
    return "\n".join(markdown.value for markdown in at.markdown if "Your teacher sent" in markdown.value)


def test_students_see_nothing_until_something_is_sent(three, visit):
    ada, _, teacher = three
    at = visit("text", ada.id)
    assert not at.exception and not notice(at)
    at = open_form(visit, teacher)
    assert not at.exception and "Send two settings" in texts(at) and "Nothing changes until the student presses" in texts(at)


@each_task()
def test_a_preset_of_every_task_can_be_sent(three, visit, task):
    *_, teacher = three
    at = open_form(visit, teacher)
    choose(at, 0, f"preset.{task}.{next(iter(task_of(task).presets))}")
    button(at, "Send to the class").click().run()
    assert not at.exception and services.store().sent.newest().task == task and "Sent at" in texts(at)
    assert {"Withdraw", "Send to the class"} <= {b.label for b in at.button}


def test_the_form_shows_what_was_sent_after_the_page_was_loaded_again(three, visit):
    *_, teacher = three
    at = open_form(visit, teacher)
    choose(at, 0, "preset.memory.quick")
    choose(at, 1, "preset.memory.forgetful")
    button(at, "Send to the class").click().run()
    at = open_form(visit, teacher)
    shown = [at.selectbox(key=session.SEND_CHOICE(half).name).value for half in (0, 1)]
    assert shown == ["preset.memory.quick", "preset.memory.forgetful"]
    button(at, "Withdraw").click().run()
    assert open_form(visit, teacher).selectbox(key=session.SEND_CHOICE(0).name).value != "preset.memory.quick"


def test_the_form_offers_presets_of_all_tasks_and_the_teachers_own_runs(three, visit):
    ada, _, teacher = three
    made_run(services.store(), ada.id, tiny_spec(epochs=10))
    own = made_run(services.store(), teacher.id, tiny_spec(epochs=10, seed=9))
    at = open_form(visit, teacher)
    options = at.selectbox(key=session.SEND_CHOICE(0).name).options
    assert sum(option.startswith("My run: ") for option in options) == 1
    assert len(options) == 2 + sum(len(task_of(task).presets) for task in task_names())
    choose(at, 0, f"run.{own}")
    button(at, "Send to the class").click().run()
    assert services.store().sent.newest().specs == (tiny_spec(epochs=10, seed=9),)


def test_a_student_sees_it_on_every_page_and_uses_it_with_a_seed_of_their_own(three, visit):
    ada, ben, teacher = three
    send(visit, teacher, tiny_spec(units=24))
    for page in ("home", *task_names(), "runs", "class"):
        at = visit(page, ada.id)
        assert not at.exception and "GRU 24" in notice(at) and button(at, "Use these settings")
    assert not notice(visit("home", teacher.id))
    at = visit("text", ben.id)
    units, seed = at.number_input(key=spec_key("text", "units")), spec_key("text", "seed")
    assert units.value != 24  # nothing is changed before the press
    button(at, "Use these settings").click().run()
    assert not at.exception and at.number_input(key=units.key).value == 24 and at.number_input(key=seed).value == ben.number
    button(at, "Train").click().run()
    run = services.store().runs.newest(owner=ben.id, examples=False)[0]
    assert services.store().runs.spec(run.id) == tiny_spec(units=24, seed=ben.number)


def test_it_opens_the_page_of_a_task_without_a_view(three, visit, monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)
    ada, _, teacher = three
    send(visit, teacher, tiny_spec("counting", units=9))
    at = button(visit("home", ada.id), "Use these settings").click().run()
    assert not at.exception and at.number_input(key=spec_key("counting", "units")).value == 9


def test_half_of_the_class_gets_each(three, visit):
    ada, ben, teacher = three
    at = send(visit, teacher, tiny_spec(units=24), tiny_spec(units=25))
    assert not at.exception
    seen = [notice(visit("home", person.id)) for person in (ada, ben)]
    assert "GRU 24" in seen[0] and "GRU 25" in seen[1]
    assert seen == [notice(visit("home", person.id)) for person in (ada, ben)]  # it stays
    at = open_form(visit, teacher)
    assert texts(at).count("· 1 student") == 2


def test_a_withdrawn_setting_is_no_longer_seen(three, visit):
    ada, _, teacher = three
    at = send(visit, teacher, tiny_spec())
    assert notice(visit("home", ada.id))
    button(at, "Withdraw").click().run()
    st.cache_data.clear()
    assert not at.exception and "Withdrawn at" in texts(at) and not notice(visit("home", ada.id))


@one_task("digits")
def test_what_cannot_be_sent_is_refused_below_the_button(three, visit, task, monkeypatch):
    *_, teacher = three
    monkeypatch.setenv("RNN_MAX_EPOCHS", "5")
    st.cache_resource.clear()
    for specs, reason in (
        ((tiny_spec(), tiny_spec(task)), "different tasks"),
        ((tiny_spec(), tiny_spec(seed=3)), "the same settings"),
        ((tiny_spec(epochs=6),), "Epochs can be at most 5"),
    ):
        at = send(visit, teacher, *specs)
        assert not at.exception and reason in texts(at)
    assert services.store().sent.newest() is None


@pytest.mark.parametrize("link", ["", "nonsense", "http://school/text", "http://school/text?spec=1", "http://school/text?run=none"])
def test_a_link_without_settings_is_refused(visit, link):
    visit()
    with pytest.raises(UserError):
        spec_of_link(link)


def test_a_link_to_a_run_is_a_link_to_its_settings(visit):
    visit()
    run = made_run(services.store(), "", tiny_spec(epochs=10, units=18))
    assert spec_of_link(f"https://school/text?run={run}") == tiny_spec(epochs=10, units=18)


def test_only_the_teacher_sends_and_withdraws(three, visit):
    ada, _, teacher = three
    at = send(visit, teacher, tiny_spec())
    at.session_state[session.PERSON.name] = ada.id  # another tab has switched user
    button(at, "Withdraw").click().run()
    assert services.store().sent.newest().withdrawn is None


def test_two_groups_are_two_bands_and_nothing_is_claimed_where_they_overlap(three, visit):
    ada, ben, teacher = three
    store, first, second = services.store(), tiny_spec(epochs=10), tiny_spec(epochs=10, cell="lstm")
    send(visit, teacher, first, second)
    assert "No run with these settings has ended an epoch yet" in texts(open_form(visit, teacher))
    for seed, owner in enumerate((ada.id, ben.id), 1):
        made_run(store, owner, first.changed(seed=seed))
    st.cache_data.clear()
    assert "each needs at least 2 runs" in texts(open_form(visit, teacher)).replace("\\", "")
    for seed, owner in enumerate((ada.id, ben.id), 3):
        made_run(store, owner, second.changed(seed=seed))
    st.cache_data.clear()
    at = open_form(visit, teacher)
    said = at.get("vega_lite_chart")[0].proto.alt
    assert not at.exception and "B differs from A: Cell LSTM (A: GRU)" in said and "The bands overlap" in said
    assert "n = 2" in texts(at).replace("\u00a0", " ")


def test_bands_that_are_apart_say_which_group_is_better_and_how_often_chance_does_that(three, visit):
    *_, teacher = three
    store, first, second = services.store(), tiny_spec(epochs=10), tiny_spec(epochs=10, cell="lstm")
    send(visit, teacher, first, second)
    for seed in range(8):
        made_run(store, f"person {seed}", (second if seed % 2 else first).changed(seed=seed), level=0.0 if seed % 2 else 1.0)
    st.cache_data.clear()
    said = open_form(visit, teacher).get("vega_lite_chart")[0].proto.alt
    assert (
        "After epoch 10" in said
        and "Every run of B is better than every run of A; by chance alone, that happens once in 35 times." in said
    )


@one_task("digits")
def test_for_shares_a_higher_band_is_better(three, visit, task):
    *_, teacher = three
    first, second = tiny_spec(task, epochs=10), tiny_spec(task, epochs=10, cell="lstm")
    send(visit, teacher, first, second)
    for seed in range(4):
        made_run(
            services.store(), f"person {seed}", (second if seed % 2 else first).changed(seed=seed), level=0.0 if seed % 2 else -0.3
        )
    st.cache_data.clear()
    assert "Every run of B is better than every run of A" in open_form(visit, teacher).get("vega_lite_chart")[0].proto.alt
