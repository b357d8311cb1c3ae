import json
import resource
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrec import __version__
from kerasrec.alphabet import Alphabet
from kerasrec.decoding import Decoding, log_likelihood
from kerasrec.errors import BadImage, BadRun, CannotWrite, UsageError
from kerasrec.labs.characters.recognizer import CharacterRecognizer
from kerasrec.language.model import LanguageModel
from kerasrec.models import LineCNN, LineCNNLSTM, LineResNet
from kerasrec.models.characters import CharacterMLP
from kerasrec.recognizer.model_file import FORMAT
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.spec import LineSpec

RESNET = LineResNet(width=3, context_dim=8, context_blocks=1, context_kernel=3, dropout=0.0)
ALPHABET = Alphabet("abcde ")
KINDS = {
    "line_resnet": (RESNET, LineSpec()),
    "line_cnn": (LineCNN(conv_dim=3, fc_dim=8), LineSpec()),
    "line_cnn_lstm": (LineCNNLSTM(conv_dim=3, fc_dim=8, lstm_dim=6), LineSpec(max_length=4, fixed_width=True)),
}


@pytest.fixture(scope="module")
def recognizers(randomise) -> dict[str, Recognizer]:
    """A recognizer of each model with random but fixed weights."""
    made = {name: Recognizer.build(architecture, ALPHABET, spec) for name, (architecture, spec) in KINDS.items()}
    for recognizer in made.values():
        randomise(recognizer.model)
        vary_readings(recognizer)
    return made


@pytest.fixture(scope="module")
def recognizer(recognizers) -> Recognizer:
    return recognizers["line_resnet"]


@pytest.fixture
def saved(recognizer, tmp_path) -> Path:
    recognizer.save(tmp_path / "recognizer.keras")
    return tmp_path / "recognizer.keras"


