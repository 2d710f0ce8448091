"""The colours of marks: contrast on both backgrounds, and pairs that colour-blind people can tell apart."""

import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from pages.parts.shell.colours import CSS, DASHES, GROUPS, LINES, MEANINGS

ROOT = Path(__file__).parents[1]
# Linear RGB as seen without one kind of cone: Machado, Oliveira and Fernandes 2009, severity 1.
BLIND = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
SIDE_BY_SIDE = [  # marks that one chart shows together
    ("training", "validation"), ("positive", "negative"), ("answer", "neutral"), ("step", "validation"), ("validation", "neutral"),
]  # fmt: skip


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(rgb: np.ndarray) -> float:
    return float(rgb @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(linear(one)), luminance(linear(other))))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIELAB of linear RGB."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt((to_xyz @ rgb.clip(0, 1)) / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def backgrounds() -> list[str]:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    return [theme[look]["backgroundColor"] for look in ("light", "dark")]


@pytest.mark.parametrize("meaning", MEANINGS)
def test_every_mark_is_seen_on_both_backgrounds(meaning):
    for background in backgrounds():
        assert contrast(MEANINGS[meaning], background) >= 3, background


@pytest.mark.parametrize("kind", BLIND)
@pytest.mark.parametrize(("one", "other"), SIDE_BY_SIDE)
def test_marks_side_by_side_differ_for_colour_blind_people(kind, one, other):
    seen = [lab(np.array(BLIND[kind]) @ linear(MEANINGS[name])) for name in (one, other)]
    assert np.linalg.norm(seen[0] - seen[1]) > 20  # 2.3 is just noticeable


def test_groups_are_seen_on_both_backgrounds_and_differ_for_colour_blind_people():
    assert all(contrast(colour, background) >= 3 for colour in GROUPS.values() for background in backgrounds())
    for matrix in BLIND.values():
        one, other = (lab(np.array(matrix) @ linear(colour)) for colour in GROUPS.values())
        assert np.linalg.norm(one - other) > 20
    assert not set(GROUPS.values()) & set(MEANINGS.values())


def test_one_meaning_a_colour():
    assert len(set(MEANINGS.values())) == len(MEANINGS)
    assert all(contrast("#ffffff", "#000000") > 20 and f"--rnn-{name}: {colour};" in CSS for name, colour in MEANINGS.items())
    assert all(one != other for one, other in combinations(MEANINGS.values(), 2))


@pytest.mark.parametrize("kind", ["nobody", *BLIND])
def test_any_two_compared_runs_can_be_told_apart(kind):
    seen = [lab(np.array(BLIND.get(kind, np.eye(3))) @ linear(colour)) for colour in LINES]
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 30
    assert len(set(DASHES)) == len(DASHES) == len(LINES)


@pytest.mark.parametrize("colour", LINES)
def test_the_line_of_a_run_is_seen_and_has_no_other_meaning(colour):
    assert min(contrast(colour, background) for background in backgrounds()) >= 3
    assert colour not in MEANINGS.values()
