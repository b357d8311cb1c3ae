import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrec.models.positions import sine_positions
from kerasrec.models.transformer_decoder import TransformerDecoder, frame_mask

RNG = np.random.default_rng(0)
MEMORY = RNG.normal(size=(3, 5, 6)).astype(np.float32)
FRAMES = np.array([5, 2, 4], np.int32)
TOKENS = RNG.integers(0, 9, (3, 7), np.int32)
SIZES = {"classes": 9, "dim": 6, "depth": 2, "heads": 3, "feed_forward": 7}


def make(policy: str = "float32") -> TransformerDecoder:
    decoder = TransformerDecoder(**SIZES, dropout=0.4, position_dropout=0.1, dtype=policy)
    decoder.build()
    return decoder


@pytest.fixture(scope="module")
def decoder(randomise) -> TransformerDecoder:
    made = make()
    randomise(made)
    return made


def test_the_output_equals_that_of_its_layers(decoder):
    embedding, (kernel, bias) = decoder.embedding.get_weights()[0], decoder.classes.get_weights()
    x = embedding[TOKENS] * 6**0.5 + np.array(sine_positions(7, 6))
    valid = np.arange(5) < FRAMES[:, None, None, None]
    for block in decoder.blocks:
        x = block(
            x, block.text.compute_key_values(x), np.tri(7, dtype=bool), block.image.compute_key_values(MEMORY), valid
        )
    found = decoder([MEMORY, FRAMES, TOKENS])
    np.testing.assert_allclose(found, np.array(x) @ kernel + bias, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("change", range(7))
def test_a_token_affects_itself_and_later_tokens_only(decoder, change):
    other = TOKENS.copy()
    other[:, change] = (other[:, change] + 1) % 9
    differ = np.abs(decoder([MEMORY, FRAMES, other]) - decoder([MEMORY, FRAMES, TOKENS])).max(axis=(0, 2)) > 1e-4
    assert differ.tolist() == [position >= change for position in range(7)]


def test_invalid_frames_have_no_effect(decoder):
    valid = np.arange(5) < FRAMES[:, None]
    other = np.where(valid[..., None], MEMORY, 100).astype(np.float32)
    np.testing.assert_array_equal(decoder([other, FRAMES, TOKENS]), decoder([MEMORY, FRAMES, TOKENS]))
    other = np.where(valid[..., None], 100, MEMORY).astype(np.float32)
    assert np.abs(decoder([other, FRAMES, TOKENS]) - decoder([MEMORY, FRAMES, TOKENS])).max() > 0.01


def test_frame_mask_is_true_for_valid_frames():
    found = frame_mask(MEMORY, FRAMES)
    assert (found.shape, found.dtype) == ((3, 1, 1, 5), "bool")
    np.testing.assert_array_equal(found[:, 0, 0], [[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 1, 1, 1, 0]])


def test_one_graph_works_for_all_lengths(decoder):
    unknown = [tf.TensorSpec((None, None, 6)), tf.TensorSpec((None,), tf.int32), tf.TensorSpec((None, None), tf.int32)]
    graph = tf.function(lambda *inputs: decoder(inputs), input_signature=unknown)
    for length in (1, 7):
        expected = decoder([MEMORY, FRAMES, TOKENS[:, :length]])
        np.testing.assert_allclose(graph(MEMORY, FRAMES, TOKENS[:, :length]), expected, rtol=1e-4, atol=1e-5)


def test_dropout_applies_in_training_only(decoder):
    read = decoder([MEMORY, FRAMES, TOKENS])
    np.testing.assert_array_equal(decoder([MEMORY, FRAMES, TOKENS], training=False), read)
    assert np.abs(decoder([MEMORY, FRAMES, TOKENS], training=True) - read).max() > 0.01


def test_embedding_and_output_are_initialised_uniformly_up_to_a_tenth():
    keras.utils.set_random_seed(0)
    decoder = TransformerDecoder(**SIZES | {"classes": 83, "dim": 252}, dropout=0.0, position_dropout=0.0)
    decoder.build()
    embedding, (kernel, bias) = decoder.embedding.get_weights()[0], decoder.classes.get_weights()
    for weight in (embedding, kernel):
        assert 0.099 < np.abs(weight).max() <= 0.1
        assert weight.std() == pytest.approx(0.1 / 3**0.5, rel=0.02)
    assert not bias.any()
    assert np.abs(np.corrcoef(embedding.ravel(), kernel.T.ravel())[0, 1]) < 0.05  # not the same numbers


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_the_logits_are_float32_under_every_policy(decoder, policy):
    fast = make(policy)
    fast.set_weights(decoder.get_weights())
    assert fast.blocks[0].widen.compute_dtype == policy.removeprefix("mixed_")
    found, expected = fast([MEMORY, FRAMES, TOKENS]), decoder([MEMORY, FRAMES, TOKENS])
    symbolic = fast([keras.Input((None, 6)), keras.Input((), dtype="int32"), keras.Input((None,), dtype="int32")])
    assert (found.dtype, symbolic.dtype, symbolic.shape) == ("float32", "float32", (None, None, 9))
    assert 0 < np.abs(found - expected).max() < 0.1 * np.std(expected)


def test_it_survives_serialization():
    decoder = TransformerDecoder(**SIZES, dropout=0.25, position_dropout=0.125, name="decoder")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(decoder))
    assert isinstance(again, TransformerDecoder)
    assert again.get_config() == decoder.get_config()
    assert decoder.get_config().items() >= (SIZES | {"dropout": 0.25, "position_dropout": 0.125}).items()
