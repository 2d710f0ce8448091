"""The only folder that imports TensorFlow: a spec becomes a Keras model, is trained, and its weights leave as arrays."""
