"""Writes text with this network: python use.py "prompt" 300 0.8   (prompt, characters, temperature; 0 takes the likeliest)."""

import json
import sys
from pathlib import Path

import keras
import numpy as np

here = Path(__file__).parent
prompt, length, temperature = [*sys.argv[1:], *["\n", "300", "0.8"][len(sys.argv) - 1 :]]
vocabulary = json.loads((here / "vocabulary.json").read_text(encoding="utf-8"))
characters, unknown = vocabulary["characters"], vocabulary["unknown"]  # with `unknown`, id 0 is every other character
ids = {character: i for i, character in enumerate(characters) if i or not unknown}

# The same network for one character at a time: its recurrent layers keep their states from call to call.
trained = keras.models.load_model(here / "model.keras")
config = trained.get_config()
config["layers"][0]["config"]["batch_shape"] = [1, 1]
for layer in config["layers"]:
    layer.pop("build_config", None)
    if "return_sequences" in layer["config"]:
        layer["config"]["stateful"] = True
network = keras.Model.from_config(config)
network.set_weights(trained.get_weights())

for character in [c for c in prompt if c in ids] or [characters[unknown] if "\n" not in ids else "\n"]:
    logits = network.predict_on_batch(np.array([[ids[character]]]))[0, -1]
random = np.random.default_rng()
print(prompt, end="")
for _ in range(int(length)):
    logits[:unknown] = -np.inf  # never written
    scaled = (logits - logits.max()).astype("float64") / max(float(temperature), 1e-6)
    probabilities = np.exp(scaled) / np.exp(scaled).sum()
    chosen = random.choice(len(characters), p=probabilities) if float(temperature) else logits.argmax()
    print(characters[chosen], end="", flush=True)
    logits = network.predict_on_batch(np.array([[chosen]]))[0, -1]
print()
