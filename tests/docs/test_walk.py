"""The walk of docs/walk.md: its blocks are run from top to bottom, and print what stands below them."""

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "walk.md"

# A block of Python, and what it printed. "varies" says that paths may differ from machine to machine.
BLOCK = re.compile(r"^```python\n(.*?)^```\n\n^```text( varies)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_blocks(page: str) -> Iterator[tuple[str, str]]:
    """What each block prints, and what the page shows; of paths that vary what they collapse to."""
    names: dict[str, object] = {}
    for block in BLOCK.finditer(page):
        code, varies, shown = block.groups()
        line = page[: block.start(1)].count("\n")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("\n" * line + code, str(PAGE), "exec"), names)  # newlines, for the lines of tracebacks
        pair = (printed.getvalue(), shown)
        yield tuple(map(collapse, pair)) if varies else pair


def collapse(path: str) -> str:
    return re.sub(r"(.)\1*", r"\1", path).replace("_", "")


def test_each_block_prints_what_the_page_shows():
    for printed, shown in run_blocks(PAGE.read_text(encoding="utf-8")):
        assert printed == shown


def test_every_block_of_python_is_run():
    page = PAGE.read_text(encoding="utf-8")
    assert len(BLOCK.findall(page)) == page.count("```python") > 8


def test_a_block_that_prints_something_else_is_found():
    page = "```python\nx = 1\n```\n\n```text\n```\n\n```python\nprint(x)\n```\n\n```text\n2\n```\n"
    assert list(run_blocks(page)) == [("", ""), ("1\n", "2\n")]
    assert list(run_blocks("```python\nprint('_aa_ab')\n```\n\n```text varies\na_aab_\n```\n")) == [("aab\n", "aab\n")]
