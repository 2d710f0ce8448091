"""Disk space."""

import contextlib
import os
from pathlib import Path


def size(folder: Path) -> int:
    """Bytes of all files in a folder and its subfolders."""
    total = 0
    for path, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(FileNotFoundError):  # it was just replaced or removed
                total += (Path(path) / name).stat().st_size
    return total
