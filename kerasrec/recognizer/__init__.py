"""The recognizer: alphabet, spec and model in one object and one file; reading of images; output formats."""
