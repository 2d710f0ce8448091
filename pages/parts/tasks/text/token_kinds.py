"""Kinds of characters, by which the map of the embedding is coloured."""

from collections.abc import Sequence

from rnn_core.runs.checkpoints import Weights

_VOWELS = frozenset("aeiouyàâäáæéèêëíìîïóòôöøœúùûüаеёиоуыэюяαεηιουω")
_KINDS = {
    "vowel": "line-1", "other letter": "line-2", "capital letter": "line-3", "digit": "line-4", "blank": "line-5", "other": "neutral",
}  # fmt: skip


def token_kinds(_run_id: str, _weights: Weights, tokens: Sequence[str]) -> tuple[dict[str, str], list[int]]:
    return _KINDS, [_kind(token) for token in tokens]


def _kind(character: str) -> int:
    if character.isspace():
        return 4
    if character.isdigit():
        return 3
    if character.isupper():
        return 2
    return (0 if character in _VOWELS else 1) if character.isalpha() else 5
