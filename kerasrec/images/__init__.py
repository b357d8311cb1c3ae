"""From any image of a line, a file or bytes, to the canonical line that recognizers see: ink 255 on 0.

Nothing is imported here, so that `images.loading` alone costs neither Keras nor TensorFlow.
"""
