"""Presets of the reviews task."""

from rnn_core.tasks.task import Preset

_REVIEWS = {"epochs": 2, "batch_size": 64, "learning_rate": 0.002}
_LITTLE = {"source": "review-language", "cell": "gru", "epochs": 3}
_CONTRAST = {"cell": "gru", "units": 128, "padding": "after", "length": 400, **_REVIEWS}

PRESETS: dict[str, Preset] = {
    "bilstm": Preset(
        "BiLSTM", "One bidirectional LSTM with 64 units: reads from both ends.",
        {"cell": "lstm", "units": 64, "bidirectional": True, **_REVIEWS},
    ),
    "two-bilstm": Preset(
        "Two BiLSTMs", "Two layers. The first passes on its state at every word (`return_sequences`), the second only the last one.",
        {"cell": "lstm", "units": 64, "layers": 2, "bidirectional": True, **_REVIEWS},
    ),
    "four-sentences": Preset(
        "Four sentences", "A SimpleRNN on four sentences: it memorises them in a second. Add your own.",
        {"source": "four-sentences", "cell": "rnn", "units": 128, "embedding": 100, "length": 20, "epochs": 30, "batch_size": 4,
         "learning_rate": 0.001, "schedule": "constant"},
    ),
    "unmasked": Preset(
        "Masking off", "A GRU whose last state comes after hundreds of empty places: on IMDB it hardly learns anything (54.8 % right).",
        {**_CONTRAST, "masking": False},
    ),
    "masked": Preset("Masking on", "The same, but empty places are skipped (IMDB: 89.1 % right).", _CONTRAST),
    "twins": Preset(
        "Twins", "A GRU where order decides: every hard review has a twin with the same words in another order and the opposite label.",
        {**_LITTLE, "units": 32, "embedding": 32, "batch_size": 32, "learning_rate": 0.005, "schedule": "constant"},
    ),
    "empty-places": Preset(
        "Empty places", "A GRU reads each review, then empty places up to Length 50: the review is forgotten, and it stays at guessing (50 %). "
        "Turn Masking on, or Length down to 20: it learns.",
        {**_LITTLE, "units": 64, "padding": "after", "masking": False, "length": 50, "batch_size": 64, "learning_rate": 0.004},
    ),
    "accurate": Preset(
        "Accurate", "A bidirectional GRU with the maximum over all words; up to 400 words of each review.",
        {"cell": "gru", "units": 64, "bidirectional": True, "pooling": "max", "dropout": 0.5, "vocabulary": 20_000, "length": 400,
         "epochs": 3, "batch_size": 128, "learning_rate": 0.004},
    ),
}  # fmt: skip