def line(width: int, seed: int = 0) -> np.ndarray:
    """Draws a line of random blots, (28, width) uint8."""
    blots = np.random.default_rng([seed, width]).choice([0, 80, 255], (4, width // 7 + 1))
    return np.kron(blots, np.ones((7, 7)))[:, :width].astype(np.uint8)


def vary_readings(recognizer: Recognizer) -> None:
    """Rescales the last layer so that each class is the most probable one in some frames."""
    images, widths = recognizer.to_batch([line(150, seed) for seed in range(4)])
    logits = recognizer.model.predict_on_batch([images, widths])[:, : recognizer.architecture.frames(150)]
    last = [layer for layer in recognizer.model.layers if isinstance(layer, keras.layers.Dense)][-1]
    kernel, bias = last.get_weights()
    gain = 3 / logits.std(axis=(0, 1))
    last.set_weights([kernel * gain, (bias - logits.mean(axis=(0, 1))) * gain])


def certain(ids: list[int], classes: int = len(ALPHABET)) -> np.ndarray:
    """Returns log-probabilities (1, T, K) that predict one id in each frame, with a probability of 0.9."""
    probabilities = np.full((1, len(ids), classes), 0.1 / (classes - 1), np.float32)
    probabilities[0, np.arange(len(ids)), ids] = 0.9
    return np.log(probabilities)


def rewrite(path: Path, change: Callable[[dict], object]) -> None:
    """Changes the card inside a saved recognizer."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    card = json.loads(members["kerasrec.json"])
    members["kerasrec.json"] = json.dumps(change(card)).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("name", KINDS)
def test_the_name_is_that_of_the_architecture(name, recognizers):
    assert recognizers[name].name == name


@pytest.mark.parametrize("name", KINDS)
@given(
    lines=st.lists(st.tuples(st.integers(1, 150), st.integers(0, 9)), min_size=2, max_size=6),
    batch_size=st.integers(1, 6),
)
@settings(max_examples=10)
def test_a_line_reads_the_same_alone_and_among_others(name, recognizers, lines, batch_size):
    recognizer, pictures = recognizers[name], [line(width, seed) for width, seed in lines]
    together = recognizer.read_lines(pictures, batch_size)
    assert len(together) == len(pictures)
    for picture, reading in zip(pictures, together, strict=True):
        (alone,) = recognizer.read_lines([picture])
        assert reading.text == alone.text
        assert reading.confidence == pytest.approx(alone.confidence, rel=1e-3)
        for one, other in zip(reading.characters, alone.characters, strict=True):
            assert (one.text, one.start, one.end) == (other.text, other.start, other.end)
            assert one.confidence == pytest.approx(other.confidence, rel=1e-3)


@pytest.mark.parametrize("name", KINDS)
def test_a_reading_is_the_best_path_of_the_model(name, recognizers):
    recognizer, width = recognizers[name], 150
    image = np.zeros((1, 28, 256, 1), np.uint8)
    image[0, :, :width, 0] = line(width)
    frames = recognizer.architecture.frames(width)
    path = recognizer.model.predict_on_batch([image, np.array([width])])[0, :frames].argmax(axis=-1)
    merged = [token for t, token in enumerate(path) if t == 0 or path[t - 1] != token]
    (reading,) = recognizer.read_lines([line(width)])
    assert reading.text == ALPHABET.decode(merged)
    assert reading.text == "".join(character.text for character in reading.characters)
    assert len(set(reading.text)) > 1


def test_every_character_has_a_position_in_the_line(recognizer):
    for width in (1, 5, 27, 28, 40, 150):
        (reading,) = recognizer.read_lines([line(width)])
        edges = [edge for character in reading.characters for edge in (character.start, character.end)]
        assert edges == sorted(edges)
        assert all(0 <= edge <= width for edge in edges)


def test_no_lines_have_no_readings(recognizer):
    assert recognizer.read_lines([]) == []


def test_a_line_of_no_width_can_be_read(recognizer):
    (reading,) = recognizer.read_lines([line(0)])
    assert all((character.start, character.end) == (0, 0) for character in reading.characters)


def test_beam_search_finds_a_text_that_is_at_least_as_probable(recognizer):
    pictures = [line(width) for width in (60, 90, 120)]
    for best_path, beam in zip(
        recognizer.read_lines(pictures), recognizer.read_lines(pictures, beam_width=16), strict=True
    ):
        assert beam.confidence >= best_path.confidence * 0.999


@pytest.mark.parametrize(
    ("name", "widths", "padded", "canvas"),
    [
        ("line_resnet", [30, 100], [30, 100], 160),  # 100 + 48, in steps of 32
        ("line_resnet", [80], [80], 128),
        ("line_resnet", [5, 28], [28, 28], 96),
        ("line_cnn", [32], [32], 64),
        ("line_cnn", [33], [33], 96),
        ("line_cnn_lstm", [30, 112], [112, 112], 160),  # at least as wide as the canvas of the spec
        ("line_cnn_lstm", [30, 150], [112, 150], 192),
    ],
)
def test_lines_are_padded_to_a_canvas_with_a_margin(name, widths, padded, canvas, recognizers):
    pictures = [line(width) for width in widths]
    images, found = recognizers[name].to_batch(pictures)
    assert (found.tolist(), found.dtype) == (padded, np.int32)
    assert (images.shape, images.dtype) == ((len(widths), 28, canvas, 1), np.uint8)
    for image, picture in zip(images, pictures, strict=True):
        np.testing.assert_array_equal(image[:, : picture.shape[1], 0], picture)
        assert not image[:, picture.shape[1] :].any()


def test_a_line_narrower_than_a_window_can_be_read():
    recognizer = Recognizer.build(LineCNN(conv_dim=1, fc_dim=2, window_width=200), ALPHABET, LineSpec())
    assert recognizer.to_batch([line(30)])[1].tolist() == [193]  # the minimum that shrinks to 25 columns
    assert len(recognizer.read_lines([line(30), line(300)])) == 2


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros((1, 50), np.uint8), r"shape \(28, width\) and type uint8, but received \(1, 50\) and uint8"),
        (np.zeros((28, 50, 1), np.uint8), r"received \(28, 50, 1\) and uint8"),
        (np.zeros((28, 50), np.float32), r"received \(28, 50\) and float32"),
    ],
)
def test_an_invalid_line_is_rejected(picture, message, recognizer):
    with pytest.raises(BadImage, match=message):
        recognizer.read_lines([line(40), picture])


def test_frames_become_characters_with_positions_in_pixels(recognizer):
    a, b = ALPHABET.encode("ab")
    log_probs = certain([0, a, a, 0, 0, b, 0, 0])  # frames are 8 px apart, the first at 0
    (reading,) = recognizer.decode(log_probs, np.array([64]))
    assert reading.text == "ab"
    assert reading.confidence == pytest.approx(np.exp(log_likelihood(log_probs[0], [a, b])))
    assert reading.confidence > 0.9**8  # the probability of the most probable path
    assert [(c.start, c.end) for c in reading.characters] == [(0.0, 26.0), (26.0, 54.0)]
    assert [c.confidence for c in reading.characters] == pytest.approx([0.9, 0.9])
    (cut,) = recognizer.decode(log_probs, np.array([64]), ends=[50])
    assert [(c.start, c.end) for c in cut.characters] == [(0.0, 26.0), (26.0, 50.0)]
    assert recognizer.decode(log_probs, np.array([64]), beam_width=4)[0].text == "ab"


def test_the_frames_behind_a_line_have_no_say(recognizer):
    a, b = ALPHABET.encode("ab")
    for beam_width in (0, 4):
        (reading,) = recognizer.decode(certain([a, 0, b, b]), np.array([16]), beam_width)
        assert reading.text == "a"
    (whole,) = recognizer.decode(certain([a, 0, b, b]), np.array([900]))  # more frames than there are
    assert whole.text == "ab"


def test_a_beam_without_paths_to_search_is_refused_with_its_remedy(recognizers):
    kind = recognizers["line_cnn"]
    positions = Recognizer(kind.architecture, ALPHABET, kind.spec, kind.model, "cross_entropy")
    with pytest.raises(UsageError, match="width 4 needs .* trained with cross_entropy. Leave out the beam width"):
        positions.decode(certain([0, 4]), np.array([64]), beam_width=4)

    with pytest.raises(UsageError, match="A language model needs .* with cross_entropy. Leave out the language model"):
        positions.decode(certain([0, 4]), np.array([64]), language_model="english")


def test_a_language_model_decides_between_characters_that_look_alike(recognizer):
    doubtful = certain(ALPHABET.encode("ab"))
    doubtful[0, 1] = np.log(0.02)
    doubtful[0, 1, ALPHABET.encode("bc")] = np.log([0.5, 0.4])
    read = partial(recognizer.decode, doubtful, np.array([16]))
    model = LanguageModel.build(["ac ac ca"], order=2)
    assert read()[0].text == read(16)[0].text == "ab"
    (reading,) = read(language_model=model)
    assert (reading.text, reading.confidence) == ("ac", read(16, language_model=model)[0].confidence)
    assert reading.confidence == pytest.approx(0.9 * 0.4, rel=0.1)  # without the language model
    assert read(language_model=replace(model, weight=0.0))[0].text == "ab"


def test_an_unknown_language_model_is_refused_before_anything_is_read(recognizer):
    with pytest.raises(UsageError, match="There is no language model 'klingon'. Give english, or a file"):
        recognizer.read_many(["absent.png"], language_model="klingon")


@pytest.mark.parametrize("name", KINDS)
def test_the_centres_of_frames_are_those_of_the_architecture(name, recognizers):
    recognizer = recognizers[name]
    offset, stride = recognizer.architecture.offset, recognizer.architecture.stride
    nothing = Decoding(1.0, ())
    assert recognizer.centres(nothing, 3, 100).tolist() == [offset, offset + stride, offset + 2 * stride]


@pytest.mark.parametrize("name", KINDS)
def test_a_saved_recognizer_reads_the_same(name, recognizers, tmp_path):
    recognizer, path = recognizers[name], tmp_path / "new" / "folder" / "mine.keras"
    recognizer.temperature = 1.44
    recognizer.save(path)
    loaded = Recognizer.load(path)
    assert (loaded.name, loaded.temperature) == (name, 1.44)
    assert (loaded.architecture, loaded.alphabet, loaded.spec) == (recognizer.architecture, ALPHABET, recognizer.spec)
    images, widths = recognizer.to_batch([line(100), line(60)])
    np.testing.assert_allclose(loaded.log_probs(images, widths), recognizer.log_probs(images, widths), atol=1e-4)
    assert [file.name for file in path.parent.iterdir()] == ["mine.keras"]
    softer = recognizer.log_probs(images, widths)
    recognizer.temperature = 1.0
    assert np.abs(recognizer.log_probs(images, widths) - softer).max() > 1e-3


def test_a_recognizer_of_single_characters_raises(tmp_path):
    CharacterRecognizer.build(CharacterMLP(8, 4), "ab", 20).save(tmp_path / "recognizer.keras")
    with pytest.raises(BadRun, match="reads single characters, not lines. Use `kerasrec character read`"):
        Recognizer.load(tmp_path / "recognizer.keras")


@pytest.mark.parametrize("characters", ["é字🙂 \"'\\", "a", "".join(map(chr, range(0x4E00, 0x4E00 + 300)))])
def test_any_alphabet_can_be_saved(characters, tmp_path):
    alphabet = Alphabet(characters)
    Recognizer.build(RESNET, alphabet, LineSpec(max_length=7)).save(tmp_path / "a.keras")
    loaded = Recognizer.load(tmp_path / "a.keras")
    assert (loaded.alphabet, loaded.spec.max_length) == (alphabet, 7)
    assert loaded.model.output.shape[-1] == len(alphabet)
    log_probs = certain([len(alphabet) - 1], len(alphabet))
    assert loaded.decode(log_probs, np.array([8]))[0].text == characters[-1]


def test_keras_can_load_the_file(recognizer, saved):
    model = keras.saving.load_model(saved)
    images, widths = recognizer.to_batch([line(100)])
    np.testing.assert_allclose(
        model.predict_on_batch([images, widths]), recognizer.model.predict_on_batch([images, widths]), atol=1e-4
    )


def test_the_file_has_a_card(saved):
    with zipfile.ZipFile(saved) as archive:
        card = json.loads(archive.read("kerasrec.json"))
    assert card == {
        "format": FORMAT,
        "kerasrec": __version__,
        "model": "line_resnet",
        "objective": "ctc",
        "settings": asdict(RESNET),
        "alphabet": "abcde ",
        "spec": asdict(LineSpec()),
        "temperature": 1.0,
    }


def test_the_precision_is_chosen_when_loading(tmp_path, randomise):
    trained = Recognizer.build(RESNET, ALPHABET, LineSpec(), "mixed_bfloat16")
    randomise(trained.model)
    trained.save(tmp_path / "a.keras")
    slow, fast = Recognizer.load(tmp_path / "a.keras"), Recognizer.load(tmp_path / "a.keras", "mixed_bfloat16")
    dtypes = [recognizer.model.get_layer("stem").compute_dtype for recognizer in (trained, slow, fast)]
    assert dtypes == ["bfloat16", "float32", "bfloat16"]
    batch = slow.to_batch([line(100)])
    np.testing.assert_allclose(fast.log_probs(*batch), trained.log_probs(*batch), atol=1e-5)
    assert 0 < np.abs(fast.log_probs(*batch) - slow.log_probs(*batch)).max() < 0.5


def test_a_second_save_replaces_the_first(recognizer, saved, randomise):
    other = Recognizer.build(RESNET, Alphabet("xyz"), LineSpec())
    other.save(saved)
    assert Recognizer.load(saved).alphabet.characters == "xyz"


def test_a_full_disk_keeps_the_old_recognizer(recognizer, saved):
    old, limits = saved.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(old) // 2, limits[1]))
    try:
        with pytest.raises(CannotWrite, match=rf"{saved} could not be written: "):
            recognizer.save(saved)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert saved.read_bytes() == old
    assert list(saved.parent.iterdir()) == [saved]


def test_a_missing_file_raises(tmp_path):
    with pytest.raises(BadRun, match=rf"{tmp_path}/no\.keras is not a recognizer of kerasrec \(.*No such file"):
        Recognizer.load(tmp_path / "no.keras")


def test_a_folder_raises(tmp_path):
    with pytest.raises(BadRun, match=rf"{tmp_path} is not a recognizer of kerasrec \(.*Is a directory"):
        Recognizer.load(tmp_path)


@pytest.mark.parametrize("keep", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_file_raises(keep, saved):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(BadRun, match=rf"{saved} is not a recognizer of kerasrec \(File is not a zip file\)"):
        Recognizer.load(saved)


@pytest.mark.parametrize("member", ["model.weights.h5", "kerasrec.json"])
def test_a_changed_byte_raises(member, saved):
    content = bytearray(saved.read_bytes())
    with zipfile.ZipFile(saved) as archive:
        found = archive.getinfo(member)
    content[found.header_offset + 100 + found.file_size // 2] ^= 255
    saved.write_bytes(content)
    with pytest.raises(BadRun, match=rf"{saved} is .*Bad CRC-32 for file '{member}'"):
        Recognizer.load(saved)


def test_a_model_without_a_card_raises(tmp_path):
    RESNET.build(5).save(tmp_path / "a.keras")
    with pytest.raises(BadRun, match="is not a recognizer of kerasrec .*There is no item named 'kerasrec.json'"):
        Recognizer.load(tmp_path / "a.keras")


def test_another_format_raises_with_its_version(saved):
    rewrite(saved, lambda card: {**card, "format": 99, "kerasrec": "7.1"})
    message = rf"{saved} has format 99 of kerasrec 7\.1, but this is kerasrec {__version__} with format {FORMAT}\. Use"
    with pytest.raises(BadRun, match=message):
        Recognizer.load(saved)


@pytest.mark.parametrize(
    "change",
    [
        lambda card: [],
        lambda card: None,
        lambda card: {"format": FORMAT},
        lambda card: {key: value for key, value in card.items() if key != "format"},
    ],
    ids=["list", "null", "no version", "no format"],
)
def test_an_invalid_card_raises(change, saved):
    rewrite(saved, change)
    with pytest.raises(BadRun, match=f"{saved} is not a recognizer of kerasrec"):
        Recognizer.load(saved)


def test_an_unknown_architecture_raises(saved):
    rewrite(saved, lambda card: {**card, "model": "line_gru"})
    with pytest.raises(
        BadRun, match=f"{saved} holds a model 'line_gru', which is not one of line_cnn_simple, line_cnn"
    ):
        Recognizer.load(saved)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"settings": {"widht": 3}}, "widht"),
        ({"settings": {"width": 0}}, "width must be at least 1, not 0"),
        ({"settings": {}}, "shape"),  # the default, whose weights have other shapes
        ({"alphabet": "aa"}, "repeats 'a'"),
        ({"alphabet": "abc"}, "shape"),
        ({"spec": {"max_length": 0}}, "max_length is 0"),
    ],
)
@pytest.mark.filterwarnings("ignore:Skipping nested container:UserWarning")  # Keras, before its error
def test_a_card_that_does_not_fit_the_weights_raises(change, message, saved):
    rewrite(saved, lambda card: {**card, **change})
    with pytest.raises(BadRun, match=rf"(?s){saved} is a recognizer that cannot be rebuilt: .*{message}"):
        Recognizer.load(saved)
