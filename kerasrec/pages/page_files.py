"""The files of pages: the XML files that a user names, and the image of each."""

import glob
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from kerasrec.errors import BadPage, UsageError
from kerasrec.images.files import SUFFIXES, natural_key

SUFFIX = ".xml"


def is_page(argument: str) -> bool:
    """Whether an argument names an XML file, or a pattern for some."""
    return argument.lower().endswith(SUFFIX)


def find_pages(arguments: Sequence[str]) -> list[Path]:
    """Finds the XML files named by arguments, in order, without opening them.

    A folder stands for the XML files in it, a pattern such as `pages/*.xml` for those that it matches, both in natural
    order. Any other argument is a file; whether it exists is found out when it is opened.

    Raises:
        UsageError: A folder or a pattern has no XML files.
    """
    return list(dict.fromkeys(path for argument in arguments for path in _find(argument)))


def _find(argument: str) -> list[Path]:
    path = Path(argument)
    if path.is_dir():
        paths = _sort(path.iterdir())
        missing = f"The folder {path} has no {SUFFIX} files. Give the folder of the XML files, or a pattern."
    elif glob.has_magic(argument) and not path.exists():
        paths = _sort(map(Path, glob.iglob(argument, recursive=True)))
        missing = f"The pattern {argument} matches no {SUFFIX} files. Check the folder."
    else:
        return [path]
    if not paths:
        raise UsageError(missing)
    return paths


def _sort(paths: Iterable[Path]) -> list[Path]:
    return sorted((path for path in paths if is_page(path.name) and not path.name.startswith(".")), key=natural_key)


def find_image(xml: Path, name: str) -> Path:
    """Finds the image of a page.

    It is looked for beside the XML file and one folder up, where Transkribus and OCR-D keep it: under its name, which
    may be a path of another machine or a URL, and then under the name of the XML file.

    Args:
        xml: The XML file.
        name: The name of the image that it gives; "" if none.

    Raises:
        BadPage: There is no such image.
    """
    for path in _candidates(xml, name):
        if path.is_file():
            return path
    named = f"its image {name!r}" if name else "an image (it names none)"
    raise BadPage(
        f"{xml}: expected {named} in {xml.parent} or the folder above, or {xml.stem}.jpg (or another format) beside "
        "the XML file, but found neither. Put the image there."
    )


def _candidates(xml: Path, name: str) -> Iterator[Path]:
    names = [name, re.split(r"[/\\]", name)[-1], re.split(r"[/\\]", unquote(name))[-1]] if name else []
    for folder in (xml.parent, xml.absolute().parent.parent):
        yield from (folder / each for each in names)
    yield from sorted(path for path in xml.parent.glob(f"{glob.escape(xml.stem)}.*") if path.suffix.lower() in SUFFIXES)
