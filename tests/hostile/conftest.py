import re
from pathlib import Path

import pytest

from tests.hostile import ACCEPTED, MOST_MB, MOST_SECONDS, faults_of
from tests.hostile.row_runner import RowRunner


@pytest.fixture(scope="session")
def row_runner():
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("measuring a row needs Linux: a forked process and /proc/self/clear_refs")
    runner = RowRunner()
    yield runner
    runner.close()


@pytest.fixture
def check_row(request, row_runner, tmp_path, record_property):
    """`check_row(name)`: a row of the test's file is accepted or refused as expected, fast, and with little memory."""

    def run(name: str) -> None:
        module = request.module
        row, result = module.ROWS[name], row_runner.run(module.__name__, name, tmp_path)
        assert "fault" not in result, result["fault"]
        record_property("hostile", {"module": module.__name__, "name": name, **result})
        if row.expected == ACCEPTED:
            assert "accepted" in result, result["sentences"]
        else:
            assert "sentences" in result, f"accepted: {result['accepted']}"
            assert re.search(row.expected, "\n".join(result["sentences"]), re.DOTALL), result["sentences"]
            assert faults_of(result["sentences"]) == []
        assert result["seconds"] < MOST_SECONDS, result
        assert result["mb"] < MOST_MB, result

    return run
