"""What every test has: quiet libraries, a cache of its own, no network, and the real data where it is there."""

import io
import multiprocessing
import os
import signal
import socket
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import hypothesis
import numpy as np
import pytest
from PIL import Image

# Read when the libraries are imported, so set before any test module is.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")

# A shell's background job ignores Ctrl-C, and so would the processes that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

SAVED = Path(__file__).resolve().parent / "saved" / "0.1.0.zip"
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

hypothesis.settings.register_profile("kerasrec", deadline=None, derandomize=True)
hypothesis.settings.load_profile("kerasrec")


def pytest_xdist_auto_num_workers() -> int:
    """One more worker than processors: some tests wait for another process or for a clock."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session", autouse=True)
def cache_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder for this run, so that the tests neither read nor leave anything in the user's.

    The workers of a run share it: glyphs are drawn once.
    """
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    folder = tmp_path_factory.getbasetemp().parent if is_worker else tmp_path_factory.getbasetemp()
    folder = folder / "cache"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def no_sync() -> Iterator[None]:
    """Saves the tests from waiting for the disk, which other programs may keep busy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes a connection to another machine fail at once, as it does where there is no network."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"  # else the path of a Unix socket
        if host not in ("localhost", "127.0.0.1", "::1"):
            raise ConnectionError(f"A test may not connect to {address}.")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here)


@pytest.fixture(scope="session")
def fork() -> Callable[..., multiprocessing.process.BaseProcess]:
    """Starts a process that runs code with some values: `fork("print(number)", number=3)`.

    It is a fork of a process with all imports done: TensorFlow alone takes a few seconds.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["kerasrec_tuning.search", "kerasrec_tuning.worker"])

    def start(code: str, **values: object) -> multiprocessing.process.BaseProcess:
        process = context.Process(target=exec, args=(textwrap.dedent(code), values))
        process.start()
        return process

    return start


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real EMNIST and Brown (`--data-dir`), or a skipped test."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the real data in {SHARED_DATA}")
    return SHARED_DATA


class Disk:
    """A disk that loses all that was not synced: what it holds after a power loss.

    It may write names before contents, or contents before names. Both are simulated: names are kept at once ("early"),
    or when their folder is synced ("late"). Contents are those of the last sync.

    Args:
        patch: Replaces the functions of `os` that are watched.
        root: The folder that is watched; what it holds now is on disk.
        before_change: Called before each sync and each rename.
    """

    def __init__(
        self, patch: pytest.MonkeyPatch, root: Path, before_change: Callable[[], object] = lambda: None
    ) -> None:
        self.root, self.before_change = root, before_change
        self._contents = dict[int, bytes]()
        self._names = dict[int, dict[str, tuple[int, bool]]]()  # of each folder: number, and whether it is a folder
        self._kept = list[int]()  # open files keep the inodes from being used again
        for path in (root, *root.rglob("*")):
            self._note(os.open(path, os.O_RDONLY))
        for name in ("fsync", "replace", "rename"):
            patch.setattr(os, name, self._watched(getattr(os, name)))

    def _watched(self, function: Callable[..., object]) -> Callable[..., None]:
        def call(*arguments: object) -> None:
            self.before_change()
            function(*arguments)
            if isinstance(arguments[0], int):
                self._note(os.dup(arguments[0]))

        return call

    def _note(self, handle: int) -> None:
        self._kept.append(handle)
        number = os.fstat(handle).st_ino
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        if path.is_dir():
            self._names[number] = {each.name: (each.lstat().st_ino, each.is_dir()) for each in path.iterdir()}
        else:
            self._contents[number] = path.read_bytes()

    def after_power_loss(self, names: Literal["early", "late"]) -> dict[str, bytes]:
        """Returns the files that are left, with paths relative to the root, without hidden ones."""
        left = self._early() if names == "early" else self._late("", self.root.stat().st_ino)
        return {path: content for path, content in left.items() if "/." not in f"/{path}"}

    def _early(self) -> dict[str, bytes]:
        files = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)): self._contents.get(path.stat().st_ino, b"") for path in files}

    def _late(self, folder: str, number: int) -> dict[str, bytes]:
        left = dict[str, bytes]()
        for name, (inode, is_folder) in self._names.get(number, {}).items():
            if is_folder:
                left |= self._late(f"{folder}{name}/", inode)
            else:
                left[f"{folder}{name}"] = self._contents.get(inode, b"")
        return left

    def write_left(self, names: Literal["early", "late"], folder: Path) -> Path:
        """Writes what `after_power_loss` returns to another folder, and returns that."""
        for path, content in self.after_power_loss(names).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        return folder

    def close(self) -> None:
        """Closes the files that were kept open."""
        for handle in self._kept:
            os.close(handle)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """A disk that loses all that was not synced, with what `tmp_path` holds."""
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc to know which file is synced")
    disk = Disk(monkeypatch, tmp_path)
    yield disk
    disk.close()


@dataclass(frozen=True)
class DrawnPage:
    """A page of three lines of digits, as the recognizer of `saved_archive` reads them, in dark ink on grey paper.

    Attributes:
        xml: The XML file; its image `page.png` is beside it.
        boxes: The left, upper, right and lower end of each line in pixels; the texts are 2120 30, 2120 and 30.
        inks: The ink of each line, (56, W) float, 0 to 180 below the paper of 225.
    """

    xml: Path
    boxes: tuple[tuple[int, int, int, int], ...]
    inks: tuple[np.ndarray, ...]


