"""The layers of the house: who may import whom, and what a start of the program may load."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("kerasrec", "cli/kerasrec_cli", "tuning/kerasrec_tuning")

# A part imports only from rows above its own; the parts of a row are strangers to each other.
# A part is a module or a package with all that is in it; names joined by a space are one part.
ROWS = (
    ("errors",),
    ("alphabet", "spec", "randomness", "schedules", "storage", "machine", "serving.wire", "serving.messages"),
    ("images",),
    ("text", "glyphs", "metrics", "decoding", "settings", "lab", "variation", "characters.models"),
    ("model_file", "run_folder", "lines", "line_maker", "files", "line_files", "readings", "plots", "serving.client"),
    ("datasets", "ctc ctc_sparse", "models", "inference", "precision", "live_table", "serving.remote"),
    ("objectives",),
    ("recognizer", "splits", "checkpoint"),
    ("run", "validation"),
    ("training callbacks budget progress tensorboard lr_finder", "evaluation", "reading", "survey"),
    ("report", "export", "characters"),
    ("serving.config", "reproduction"),
    ("serving.server",),
    ("kerasrec_tuning",),
    ("kerasrec_cli",),
)

ONLY_IN = {
    "tensorflow": (
        *("randomness", "variation", "lines", "datasets", "splits"),  # the data, composed in its graph
        *("ctc_sparse", "models.lstm_fused", "inference", "line_maker"),  # fast paths
        *("tensorboard", "export", "serving.server", "serving.config"),
    ),
    "grpc": ("serving", "kerasrec_tuning"),  # KerasTuner's chief and workers talk over it
    "keras_tuner": ("kerasrec_tuning",),
    "typer": ("kerasrec_cli",),
    "torch": (),
}

# Modules whose test stands beside another's, because their values show only there.
TESTED_WITH = {
    "kerasrec/ctc_sparse.py": "kerasrec/test_ctc.py",
    "kerasrec/run_folder.py": "kerasrec/test_run.py",
    "kerasrec/text/templates.py": "kerasrec/text/test_offline.py",
    "kerasrec/serving/wire.py": "kerasrec/export/test_signatures.py",
    "kerasrec_cli/train_options.py": "kerasrec_cli/test_train.py",
    "kerasrec_cli/tune_options.py": "kerasrec_cli/test_tune_search.py",
    "kerasrec_tuning/surroundings.py": "kerasrec_tuning/test_oracle.py",
}

HEAVY = ("tensorflow", "keras", "numpy", "matplotlib", "nltk", "PIL")


def module_name(file: Path) -> str:
    """`kerasrec/glyphs/bank.py` -> "glyphs.bank"; the other packages keep their own name as the first part."""
    parts = list(file.with_suffix("").parts)
    start = max(i for i, part in enumerate(parts) if part.startswith("kerasrec"))
    names = parts[start + 1 :] if parts[start] == "kerasrec" else parts[start:]
    return ".".join(names).removesuffix("__init__").rstrip(".")


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and the full name of all that a module imports, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def place(module: str) -> tuple[int, str]:
    """The row and the part of a module."""
    for row, parts in enumerate(ROWS):
        for names in parts:
            if any(f"{module}.".startswith(f"{name}.") for name in names.split()):
                return row, names
    raise LookupError(f"{module} stands in no row: give it its place in ROWS of {Path(__file__).name}")


def import_faults(file: Path, source: str) -> Iterator[str]:
    """What a module imports and may not, as `file:line: who and whom`."""
    module = module_name(file)
    for line, name in imports(ast.parse(source)):
        top, _, rest = name.partition(".")
        if top in ONLY_IN and not any(f"{module}.".startswith(f"{allowed}.") for allowed in ONLY_IN[top]):
            yield f"{file}:{line}: {top} may be imported only in {', '.join(ONLY_IN[top]) or 'no module'}"
        if top.startswith("kerasrec") and module and not rest.startswith("__"):
            other = rest if top == "kerasrec" else top
            (row, names), (other_row, other_names) = place(module), place(other)
            if names != other_names and other_row >= row:
                yield f"{file}:{line}: {names} may not import {other_names}, which does not stand in a row above it"


def source_files() -> list[Path]:
    return sorted(file.relative_to(ROOT) for source in SOURCES for file in (ROOT / source).rglob("*.py"))


@pytest.mark.parametrize("file", source_files(), ids=str)
def test_a_module_imports_only_what_its_place_allows(file):
    faults = list(import_faults(file, (ROOT / file).read_text(encoding="utf-8")))
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("file", "source", "fault"),
    [
        ("kerasrec/spec.py", "from kerasrec.lines import Batch", "kerasrec/spec.py:1: spec may not import lines"),
        ("kerasrec/text/file.py", "from kerasrec import glyphs", "text may not import glyphs"),
        (
            "kerasrec/lines.py",
            "def f():\n    import kerasrec.models.masking",
            "lines.py:2: lines may not import models",
        ),
        ("kerasrec/metrics.py", "import kerasrec_cli.main", "metrics may not import kerasrec_cli"),
        (
            "kerasrec/metrics.py",
            "import tensorflow.data",
            "metrics.py:1: tensorflow may be imported only in randomness",
        ),
        ("kerasrec/models/masking.py", "from typer import echo", "typer may be imported only in kerasrec_cli"),
        ("kerasrec/reading.py", "import torch", "torch may be imported only in no module"),
    ],
)
def test_a_wrong_import_is_found(file, source, fault):
    assert fault in "\n".join(import_faults(Path(file), source))


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("kerasrec/lines.py", "import tensorflow as tf\nfrom kerasrec.glyphs.bank import GlyphPool"),
        ("kerasrec/ctc.py", "from kerasrec import ctc_sparse"),
        ("kerasrec/models/lstm_fused.py", "import tensorflow as tf"),
        ("cli/kerasrec_cli/main.py", "import typer\nfrom kerasrec import __version__\nfrom kerasrec_cli import data"),
        ("kerasrec/__init__.py", "from kerasrec.recognizer import Recognizer"),
    ],
)
def test_a_right_import_passes(file, source):
    assert list(import_faults(Path(file), source)) == []


def test_a_module_without_a_place_is_named():
    with pytest.raises(LookupError, match="helpers stands in no row"):
        list(import_faults(Path("kerasrec/helpers.py"), "import kerasrec.spec"))


@pytest.mark.parametrize("file", source_files(), ids=str)
def test_a_module_gives_each_of_its_names_a_value_once(file):
    statements = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
    targets = [target for node in statements if isinstance(node, ast.Assign) for target in node.targets]
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    assert len(names) == len(set(names)), f"{file}: one of {names} has two"


def loaded_by(code: str) -> set[str]:
    """Which heavy packages a fresh Python has loaded after `code`."""
    report = f"\nimport sys\nprint(*(name for name in {HEAVY} if name in sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_importing_kerasrec_loads_nothing_heavy():
    assert loaded_by("import kerasrec") == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["train", "--help"], ["data", "preview", "--help"]])
def test_help_loads_nothing_heavy(arguments):
    code = f"from kerasrec_cli.main import app\napp({arguments}, standalone_mode=False)"
    assert loaded_by(code) == set()


def test_what_is_loaded_is_seen():
    assert loaded_by("import kerasrec.alphabet") == {"numpy"}


@pytest.mark.parametrize("file", [file for file in source_files() if file.name != "__init__.py"], ids=str)
def test_a_module_has_a_test_in_the_same_place(file):
    inside = Path(*file.parts[1:]) if file.parts[0] in ("cli", "tuning") else file
    own = TESTED_WITH.get(inside.as_posix(), inside.with_name(f"test_{inside.name}").as_posix())
    of_its_package = inside.parent.with_name(f"test_{inside.parent.name}.py")
    found = [name for name in (own, of_its_package) if (ROOT / "tests" / name).is_file()]
    assert found, f"tests/{own} is missing"


def files_on_the_map() -> Iterator[str]:
    """The files in the table of CONTRIBUTING.md; a row gives the folder with its first file."""
    house = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## The house")[2]
    for row in re.findall(r"^\|(.*?)\|", house, re.MULTILINE):
        names = [Path(name) for name in re.findall(r"`(.+?)`", row)]
        yield from (names[0].with_name(name.name).as_posix() for name in names)


@pytest.mark.parametrize("file", [file for file in source_files() if file.name != "__init__.py"], ids=str)
def test_a_module_is_on_the_map_of_the_house(file):
    assert file.as_posix() in files_on_the_map(), f"{file} is in no row of the table of CONTRIBUTING.md"


def test_the_map_names_only_what_is_there():
    assert [name for name in files_on_the_map() if not (ROOT / name).exists()] == []
