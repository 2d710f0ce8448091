"""A script as a Jupyter notebook: nbformat 4, a heading and a code cell for each section."""

import json
import re

from rnn_core.export.script import Script


def notebook(script: Script) -> bytes:
    opening, *sections = re.split(r"^## (.+)\n", script.source, flags=re.MULTILINE)
    _, about, imports = opening.split('"""', 2)
    heading = "\n".join([f"# {script.name.capitalize()}", "", about.strip(), "", *(f"- {note}" for note in script.notes)])
    cells = [_markdown(heading), _code(imports)]
    for title, code in zip(sections[::2], sections[1::2], strict=True):
        cells += [_markdown(f"## {title}"), _code(code)]
    content = {
        "cells": [{**cell, "id": f"cell-{i}"} for i, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1, ensure_ascii=False).encode()


def _markdown(text: str) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(text)}


def _code(text: str) -> dict:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": _lines(text)}


def _lines(text: str) -> list[str]:
    """As nbformat wants them: all but the last end in a line break."""
    return text.strip("\n").splitlines(keepends=True)
