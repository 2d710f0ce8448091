"""Names a handwritten digit: python use.py digit.csv   (a table of numbers, one row of the picture a line; 0 is paper)."""

import json
import sys
from pathlib import Path

import keras
import numpy as np

here = Path(__file__).parent
labels = json.loads((here / "labels.json").read_text(encoding="utf-8"))
picture = json.loads((here / "picture.json").read_text(encoding="utf-8"))  # how a picture becomes the network's input
model = keras.models.load_model(here / "model.keras")

pixels = np.loadtxt(sys.argv[1] if len(sys.argv) > 1 else here / "digit.csv", delimiter=",")
if pixels.shape != (picture["side"], picture["side"]):
    sys.exit(f"The table must have {picture['side']} rows and columns, from 0 (paper) to {picture['ink']} (ink).")
inputs = pixels / picture["ink"]
inputs = inputs.T if picture["by_columns"] else inputs
inputs = inputs.reshape(picture["timesteps"], -1)[picture["order"]]  # in the order in which the network reads

logits = model.predict(inputs[None].astype("float32"), verbose=0)[0]
probabilities = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
for i in probabilities.argsort()[::-1]:
    print(f"{labels[i]}  {probabilities[i]:.4f}")
