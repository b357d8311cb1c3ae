"""One decoder for each format of pictures: from bytes to grey values (H, W) float32, 0..255, in graph operations.

Each checks the header first. A decoder that trusts a header allocates what it says, and some of TensorFlow's can be
made to take gigabytes or minutes, or to end the process, by a file of a few kilobytes.
"""
