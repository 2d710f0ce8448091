"""Asks this network: python use.py inputs.npy   (inputs as one array; without it, zeros of the right shape). README.txt says more."""

import sys
from pathlib import Path

import keras
import numpy as np

model = keras.models.load_model(Path(__file__).parent / "model.keras")
shape = tuple(size or 10 for size in model.input_shape[1:])  # None stands for any number of timesteps
print(f"The network reads arrays of the shape (examples, {', '.join(str(size or 'timesteps') for size in model.input_shape[1:])}).")
inputs = np.load(sys.argv[1]) if len(sys.argv) > 1 else np.zeros((1, *shape), model.inputs[0].dtype)
np.set_printoptions(precision=4, suppress=True, threshold=10_000)
print(np.asarray(model.predict(inputs, verbose=0)))
