"""The colours of marks in charts and components: one meaning each, the same on light and dark pages.

Every colour has a contrast of at least 3 with both backgrounds, and pairs that stand side by side can be told apart by colour-blind
people (`tests/test_colours.py`). Text keeps the colours of the theme, which have a contrast of at least 4.5.
"""

MEANINGS = {
    "step": "#8090a8",  # the loss of each training step
    "training": "#0d9488",  # training, smoothed
    "validation": "#ea580c",
    "answer": "#8b5cf6",  # what a network answers: probabilities, forecasts
    "positive": "#3b82f6",  # of two classes, or of a pair: positive, gained
    "negative": "#db2777",  # negative, lost
    "neutral": "#78857f",  # true values, guides, and what is there to compare with
}
GROUPS = {"A": "#0e7fb8", "B": "#a8681a"}  # of two groups of runs that are compared; their lines also differ in style
STEP, TRAINING, VALIDATION, ANSWER, POSITIVE, NEGATIVE, NEUTRAL = MEANINGS.values()

# Of compared runs, which also differ in their dashes (lengths of line and gap in pixels; none: a solid line). Any two can be told apart.
LINES = ("#009696", "#e1690f", "#693cff", "#965a3c", "#a578e1")
DASHES = ((), (9, 4), (2, 3), (12, 4, 2, 4), (5, 3))


def _background(colour: str, dash: tuple[int, ...]) -> str:
    """A horizontal line as a CSS background."""
    if not dash:
        return colour
    stops, at = [], 0
    for i, length in enumerate(dash):
        stops.append(f"{'transparent' if i % 2 else colour} {at}px {at + length}px")
        at += length
    return f"repeating-linear-gradient(to right, {', '.join(stops)})"


# For the CSS of components: var(--rnn-answer) and so on. Custom properties reach into a component's shadow tree.
_NAMED = (
    MEANINGS
    | {f"line-{number}": colour for number, colour in enumerate(LINES, 1)}
    | {f"stroke-{place}": _background(colour, dash) for place, (colour, dash) in enumerate(zip(LINES, DASHES, strict=True))}
)
CSS = ":root { " + " ".join(f"--rnn-{name}: {colour};" for name, colour in _NAMED.items()) + " }"
