"""Export: one SavedModel with image bytes in, text and confidence out, that needs neither Keras nor kerasrec.

`saved_model.export_saved_model` writes, checks and describes a version of it, from what `parts` takes of a recognizer.
"""
