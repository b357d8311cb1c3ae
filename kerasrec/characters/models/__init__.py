"""Character models: each a frozen dataclass of settings that builds a functional Keras model."""
