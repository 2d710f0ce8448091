"""Links of every version keep their meaning; those of a later version are refused."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from rnn_core import run_spec
from rnn_core.errors import UserError
from rnn_core.run_spec import LINK_VERSION, RunSpec, options_of
from rnn_core.spec.model import DenseSpec, LayerSpec
from rnn_core.spec.option import option_field
from rnn_core.spec.training import TrainingSpec
from rnn_core.tasks.task import task_names

# Each with the spec that it must give, as the program of its day wrote it. A new version adds rows and changes none; where an
# option is new, its rows' specs get the option with the value that runs had before.
LINKS = json.loads((Path(__file__).parent / "fixtures" / "links.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", LINKS, ids=lambda row: f"{row['version']} {row['link'][:40]}")
def test_a_link_of_each_version_gives_the_same_spec_as_ever(row):
    spec = RunSpec.from_short(row["link"])
    assert spec == RunSpec.from_json(row["spec"])
    assert (spec.to_short() == row["link"]) == (row["version"] == LINK_VERSION)
    assert RunSpec.from_short(spec.to_short()) == spec


def test_each_task_has_links_of_each_version():
    assert {row["version"] for row in LINKS} == set(range(1, LINK_VERSION + 1))
    assert {row["spec"]["task"] for row in LINKS if row["version"] == LINK_VERSION} == set(task_names())


def test_a_link_begins_with_its_version():
    assert RunSpec().to_short().startswith(f"{LINK_VERSION}_task-text_")


@pytest.mark.parametrize("version", [LINK_VERSION + 1, 999_999_999])
def test_a_link_of_a_newer_version_is_refused(version):
    with pytest.raises(UserError, match=f"newer version of this program: it is of version {version}.*Update this program"):
        RunSpec.from_short(f"{version}_task-text_something-new")


@pytest.mark.parametrize("front", ["0_", "-1_", "02_", "1.0_", "²_", "٢_", "v2_", "2-2_", "_", "2__", "2_2_", "9999999999_"])
def test_a_link_of_a_version_that_makes_no_sense_is_damaged(front):
    with pytest.raises(UserError, match="This link is damaged"):
        RunSpec.from_short(front + RunSpec().to_short().removeprefix(f"{LINK_VERSION}_"))


@pytest.mark.parametrize("task", task_names())
def test_a_link_takes_nothing_from_the_defaults(task):
    """A choice or a name is always written, so a link without one is damaged."""
    short = RunSpec.from_options(task).to_short()
    for name, option in options_of(task).items():
        item = next((item for item in short.split("_") if item.startswith(f"{option.code}-")), None)
        if item and option.kind is str and name not in LayerSpec.__dataclass_fields__:
            with pytest.raises(UserError, match=f"{option.label} must be"):
                RunSpec.from_short(short.replace(f"_{item}", ""))


def test_a_link_names_each_option_once():
    with pytest.raises(UserError, match="This link is damaged: 'seed-2' is not a known option"):
        RunSpec.from_short(RunSpec().to_short() + "_seed-2")


def test_a_new_option_came_with_a_version_and_has_a_value_for_earlier_links():
    options = [option for task in task_names() for option in options_of(task).values()]
    options += [f.metadata["option"] for f in DenseSpec.__dataclass_fields__.values()]
    for option in options:
        assert 1 <= option.since <= LINK_VERSION, option.label
        assert option.since == 1 or option.error(option.before) is None, option.label


@dataclass(frozen=True)
class LaterLayer(LayerSpec):
    normalised: bool = option_field(True, "Normalised", "x", "Made up.", since=LINK_VERSION + 1, before=False)


@dataclass(frozen=True)
class LaterTraining(TrainingSpec):
    optimizer: str = option_field("sgd", "Optimizer", "opt", "With another default.", choices={"adam": "Adam", "sgd": "SGD"})
    clip_norm: float = option_field(5.0, "Gradient clipping", "clip", "With another default.", low=0.0, high=9.0)
    repeats: int = option_field(4, "Repeats", "rep", "Made up.", low=2, high=9, step=1, since=LINK_VERSION + 1, before=3)
    order: str = option_field(
        "any", "Order", "ord", "Made up.", choices={"any": "Any", "up": "Up"}, since=LINK_VERSION + 1, before="up"
    )


@pytest.fixture
def later(monkeypatch):
    """The program after new options of a layer and of training came, and defaults changed."""
    monkeypatch.setattr(run_spec, "LayerSpec", LaterLayer)
    monkeypatch.setattr(run_spec, "TrainingSpec", LaterTraining)
    monkeypatch.setattr(run_spec, "LINK_VERSION", LINK_VERSION + 1)


@pytest.mark.parametrize("row", LINKS, ids=lambda row: f"{row['version']} {row['link'][:40]}")
def test_new_options_and_defaults_change_no_earlier_link(row, later):
    spec = RunSpec.from_short(row["link"])
    training = spec.training
    assert (training.repeats, training.order) == (3, "up") and not any(layer.normalised for layer in spec.model.layers)
    kept = row["spec"]["training"]
    assert (training.optimizer, training.clip_norm) == (kept["optimizer"], kept["clip_norm"])
    assert [layer.units for layer in spec.model.layers] == [layer["units"] for layer in row["spec"]["model"]["layers"]]
    assert spec.to_short().startswith(f"{LINK_VERSION + 1}_") and RunSpec.from_short(spec.to_short()) == spec


def test_the_new_options_have_their_own_defaults_otherwise(later):
    spec = RunSpec.from_options()
    assert (spec.training.repeats, spec.training.order, spec.model.layers[0].normalised) == (4, "any", True)
    assert RunSpec.from_short(spec.to_short()) == spec
