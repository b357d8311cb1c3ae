"""From log-probabilities to text: greedy decoding, beam search, and the position of each character. NumPy only.

Log-probabilities are normalised (a log-softmax of the logits) and finite; the id of the CTC blank is 0. The confidence
of a line is the probability of its text: for CTC, the sum over all of the text's paths.
"""

from kerasrec.decoding.alignment import align, log_likelihood, log_likelihoods
from kerasrec.decoding.beam import WIDTH, Prior, beam_search
from kerasrec.decoding.best_path import greedy
from kerasrec.decoding.reading import Character, Reading, to_reading
from kerasrec.decoding.spans import Decoding, Span

__all__ = [
    "WIDTH",
    "Character",
    "Decoding",
    "Prior",
    "Reading",
    "Span",
    "align",
    "beam_search",
    "greedy",
    "log_likelihood",
    "log_likelihoods",
    "to_reading",
]
