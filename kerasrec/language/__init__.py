"""Character language models: how likely a text is before its picture is seen. NumPy only."""
