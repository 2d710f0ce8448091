"""A Python module run in another process, which frees its memory and libraries when it ends."""

import json
import os
import subprocess
import sys
from typing import Any

from rnn_core.errors import UserError
from rnn_core.settings import PROJECT, without_secrets


def run_module(module: str, *arguments: str, failure: str, advice: str, stdin: bytes | None = None) -> Any:
    """The JSON that `python -m module` prints. Raises `UserError` if the process fails.

    `failure` starts the sentence, such as "The data could not be converted"; `advice` is what to do if memory ran out.
    """
    command = [sys.executable, "-m", module, *arguments]
    try:
        process = subprocess.run(command, cwd=PROJECT, input=stdin, stdout=subprocess.PIPE, env=without_secrets(os.environ))
    except OSError as error:
        raise UserError(
            f"{failure}: no process could be started ({error.strerror}). Close other programs, then try again."
        ) from None
    if process.returncode:
        raise UserError(
            f"{failure}: its process ended with status {process.returncode}. Its output is in the terminal of the app. If the machine "
            f"ran out of memory, {advice}."
        )
    return json.loads(process.stdout)
