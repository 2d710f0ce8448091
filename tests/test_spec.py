import json

import pytest

from rnn_core.errors import UserError
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.settings import Settings
from rnn_core.spec.model import LayerSpec, ModelSpec
from rnn_core.tasks.task import task_names, task_of

VARIED = RunSpec.from_options(
    layers=[{"cell": "lstm", "units": 32, "dropout": 0.1}, {"cell": "rnn", "units": 7, "recurrent_dropout": 0.25}],
    source="my file_ü-1.txt", learning_rate=1e-5, clip_norm=0.0, seed=0, schedule="constant",
)  # fmt: skip


WHOLE = [
    RunSpec(),
    VARIED,
    *(spec_of(task, name) for task, presets in ((name, task_of(name).presets) for name in task_names()) for name in presets),
]


@pytest.mark.parametrize("spec", WHOLE, ids=lambda spec: f"{spec.task} {spec.title}")
def test_json_and_the_short_form_come_back_the_same(spec):
    assert RunSpec.from_json(spec.to_json()) == spec
    assert RunSpec.from_short(spec.to_short()) == spec


def test_the_short_form_needs_no_quoting_but_for_the_star():
    assert set(VARIED.to_short()) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*")


def test_the_short_form_names_every_value_that_is_not_zero():
    """A later change of a default must not change the meaning of an old link."""
    for task in task_names():
        spec = RunSpec.from_options(task)
        for name, option in options_of(task).items():
            if spec.flat()[name] and name not in LayerSpec.__dataclass_fields__:
                assert f"_{option.code}-" in spec.to_short(), name


def test_a_link_says_what_is_off_by_leaving_it_out():
    spec = RunSpec.from_options("reviews", masking=False, dropout=0.0)
    assert "mask" not in spec.to_short() and RunSpec.from_short(spec.to_short()) == spec


def test_a_spec_names_only_the_options_of_its_task():
    assert "embedding" not in RunSpec.from_options("digits").to_json()
    assert "pooling" not in RunSpec.from_options("text").to_json()
    with pytest.raises(UserError, match="The task 'digits' has no option called 'vocabulary'"):
        RunSpec.from_options("digits", vocabulary=100)
    with pytest.raises(UserError, match="The data of digits must be a DigitsData"):
        RunSpec(task="digits")


def test_a_preset_keeps_its_layers_and_what_is_turned_on_top_is_turned_on_all():
    course = spec_of("digits", "course")
    assert [(y.activation, y.dropout) for y in course.model.layers] == [("relu", 0.2), ("relu", 0.1)]
    assert [(d.units, d.activation, d.dropout) for d in course.model.dense] == [(32, "relu", 0.2)]
    turned = spec_of("digits", "course", cell="gru")
    assert [y.cell for y in turned.model.layers] == ["gru", "gru"] and turned.model.dense == course.model.dense


def test_a_preset_about_its_own_data_keeps_it():
    assert spec_of("reviews", "four-sentences", source="imdb").data.source == "four-sentences"
    assert spec_of("reviews", "bilstm", source="review-language").data.source == "review-language"


EARLIER = [  # (task, name, earlier name, a value, another value)
    ("text", "source", "corpus", "shakespeare", "python-source"),
    ("digits", "source", "dataset", "mnist", "digits-8x8"),
    ("reviews", "source", "dataset", "imdb", "review-language"),
    ("digits", "pooling", "read_out", "max", "mean"),
    ("reviews", "pooling", "read_out", "max", "mean"),
]


@pytest.mark.parametrize("task, name, earlier, value, other", EARLIER)
def test_an_earlier_name_means_the_same(task, name, earlier, value, other):
    spec = RunSpec.from_options(task, **{name: value})
    tree = spec.to_json().replace(f'"{name}"', f'"{earlier}"')
    assert tree != spec.to_json() and RunSpec.from_json(tree) == spec
    assert RunSpec.from_options(task, **{earlier: value}) == RunSpec.from_options(task, **{earlier: value, name: value}) == spec
    assert RunSpec.from_options(task, **{name: other}).changed(**{earlier: value}) == spec
    assert spec_of(task, **{earlier: value}) == spec_of(task, **{name: value})


@pytest.mark.parametrize("task, name, earlier, value, other", EARLIER)
def test_an_earlier_name_cannot_say_something_else(task, name, earlier, value, other):
    spec = RunSpec.from_options(task, **{name: value})
    twice = spec.to_json().replace(f'"{name}"', f'"{earlier}": "{other}", "{name}"')
    for make in (
        lambda: RunSpec.from_json(twice),
        lambda: RunSpec.from_options(task, **{name: value, earlier: other}),
        lambda: spec.changed(**{earlier: other, name: value}),
    ):
        with pytest.raises(UserError, match=f"{earlier} is an earlier name of {name}, and the two have different values"):
            make()


def test_an_earlier_name_is_shown_nowhere():
    for task, _, earlier, *_ in EARLIER:
        assert earlier not in RunSpec.from_options(task).to_json() and earlier not in options_of(task)
    with pytest.raises(UserError, match="The task 'text' has no option called 'dataset'"):
        RunSpec.from_options("text", dataset="imdb")


