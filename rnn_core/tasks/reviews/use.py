"""Judges a review: python use.py "not good" """

import json
import re
import sys
from pathlib import Path

import keras
import numpy as np

here = Path(__file__).parent
words, labels, rules = (
    json.loads((here / name).read_text(encoding="utf-8")) for name in ("vocabulary.json", "labels.json", "tokenizer.json")
)
ids = {word: i for i, word in enumerate(words["words"], rules["first_id"])}
model = keras.models.load_model(here / "model.keras")

text = (sys.argv[1] if len(sys.argv) > 1 else input("Review: ")).lower().replace("’", "'")
read = [word[: rules["longest_word"]] for word in re.findall(rules["word"], text)][-rules["length"] :]
row = [ids.get(word, rules["unknown_id"]) for word in read] or [rules["unknown_id"]]
if not rules["masking"]:  # the network was trained with padding (id 0) up to `length` words
    padding = [0] * (rules["length"] - len(row))
    row = padding + row if rules["padding"] == "before" else row + padding
logit = float(model.predict(np.array([row]), verbose=0)[0, 0])
second = 1 / (1 + np.exp(-logit))
for label, probability in zip(labels, (1 - second, second), strict=True):
    print(f"{label}  {probability:.4f}")
print("unknown words:", " ".join(word for word in read if word not in ids) or "none")
