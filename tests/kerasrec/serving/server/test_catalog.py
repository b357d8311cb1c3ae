"""All models of a server, with fake servables."""

import threading
import time

import pytest
from google.protobuf import text_format
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.config.model_server_config_pb2 import ModelConfigList

from kerasrec.errors import UsageError
from kerasrec.serving.server.catalog import Catalog, WatchSettings
from kerasrec.serving.server.failure import CannotServe, ServingError, invalid
from kerasrec.serving.server.model_version import Retries

LONG = 20  # seconds, longer than anything here takes


class Loaded:
    def __init__(self, name, version, closed):
        self.name, self.version, self._closed = name, version, closed

    def close(self, grace):
        self._closed.append((self.name, self.version))


@pytest.fixture
def closed():
    """The models and versions that were closed."""
    return []


@pytest.fixture
def bad():
    """The models and versions that cannot be loaded."""
    return set()


@pytest.fixture
def changes():
    """The values with which the catalog called `on_change`."""
    return []


@pytest.fixture
def catalog(closed, bad, changes):
    def load(name, number, folder):
        if (name, number) in bad:
            raise invalid(f"{name} {number} is damaged")
        return Loaded(name, number, closed)

    made = Catalog(load, WatchSettings(0.01, Retries(0)), changes.append)
    yield made
    made.close(LONG)


@pytest.fixture
def models(tmp_path):
    """Configures models, the first with `labels`, and creates their folders: `models(lines="1 2", other="1")`."""

    def make(more="", labels=None, **versions):
        text = ""
        for name, numbers in versions.items():
            for number in numbers.split():
                (tmp_path / name / number).mkdir(parents=True, exist_ok=True)
            text += f'config {{ name: "{name}" base_path: "{tmp_path / name}" model_platform: "tensorflow" {more} }}'
        configs = text_format.Parse(text, ModelConfigList()).config
        for config in configs[:1]:
            config.version_labels.update(labels or {})
        return configs

    return make


def spec(name="", version=None, label=None):
    made = ModelSpec(name=name)
    if version is not None:
        made.version.value = version
    if label is not None:
        made.version_label = label
    return made


def wait_for(condition):
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_models_are_found_by_name_version_and_label(catalog, models):
    catalog.start(models("model_version_policy { all {} }", {"stable": 1}, lines="1 2", other="7"))
    assert (catalog.names, catalog.available) == (["lines", "other"], {"lines": [2, 1], "other": [7]})
    found = [
        catalog.find(each) for each in (spec("lines"), spec("lines", 1), spec("lines", label="stable"), spec("other"))
    ]
    assert [(each.name, each.version) for each in found] == [("lines", 2), ("lines", 1), ("lines", 1), ("other", 7)]