@pytest.mark.parametrize("damaged", ["", "nonsense", "task-text", "task-text_layer-gru-16", "task-text_zz-1", "task-chess_seed-1"])
def test_a_damaged_link_is_a_problem(damaged):
    with pytest.raises(UserError):
        RunSpec.from_short(damaged)


@pytest.mark.parametrize("change, sentence", [
    ({"units": 0}, "Units must be a whole number from 1 to 2,048; it is 0."),
    ({"units": 2.5}, "Units must be a whole number"),
    ({"units": None}, "Units must be a whole number"),
    ({"units": True}, "Units must be a whole number"),
    ({"learning_rate": float("nan")}, "Learning rate must be a number"),
    ({"dropout": 1.0}, "Dropout must be a number from 0.0 to 0.9"),
    ({"cell": "transformer"}, "Cell must be one of rnn, lstm, gru; it is 'transformer'."),
    ({"seed": 10**400}, "Seed must be a whole number from 0"),
    ({"source": ""}, "Data must be a name"),
    ({"layers": 5}, "Layers must be a whole number from 1 to 4; it is 5."),
    ({"layers": []}, "Layers must be a whole number from 1 to 4; it is 0."),
    ({"bidirectional": True}, "Bidirectional cannot generate text"),
])  # fmt: skip
def test_an_impossible_spec_names_the_field(change, sentence):
    with pytest.raises(UserError, match=sentence.replace("(", r"\(")):
        RunSpec.from_options(**change)


def test_each_fault_gets_one_sentence():
    with pytest.raises(UserError) as caught:
        RunSpec.from_options(units=0, epochs=0, layers=2)
    assert [s.split(" must")[0] for s in caught.value.sentences] == ["Epochs", "Layer 1: Units", "Layer 2: Units"]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"tasks": "text"}',
        '{"model": {"layers": 3}}',
        '{"model": {"layers": [{"unit": 1}]}}',
        '{"task": ["text"]}',
        '{"seed": 1' + 5000 * "0" + "}",
    ],
)
def test_a_bad_file_is_a_problem(text):
    with pytest.raises(UserError):
        RunSpec.from_json(text)


def test_whole_numbers_may_be_written_with_a_point():
    assert RunSpec.from_json(json.dumps({"training": {"epochs": 3.0}})).training.epochs == 3


def test_changed_turns_only_what_it_is_told():
    assert VARIED.changed(epochs=3).model == VARIED.model
    assert [layer.units for layer in VARIED.changed(units=9).model.layers] == [9, 9]
    assert [layer.cell for layer in VARIED.changed(layers=3).model.layers] == ["lstm", "rnn", "rnn"]


def test_dense_layers_are_kept():
    spec = RunSpec.from_options(dense=[{"units": 7, "dropout": 0.5}])
    assert spec.model.dense[0].units == 7
    assert RunSpec.from_short(spec.to_short()) == spec and spec.changed(units=9).model.dense == spec.model.dense
    with pytest.raises(UserError, match="Layers must be"):
        spec.changed(layers=-1)


def test_limits_of_the_machine_are_told_apart_from_impossible_ones():
    spec = RunSpec.from_options(epochs=50)
    assert spec.limit_errors(Settings(max_epochs=50)) == []
    assert "at most 20 here" in spec.limit_errors(Settings(max_epochs=20))[0]


def test_every_option_has_a_label_a_help_and_limits_or_choices():
    for task in task_names():
        codes = [option.code for name, option in options_of(task).items() if name not in LayerSpec.__dataclass_fields__]
        assert len(set(codes)) == len(codes)
        for name, option in options_of(task).items():
            assert option.label and len(option.help) > 20, name
            assert option.error(option.default) is None, name
            assert option.kind in (str, bool) or (option.low is not None and option.high is not None), name


def test_an_option_of_several_tasks_has_one_type():
    """The command line has one option for it."""
    kinds = [(name, option.kind) for task in task_names() for name, option in options_of(task).items()]
    assert len(set(kinds)) == len({name for name, _ in kinds})


def test_title_says_what_the_network_is():
    assert RunSpec(model=ModelSpec((LayerSpec(units=64),) * 2)).title == "2 × GRU 64"
    assert VARIED.title == "LSTM 32 + SimpleRNN 7"


def test_a_preset_makes_enough_steps_where_there_are_few_examples():
    quick = spec_of("digits", "quick")
    for task, examples in (("digits", 54_000), ("reviews", 22_500)):
        assert all(spec_of(task, name, examples) == spec_of(task, name) for name in task_of(task).presets)
    assert spec_of("digits", "quick", 60_000) == quick == spec_of("digits", "quick", 0)
    few = spec_of("digits", "quick", 1437)
    assert few.training.batch_size < 64 and 1437 // few.training.batch_size * few.training.epochs >= 300
    tiny = spec_of("reviews", "bilstm", 8)
    assert (tiny.training.batch_size, tiny.training.epochs) == (4, 60)
    assert spec_of("reviews", "bilstm", 8, epochs=3).training.epochs == 3  # what is asked for is done
    assert spec_of("reviews", "four-sentences", 4).training == spec_of("reviews", "four-sentences").training
