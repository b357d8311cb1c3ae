"""A model's versions as its folder changes, with fake servables."""

import shutil

import pytest
from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelConfig

from kerasrec.serving.server.failure import ServingError, invalid
from kerasrec.serving.server.model_version import Retries, State
from kerasrec.serving.server.served_model import ServedModel

LONG = 20  # seconds, longer than anything here takes


class Loaded:
    def __init__(self, version):
        self.version = version

    def close(self, grace):
        pass


@pytest.fixture
def base(tmp_path):
    folder = tmp_path / "lines"
    folder.mkdir()
    return folder


@pytest.fixture
def add(base):
    return lambda *numbers: [(base / str(number)).mkdir() for number in numbers]


@pytest.fixture
def model(base):
    """Makes a model: `model("all {}", bad={3})`; versions in `bad` cannot be loaded."""
    made = []

    def make(policy="", labels=None, bad=()):
        def load(name, number, folder):
            if number in bad:
                raise invalid(f"{number} is damaged")
            return Loaded(number)

        made.append(ServedModel(config(base, policy, labels), load, Retries(0)))
        return made[-1]

    yield make
    for each in made:
        each.close(LONG)


def config(base, policy="", labels=None):
    text = f'name: "lines" base_path: "{base}" model_version_policy {{ {policy} }}'
    return text_format.Parse(text, ModelConfig(version_labels=labels or {}))


def step(model):
    """Updates twice like the watcher: a new folder is loaded when it is unchanged the second time."""
    model.update()
    model.update()
    for version in model.versions.values():
        if version.state == State.UNLOADING:
            version.close(LONG)


def states(model):
    return {number: State.Name(version.state) for number, version in model.versions.items()}


def test_the_latest_version_replaces_the_previous_one(model, add):
    add(1)
    lines = model()
    step(lines)
    assert lines.find().version == 1
    add(2, 10)
    step(lines)
    assert (lines.find().version, lines.available) == (10, [10])
    assert states(lines) == {10: "AVAILABLE", 1: "END"}  # 2 was never the latest


def test_a_version_stays_until_another_is_available(model, add):
    add(1)
    lines = model(bad={2})
    step(lines)
    add(2)
    step(lines)
    assert (lines.available, lines.error.text) == ([1], "2 is damaged")
    assert states(lines) == {2: "END", 1: "AVAILABLE"}


def test_a_new_version_is_loaded_before_the_old_one_is_unloaded(model, add):
    add(1)
    lines = model()
    step(lines)
    seen = []
    load = lines._load
    lines._load = lambda name, number, folder: seen.append((number, lines.available)) or load(name, number, folder)
    add(2)
    step(lines)
    assert seen == [(2, [1])]


def test_all_versions_follow_their_folders(model, add, base):
    add(1, 2, 3)
    lines = model("all {}")
    step(lines)
    assert lines.available == [3, 2, 1]
    assert [lines.find(number).version for number in (1, 2, 3)] == [1, 2, 3]
    shutil.rmtree(base / "2")
    step(lines)
    assert states(lines) == {3: "AVAILABLE", 2: "END", 1: "AVAILABLE"}
    add(2)
    step(lines)
    assert lines.available == [3, 2, 1]


def test_nothing_is_served_without_folders(model, add, base):
    add(1)
    lines = model()
    step(lines)
    (base / "1").rmdir()
    step(lines)
    assert lines.available == []


def test_loaded_versions_stay_when_the_folder_cannot_be_read(model, add, base, caplog):
    add(1)
    lines = model()
    step(lines)
    base.rename(base.with_name("elsewhere"))
    step(lines)
    assert lines.available == [1]
    assert caplog.text.count("cannot be read") == 1
    base.with_name("elsewhere").rename(base)
    add(2)
    step(lines)
    assert lines.available == [2]


def test_specific_versions_are_served(model, add):
    add(1, 2, 3)
    lines = model("specific { versions: 1 versions: 2 }")
    step(lines)
    assert lines.available == [2, 1]


@pytest.mark.parametrize(
    ("asked", "code", "text"),
    [
        ({"number": 9}, "NOT_FOUND", "Servable not found for request: Specific(lines, 9)"),
        ({"label": "beta"}, "INVALID_ARGUMENT", "Unrecognized servable version label: beta"),
        ({"label": ""}, "INVALID_ARGUMENT", "Unrecognized servable version label: "),
        ({"label": "old"}, "NOT_FOUND", "Servable not found for request: Specific(lines, 8)"),
    ],
)
def test_versions_and_labels_that_are_not_served_are_not_found(model, add, asked, code, text):
    add(1)
    lines = model(labels={"stable": 1, "old": 8})
    step(lines)
    assert lines.find(label="stable").version == 1
    with pytest.raises(ServingError) as caught:
        lines.find(**asked)
    assert (caught.value.code.name, caught.value.text) == (code, text)


def test_a_model_without_versions_is_not_found(model):
    with pytest.raises(ServingError, match=r"^Servable not found for request: Latest\(lines\)$"):
        model().find()


def test_a_label_must_name_an_available_version(model, add, base):
    add(1)
    lines = model()
    step(lines)
    lines.check_labels(config(base, labels={"stable": 1}))
    with pytest.raises(ServingError) as caught:
        lines.check_labels(config(base, labels={"stable": 1, "canary": 2}))
    assert caught.value.code.name == "FAILED_PRECONDITION"
    assert caught.value.text == (
        "Request to assign label to version 2 of model lines, which is not currently available for inference"
    )


def test_a_version_that_is_replaced_before_it_was_loaded_ends(model, add):
    add(1)
    lines = model(bad={1, 2})
    lines.load(lines._policy, at_once=True)
    add(2)
    step(lines)
    assert states(lines) == {2: "END", 1: "END"}
    add(3)
    step(lines)
    assert lines.available == [3]
