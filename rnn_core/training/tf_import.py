"""TensorFlow and Keras, without what Keras imports where it is installed and nobody here trains with.

That is pandas, for tables as training data, and scikit-learn with SciPy, for a network as one of its estimators. Without them a
training process is ready after 4.6 instead of 5.9 s of CPU time, with 638 instead of 773 MB (`python -m benchmarks.memory`).
"""

import sys

_UNUSED = [name for name in ("pandas", "scipy", "sklearn") if name not in sys.modules]
sys.modules.update(dict.fromkeys(_UNUSED))  # None: importing it fails, which Keras takes for not installed

import keras  # noqa: E402, F401
import tensorflow as tf  # noqa: E402, F401

for _name in _UNUSED:
    del sys.modules[_name]  # whoever asks from now on finds it
