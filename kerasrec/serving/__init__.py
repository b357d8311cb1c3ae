"""Serving: the names on the wire, a client, and a small server that answers like TensorFlow Serving."""
