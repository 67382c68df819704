"""Save/load conformance harness for Keras and TensorFlow."""

__version__ = "0.1.0"