@pytest.mark.parametrize(
    ("asked", "code", "text"),
    [
        (spec(), "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        (spec("nope"), "NOT_FOUND", "Servable not found for request: Latest(nope)"),
        (spec("nope", 3), "NOT_FOUND", "Servable not found for request: Specific(nope, 3)"),
        (spec("nope", label="stable"), "INVALID_ARGUMENT", "Unrecognized servable version label: stable"),
        (spec("lines", 9), "NOT_FOUND", "Servable not found for request: Specific(lines, 9)"),
        (spec("lines", label="beta"), "INVALID_ARGUMENT", "Unrecognized servable version label: beta"),
    ],
    ids=str,
)
def test_unknown_models_versions_and_labels_are_not_found(catalog, models, asked, code, text):
    catalog.start(models(lines="1"))
    with pytest.raises(ServingError) as caught:
        catalog.find(asked)
    assert (caught.value.code.name, caught.value.text) == (code, text)


def described(response):
    return [
        (each.version, each.state, each.status.error_code, each.status.error_message)
        for each in response.model_version_status
    ]


def test_status_returns_the_states_of_versions(catalog, models, bad):
    bad.add(("lines", 3))
    catalog.start(models("model_version_policy { all {} }", lines="1 2 3"))
    assert described(catalog.status(spec("lines"))) == [
        (3, 50, 3, "lines 3 is damaged"),
        (2, 30, 0, ""),
        (1, 30, 0, ""),
    ]
    assert described(catalog.status(spec("lines", 1))) == [(1, 30, 0, "")]
    for asked, text in (
        (spec("nope"), "Could not find any versions of model nope"),
        (spec("lines", 7), "Could not find version 7 of model lines"),
    ):
        with pytest.raises(ServingError, match=f"^{text}$") as caught:
            catalog.status(asked)
        assert caught.value.code.name == "NOT_FOUND"


def test_new_versions_are_loaded(catalog, models, tmp_path, closed, changes):
    catalog.start(models(lines="1"))
    assert changes[0] is True
    (tmp_path / "lines" / "2").mkdir()
    wait_for(lambda: catalog.available == {"lines": [2]})
    wait_for(lambda: closed == [("lines", 1)])


def test_a_model_whose_versions_cannot_be_loaded_cannot_be_served(catalog, models, bad, closed):
    bad.add(("other", 1))
    with pytest.raises(CannotServe, match="other due to error: other 1 is damaged"):
        catalog.start(models(lines="1", other="1"))
    wait_for(lambda: closed == [("lines", 1)])


def test_a_model_without_versions_cannot_be_served(catalog, models, tmp_path):
    with pytest.raises(CannotServe, match=f"lines due to error: no version to serve in {tmp_path}"):
        catalog.start(models("model_version_policy { specific { versions: 9 } }", lines="1"))


def test_a_label_of_a_version_that_is_not_served_is_refused_at_the_start(catalog, models):
    with pytest.raises(
        CannotServe, match="Request to assign label to version 1 of model lines, which is not currently"
    ):
        catalog.start(models(labels={"stable": 1}, lines="1 2"))


def test_a_new_configuration_replaces_the_old_one(catalog, models, closed, changes):
    catalog.start(models(lines="1 2", gone="1"))
    lines = catalog.find(spec("lines"))
    catalog.reload(models("model_version_policy { all {} }", {"stable": 1, "canary": 2}, lines="1 2", new="5"))
    assert catalog.available == {"lines": [2, 1], "new": [5]}
    assert catalog.find(spec("lines")) is lines  # not loaded again
    assert catalog.find(spec("lines", label="stable")).version == 1
    wait_for(lambda: closed == [("gone", 1)])
    with pytest.raises(ServingError, match=r"Latest\(gone\)"):
        catalog.find(spec("gone"))
    assert changes[-1] is True


def test_a_model_may_move_to_another_folder(catalog, models, closed, tmp_path):
    catalog.start(models(lines="1"))
    (tmp_path / "lines").rename(tmp_path / "moved")
    (config,) = models(lines="")
    config.base_path = str(tmp_path / "moved")
    (tmp_path / "moved" / "4").mkdir()
    catalog.reload([config])
    assert catalog.available == {"lines": [4]}
    wait_for(lambda: closed == [("lines", 1)])


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        (
            {"lines": "1", "new": "1"},
            "UNKNOWN",
            "1 model(s) did not become available: {{new due to error: new 1 is dam",
        ),
        (
            {"lines": "1", "labels": {"stable": 9}},
            "FAILED_PRECONDITION",
            "Request to assign label to version 9 of model",
        ),
        ({"lines": "1", "platform": "x"}, "INVALID_ARGUMENT", "Model lines requests unsupported platform x"),
    ],
)
def test_an_invalid_configuration_changes_nothing(catalog, models, bad, change, code, text):
    bad.add(("new", 1))
    catalog.start(models(labels={"old": 1}, lines="1", other="3"))
    before = catalog.find(spec("lines"))
    configs = models(**{key: value for key, value in change.items() if key != "platform"})
    configs[0].model_platform = change.get("platform", "tensorflow")
    with pytest.raises(ServingError) as caught:
        catalog.reload(configs)
    assert caught.value.code.name == code
    assert caught.value.text.startswith(text)
    assert catalog.available == {"lines": [1], "other": [3]}
    assert catalog.find(spec("lines", label="old")) is before


@pytest.mark.parametrize(
    ("more", "labels"),
    [
        ("model_version_policy { specific { versions: 9 } }", {}),
        ("model_version_policy { all {} }", {"canary": 9}),
    ],
    ids=["no such version", "no such version to label"],
)
def test_a_configuration_with_missing_versions_changes_nothing(catalog, models, tmp_path, more, labels):
    catalog.start(models("model_version_policy { specific { versions: 2 } }", {"stable": 2}, lines="2"))
    before = catalog.find(spec("lines"))
    with pytest.raises(ServingError):
        catalog.reload(models(more, labels, lines="1 2 3"))
    assert catalog.available == {"lines": [2]}
    assert catalog.find(spec("lines", label="stable")) is before


def test_the_status_of_a_version_to_be_retried_has_its_error(models):
    def load(name, number, folder):
        if number == 2:
            raise invalid("it is damaged")
        return Loaded(name, number, [])

    catalog = Catalog(load, WatchSettings(0.01, Retries(5, 60.0)))
    catalog.start(models("model_version_policy { all {} }", lines="1 2"))
    assert described(catalog.status(spec("lines"))) == [(2, 20, 3, "it is damaged"), (1, 30, 0, "")]
    catalog.close(LONG)


def test_without_models_nothing_is_available(catalog, models, changes):
    catalog.start(models(lines="1"))
    catalog.reload([])
    assert (catalog.names, catalog.is_available, changes[-1]) == ([], False, False)


def test_an_error_in_the_watcher_is_logged_and_does_not_end_it(catalog, models, tmp_path, monkeypatch, caplog):
    catalog.start(models(lines="1"))
    model = catalog._models["lines"]
    failed = threading.Event()
    update = model.update

    def fail():
        failed.set()
        raise RuntimeError("broken disk")

    monkeypatch.setattr(model, "update", fail)
    assert failed.wait(LONG)
    wait_for(lambda: "broken disk" in caplog.text)
    monkeypatch.setattr(model, "update", update)
    (tmp_path / "lines" / "2").mkdir()
    wait_for(lambda: catalog.available == {"lines": [2]})


def test_close_closes_all_versions(catalog, models, closed):
    catalog.start(models("model_version_policy { all {} }", lines="1 2"))
    catalog.close(LONG)
    assert sorted(closed) == [("lines", 1), ("lines", 2)]


def test_the_poll_interval_must_be_above_0():
    with pytest.raises(UsageError, match="Expected poll_seconds above 0 and at most 86400, but received 0"):
        WatchSettings(poll_seconds=0)
