"""A server that answers as TensorFlow Serving does, for laptops, tests and small use."""
