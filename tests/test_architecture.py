"""The order of the rooms: which may import which, and what a start of the program may load."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("kerasrec", "cli/kerasrec_cli", "tuning/kerasrec_tuning")

# A file imports from the rooms of earlier rows, and freely from its own room; the rooms of one row are strangers.
ORDER = (
    ("errors",),
    ("storage", "fields", "alphabet", "spec", "backend", "text_file", "weights", "serving.wire", "serving.messages"),
    ("images", "decoding", "models", "language"),
    ("objectives", "lines", "pages", "plots", "serving.client"),
    ("export",),
    ("recognizer",),
    ("evaluation",),  # training reads held-out lines with it
    ("training",),
    ("labs", "bulk"),
    ("serving",),
    ("kerasrec_tuning",),
    ("kerasrec_cli",),
    ("__main__",),
)
ONLY_IN = {
    "tensorflow": (
        *(
            "lines",
            "images.compiled",
            "models.compiled",
            "models.lstm_fused",
            "models.lstm_kernels",
            "models.lstm_loop",
            "models.precision",
            "objectives.ctc_sparse",
        ),
        *("training", "export", "serving.config", "serving.server"),
    ),
    "keras": ("backend",),  # which sets what kerasrec needs, over the user's settings
    "lxml": ("pages",),
    "grpc": ("serving", "kerasrec_tuning"),  # KerasTuner's chief and workers talk over it
    "keras_tuner": ("kerasrec_tuning",),
    "typer": ("kerasrec_cli",),
    "ray": ("bulk",),
    "torch": (),
}
HEAVY = ("tensorflow", "keras", "numpy", "matplotlib", "nltk", "PIL")


def module_name(file: Path) -> str:
    """`kerasrec/lines/composer.py` -> "lines.composer"; the other packages keep their own name as the first part."""
    parts = list(file.with_suffix("").parts)
    start = max(i for i, part in enumerate(parts) if part.startswith("kerasrec"))
    names = parts[start + 1 :] if parts[start] == "kerasrec" else parts[start:]
    return ".".join(names).removesuffix("__init__").rstrip(".")


def is_in(module: str, room: str) -> bool:
    return f"{module}.".startswith(f"{room}.")


def place(module: str) -> tuple[int, str]:
    """The row and the room of a module."""
    for row, rooms in enumerate(ORDER):
        for room in rooms:
            if is_in(module, room):
                return row, room
    raise LookupError(f"{module} is in no room: put it into one, or its room into ORDER of {Path(__file__).name}")


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and the full name of all that a module imports, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def import_faults(file: Path, source: str) -> Iterator[str]:
    """What a module may not import, as `file:line: who and whom`."""
    module = module_name(file)
    for line, name in imports(ast.parse(source)):
        top, _, rest = name.partition(".")
        if top in ONLY_IN and not any(is_in(module, room) for room in ONLY_IN[top]):
            yield f"{file}:{line}: {top} may be imported only in {', '.join(ONLY_IN[top]) or 'no module'}"
        if top.startswith("kerasrec") and module and not rest.startswith("__"):
            (row, room), (other_row, other) = place(module), place(rest if top == "kerasrec" else top)
            if room != other and other_row >= row:
                yield f"{file}:{line}: {room} may not import {other}, which is not in an earlier row"


def source_files() -> list[Path]:
    return sorted(file.relative_to(ROOT) for source in SOURCES for file in (ROOT / source).rglob("*.py"))


@pytest.mark.parametrize("file", source_files(), ids=str)
def test_a_module_imports_only_from_earlier_rooms(file):
    faults = list(import_faults(file, (ROOT / file).read_text(encoding="utf-8")))
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("file", "source", "fault"),
    [
        ("kerasrec/spec.py", "import kerasrec.lines", "kerasrec/spec.py:1: spec may not import lines"),
        ("kerasrec/plots/font.py", "from kerasrec import lines", "plots may not import lines"),
        ("kerasrec/lines/a.py", "def f():\n    import kerasrec.training.run", "a.py:2: lines may not import training"),
        ("kerasrec/plots/font.py", "import tensorflow.data", "font.py:1: tensorflow may be imported only in lines"),
        ("kerasrec/models/masking.py", "from typer import echo", "typer may be imported only in kerasrec_cli"),
        ("kerasrec/models/masking.py", "from keras import ops", "keras may be imported only in backend"),
        ("kerasrec/models/masking.py", "import torch", "torch may be imported only in no module"),
    ],
)
def test_a_wrong_import_is_found(file, source, fault):
    assert fault in "\n".join(import_faults(Path(file), source))


def test_a_module_in_no_room_is_named():
    with pytest.raises(LookupError, match="helpers is in no room"):
        list(import_faults(Path("kerasrec/helpers.py"), "import kerasrec.spec"))


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
