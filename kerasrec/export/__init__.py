"""Export: one SavedModel with image bytes in, text and confidence out, that needs neither Keras nor kerasrec."""
