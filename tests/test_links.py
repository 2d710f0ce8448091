"""Links, specs and ids from anybody: a sentence for each that cannot be used, and no file, number or table is reached by it."""

import json
from urllib.parse import quote

import pytest

from pages.parts.shell import services
from rnn_core import estimate
from rnn_core.data import uploads
from rnn_core.errors import UserError, quoted
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs.submit import submit
from rnn_core.spec.model import MAX_DENSE
from rnn_core.tasks.task import task_names, task_of
from rnn_core.tasks.text import corpora
from tests.conftest import tiny_spec
from tests.pages.conftest import visit  # noqa: F401
from tests.pages.helpers import button, texts

GOOD = tiny_spec().to_short()
NAMES = ("upload-" + "漢" * 190, "upload-", "upload-../../etc/passwd", "upload-" + "a" * 24 + "/../x", "upload-" + "A" * 24,
         "upload-" + "٣" * 24, "../../etc/passwd", "/etc/passwd", "~nosuchuser", "C:\\con", "a\0b", "\ud800", "x" * 201, "", " ",
         "'; DROP TABLE runs; --", "<script>alert(1)</script>", "\N{RIGHT-TO-LEFT OVERRIDE}txt", "%s%n", "{0}", "None")  # fmt: skip
NUMBERS = ("nan", "inf", "-inf", "1e999", "-1", "1e400", str(2**63), str(2**63 - 1), "9" * 4000, "9" * 5000, "0x10", "1_000_000_000", "٣٣٣٣٣٣",
           "²", "1.5", "1e-400", "--1", "", "true", "None", "\0", "½")  # fmt: skip
WHOLE = ("", GOOD.replace("task-", ""), "task-", "task-chess", "_", "-", "*", "*zz", "*ff", "task-text_x", "task-text_layer", "task-text_layer-", "task-text_dense-1",
         "task-text_layer-gru-16-0.0-0.0-tanh-0_layer", GOOD + "_task-digits", GOOD + "_layer-gru", GOOD + "_mask-1", "\0", "\ud800", "task-text_\ud800-1",
         "%00", "{" * 5000, "[" * 100_000, "task-text_" * 700, "x" * 1_000_000, GOOD + "_corpus-" + "x" * 1_000_000,
         GOOD + "_layer-gru-16-0.0-0.0-tanh-0" * 200, GOOD + "_dense-8-relu-0.0" * 10_000, GOOD + "_dense-8-relu-0.0" * 5,
         GOOD.replace("layer", "layer-" * 50), "a" * 7999, GOOD.upper(), GOOD[::-1], "task-text_task-text")  # fmt: skip


def with_value(name: str, value: str) -> str:
    code = options_of("text")[name].code
    escaped = "".join(
        c if (c.isascii() and c.isalnum()) or c == "." else f"*{b:02x}" for c in value for b in [*c.encode(errors="replace")][:1]
    )
    return "_".join([item for item in GOOD.split("_") if not item.startswith(f"{code}-")] + [f"{code}-{escaped}"])


LINKS = [
    *WHOLE,
    *(
        with_value(name, value)
        for name in ("epochs", "batch_size", "learning_rate", "seed")
        for value in NUMBERS
        if value != "true"
    ),
    *(GOOD.replace("gru-16", f"gru-{value}") for value in NUMBERS),
    *(GOOD.replace("gru-16", f"{value}-16") for value in ("", "GRU", "transformer", "gru gru", "*00")),
]


def refused(make, given) -> list[str]:
    """Error sentences about invalid input; none for valid input."""
    try:
        make(given)
    except UserError as error:
        for sentence in error.sentences:
            sentence.encode()
            assert len(sentence) < 400, sentence
        assert len(error.sentences) <= 20
        return list(error.sentences)
    return []


@pytest.mark.parametrize("short", LINKS, ids=lambda short: f"{ascii(short)[:40]}-{len(short)}")
def test_a_link_is_read_or_refused_in_a_few_short_sentences(short):
    refused(RunSpec.from_short, short)


