import json

import keras
import numpy as np
import pytest

from kerasrec.errors import BadRun, CannotWrite
from kerasrec.training.checkpoint import load_checkpoint, load_state, pack_variables, save_checkpoint, unpack_variables


def make_model(units=3):
    """A compiled model with a random generator, after one step."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units), keras.layers.Dropout(0.5)])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def step(model):
    variables = model.trainable_variables
    model.optimizer.apply([keras.ops.ones_like(variable) for variable in variables], variables)
    return model(np.ones((2, 4), "float32"), training=True).numpy()


@pytest.fixture
def saved(tmp_path):
    model = make_model()
    step(model)
    save_checkpoint(tmp_path / "checkpoint.npz", model, {"step": 1, "best": None, "history": [{"loss": 0.1}]})
    return model, tmp_path / "checkpoint.npz"


def test_a_loaded_model_continues_like_the_saved_one(saved):
    model, file = saved
    other = make_model()
    load_checkpoint(file, other)
    for _ in range(2):
        np.testing.assert_array_equal(step(other), step(model))  # weights, momenta and the dropout's generator
    assert int(other.optimizer.iterations) == 3


def test_the_loss_scale_of_float16_is_kept(tmp_path):
    model, other = make_model(), make_model()
    for each in (model, other):
        each.optimizer = keras.optimizers.LossScaleOptimizer(each.optimizer)
        each.optimizer.build(each.trainable_variables)
    model.optimizer.dynamic_scale.assign(64.0)
    for _ in range(2):
        save_checkpoint(tmp_path / "checkpoint.npz", model, {})
    load_checkpoint(tmp_path / "checkpoint.npz", other)
    assert float(model.optimizer.dynamic_scale) == float(other.optimizer.dynamic_scale) == 64


def test_the_variables_of_a_model_are_sent_as_text(saved):
    model, _ = saved
    other = make_model()
    unpack_variables(pack_variables(model), other)
    np.testing.assert_array_equal(step(other), step(model))


def test_the_state_is_restored(saved):
    _, file = saved
    assert load_state(file) == {"step": 1, "best": None, "history": [{"loss": 0.1}]}


def damage(file, how):
    content = file.read_bytes()
    if how == "missing":
        file.unlink()
    elif how == "other":
        np.savez(file, state=np.array(json.dumps({})), x=np.zeros(3))
    elif how == "not json":
        np.savez(file, state=np.array("{"))
    else:
        file.write_bytes({"empty": b"", "half": content[: len(content) // 2], "text": b"hello"}[how])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("how", ["missing", "empty", "half", "text", "other"])
def test_a_damaged_file_is_rejected(saved, how):
    _, file = saved
    damage(file, how)
    with pytest.raises(BadRun, match=r"checkpoint.npz is not a checkpoint of this run: .*\. Train again with another"):
        load_checkpoint(file, make_model())


@pytest.mark.parametrize("how", ["missing", "empty", "half", "text", "not json"])
def test_a_damaged_state_is_rejected(saved, how):
    _, file = saved
    damage(file, how)
    with pytest.raises(BadRun, match="checkpoint.npz is not a checkpoint of this run"):
        load_state(file)


def test_the_checkpoint_of_another_model_is_rejected(saved):
    _, file = saved
    problem = r"it holds \w+ of shape \(.*\), but the model's has \(.*\)"
    with pytest.raises(BadRun, match=rf"is not a checkpoint of this run: {problem}\. Train again"):
        load_checkpoint(file, make_model(units=5))


def test_a_checkpoint_that_cannot_be_written_is_reported(saved):
    model, file = saved
    with pytest.raises(CannotWrite, match="checkpoint.npz could not be written"):
        save_checkpoint(file / "checkpoint.npz", model, {})
