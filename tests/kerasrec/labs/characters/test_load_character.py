import numpy as np

from kerasrec.labs.characters.load_character import ink_sides


def test_the_longer_side_of_the_ink_is_measured():
    glyphs = np.zeros((3, 28, 28), np.uint8)
    glyphs[0, 4:9, 3:20] = 255
    glyphs[1, 0:28, 5] = 65
    glyphs[1, 5, 0:3] = 64
    assert ink_sides(glyphs).tolist() == [17, 28, 0]