@pytest.mark.parametrize("short", [link for link in WHOLE if link != GOOD], ids=lambda short: f"{ascii(short)[:40]}-{len(short)}")
def test_a_damaged_link_is_refused(short):
    assert refused(RunSpec.from_short, short)


def test_the_longest_spec_has_a_link_that_is_read():
    layers = [
        {
            "cell": "lstm",
            "units": 2048,
            "dropout": 0.123456789012,
            "recurrent_dropout": 0.123456789012,
            "activation": "tanh",
            "bidirectional": False,
        }
    ] * 4
    dense = [{"units": 2048, "activation": "relu", "dropout": 0.123456789012}] * MAX_DENSE
    long = tiny_spec(source="\N{GRINNING FACE}" * 200).flat() | {"learning_rate": 0.12345678901234567}
    for name in ("cell", "units", "dropout", "recurrent_dropout", "activation", "bidirectional"):
        del long[name]
    spec = RunSpec.from_options("text", layers=layers, dense=dense, **long)
    assert RunSpec.from_short(spec.to_short()) == spec and len(spec.to_short()) < 4000


@pytest.mark.parametrize("make", [
    lambda dense: RunSpec.from_options("digits", dense=dense),
    lambda dense: RunSpec.from_json({"task": "digits", "model": {"dense": dense}}),
    lambda dense: RunSpec.from_json(json.dumps({"task": "digits", "model": {"dense": dense}})),
    lambda dense: RunSpec.from_short(RunSpec.from_options("digits").to_short() + "_dense-8-relu-0.0" * len(dense)),
], ids=["options", "mapping", "json", "link"])  # fmt: skip
def test_a_network_has_at_most_four_dense_layers_whoever_asks(make):
    assert len(make([{"units": 8}] * MAX_DENSE).model.dense) == MAX_DENSE
    for many in (MAX_DENSE + 1, 400):
        assert refused(make, [{"units": 8}] * many) == [f"Dense layers can be at most 4; this spec has {many}. Remove some."]


JSON = [
    "[" * 50_000, '{"a":' * 10_000, "[" * 1000 + "]" * 1000, "nul", "", "[]", "1", '"x"', "null", "NaN", '{"training": 1}', '{"seed": NaN}', '{"seed": Infinity}',
    '{"seed": 1e999}', '{"seed": ' + "9" * 4000 + "}", '{"seed": ' + "9" * 5000 + "}", '{"seed": 9223372036854775808}', '{"seed": "1"}',
    '{"seed": true}', '{"seed": null}', '{"seed": [[[[[[[[]]]]]]]]}', '{"task": []}', '{"task": {}}', '{"task": "\\ud800"}', '{"task": 1}',
    '{"\\ud800": 1}', '{"data": {"source": "\\ud800"}}', '{"data": {"source": "a\\u0000b"}}', '{"data": {"source": ["a"]}}', '{"data": "x"}',
    '{"model": {"layers": {}}}', '{"model": {"layers": [1]}}', '{"model": {"layers": []}}', '{"model": {"layers": "abcd"}}', '{"model": []}',
    '{"model": {"layers": [{"units": 1e400}]}}', '{"model": {"layers": [{"units": -0.0}]}}', '{"model": {"layers": [{"cell": {}}]}}',
    '{"training": {"learning_rate": NaN}}', '{"training": {"learning_rate": 1e-400}}', '{"x": "' + "y" * 90_000 + '"}', '{"x": 1}' + " " * 10**6,
]  # fmt: skip


@pytest.mark.parametrize("source", JSON, ids=lambda source: f"{ascii(source)[:40]}-{len(source)}")
def test_a_damaged_spec_as_json_is_refused(source):
    assert refused(RunSpec.from_json, source)


@pytest.mark.parametrize("task", task_names())
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_of_data_reaches_no_file(task, name, settings, store):
    assert refused(lambda name: submit(RunSpec.from_options(task, source=name), store, settings), name)
    assert not uploads.is_upload(name)


