"""The process in which a data set becomes flat arrays: `python -m rnn_core.data.convert JOB`, started by `array_cache.load_or_build`.

It prints the sentences of the `UserError` that it met, as a JSON list; an empty one says that all went well.
"""

import json
import sys
from importlib import import_module
from pathlib import Path

from rnn_core.data import array_cache
from rnn_core.errors import UserError


def main(job: str) -> None:
    """`job` is JSON: which function of which module makes the arrays, from which files, and the folder for them."""
    todo = json.loads(job)
    build = getattr(import_module(todo["module"]), todo["function"])
    try:
        array_cache.write(Path(todo["folder"]), build([Path(path) for path in todo["files"]], *todo["arguments"]))
    except UserError as error:
        print(json.dumps(error.sentences))
    else:
        print("[]")


if __name__ == "__main__":
    main(sys.argv[1])
