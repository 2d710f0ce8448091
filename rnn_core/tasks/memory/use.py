"""Answers a sequence: python use.py "c x y y x"   (symbols between blanks; problem.json lists them)."""

import json
import sys
from pathlib import Path

import keras
import numpy as np

here = Path(__file__).parent
problem = json.loads((here / "problem.json").read_text(encoding="utf-8"))
model = keras.models.load_model(here / "model.keras")

symbols = (sys.argv[1] if len(sys.argv) > 1 else problem["example"]).split()
if unknown := [symbol for symbol in symbols if symbol not in problem["symbols"]]:
    sys.exit(f"There is no symbol {unknown[0]}. Known: {' '.join(problem['symbols'])}")
one_hot = np.eye(len(problem["symbols"]), dtype="float32")
inputs = one_hot[[problem["symbols"].index(symbol) for symbol in symbols]]  # (timesteps, symbols)
blanks = max(0, (model.input_shape[1] or 0) - len(inputs))  # shorter sequences begin with blanks, which are zeros
inputs = np.concatenate([np.zeros((blanks, inputs.shape[1]), "float32"), inputs])

logits = model.predict(inputs[None], verbose=0)[0]
probabilities = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
for i in probabilities.argsort()[::-1]:
    print(f"{problem['answers'][i]}  {probabilities[i]:.4f}")
