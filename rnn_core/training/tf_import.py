"""Import TensorFlow and Keras without the optional packages that Keras imports where they are installed.

These are pandas, for tables as training data, and scikit-learn with SciPy, for Keras' scikit-learn wrappers; training here uses
none of them. Without them a training process is ready after 4.6 instead of 5.9 s of CPU time, with 638 instead of 773 MB
(`python -m benchmarks.memory`).
"""

import sys

_UNUSED = [name for name in ("pandas", "scipy", "sklearn") if name not in sys.modules]
sys.modules.update(dict.fromkeys(_UNUSED))  # None makes the import fail, as if the package were not installed

import keras  # noqa: E402, F401
import tensorflow as tf  # noqa: E402, F401

for _name in _UNUSED:
    del sys.modules[_name]  # later imports work as usual
