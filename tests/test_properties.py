"""Properties of every input, tested with random inputs."""

import csv
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.cells import CELLS
from rnn_core.data import csv_file, decode
from rnn_core.data.normalize import clean
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs.store import people
from rnn_core.spec.model import MAX_LAYERS, DenseSpec, LayerSpec
from rnn_core.tasks.task import task_names
from rnn_core.tasks.text.dataset import count
from rnn_core.tasks.tokenizer import UNKNOWN, Characters

settings.register_profile("same", derandomize=True, deadline=None, max_examples=60, database=None)
settings.load_profile("same")

TEXT = st.text(max_size=200)  # any character, but no halves of surrogate pairs
ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=200)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANYTHING,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANYTHING, inner, max_size=4),
    max_leaves=8,
)


def values(option) -> st.SearchStrategy:
    """Every value that an option may have."""
    if option.choices:
        return st.sampled_from(list(option.choices))
    if option.kind is bool:
        return st.booleans()
    if option.kind is int:
        return st.integers(int(option.low), int(option.high))
    if option.kind is float:
        return st.floats(option.low, option.high)
    return st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=200)


def part(of) -> st.SearchStrategy:
    table = {name: field.metadata["option"] for name, field in of.__dataclass_fields__.items()}
    return st.fixed_dictionaries({name: values(option) for name, option in table.items()})


@st.composite
def specs(draw, task: str) -> RunSpec:
    flat = {name: draw(values(option)) for name, option in options_of(task).items() if name not in LayerSpec.__dataclass_fields__}
    layers = draw(st.lists(part(LayerSpec), min_size=1, max_size=MAX_LAYERS))
    layers = [{**layer, "bidirectional": layer["bidirectional"] and task != "text"} for layer in layers]
    return RunSpec.from_options(task, layers=layers, dense=draw(st.lists(part(DenseSpec), max_size=2)), **flat)


def either(door, *given):
    """The result or the `UserError`; any other exception fails the test."""
    try:
        return door(*given)
    except UserError as error:
        assert error.sentences and all(sentence.strip() for sentence in error.sentences)
        return error


# Specs and links


@pytest.mark.parametrize("task", task_names())
@given(data=st.data())
def test_a_spec_comes_back_from_json_and_from_its_link(task, data):
    spec = data.draw(specs(task))
    assert RunSpec.from_json(spec.to_json()) == spec
    assert RunSpec.from_short(spec.to_short()) == spec
    assert RunSpec.from_json(json.loads(spec.to_json())) == spec


@pytest.mark.parametrize("task", task_names())
@given(data=st.data())
def test_a_spec_comes_back_from_its_flat_names(task, data):
    spec = data.draw(specs(task))
    assert spec.changed() == spec
    alike = RunSpec.from_options(task, layers=len(spec.model.layers), **spec.flat())
    assert alike.flat() == spec.flat()


