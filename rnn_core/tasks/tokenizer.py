"""Tokenizers, which turn text into ids and back, and the file of a run that holds its tokenizer."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np

from rnn_core.data import atomic
from rnn_core.errors import UserError
from rnn_core.nn.run_files import DamagedFile, read_json

VOCABULARY = "vocabulary.json"  # in a run's folder
UNKNOWN = "\ufffd"  # shown for characters and words outside the vocabulary
_VERSION = 1  # of the file; older files have no version and the same fields
_PIECE = 1_000_000  # characters per piece
_CODE_POINTS = 0x110000


class Tokenizer(Protocol):
    """Tokens by id. A text is a sequence of tokens; a string is a sequence of characters."""

    name: ClassVar[str]  # in a run's file
    join: ClassVar[str]  # between tokens in a text
    tokens: tuple[str, ...]

    @property
    def unknown_id(self) -> int | None:
        """The id of all tokens outside the vocabulary, or None."""

    def encode(self, text: Sequence[str]) -> np.ndarray:
        """Ids (tokens,). Raises `UserError` for a token without one."""

    def decode(self, ids: Sequence[int]) -> str: ...
    def unseen(self, text: Sequence[str]) -> list[str]:
        """Distinct tokens of `text` that the network never saw, in order of appearance."""

    def fields(self) -> dict[str, Any]:
        """The fields of the tokenizer's file, for JSON and `from_fields`."""

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> Self:
        """Raises `ValueError`, `KeyError` or `TypeError` for invalid fields."""


@dataclass(frozen=True)
class Characters:
    """Characters by id, the most frequent first. With `unknown`, id 0 stands for all characters outside the vocabulary."""

    tokens: tuple[str, ...]
    unknown: bool = False
    name: ClassVar[str] = "characters"
    join: ClassVar[str] = ""

    @property
    def unknown_id(self) -> int | None:
        return 0 if self.unknown else None

    def encode(self, text: str) -> np.ndarray:
        """Ids (characters,) of the smallest type that holds them."""
        size = len(self.tokens)
        table = np.full(_CODE_POINTS, 0 if self.unknown else size, np.uint32)
        table[[ord(c) for c in self.tokens[self.unknown :]]] = np.arange(self.unknown, size)
        ids = np.empty(len(text), np.uint8 if size <= 256 else np.uint16)
        for start, codes in code_points(text):
            piece = table[codes]
            if not self.unknown and (piece == size).any():
                raise UserError(f"The network never saw {chr(codes[piece == size][0])!r}, so it cannot read this text.")
            ids[start : start + len(piece)] = piece
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        return "".join([self.tokens[i] for i in ids])

    def unseen(self, text: str) -> list[str]:
        known = set(self.tokens[self.unknown :])
        return [c for c in dict.fromkeys(text) if c not in known]

    def fields(self) -> dict[str, Any]:
        return {"characters": self.tokens, "unknown": self.unknown}

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> "Characters":
        tokenizer = cls(_strings(fields["characters"]), bool(fields["unknown"]))
        if not all(len(c) == 1 for c in tokenizer.tokens):
            raise ValueError("its content makes no sense")
        return tokenizer


@dataclass(frozen=True)
class Words:
    """Words by id, the most frequent first. Id 0 is padding, id 1 stands for all words outside the vocabulary, words start at 2."""

    words: tuple[str, ...]
    name: ClassVar[str] = "words"
    join: ClassVar[str] = " "
    EMPTY: ClassVar[int] = 0
    unknown_id: ClassVar[int] = 1
    FIRST: ClassVar[int] = 2

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        return ("", UNKNOWN, *self.words)

    @cached_property
    def ids(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.words, self.FIRST)}

    def encode(self, text: Sequence[str]) -> np.ndarray:
        """Ids (words,) int32; for an empty text, one unknown word."""
        return np.array([self.ids.get(word, self.unknown_id) for word in text] or [self.unknown_id], np.int32)

    def decode(self, ids: Sequence[int]) -> str:
        return self.join.join(self.tokens[i] for i in ids if i != self.EMPTY)

    def unseen(self, text: Sequence[str]) -> list[str]:
        return [word for word in dict.fromkeys(text) if word not in self.ids]

    def fields(self) -> dict[str, Any]:
        return {"words": self.words}

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> "Words":
        return cls(_strings(fields["words"]))


TOKENIZERS: dict[str, type[Tokenizer]] = {tokenizer.name: tokenizer for tokenizer in (Characters, Words)}


def save(folder: Path, tokenizer: Tokenizer, **more: Any) -> None:
    """Save a run's tokenizer in its folder, with further fields that its task needs."""
    content = {"tokenizer": tokenizer.name, "version": _VERSION, **tokenizer.fields(), **more}
    atomic.write(folder / VOCABULARY, json.dumps(content).encode())


def read(folder: Path) -> tuple[Tokenizer, dict[str, Any]]:
    """A run's tokenizer and all fields of its file. Raises `DamagedFile`."""
    path = folder / VOCABULARY
    try:
        return read_json(path, _from_content)
    except FileNotFoundError:
        raise DamagedFile(path, "it is missing") from None


def _from_content(content: dict[str, Any]) -> tuple[Tokenizer, dict[str, Any]]:
    if content.get("version", _VERSION) != _VERSION:
        raise ValueError("it was written by a newer version of this program")
    name = content.get("tokenizer") or next((name for name in TOKENIZERS if name in content), None)  # older files have no name
    if name is None:
        raise ValueError("its content makes no sense")
    if name not in TOKENIZERS:
        raise ValueError(f"this version of the program has no tokenizer {name}")
    return TOKENIZERS[name].from_fields(content), content


def _strings(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError("its content makes no sense")
    return tuple(values)


def code_points(text: str) -> Iterator[tuple[int, np.ndarray]]:
    """(start, code points) of each piece of a text."""
    for start in range(0, len(text), _PIECE):
        yield start, np.frombuffer(text[start : start + _PIECE].encode("utf-32-le", "surrogatepass"), np.uint32)
