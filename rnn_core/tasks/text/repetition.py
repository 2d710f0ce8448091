"""How much a text repeats itself."""

PIECE = 20  # characters


def repeated_share(text: str) -> float:
    """Share, 0 to 1, of all pieces of PIECE characters that occurred before in the text; 0 for a text of one piece."""
    pieces = [text[start : start + PIECE] for start in range(len(text) - PIECE + 1)]
    return 1 - len(set(pieces)) / len(pieces) if pieces else 0.0