PAGE_SIZE = (640, 420)
PAGE_LINES = (("2120 30", 60, 40, 0, 154), ("2120", 200, 140, 0, 92), ("30", 60, 240, 92, 154))
"""The text, the left and the upper end, and the columns of the saved line that it is made of."""

ALTO_LINE = (
    '<TextLine ID="l{n}" HPOS="{l}" VPOS="{t}" WIDTH="{w}" HEIGHT="{h}"{baseline}>{shape}'
    '<String CONTENT="{text}" WC="0.5"/></TextLine>'
)
ALTO = """<?xml version="1.0" encoding="UTF-8"?>
<!-- kept -->
<alto xmlns="http://www.loc.gov/standards/alto/ns-{version}#">
  <Description>
    <MeasurementUnit>pixel</MeasurementUnit>
    <sourceImageInformation><fileName>page.png</fileName></sourceImageInformation>
  </Description>
  <Layout>
    <Page ID="p1" PHYSICAL_IMG_NR="1" WIDTH="640" HEIGHT="420">
      <PrintSpace HPOS="0" VPOS="0" WIDTH="640" HEIGHT="420">
        <TextBlock ID="b1" HPOS="0" VPOS="0" WIDTH="640" HEIGHT="420">
          {lines}
        </TextBlock>
        <Illustration ID="i1" HPOS="500" VPOS="300" WIDTH="50" HEIGHT="50"/>
      </PrintSpace>
    </Page>
  </Layout>
</alto>
"""
PAGE_LINE = (
    '<TextLine id="l{n}" custom="readingOrder {{index:{n};}}"><Coords points="{points}"/><Baseline points="{base}"/>'
    '<Word id="w{n}"><Coords points="{points}"/><TextEquiv><Unicode>old</Unicode></TextEquiv></Word>'
    '<TextEquiv conf="0.5"><Unicode>{text}</Unicode></TextEquiv></TextLine>'
)
PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<!-- kept -->
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/{version}">
  <Metadata>
    <Creator>me</Creator><Created>2026-01-01T00:00:00</Created><LastChange>2026-01-01T00:00:00</LastChange>
  </Metadata>
  <Page imageFilename="page.png" imageWidth="640" imageHeight="420">
    <TextRegion id="r1">
      <Coords points="0,0 639,0 639,419 0,419"/>
      {lines}
      <TextEquiv><Unicode>old</Unicode></TextEquiv>
    </TextRegion>
    <ImageRegion id="i1"><Coords points="500,300 550,300 550,350 500,350"/></ImageRegion>
  </Page>
</PcGts>
"""
PAGE_VERSIONS = {
    "alto-2": (ALTO, ALTO_LINE, "v2"),
    "alto-3": (ALTO, ALTO_LINE, "v3"),
    "alto-4": (ALTO, ALTO_LINE, "v4"),
    "page-2013": (PAGE, PAGE_LINE, "2013-07-15"),
    "page-2017": (PAGE, PAGE_LINE, "2017-07-15"),
    "page-2019": (PAGE, PAGE_LINE, "2019-07-15"),
}


@pytest.fixture(scope="session")
def saved_archive() -> Path:
    """The files that version 0.1.0 wrote."""
    return SAVED


@pytest.fixture(scope="session")
def saved_line(saved_archive) -> np.ndarray:
    """A canonical line (28, 154) uint8, which the recognizer of `saved_archive` reads as 2120 30."""
    with zipfile.ZipFile(saved_archive) as archive:
        return np.asarray(Image.open(io.BytesIO(archive.read("lines/line1.png"))))


@pytest.fixture
def draw_page(saved_line, tmp_path) -> Callable[..., DrawnPage]:
    """Draws a page: `draw_page("alto-4")` writes page.xml and page.png to a folder, `tmp_path` if not given."""

    def draw(version: str = "page-2019", folder: Path = tmp_path) -> DrawnPage:
        document, line, number = PAGE_VERSIONS[version]
        page = np.full(PAGE_SIZE[::-1], 225, np.uint8)
        boxes, inks, lines = [], [], []
        for n, (text, left, top, first, last) in enumerate(PAGE_LINES, 1):
            ink = np.kron(saved_line[:, first:last], np.ones((2, 2))) * (180 / 255)
            h, w = ink.shape
            page[top : top + h, left : left + w] -= ink.astype(np.uint8)
            inks.append(ink)
            boxes.append((left, top, left + w, top + h))
            points = f"{left},{top} {left + w},{top} {left + w},{top + h} {left},{top + h}"
            base = f"{left},{top + 48} {left + w},{top + 48}"
            has_shape = number == "v4"
            shape = f'<Shape><Polygon POINTS="{points}"/></Shape>' if has_shape else ""
            baseline = f' BASELINE="{base.replace(",", " ") if has_shape else top + 48}"'
            places = {"n": n, "l": left, "t": top, "w": w, "h": h, "points": points, "base": base}
            lines.append(line.format(**places, shape=shape, baseline=baseline, text=text))
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(page).save(folder / "page.png")
        xml = folder / "page.xml"
        xml.write_text(document.format(version=number, lines="\n      ".join(lines)), encoding="utf-8")
        return DrawnPage(xml, tuple(boxes), tuple(inks))

    return draw
