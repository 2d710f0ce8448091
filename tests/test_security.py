"""Every promise in `docs/security.md` names an existing test."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODEL = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
LINES = [line for line in MODEL.splitlines() if line.startswith("| ") and not line.startswith("| Attack |")]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[2:60])
def test_each_line_names_tests_that_exist(line):
    *_, tests, _ = line.split("|")
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", tests)
    assert named and re.sub(r"`tests/[\w/]+\.py::test_\w+`", "", tests).strip(", ") == ""
    for file, test in named:
        assert re.search(rf"^(async )?def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), test


def test_it_is_found_from_the_readme():
    assert "docs/security.md" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(LINES) >= 15
