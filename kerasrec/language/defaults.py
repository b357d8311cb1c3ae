"""The default settings of language models, which `kerasrec --help` shows without loading NumPy."""

ORDER = 6
"""The characters of the longest n-grams: five predict the next one."""
WEIGHT = 0.6
"""How much a language model counts beside the recognizer, which counts 1."""
BONUS = 1.5
"""What each character adds to the score of a text: a language model alone favours short texts."""
WORD_BONUS = 1.0
"""What each character of a word that is favoured adds to the score of a text."""
