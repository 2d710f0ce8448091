"""Inputs that several doors are tested with."""

import io
import zipfile

PROSE = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it was the "
    "epoch of belief, it was the epoch of incredulity.\n"
) * 20


def marks(size: int, pair: str = "\u0301\u0316") -> str:
    """A letter under `size` bytes of combining marks, each pair in the order that is not the canonical one."""
    return "a" + pair * (size // len(pair.encode()))


def archive(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


def spreadsheet() -> bytes:
    return archive(**{"[Content_Types].xml": b"<Types/>", "xl__workbook.xml": b"<workbook/>"})
