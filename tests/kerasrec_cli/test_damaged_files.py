"""Every file that kerasrec reads may be damaged, of another kind, or of another version: a sentence says so.

FUZZ_EXAMPLES=2000 tries more than the few examples that each run tries.
"""

import functools
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kerasrec_cli import failure

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "15"))

TEXTS = st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=4)
PLAIN = st.none() | st.booleans() | st.integers(-3, 300) | st.floats() | TEXTS
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner))
ARRAYS = st.sampled_from(
    [
        *(np.zeros(shape, kind) for shape in ((), (0,), (3,), (2, 3)) for kind in (np.float32, np.int64, np.uint8)),
        np.array("text"),
        np.array([["a", "b"]]),
        np.array(json.dumps({"step": -1, "seconds": 0, "history": [], "policy": "float32"})),
    ]
)


@pytest.fixture(scope="module")
def saved(saved_archive, tmp_path_factory) -> Path:
    """The folder of files that version 0.1.0 saved."""
    folder = tmp_path_factory.mktemp("saved")
    with zipfile.ZipFile(saved_archive) as archive:
        archive.extractall(folder)
    return folder


@st.composite
def damaged_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """Truncates content, flips some of its bits, or replaces a part or all of it."""
    place = draw(st.integers(0, len(content) - 1) | st.integers(max(0, len(content) - 300), len(content) - 1))
    match draw(st.sampled_from(["truncate", "flip", "zero", "replace", "insert"])):
        case "truncate":
            return content[:place]
        case "flip":
            changed = bytearray(content)
            for _ in range(draw(st.integers(1, 3))):
                changed[draw(st.integers(0, len(content) - 1))] ^= 1 << draw(st.integers(0, 7))
            return bytes(changed)
        case "zero":
            length = draw(st.integers(1, 4096))
            return content[:place] + bytes(len(content[place : place + length])) + content[place + length :]
        case "insert":
            return content[:place] + draw(st.binary(max_size=20)) + content[place:]
    return draw(st.binary(max_size=40) | st.sampled_from([b"", b"PK\x05\x06" + bytes(18), b"[" * 100_000, b"\xff\xfe"]))


@st.composite
def changed_json(draw: st.DrawFn, value: Any) -> Any:
    """Replaces, removes or adds one value somewhere within a JSON value."""
    if isinstance(value, dict | list) and value and draw(st.integers(0, 4)):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = draw(st.sampled_from(keys))
        changed = value.copy()
        match draw(st.sampled_from(["change", "change", "change", "remove", "add"])):
            case "change":
                changed[key] = draw(changed_json(value[key]))
            case "remove":
                del changed[key]
            case _ if isinstance(value, dict):
                changed[draw(TEXTS)] = draw(VALUES)
        return changed
    return draw(VALUES)


def damaged_json(content: bytes) -> st.SearchStrategy[bytes]:
    """Damages the bytes of a JSON file, or changes its values."""
    return damaged_bytes(content) | changed_json(json.loads(content)).map(lambda value: json.dumps(value).encode())


def damaged_arrays(content: bytes) -> st.SearchStrategy[bytes]:
    """Damages the bytes of an .npz file, or replaces one of its arrays."""
    with np.load(io.BytesIO(content)) as arrays:
        values = dict(arrays)

    def pack(name: str, array: np.ndarray | None) -> bytes:
        stream = io.BytesIO()
        changed = {**values, name: array}
        np.savez(stream, **{key: value for key, value in changed.items() if value is not None})
        return stream.getvalue()

    return damaged_bytes(content) | st.builds(pack, st.sampled_from([*values, "other"]), st.none() | ARRAYS)


