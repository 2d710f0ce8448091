"""Specs as JSON files, which `train --spec` and other programs bring."""

import json

import pytest

from rnn_core.run_spec import RunSpec
from tests.hostile import ACCEPTED, Row
from tests.hostile.inputs import marks


def enter(source: str) -> None:
    RunSpec.from_json(source)


def spec(**changes) -> str:
    """The default spec with changes: `data__source="x"` sets a field of a part."""
    tree = json.loads(RunSpec.from_options().to_json())
    for name, value in changes.items():
        part, _, field = name.partition("__")
        if field:
            tree[part][field] = value
        else:
            tree[part] = value
    return json.dumps(tree)


def layer(**fields) -> str:
    return spec(model__layers=[{"cell": "gru", "units": 16, **fields}])


NO_JSON = "^The spec is not (valid )?JSON"
DEEP = "nested too deep|spec has [\\d,]+ characters"
UNKNOWN = "Unknown field"
LAYERS = "Layers must be a whole number from 1 to 4"
DENSE = "Dense layers"
LONG = "spec has [\\d,]+ characters; a spec has at most"
LIST = "must be a list of layers"
GROUP = "must be a group of fields"

ROWS = {
    "empty": Row(lambda: "", NO_JSON),
    "blanks": Row(lambda: " \n" * 1000, NO_JSON),
    "no JSON": Row(lambda: "task: text", NO_JSON),
    "half of it": Row(lambda: spec()[:100], NO_JSON),
    "two of them": Row(lambda: spec() * 2, NO_JSON),
    "1 MB of marks": Row(lambda: marks(1_000_000), LONG),
    "a zero byte": Row(lambda: spec() + "\0", NO_JSON),
    "half of a surrogate pair": Row(lambda: spec(data__source="\ud800"), "must be a name"),
    "lists, 100,000 deep": Row(lambda: "[" * 100_000 + "]" * 100_000, DEEP),
    "groups, 100,000 deep": Row(lambda: '{"model":' * 100_000 + "{}" + "}" * 100_000, DEEP),
    "lists, 100,000 deep in a field": Row(
        lambda: spec(seed=0).replace('"seed": 0', '"seed": ' + "[" * 100_000 + "]" * 100_000), DEEP
    ),
    "lists, 500 deep": Row(lambda: "[" * 500 + "]" * 500, GROUP),
    "lists, 500 deep in a field": Row(
        lambda: spec(seed=0).replace('"seed": 0', '"seed": ' + "[" * 500 + "]" * 500), "^Seed must be"
    ),
    "null": Row(lambda: "null", GROUP),
    "a number": Row(lambda: "1e999", GROUP),
    "a list": Row(lambda: "[]", GROUP),
    "a text": Row(lambda: '"text"', GROUP),
    "a text of 1 MB": Row(lambda: json.dumps("x" * 1_000_000), LONG),
    "a list of 100,000 numbers": Row(lambda: json.dumps(list(range(100_000))), LONG),
    "nothing in it": Row(lambda: "{}", ACCEPTED),
    "no task": Row(lambda: '{"data": {}}', ACCEPTED),
    "an unknown task": Row(lambda: spec(task="chess"), "Task must be one of"),
    "a task of 1 MB": Row(lambda: spec(task="x" * 1_000_000), LONG),
    "a list for the task": Row(lambda: spec(task=["text"]), "Task must be one of"),
    "another task's data": Row(lambda: spec(task="digits"), UNKNOWN),
    "an unknown field": Row(lambda: spec(password="x"), UNKNOWN),
    "an unknown field of 1 MB": Row(lambda: spec(**{"x" * 1_000_000: 1}), LONG),
    "an unknown field of marks": Row(lambda: spec(**{marks(200_000): 1}), LONG),
    "an unknown field of directions": Row(lambda: spec(**{"\u202eabc\u2066": 1}), UNKNOWN),
    "10,000 unknown fields": Row(lambda: spec(**{f"x{i}": i for i in range(10_000)}), LONG),
    "a field of Python": Row(lambda: spec().replace('"seed"', '"__class__"'), UNKNOWN),
    "a list for the data": Row(lambda: spec(data=[]), GROUP),
    "a text for the model": Row(lambda: spec(model="gru"), GROUP),
    "nothing for training": Row(lambda: spec(training=None), GROUP),
    "a group for the layers": Row(lambda: spec(model__layers={"cell": "gru"}), LIST),
    "a text for the layers": Row(lambda: spec(model__layers="gru"), LIST),
    "numbers for the layers": Row(lambda: spec(model__layers=[1, 2]), GROUP),
    "no layers": Row(lambda: spec(model__layers=[]), LAYERS),
    "10,000 layers": Row(lambda: spec(model__layers=[{}] * 10_000), LAYERS),
    "10,000 wrong layers": Row(lambda: spec(model__layers=[{"units": -1}] * 10_000), LONG),
    "10,000 dense layers": Row(lambda: spec(model__dense=[{}] * 10_000), DENSE),
    "300 wide dense layers": Row(lambda: spec(model__dense=[{"units": 2048}] * 300), DENSE),
    "5 dense layers": Row(lambda: spec(model__dense=[{}] * 5), DENSE),
    "units that are not a number": Row(lambda: layer(units=float("nan")), "Units must be a whole number"),
    "infinite units": Row(lambda: layer(units=float("inf")), "Units must be a whole number"),
    "units of 1e308": Row(lambda: layer(units=1e308), "Units must be a whole number"),
    "units of 5,000 digits": Row(
        lambda: spec(model__layers=[{"units": 0}]).replace('"units": 0', '"units": ' + "9" * 5000), "Units must be|not valid JSON"
    ),
    "units of 4,000 digits": Row(
        lambda: spec(model__layers=[{"units": 0}]).replace('"units": 0', '"units": ' + "9" * 4000), "Units must be a whole number"
    ),
    "half a unit": Row(lambda: layer(units=16.5), "Units must be a whole number"),
    "no units": Row(lambda: layer(units=0), "Units must be a whole number"),
    "fewer than no units": Row(lambda: layer(units=-5), "Units must be a whole number"),
    "true units": Row(lambda: layer(units=True), "Units must be a whole number"),
    "units as a text": Row(lambda: layer(units="16"), "Units must be a whole number"),
    "units in a list": Row(lambda: layer(units=[16]), "Units must be a whole number"),
    "no value for units": Row(lambda: layer(units=None), "Units must be a whole number"),
    "an unknown cell": Row(lambda: layer(cell="transformer"), "Cell must be one of"),
    "a cell of 1 MB": Row(lambda: layer(cell="x" * 1_000_000), LONG),
    "a group for the cell": Row(lambda: layer(cell={"a": {"b": 1}}), "Cell must be one of"),
    "dropout of 1": Row(lambda: layer(dropout=1.0), "Dropout must be a number"),
    "dropout of less than nothing": Row(lambda: layer(dropout=-1e-9), "Dropout must be a number"),
    "a learning rate of nothing": Row(lambda: spec(training__learning_rate=0), "Learning rate must be"),
    "a learning rate that is not a number": Row(lambda: spec(training__learning_rate=float("nan")), "Learning rate must be"),
    "a learning rate of minus infinity": Row(lambda: spec(training__learning_rate=float("-inf")), "Learning rate must be"),
    "a billion epochs": Row(lambda: spec(training__epochs=10**9), "Epochs must be"),
    "a batch of a billion": Row(lambda: spec(training__batch_size=10**9), "Batch size must be"),
    "a seed of less than nothing": Row(lambda: spec(seed=-1), "Seed must be"),
    "a seed of 2^64": Row(lambda: spec(seed=2**64), "Seed must be"),
    "bidirectional as a text": Row(lambda: layer(bidirectional="yes"), "Bidirectional must be true or false"),
    "bidirectional as a number": Row(lambda: layer(bidirectional=1), "Bidirectional must be true or false"),
    "bidirectional text": Row(lambda: layer(bidirectional=True), "Bidirectional cannot generate text"),
    "a name of nothing": Row(lambda: spec(data__source=""), "must be a name"),
    "a name of 1 MB": Row(lambda: spec(data__source="x" * 1_000_000), LONG),
    "a number for a name": Row(lambda: spec(data__source=5), "must be a name"),
    "a path for a name": Row(lambda: spec(data__source="../../../../etc/passwd"), ACCEPTED),
    "everything wrong": Row(
        lambda: spec(
            seed=-1,
            training__epochs=0,
            training__batch_size=0,
            training__learning_rate=9,
            model__layers=[{"units": 0, "cell": "x"}],
        ),
        "must be",
    ),
    "a field twice": Row(lambda: spec().replace('"seed"', '"seed": 1, "seed"'), ACCEPTED),
    "a field a million times": Row(lambda: '{"seed": 1' + ', "seed": 1' * 300_000 + "}", LONG),
    "numbers as a text of digits of another script": Row(lambda: layer(units="१६"), "Units must be a whole number"),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_spec_is_taken_or_refused_with_a_reason(name, check_row):
    check_row(name)
