import keras
import pytest

from kerasrec.models import LineCNN, dtype_policy_scope


def test_the_policy_applies_to_models_built_in_the_scope():
    before = keras.config.dtype_policy()
    with dtype_policy_scope("mixed_bfloat16"):
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
        model = LineCNN(conv_dim=1, fc_dim=1).build(5)
    assert keras.config.dtype_policy() == before
    assert model.get_layer("conv1").compute_dtype == "bfloat16"
    assert model.get_layer("conv1").variable_dtype == "float32"
    assert model.get_layer("logits").compute_dtype == "float32"


def test_the_previous_policy_is_restored_after_an_error():
    before = keras.config.dtype_policy()
    with pytest.raises(KeyError), dtype_policy_scope("mixed_float16"):
        raise KeyError("while building")
    assert keras.config.dtype_policy() == before