def damaged_recognizer(content: bytes) -> st.SearchStrategy[bytes]:
    """Damages the bytes of a .keras file, changes its card, or damages one of its members."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def pack(name: str, member: bytes) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for key, value in {**members, name: member}.items():
                archive.writestr(key, value)
        return stream.getvalue()

    card = st.builds(pack, st.just("kerasrec.json"), damaged_json(members["kerasrec.json"]))
    weights = st.builds(pack, st.just("model.weights.h5"), damaged_bytes(members["model.weights.h5"]))
    return damaged_bytes(content) | card | weights


def fuzz(file: Path, kind: Callable[[bytes], st.SearchStrategy[bytes]], check: Callable[[], object]) -> None:
    """Damages a file in one way after the other, and calls a function after each."""
    damaged = kind(file.read_bytes())

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(content=damaged)
    def try_it(content: bytes) -> None:
        file.write_bytes(content)
        check()

    try_it()


def check(read: Callable[[], object], file: Path, kind: Callable[[bytes], st.SearchStrategy[bytes]]) -> None:
    """Reads a damaged file: that works, or ends in a sentence that names the file, and exit code 1."""
    content = file.read_bytes()

    def read_or_refuse() -> None:
        try:
            read()
        except BaseException as error:
            assert failure.is_expected(error), repr(error)
            message = failure.message(error)
            assert str(file) in message or f"{file.parent} has format" in message, message
            assert message.endswith(".") and "Traceback" not in message, message
            assert "\n" not in message.strip(), message
            assert failure.exit_code(error) == 1, message
        finally:
            file.write_bytes(content)

    fuzz(file, kind, read_or_refuse)


@pytest.mark.parametrize("name", ["run/settings.json", "characters/settings.json"])
def test_settings_of_a_run(saved, name):
    from kerasrec.labs.characters.run import CharacterRun
    from kerasrec.training.run import Run

    file = saved / name
    run = (Run if name.startswith("run") else CharacterRun)(file.parent)
    check(run.settings, file, damaged_json)


def test_a_checkpoint(saved):
    from kerasrec.alphabet import Alphabet
    from kerasrec.training.architecture import build_architecture
    from kerasrec.training.checkpoint import load_checkpoint
    from kerasrec.training.loop import build_recognizer, training_model
    from kerasrec.training.progress import Progress
    from kerasrec.training.run import Run

    run = Run.open(saved / "run")
    chosen = run.settings()
    recognizer = build_recognizer(chosen, build_architecture(chosen), Alphabet(chosen.characters), "float32")
    model = training_model(recognizer, chosen)

    def read() -> None:
        Progress(chosen).load(run.checkpoint_file)
        load_checkpoint(run.checkpoint_file, model)

    read()
    check(read, run.checkpoint_file, damaged_arrays)


def test_a_recognizer(saved, monkeypatch):
    from kerasrec.recognizer.recognizer import Recognizer
    from kerasrec.training.completion import read_start

    file = saved / "run" / "recognizer.keras"
    build = Recognizer.build.__func__
    built = functools.cache(lambda *parts: build(Recognizer, *parts))  # building a model takes a second
    monkeypatch.setattr(Recognizer, "build", lambda *parts: built(*parts))

    def read() -> None:
        read_start(file)
        Recognizer.load(file)

    read()
    check(read, file, damaged_recognizer)


@pytest.mark.parametrize("name", ["search.json", "best.json", "refused.jsonl"])
def test_files_of_a_search(saved, name):
    from kerasrec_tuning.chosen import load_chosen
    from kerasrec_tuning.folder import SearchFolder

    file = saved / "search" / name
    if name == "refused.jsonl":
        file.write_text('{"hyperparameters": {"width": 4}, "reason": "Too narrow."}\n', encoding="utf-8")

    def read() -> None:
        folder = SearchFolder.open(saved / "search")
        folder.settings()
        folder.refused()
        load_chosen(str(saved / "search" / "best.json"))

    read()
    check(read, file, damaged_json)


def test_a_language_model(tmp_path):
    from kerasrec.language.model import LanguageModel

    file = tmp_path / "a.klm"
    LanguageModel.build(["the cat sat on the mat", "a rat"], order=3).save(file)
    check(lambda: LanguageModel.load(file).bits_per_character(["a cat"]), file, damaged_arrays)


@pytest.fixture
def own_cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def kinds_of_banks() -> Iterator[tuple[str, Callable[[], Any]]]:
    from kerasrec.lines.fonts.bank import FontBank, FontPool
    from kerasrec.lines.glyphs.bank import GlyphBank, GlyphPool

    pool = GlyphPool.from_labelled(np.full((3, 28, 28), 9, np.uint8), "aba")
    yield "glyphs", lambda: GlyphBank("own", pool, pool, pool)
    table = np.ones((1, 2), np.int32)
    fonts = FontPool(("f",), "ab", np.ones((4, 64), np.uint8), *[table] * 6, np.zeros((1, 2, 2), np.int8))
    yield "fonts", lambda: FontBank("fonts", fonts, fonts, fonts, {})


@pytest.mark.parametrize("kind", ["glyphs", "fonts"])
def test_a_cached_bank_is_made_again(own_cache, kind):
    from kerasrec.lines.glyphs.cache import cached_bank

    make = dict(kinds_of_banks())[kind]
    bank = make()

    def read() -> Any:
        return cached_bank(type(bank), "own", {}, make)

    read()
    (file,) = own_cache.rglob("*.npz")

    def check_arrays() -> None:
        found, expected = read().to_arrays(), bank.to_arrays()
        for name in found.keys() - {"problems"}:  # a list of texts of any length
            assert (found[name].shape, found[name].dtype.kind) == (expected[name].shape, expected[name].dtype.kind)

    fuzz(file, damaged_arrays, check_arrays)
    assert file.read_bytes()


def test_prepared_lines_are_made_again(own_cache, saved, monkeypatch):
    from kerasrec.lines.own import prepared
    from kerasrec.lines.own.files import find_lines
    from kerasrec.lines.own.prepared import prepare

    line = SimpleNamespace(pixels=np.full((28, 40), 9, np.uint8))
    monkeypatch.setattr(prepared, "make_line", lambda *parts: line)  # which takes longer than all else here
    lines, _ = find_lines(saved / "lines")
    widths = prepare(lines)[0].widths.tolist()
    (file,) = own_cache.rglob("lines.json")

    def check_widths() -> None:
        assert len(prepare(lines)[0].widths) in (len(widths), len(widths) - 1)

    fuzz(file, damaged_json, check_widths)
