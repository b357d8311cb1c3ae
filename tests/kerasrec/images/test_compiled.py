import numpy as np
import pytest

from kerasrec.images.canonical import line_from_image, to_line
from kerasrec.images.compiled import compile_line_maker, make_line


@pytest.mark.parametrize("shape", [(28, 200), (28, 28), (84, 350), (17, 90)], ids=str)
def test_the_compiled_line_is_that_of_numpy(shape):
    grey = np.full(shape, 230, np.uint8)
    grey[shape[0] // 4 : shape[0] // 2, shape[1] // 3 : shape[1] // 2] = 20
    plain, compiled = line_from_image(grey), make_line(grey, 28)
    np.testing.assert_allclose(compiled.pixels.astype(int), plain.pixels, atol=1)
    assert (compiled.offset, compiled.scale) == (plain.offset, pytest.approx(plain.scale))


def test_one_graph_serves_images_of_every_size():
    maker = compile_line_maker(28)
    for width in (40, 300, 77):
        line, _, _ = maker(np.zeros((28, width), np.uint8))
        assert line.shape[0] == 28
    assert compile_line_maker(28) is maker
    assert maker.experimental_get_tracing_count() == 1
    assert to_line is not maker


def test_the_same_graph_serves_every_polarity():
    maker, grey = compile_line_maker(28), np.full((60, 300), 120, np.uint8)
    grey[20:40, 50:250:40], grey[20:40, 110:200:40] = 0, 255  # dark strokes, and fewer light ones between them
    lines = {ink: make_line(grey, 28, ink).pixels for ink in ("dark", "light")}
    assert lines["dark"].any() and lines["light"].any()
    negative = make_line(255 - grey, 28, "light").pixels
    assert negative.shape == lines["dark"].shape != lines["light"].shape
    assert maker.experimental_get_tracing_count() == 1
