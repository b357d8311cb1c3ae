import io

import numpy as np
from PIL import Image

from kerasrec.alphabet import Alphabet
from kerasrec.export.samples import COUNT, sample_pictures


def open_all(pictures):
    return [Image.open(io.BytesIO(picture)) for picture in pictures]


def test_samples_are_the_same_each_time():
    assert sample_pictures(Alphabet()) == sample_pictures(Alphabet())


def test_samples_have_all_formats_and_many_sizes():
    pictures = open_all(sample_pictures(Alphabet()))
    assert len(pictures) == COUNT
    assert {picture.format for picture in pictures} == {"PNG", "JPEG", "WEBP"}
    assert len({picture.size for picture in pictures}) > COUNT / 2


def test_samples_are_dark_on_light_and_light_on_dark():
    light = [np.median(np.asarray(picture.convert("L"))) > 128 for picture in open_all(sample_pictures(Alphabet()))]
    assert any(light) and not all(light)


def test_each_sample_has_ink():
    assert all(np.ptp(np.asarray(picture.convert("L"))) > 100 for picture in open_all(sample_pictures(Alphabet("ab"))))


def test_an_alphabet_of_only_a_space_has_samples_too():
    assert len(open_all(sample_pictures(Alphabet(" ")))) == COUNT
