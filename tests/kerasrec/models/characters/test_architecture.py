import pytest

from kerasrec.errors import UsageError
from kerasrec.models.characters.architecture import glyph_input
from kerasrec.models.characters.character_resnet import CharacterResNet


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"conv_dim": 0}, "conv_dim must be at least 1, not 0"),
        ({"fc_dim": -5}, "fc_dim must be at least 1, not -5"),
        ({"blocks": 0}, "blocks must be at least 1, not 0"),
        ({"dropout": 1.0}, r"dropout must be at least 0 and below 1, not 1\.0"),
        ({"dropout": -0.1}, r"not -0\.1"),
    ],
)
def test_an_invalid_setting_raises_with_its_value(setting, message):
    with pytest.raises(UsageError, match=message):
        CharacterResNet(**setting)


def test_dropout_can_be_zero():
    assert CharacterResNet(dropout=0.0).dropout == 0


def test_the_input_is_a_batch_of_glyphs():
    assert (glyph_input().shape, glyph_input().dtype) == ((None, 28, 28, 1), "uint8")
