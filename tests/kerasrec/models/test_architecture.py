import keras
import pytest

from kerasrec.models import LineCNN, dtype_policy_scope


def test_precision_holds_for_the_models_built_within():
    before = keras.config.dtype_policy()
    with dtype_policy_scope("mixed_bfloat16"):
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
        model = LineCNN(conv_dim=1, fc_dim=1).build(5)
    assert keras.config.dtype_policy() == before
    assert model.get_layer("conv1").compute_dtype == "bfloat16"
    assert model.get_layer("conv1").variable_dtype == "float32"
    assert model.get_layer("logits").compute_dtype == "float32"


def test_the_old_precision_comes_back_after_an_error():
    before = keras.config.dtype_policy()
    with pytest.raises(KeyError), dtype_policy_scope("mixed_float16"):
        raise KeyError("in the building")
    assert keras.config.dtype_policy() == before
