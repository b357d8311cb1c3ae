"""What is installed: versions, pins, licence and types."""

import re
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import kerasrec
import kerasrec_cli.main
import kerasrec_tuning

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = [
    Requirement(line)
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
TESTED_EXTRAS = [extra for extra in PROJECT["optional-dependencies"] if extra != "gpu"]
REQUIREMENTS = [
    Requirement(text)
    for texts in (PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] for extra in TESTED_EXTRAS))
    for text in texts
]


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_a_dependency_has_bounds_and_a_tested_version_within_them(requirement):
    operators = {specifier.operator for specifier in requirement.specifier}
    assert operators == {">=", "<"}
    pins = [pin for pin in PINS if canonicalize_name(pin.name) == canonicalize_name(requirement.name)]
    assert pins, f"{requirement.name} is not in constraints.txt"
    for pin in pins:
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        assert requirement.specifier.contains(specifier.version)


def test_pins_are_versions_and_name_no_place_to_fetch_from():
    assert all(pin.url is None for pin in PINS)
    assert "://" not in (ROOT / "constraints.txt").read_text(encoding="utf-8")


def test_the_version_is_the_installed_one():
    assert version("kerasrec") == kerasrec.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+", kerasrec.__version__)


def test_the_changelog_knows_the_version():
    assert f"\n## {kerasrec.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_console_script_is_the_entry_point_with_its_error_handling():
    (script,) = entry_points(group="console_scripts", name="kerasrec")
    assert script.load() is kerasrec_cli.main.run


def test_the_three_packages_say_what_they_are():
    assert kerasrec.__doc__.startswith("kerasrec recognizes lines of handwriting.\n")
    assert "KerasTuner" in kerasrec_tuning.__doc__


def test_the_licence_is_apache_2_in_full():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_type_checkers_are_told_of_the_types():
    assert (Path(kerasrec.__file__).parent / "py.typed").is_file()
