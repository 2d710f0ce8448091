"""How good is a result? What other methods reach on the same data, measured once in another process and kept in a file.

`python -m rnn_core.lessons.ruler JOB` is that process: its memory and libraries are freed when it ends. Pages read the file, and show
the ruler without these methods until it is there.
"""

import hashlib
import json
import os
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from rnn_core import settings as settings_of
from rnn_core.data import atomic
from rnn_core.data.child import run_module
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.settings import Settings
from rnn_core.tasks.reference import Reference
from rnn_core.tasks.task import task_of

_VERSION = 1  # of the file and of the methods; another version measures again
_NICE = 10  # training and pages go first
_ONE_AT_A_TIME = threading.Lock()
_under_way: dict[Path, bool] = {}  # whether a file is being measured; False: that has ended, and what failed is not tried again


def read(spec: RunSpec, settings: Settings) -> list[Reference] | None:
    """What other methods reach on the data of a spec; None where this has not been measured yet."""
    if task_of(spec.task).references is None:
        return []
    try:
        content = _path(spec, settings).read_text(encoding="utf-8")
        return [Reference(**fields) for fields in json.loads(content)]
    except (OSError, ValueError, TypeError):
        return None


def measure_soon(spec: RunSpec, folder: Path, settings: Settings) -> bool:
    """Measure in the background, once. `folder` is that of a run with this spec. Returns whether there is something to wait for."""
    path = _path(spec, settings)
    if path not in _under_way:
        _under_way[path] = True
        job = json.dumps({"spec": spec.to_json(), "folder": str(folder)})
        threading.Thread(target=_in_another_process, args=(path, job), name="ruler", daemon=True).start()
    return _under_way[path]


def _in_another_process(path: Path, job: str) -> None:
    with _ONE_AT_A_TIME:
        try:
            run_module(__name__, job, failure="The other methods could not be measured", advice="close other programs")
        except (UserError, ValueError) as error:  # the process failed
            print(error, file=sys.stderr)
        finally:
            _under_way[path] = False


def measure(spec: RunSpec, folder: Path, settings: Settings) -> list[Reference]:
    """Measure now, and keep the result. Raises `UserError` where the data is gone or unsuitable."""
    references = task_of(spec.task).references(spec, folder, settings)
    path = _path(spec, settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, json.dumps([asdict(reference) for reference in references]).encode())
    return references


def _path(spec: RunSpec, settings: Settings) -> Path:
    """The file for the data of a spec; another one after a file of the data folder has changed, or the data was downloaded."""
    source = task_of(spec.task).sources(settings).get(spec.data.source)
    is_here = source is None or source.read is not None
    files = sorted(settings.data_dir.iterdir()) if settings.data_dir and settings.data_dir.is_dir() else []
    state = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.is_file()]
    identity = json.dumps([_VERSION, sys.version, spec.task, asdict(spec.data), state, is_here])
    return settings.home / "rulers" / f"{hashlib.sha256(identity.encode()).hexdigest()[:24]}.json"


def main(job: str) -> None:
    fields = json.loads(job)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    try:
        measure(RunSpec.from_json(fields["spec"]), Path(fields["folder"]), settings_of.load())
    except UserError as error:  # the page shows the ruler without them
        print(error, file=sys.stderr)
    print("null")


if __name__ == "__main__":
    main(sys.argv[1])
