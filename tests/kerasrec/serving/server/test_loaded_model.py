"""A SavedModel on a session."""

import gc
import shutil
import time
import weakref

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.loaded_model import SavedModel


@pytest.fixture(scope="module")
def toy(toy_folder):
    model = SavedModel(toy_folder / "1")
    yield model
    model.close()


def outputs(model, key, *feeds, **options):
    values = model.run(key, list(feeds), **options)
    return dict(zip(model.signature(key).outputs, values, strict=True))


def test_a_signature_is_run(toy, png):
    found = outputs(toy, "serving_default", np.array([png(40), png(25, grey=51)], object))
    assert found["text"].tolist() == [b"v1-28x40", b"v1-28x25"]
    np.testing.assert_allclose(found["confidence"], [1, 0.2], rtol=1e-6)
    assert found["character_count"].tolist() == [4, 2]
    assert found["character_start"].tolist() == [[0, 10, 20, 30], [0, 10, 0, 0]]
    assert set(toy.signatures) >= {"serving_default", "log_probs", "gate", "release"}


def test_a_scalar_output_is_an_array(tmp_path):
    module = tf.Module()
    function = tf.function(
        lambda x: {"text": tf.strings.join([x, "!"]), "length": tf.strings.length(x)},
        input_signature=[tf.TensorSpec((), tf.string, "x")],
    )
    tf.saved_model.save(module, str(tmp_path / "1"), signatures={"serving_default": function})
    model = SavedModel(tmp_path / "1")
    found = outputs(model, "serving_default", np.array(b"ab", object))
    assert (found["text"].shape, found["text"].item(), found["length"].item()) == ((), b"ab!", 2)
    model.close()


@pytest.mark.parametrize(
    ("key", "images", "code", "text"),
    [
        ("serving_default", [b"xx"], "INVALID_ARGUMENT", "Unknown image file format. One of JPEG"),
        (
            "serving_default",
            [],
            "INVALID_ARGUMENT",
            "assertion failed: [Expected at least one image, but received none",
        ),
        ("nope", [b""], "FAILED_PRECONDITION", 'Serving signature key "nope" not found.'),
    ],
)
def test_a_failing_graphs_message_is_passed_on(toy, key, images, code, text):
    with pytest.raises(ServingError) as caught:
        toy.run(key, [np.array(images, object)])
    assert caught.value.code.name == code
    assert caught.value.text.startswith(text)
    assert "node" not in caught.value.text
    assert "Graph execution" not in caught.value.text


def test_an_operation_without_a_value_cannot_be_fetched(toy):
    with pytest.raises(ServingError, match="FetchOutputs NoOp: output index too large"):
        toy.run("__saved_model_init_op", [])


@pytest.mark.parametrize("seconds", [0.05, -1])
def test_a_run_ends_at_its_deadline(toy, png, seconds):
    with pytest.raises(ServingError) as caught:
        toy.run("gate", [np.array([png()], object)], deadline=time.monotonic() + seconds)
    assert caught.value.code.name == "DEADLINE_EXCEEDED"


def test_a_closed_model_fails_and_frees_its_graph(toy_folder, png):
    model = SavedModel(toy_folder / "1")
    session = model._session
    graph = weakref.ref(session.graph)
    model.run("serving_default", [np.array([png()], object)])
    model.close()
    with pytest.raises(RuntimeError, match="closed Session"):
        session.run([])
    del session
    model.close()
    with pytest.raises(ServingError, match="^The model was unloaded$") as caught:
        model.run("serving_default", [np.array([png()], object)])
    assert caught.value.code.name == "UNAVAILABLE"
    assert graph() is None


def test_a_closed_model_frees_its_graph_also_if_it_was_frozen(toy_folder):
    model = SavedModel(toy_folder / "1")
    graph = weakref.ref(model._session.graph)
    gc.freeze()
    try:
        model.close()
        assert graph() is None
        assert gc.get_freeze_count() > 100_000  # what remains is not scanned at each collection
    finally:
        gc.unfreeze()


def test_a_run_on_a_session_just_closed_fails(toy_folder, png):
    model = SavedModel(toy_folder / "1")
    model._session.close()
    with pytest.raises(ServingError, match="^The model was unloaded$"):
        model.run("serving_default", [np.array([png()], object)])


def test_the_error_names_a_folder_without_a_model(tmp_path):
    with pytest.raises(ServingError, match=f"{tmp_path} cannot be loaded: SavedModel file does not exist"):
        SavedModel(tmp_path)


@pytest.mark.parametrize("damage", ["saved_model.pb", "variables/variables.index", "fingerprint.pb"])
@pytest.mark.parametrize("what", ["cut", "gone"])
def test_a_damaged_model_fails_or_works_but_does_not_crash_the_process(toy_folder, tmp_path, png, damage, what):
    shutil.copytree(toy_folder / "1", tmp_path / "1")
    file = tmp_path / "1" / damage
    if what == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    try:
        model = SavedModel(tmp_path / "1")
    except ServingError as error:
        assert error.text
        return
    assert outputs(model, "serving_default", np.array([png()], object))["text"].tolist() == [b"v1-28x40"]
    model.close()
