"""The only folder that imports TensorFlow: it builds a Keras model from a spec, trains it, and returns its weights as arrays."""
