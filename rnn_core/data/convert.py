"""The process that converts a data set to arrays: `python -m rnn_core.data.convert JOB`, started by `array_cache.load_or_build`.

It prints the sentences of a `UserError` as a JSON list, which is empty after success.
"""

import json
import sys
from importlib import import_module
from pathlib import Path

from rnn_core.data import array_cache
from rnn_core.errors import UserError


def main(job: str) -> None:
    """`job` is JSON: the module and function that build the arrays, their files and arguments, and the folder for the result."""
    fields = json.loads(job)
    build = getattr(import_module(fields["module"]), fields["function"])
    try:
        array_cache.write(Path(fields["folder"]), build([Path(path) for path in fields["files"]], *fields["arguments"]))
    except UserError as error:
        print(json.dumps(error.sentences))
    else:
        print("[]")


if __name__ == "__main__":
    main(sys.argv[1])
