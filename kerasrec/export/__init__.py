"""Export: a SavedModel that takes image bytes, returns text and confidence, and needs neither Keras nor kerasrec.

`saved_model.export_saved_model` writes, checks and describes a version of it, from the `parts` of a recognizer.
"""
