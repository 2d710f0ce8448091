import re
from pathlib import Path

import pytest

from tests.hostile import ACCEPTED, MOST_MB, MOST_SECONDS, faults_of
from tests.hostile.measured import Thrower


@pytest.fixture(scope="session")
def thrower():
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("measuring a row needs Linux: a forked process and /proc/self/clear_refs")
    made = Thrower()
    yield made
    made.close()


@pytest.fixture
def throw(request, thrower, tmp_path, record_property):
    """`throw(name)`: throw a row at the door whose file the test is in; it is taken or refused as expected, quickly, and in little memory."""

    def run(name: str) -> None:
        module = request.module
        row, found = module.ROWS[name], thrower.throw(module.__name__, name, tmp_path)
        assert "fault" not in found, found["fault"]
        record_property("hostile", {"module": module.__name__, "name": name, **found})
        if row.expected == ACCEPTED:
            assert "accepted" in found, found["sentences"]
        else:
            assert "sentences" in found, f"accepted: {found['accepted']}"
            assert re.search(row.expected, "\n".join(found["sentences"]), re.DOTALL), found["sentences"]
            assert faults_of(found["sentences"]) == []
        assert found["seconds"] < MOST_SECONDS, found
        assert found["mb"] < MOST_MB, found

    return run