def places(tree, at=()) -> list[tuple]:
    """The way to every group, list and value of a spec's tree."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [at, *(place for key, value in inner for place in places(value, (*at, key)))]


@pytest.mark.parametrize("task", task_names())
@given(data=st.data())
def test_a_spec_with_anything_in_one_place_is_valid_or_refused(task, data):
    tree = json.loads(RunSpec.from_options(task, layers=2, dense=[{}]).to_json())
    *way, last = data.draw(st.sampled_from(places(tree)[1:]))
    group = tree
    for key in way:
        group = group[key]
    group[last] = data.draw(JSON)
    spec = either(RunSpec.from_json, tree)
    if isinstance(spec, RunSpec):
        assert RunSpec.from_json(spec.to_json()) == spec and spec.title
        assert all(layer.cell in CELLS for layer in spec.model.layers)


@given(ANYTHING | JSON.map(json.dumps))
def test_any_json_is_a_spec_or_refused(source):
    either(RunSpec.from_json, source)


@given(ANYTHING)
def test_any_link_is_a_spec_or_refused(short):
    either(RunSpec.from_short, short)
    either(RunSpec.from_short, RunSpec().to_short() + short)


@pytest.mark.parametrize("task", task_names())
@given(data=st.data())
def test_a_link_that_was_changed_anywhere_is_a_spec_or_refused(task, data):
    short = RunSpec.from_options(task).to_short()
    start = data.draw(st.integers(0, len(short)))
    end = data.draw(st.integers(start, min(len(short), start + 20)))
    either(RunSpec.from_short, short[:start] + data.draw(st.text("abc019-_*.", max_size=5) | ANYTHING) + short[end:])


# Texts


@given(st.binary(max_size=500) | TEXT.map(str.encode) | ANYTHING.map(lambda text: text.encode("utf-16", "surrogatepass")))
def test_any_bytes_are_clean_text_or_refused(raw):
    for encoding in ("auto", "utf-8", "utf-16", "cp1252", "shift_jis"):
        decoded = either(decode.decode, raw, encoding)
        if isinstance(decoded, decode.Decoded):
            assert clean(decoded.text) == decoded.text
            decoded.text.encode()  # no halves of surrogate pairs
            assert not {"\0", "\r", "\ufeff"} & set(decoded.text)


@given(ANYTHING)
def test_what_is_clean_stays_as_it_is(text):
    assert clean(clean(text)) == clean(text)


@given(st.text("a\u0301\u0316\u0345\u05b8\u1100\u1161\u11a8ﷺé\u0f73", max_size=400))
def test_marks_in_any_order_are_cleaned_once(text):
    once = clean(text)
    assert clean(once) == once


@given(TEXT.filter(bool), st.integers(2, 40))
def test_a_vocabulary_writes_what_it_has_read(text, most):
    vocabulary = count(text).vocabulary(most)
    ids = vocabulary.encode(text)
    assert len(vocabulary.tokens) <= max(most, len(set(text)) if len(set(text)) <= most else 0)
    assert vocabulary.decode(ids) == "".join(c if not vocabulary.unknown or c in vocabulary.tokens[1:] else UNKNOWN for c in text)


@given(TEXT.filter(bool), ANYTHING)
def test_other_text_is_read_as_unknown_or_refused(learnt, other):
    vocabulary = Characters(tuple(sorted(set(learnt))))
    strangers = set(vocabulary.unseen(other))
    assert strangers == set(other) - set(learnt)
    ids = either(vocabulary.encode, other)
    assert isinstance(ids, UserError) == bool(strangers)
    if isinstance(ids, np.ndarray):
        assert vocabulary.decode(ids) == other


# Tables

CELL = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=20).map(clean)


@given(
    st.lists(st.tuples(CELL, CELL), min_size=6, max_size=12),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_table_that_a_program_wrote_comes_back_or_is_refused(cells, separator, end, quoting, encoding):
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator=end, quoting=quoting).writerows([("text", "label"), *cells])
    table = either(csv_file.read_csv, written.getvalue().encode(encoding))
    if not isinstance(table, UserError):
        kept = [list(row) for row in cells if any(row)]
        assert table.to_numpy().tolist() == kept


@given(
    st.binary(max_size=300)
    | st.text('a,;\t"\n=1', max_size=200).map(str.encode)
    | ANYTHING.map(lambda t: t.encode("utf-8", "replace"))
)
def test_any_bytes_are_a_table_or_refused(raw):
    table = either(csv_file.read_csv, raw)
    if not isinstance(table, UserError):
        assert len(table.columns) >= 2 and len(set(table.columns)) == len(table.columns)


# People


@given(ANYTHING)
def test_any_nickname_is_short_and_visible_or_refused(nickname):
    name = either(people.clean, nickname)
    if isinstance(name, str):
        assert 0 < len(name) <= people.MAX_NAME_LENGTH
        assert either(people.clean, name) == name and name == name.strip()
        name.encode()
