"""Serving: the wire names, a client, and a small server that answers as TensorFlow Serving does."""
