"""Fingerprints of the files that lines are made of, by which a resumed run notices that they have changed."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from kerasrec.lines.fonts.files import find_fonts
from kerasrec.lines.glyphs import GLYPHS
from kerasrec.lines.glyphs.folder import find_pictures
from kerasrec.lines.own import OwnLine
from kerasrec.lines.text import TEXTS
from kerasrec.training.settings import TrainSettings, find_fonts_folder, find_written_glyphs, is_fonts

Fingerprint = dict[str, str]
"""The number of things in each file or folder, with a digest of their content."""


def of_composed(settings: TrainSettings) -> Fingerprint:
    """Returns the fingerprint of the user's text file and glyphs or fonts; that of named sources is empty."""
    found = dict[str, str]()
    if settings.text not in TEXTS:
        file = Path(settings.text).expanduser()
        found[str(file)] = _describe("file", [file.read_bytes()])
    if is_fonts(settings.glyphs):
        return found | _of_files(find_fonts(find_fonts_folder(settings.glyphs)))
    glyphs = find_written_glyphs(settings.glyphs) or settings.glyphs
    if glyphs not in GLYPHS:
        return found | _of_files(file for files in find_pictures(Path(glyphs)).values() for file in files)
    return found


def of_own(lines: Iterable[OwnLine]) -> Fingerprint:
    """Returns the fingerprint of lines of one's own: the names and sizes of their pictures, and their texts."""
    folders: dict[Path, list[OwnLine]] = {}
    for line in lines:
        folders.setdefault(line.image.parent, []).append(line)
    return {
        str(folder): _describe(
            "line", (f"{os.fsencode(x.image.name)!r} {x.image.stat().st_size} {x.text}".encode() for x in inside)
        )
        for folder, inside in folders.items()
    }


def _of_files(files: Iterable[Path]) -> Fingerprint:
    folders: dict[Path, list[Path]] = {}
    for file in files:
        folders.setdefault(file.parent, []).append(file)
    return {
        str(folder): _describe("file", (os.fsencode(file.name) + b"\0" + file.read_bytes() for file in inside))
        for folder, inside in folders.items()
    }


def _describe(what: str, contents: Iterable[bytes]) -> str:
    """Counts things and digests their contents, in any order: "2 files (5e8f...)"."""
    digests = sorted(hashlib.sha256(content).digest() for content in contents)
    digest = hashlib.sha256(b"".join(digests)).hexdigest()[:12]
    return f"{len(digests):,} {what}{'s' if len(digests) != 1 else ''} ({digest})"
