"""A server that answers like TensorFlow Serving, for laptops, tests and small deployments."""