@pytest.mark.parametrize(
    "run_id", [*NAMES, "9" * 5000, "x" * 1_000_000, "\udcff", "٣", "a\nb"], ids=lambda run_id: ascii(run_id)[:40]
)
def test_a_runs_id_that_is_none_is_not_found(run_id, store):
    assert not store.runs.has(run_id)
    for look in (store.runs.get, store.runs.spec, *([store.runs.find] if run_id else [])):
        assert "no run" in refused(look, run_id)[0]


@pytest.mark.parametrize(
    "value", ["x" * 10**6, "\ud800" * 100, b"\0" * 1000, 10**4000, [[[[["x" * 100] * 100] * 100]]], {"a" * 100: "b" * 100}, None]
)
def test_what_is_quoted_is_short_and_can_be_written(value):
    assert len(quoted(value).encode("ascii", "replace")) <= 60


def test_what_needs_more_memory_than_is_free_is_not_started(store, data_dir, monkeypatch):
    from rnn_core import settings as settings_of

    monkeypatch.setattr(estimate.psutil, "virtual_memory", lambda: type("", (), {"available": 2e9, "total": 8e9}))
    large = tiny_spec(units=2048, layers=4, cell="lstm")
    with pytest.raises(UserError, match=r"needs about \d+\.\d GB of memory, and 2\.0 GB are free now\. Choose a smaller"):
        submit(large, store, settings_of.load())
    assert not store.runs.newest()
    assert submit(tiny_spec(), store, settings_of.load())


def test_a_text_is_read_once_to_begin_a_run(data_dir, store, settings, monkeypatch):
    """Thirty people press Train at once, and each reading delays the others."""
    load, read = corpora.load, []
    monkeypatch.setattr(corpora, "load", lambda name, *given: read.append(name) or load(name, *given))
    submit(tiny_spec(), store, settings)
    assert read == ["tiny"]


def test_in_a_class_a_run_has_its_share_of_memory(monkeypatch):
    monkeypatch.setattr(estimate.psutil, "virtual_memory", lambda: type("", (), {"available": 7e9, "total": 8e9}))
    alone, shared = estimate.Settings(), estimate.Settings(class_mode=True, slots=4)
    assert estimate.memory_error(6000, alone) is None and estimate.memory_error(1900, shared) is None
    assert "a run can have 2.0 GB here" in estimate.memory_error(2100, shared)


def test_a_page_refuses_what_does_not_fit(visit, monkeypatch):  # noqa: F811
    monkeypatch.setattr(estimate.psutil, "virtual_memory", lambda: type("", (), {"available": 2e9, "total": 8e9}))
    at = visit("text", spec=tiny_spec(units=2048, layers=4, cell="lstm").to_short())
    assert not at.exception and button(at, "Train").disabled and "2.0 GB are free now" in texts(at)


QUERIES = [
    {"spec": "upload-" + "漢" * 190}, {"spec": with_value("source", "upload-" + "x" * 190)}, {"spec": tiny_spec(source="upload-" + "漢" * 190).to_short()},
    {"spec": tiny_spec(source="upload-" + "a" * 190).to_short()}, {"spec": tiny_spec(source="~nosuchuser").to_short()},
    {"spec": "x" * 100_000}, {"spec": GOOD + "_dense-8-relu-0.0" * 300}, {"run": "x" * 100_000}, {"run": "٣"}, {"run": "../../etc"},
    {"run": task_of("digits").example}, {"run": "<b>"}, {"spec": "task-digits"}, {"spec": "\0", "run": "\0"}, {"spec": quote("\ud800", errors="replace")},
]  # fmt: skip


def test_a_page_says_what_is_wrong_with_an_address(visit):  # noqa: F811
    for query in QUERIES:
        at = visit("text", **query)
        assert not at.exception, query
        assert [*at.warning, *at.error], query
        assert all(len(element.value) < 500 for element in [*at.warning, *at.error]), query
    assert services.store().runs.count(None) == 0
