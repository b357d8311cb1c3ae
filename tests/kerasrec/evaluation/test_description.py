from collections import Counter
from dataclasses import replace

from kerasrec.evaluation import Calibration, CalibrationBin, Coverage, Evaluation, Places, describe
from kerasrec.evaluation.metrics import Accuracies, Scores

SCORES = Scores(cer=0.0321, lab_cer=0.04, wer=0.125, perfect=0.7, lines=2000, characters=30123)
EVALUATION = Evaluation(
    SCORES,
    Accuracies(0.9, 0.956),
    {"cer": (0.03, 0.035), "lab_cer": (0.035, 0.045), "wer": (0.12, 0.13), "perfect": (0.68, 0.72)},
    {"length": {"1-4": SCORES, "25-32": SCORES}, "adjacent_repeats": {"with": SCORES}},
    Counter({("o", "0"): 1234, (" ", ""): 5, ("", "i"): 4}),
    Places(29000, 1.26, 0.811),
    Calibration(0.061, (CalibrationBin(0.9, 1.0, 1500, 0.97, 0.9),)),
    (Coverage(0.3, 600, 0.99, 0.0, 1.0), Coverage(0.5, 1000, 0.98, 0.0012, 0.98), Coverage(0.9, 1800, 0.4, 0.02, 0.8)),
)
TEXT = """\
2,000 lines, 30,123 characters

                           95% interval
CER             3.21%    3.00% to 3.50%
lab CER         4.00%    3.50% to 4.50%
WER            12.50%  12.00% to 13.00%
perfect lines  70.00%  68.00% to 72.00%
characters in their place 90.00%, with padding counted 95.60%

characters in the line  lines    CER  lab CER     WER  perfect lines
1-4                     2,000  3.21%    4.00%  12.50%         70.00%
25-32                   2,000  3.21%    4.00%  12.50%         70.00%

adjacent repeats  lines    CER  lab CER     WER  perfect lines
with              2,000  3.21%    4.00%  12.50%         70.00%

confidence   lines  mean confidence  perfect lines
90% to 100%  1,500            97.0%          90.0%
expected calibration error 6.1%

the surest lines  confidence from    CER  perfect lines
50%                         98.0%  0.12%          98.0%
90%                         40.0%  2.00%          80.0%

most confused: truth  read as  times
o                           0  1,234
space                 nothing      5
nothing                     i      4

places of the 29,000 characters read right: 1.3 px off on average, intersection over union 0.81
"""


def test_the_whole_text():
    assert describe(EVALUATION) == TEXT.splitlines()


def test_what_was_not_measured_is_left_out():
    described = describe(replace(EVALUATION, accuracies=None, places=None, confusions=Counter()))
    text = TEXT[: TEXT.index("\nmost confused")].splitlines()
    assert described == [line for line in text if not line.startswith("characters in their place")]


def test_only_the_ten_most_frequent_confusions_are_listed():
    many = Counter({(chr(97 + i), "x"): 20 - i for i in range(15)})
    described = describe(replace(EVALUATION, places=None, confusions=many))
    assert described[-10:] == [f"{chr(97 + i)}                           x     {20 - i:2}" for i in range(10)]
