"""The page in a real browser: chosen, dropped, pasted and drawn lines are read and shown with their characters."""

import base64
import io
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef
from tensorflow_serving.apis.predict_pb2 import PredictResponse

from kerasrec.serving.server.failure import invalid, not_found
from kerasrec.serving.server.limits import Limits
from kerasrec.serving.server.metrics import Metrics
from kerasrec.serving.server.model_config import folder_config
from kerasrec.serving.server.page import page_response
from kerasrec.serving.server.rest import rest_app
from kerasrec.serving.server.server import Server, ServerSettings

CONFIDENCES = (0.99, 0.75, 0.4)


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Returns the start and the end of each run of set flags, the end not included."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


class InkCore:
    """Reads runs of dark columns from left to right as "a", "b", "c" ... with confidence 0.99, 0.75, 0.4 ..."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.pictures: list[bytes] = []
        self.models: list[str] = []
        self.wait: Callable[[], None] = lambda: None

    def enter(self):
        return nullcontext()

    def signature(self, spec):
        if spec.name == "gone":
            raise not_found("Servable not found for request: Latest(gone)")
        signature = SignatureDef()
        signature.inputs["image_bytes"].dtype = types_pb2.DT_STRING
        return signature

    def predict(self, request, timeout=None, is_wanted=None):
        self.models.append(request.model_spec.name)
        (content,) = request.inputs["image_bytes"].string_val
        self.pictures.append(content)
        self.wait()
        try:
            picture = Image.open(io.BytesIO(content))
        except OSError:
            raise invalid(
                "assertion failed: [Expected the bytes of an image in the format PNG or JPEG, but received] "
                f"[{len(content)}] [bytes of another kind.]\n\t [[{{{{node Assert/Assert}}}}]]"
            ) from None
        grey = np.asarray(ImageOps.exif_transpose(picture).convert("L"))
        found = runs((grey < 128).any(0))
        outputs = {
            "text": ["".join(chr(ord("a") + i) for i in range(len(found))).encode()],
            "confidence": np.float32([0.004 if len(found) > 9 else 0.875]),
            "character_count": np.int32([len(found)]),
            "character_confidence": np.float32([[CONFIDENCES[i % 3] for i in range(len(found))]]),
            "character_start": np.float32([[start for start, _ in found]]),
            "character_end": np.float32([[end for _, end in found]]),
        }
        response = PredictResponse()
        for name, values in outputs.items():
            response.outputs[name].CopyFrom(tf.make_tensor_proto(values))
        return response


def draw_picture(letters: int = 3, pitch: int = 40, height: int = 56) -> Image.Image:
    """A line whose letters are dark bars, half as wide as their pitch."""
    grey = np.full((height, letters * pitch + 20), 250, np.uint8)
    for i in range(letters):
        grey[8 : height - 8, 20 + i * pitch : 20 + i * pitch + pitch // 2] = 20
    return Image.fromarray(grey).convert("RGB")


def encode(picture: Image.Image, format: str = "PNG", orientation: int = 0) -> bytes:
    """Returns the bytes of an image, with an EXIF orientation if it is not 0."""
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    stream = io.BytesIO()
    picture.save(stream, format, exif=exif)
    return stream.getvalue()


class Page:
    """The page in a browser, and the actions of a user."""

    def __init__(self, driver, port: int, core: InkCore | None, folder: Path) -> None:
        self.driver, self.core, self._folder = driver, core, folder
        driver.get(f"http://127.0.0.1:{port}/")
        self.until(lambda: self.script("return about.models.length > 0"))

    def script(self, code: str, *arguments: object):
        return self.driver.execute_script(code, *arguments)

    def find(self, id: str):
        return self.driver.find_element("id", id)

    def text(self, id: str) -> str:
        return self.find(id).text

    def until(self, holds: Callable[[], object]):
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, 30, 0.02).until(lambda _: holds())

    def choose(self, content: bytes, name: str = "line.png") -> None:
        path = self._folder / name
        path.write_bytes(content)
        self.find("file").send_keys(str(path))

    def read(self) -> str:
        """Waits for the next text or error and returns it."""
        return self.until(lambda: self.text("text") or self.text("error"))

    def give(self, event: str, field: str, content: bytes, name: str = "line.png") -> None:
        """Drops or pastes a file."""
        self.script(
            """const data = new DataTransfer();
            data.items.add(new File([Uint8Array.from(atob(arguments[2]), (c) => c.charCodeAt(0))], arguments[3]));
            const [type, field] = arguments;
            const event = new Event(type, {bubbles: true, cancelable: true});
            Object.defineProperty(event, field, {value: data});
            document.body.dispatchEvent(event);""",
            event,
            field,
            base64.b64encode(content).decode(),
            name,
        )

    def stroke(self, *points: tuple[int, int]) -> None:
        """Draws with the mouse through points in px of the paper."""
        from selenium.webdriver.common.action_chains import ActionChains

        canvas = self.find("canvas")
        middle = (canvas.size["width"] // 2, canvas.size["height"] // 2)
        actions = ActionChains(self.driver, duration=20)
        for i, (x, y) in enumerate(points):
            actions.move_to_element_with_offset(canvas, x - middle[0], y - middle[1])
            if not i:
                actions.click_and_hold()
        actions.release().perform()

    def press(self, key: str, holding: str = "") -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        actions = ActionChains(self.driver)
        if holding:
            actions.key_down(holding)
        actions.send_keys(key)
        if holding:
            actions.key_up(holding)
        actions.perform()

    def take_model(self, name: str) -> None:
        from selenium.webdriver.support.ui import Select

        Select(self.find("model")).select_by_visible_text(name)

    def boxes(self, of: str = "boxes") -> list[tuple[float, float]]:
        """Returns the left and right edges of the boxes, or letters, in px of the sheet."""
        return [
            tuple(each)
            for each in self.script(
                """const left = document.getElementById("sheet").getBoundingClientRect().left;
                const boxes = [...document.getElementById(arguments[0]).children];
                const places = boxes.map((box) => box.getBoundingClientRect());
                return places.map((place) => [place.left - left, place.right - left]);""",
                of,
            )
        ]

    def highlighted(self) -> list[list[int]]:
        """Returns the numbers of the highlighted boxes and of the highlighted letters."""
        return self.script(
            """return ["boxes", "letters"].map((id) => [...document.getElementById(id).children]
            .flatMap((each, i) => each.classList.contains("on") ? [i] : []));"""
        )

    def scrolls_sideways(self) -> bool:
        return self.script("return document.documentElement.scrollWidth > innerWidth")


@pytest.fixture(scope="module")
def driver() -> Iterator:
    """A headless Chromium, or a skipped test."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs the package selenium")
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not chromedriver:
        pytest.skip("needs chromium and chromedriver (Debian: apt install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def served(listening) -> Iterator[tuple[int, InkCore]]:
    core = InkCore()
    with listening(rest_app(core, Limits(message_bytes=300_000), lambda: ["lines"])) as port:
        yield port, core


def resize(driver, width: int, height: int, dark: bool = False, scale: float = 1.0) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


@pytest.fixture
def page(driver, served, tmp_path) -> Page:
    port, core = served
    core.pictures.clear()
    core.models.clear()
    core.wait = lambda: None
    resize(driver, 1100, 800)
    driver.get_log("browser")
    return Page(driver, port, core, tmp_path)


def test_a_chosen_image_is_read(page):
    content = encode(draw_picture())
    page.choose(content)
    assert page.read() == "abc"
    assert page.core.pictures == [content]  # unchanged
    assert page.core.models == ["lines"]
    assert page.text("confidence") == "87%"
    assert page.text("least") == "“c” 40%"
    assert re.fullmatch(r"\d+ ms", page.text("time"))
    assert re.fullmatch(r"\d+ ms of it on the server", page.text("server-time"))
    assert page.find("spoken").get_attribute("textContent") == "abc Line confidence 87%."
    assert page.find("picture").is_displayed()
    assert page.driver.get_log("browser") == []


def test_a_very_low_confidence_is_not_shown_as_0(page):
    page.choose(encode(draw_picture(12)))
    assert page.read() == "abcdefghijkl"
    assert page.text("confidence") == "< 1%"


def test_letters_show_their_confidence_without_colour_too(page):
    page.choose(encode(draw_picture()))
    page.read()
    letters = page.find("letters").find_elements("tag name", "button")
    assert [each.get_attribute("class") for each in letters] == ["sure", "likely", "doubtful"]
    assert [each.text.split("\n") for each in letters] == [["a"], ["b", "75"], ["c", "40"]]
    assert letters[1].accessible_name == "“b” 75%, likely, from 60 to 80 px"
    shares = page.script(
        "return [...document.querySelectorAll('#letters i')].map((i) => getComputedStyle(i, '::before').width)"
    )
    bars = page.script("return [...document.querySelectorAll('#letters i')].map((i) => i.clientWidth)")
    parts = [float(share[:-2]) / bar for share, bar in zip(shares, bars, strict=True)]
    assert parts == pytest.approx(CONFIDENCES, abs=0.03)
    borders = page.script(
        "return [...document.querySelectorAll('.box')].map((box) => getComputedStyle(box).borderTopStyle)"
    )
    assert borders == ["solid", "dashed", "dotted"]


@pytest.mark.parametrize(
    ("format", "orientation", "seen"),
    [
        ("PNG", 0, (140, 56)),
        ("JPEG", 0, (140, 56)),
        ("JPEG", 3, (140, 56)),
        ("JPEG", 6, (56, 140)),
        ("JPEG", 8, (56, 140)),
        ("PNG", 6, (56, 140)),
        ("WEBP", 0, (140, 56)),
        ("WEBP", 6, (140, 56)),  # Chromium ignores the orientation, the server would apply it
    ],
)
def test_boxes_are_on_the_visible_ink(page, format, orientation, seen):
    page.choose(encode(draw_picture(), format, orientation))
    page.read()
    size = page.script("return [picture.naturalWidth, picture.naturalHeight, picture.clientWidth]")
    assert tuple(size[:2]) == seen
    scale = size[2] / seen[0]
    ink = page.script(
        """const sheet = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
        sheet.getContext("2d").drawImage(picture, 0, 0);
        return [...sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height).data];"""
    )
    dark = np.reshape(ink, (seen[1], seen[0], 4))[:, :, 0] < 128
    expected = [(start * scale, end * scale) for start, end in runs(dark.any(0))]
    np.testing.assert_allclose(page.boxes(), expected, atol=1.0)
    np.testing.assert_allclose(page.boxes("letters"), expected, atol=1.0)


def test_a_long_line_scrolls_within_its_paper(page):
    resize(page.driver, 360, 740)
    page.choose(encode(draw_picture(24, pitch=80)))
    page.read()
    view = page.script("return [view.clientWidth, view.scrollWidth]")
    assert view[1] > 2 * view[0]
    assert not page.scrolls_sideways()
    page.script("document.querySelector('#letters button').focus()")
    page.press("\ue010")  # End
    box, paper = page.script(
        "return [document.querySelector('#boxes').lastChild, view].map((each) => each.getBoundingClientRect().right)"
    )
    assert box <= paper + 1


@pytest.mark.parametrize(("event", "field"), [("drop", "dataTransfer"), ("paste", "clipboardData")])
def test_a_dropped_or_pasted_image_is_read(page, event, field):
    content = encode(draw_picture(4))
    page.give(event, field, content)
    assert page.read() == "abcd"
    assert page.core.pictures == [content]


def test_a_drawing_is_read_after_a_pause(page):
    assert page.find("hint").is_displayed()
    page.stroke((100, 30), (100, 120))
    page.stroke((200, 30), (210, 75), (200, 120))
    assert not page.find("hint").is_displayed()
    assert page.read() == "ab"
    assert page.text("server-time")
    (first, second) = page.boxes()
    assert first[0] <= 100 <= first[1] < 150
    assert 150 < second[0] <= 204 <= second[1] < 250
    sent = Image.open(io.BytesIO(page.core.pictures[-1]))
    grey = np.asarray(sent.convert("L"))
    assert sent.height == 84
    assert (grey[0, 0], grey.min()) == (255, 0)
    rows = runs((grey < 128).any(1))
    assert len(rows) == 1
    assert rows[0][1] - rows[0][0] == pytest.approx(84 * 24 / 28, abs=5)  # as in the training data


def test_a_drawing_in_dark_mode_is_sent_dark_on_light(page):
    resize(page.driver, 1100, 800, dark=True)
    page.stroke((100, 30), (100, 120))
    page.read()
    grey = np.asarray(Image.open(io.BytesIO(page.core.pictures[-1])).convert("L"))
    assert np.median(grey) == 255
    colour = page.script("return [...canvas.getContext('2d').getImageData(100 * devicePixelRatio, 75, 1, 1).data]")
    assert min(colour[:3]) > 200  # but light on dark on the screen


def test_strokes_can_be_undone(page):
    for x in (100, 200, 300):
        page.stroke((x, 30), (x, 120))
    assert page.until(lambda: page.text("text") == "abc")
    page.find("undo").click()
    assert page.text("text") == ""  # the result of the previous drawing is removed
    assert page.until(lambda: page.text("text") == "ab")
    page.press("z", holding="\ue009")  # Ctrl
    assert page.until(lambda: page.text("text") == "a")
    page.find("clear").click()
    assert page.find("hint").is_displayed()
    assert not page.find("undo").is_enabled()
    assert page.boxes() == []


def test_clear_replaces_an_image_with_paper(page):
    page.choose(encode(draw_picture()))
    page.read()
    assert not page.find("canvas").is_displayed()
    page.find("clear").click()
    assert page.find("canvas").is_displayed()
    page.stroke((100, 30), (100, 120))
    assert page.until(lambda: page.text("text") == "a")


def test_drawing_beyond_the_paper_does_not_widen_it(page):
    resize(page.driver, 360, 740)
    page.stroke((100, 30), (100, 120))
    page.stroke((300, 60), (335, 60))
    page.read()
    assert page.script("return view.scrollWidth <= view.clientWidth")
    assert not page.scrolls_sideways()


def test_pointing_at_a_box_or_a_letter_highlights_both(page):
    from selenium.webdriver.common.action_chains import ActionChains

    page.choose(encode(draw_picture()))
    page.read()
    assert page.highlighted() == [[], []]
    start, end = page.boxes()[1]
    picture = page.find("picture")
    offset = round((start + end) / 2 - picture.size["width"] / 2)
    ActionChains(page.driver, duration=0).move_to_element_with_offset(picture, offset, 0).perform()
    assert page.until(lambda: page.highlighted() == [[1], [1]])
    assert page.text("detail") == "“b” 75%, likely, from 60 to 80 px"
    letter = page.find("letters").find_elements("tag name", "button")[2]
    ActionChains(page.driver, duration=0).move_to_element(letter).perform()
    assert page.until(lambda: page.highlighted() == [[2], [2]])
    ActionChains(page.driver, duration=0).move_to_element(page.find("text")).perform()
    assert page.until(lambda: page.highlighted() == [[], []])
    assert page.text("detail") == "Point at or tap a character to see its confidence."


def test_everything_works_with_the_keyboard(page):
    tab, left, right, home, end = "\ue004", "\ue012", "\ue014", "\ue011", "\ue010"
    focused = "return document.activeElement.id || document.activeElement.textContent"
    page.press(tab)
    assert page.script(focused) == "file"
    assert page.script("return getComputedStyle(document.querySelector('.button')).outlineStyle") == "solid"
    page.choose(encode(draw_picture()))
    page.read()
    page.script("document.getElementById('file').focus()")
    page.press(tab)
    assert page.script(focused) == "clear"  # nothing to undo
    page.press(tab)
    steps = [("", 0), (right, 1), (right, 2), (right, 2), (left, 1), (home, 0), (left, 0), (end, 2)]
    for key, number in steps:
        if key:
            page.press(key)
        assert page.script(focused).startswith("abc"[number])
        assert page.highlighted() == [[number], [number]]
    assert page.text("detail") == "“c” 40%, doubtful, from 100 to 120 px"
    page.press(tab)
    assert page.script(focused) == "copy"  # one tab past all letters
    assert page.highlighted() == [[], []]


def test_a_refused_image_is_explained(page):
    page.choose(b"not a PNG!", "line.txt")
    message = "Expected the bytes of an image in the format PNG or JPEG, but received 10 bytes of another kind."
    assert page.read() == message
    assert page.find("error").get_attribute("role") == "alert"
    page.choose(encode(draw_picture()))
    assert page.until(lambda: page.text("text") == "abc")
    assert not page.find("error").is_displayed()
    page.choose(b"", "empty.png")
    assert "but received 0 bytes of another kind." in page.until(lambda: page.text("error"))
    assert page.text("text") == ""


@pytest.mark.parametrize(
    ("status", "error", "message"),
    [
        (400, "{{function_node __inference_f_1}} assertion failed: [a] [2 b] [c.]\n\t [[{{node A}}]]", "a 2 b c."),
        (
            400,
            "Unknown image file format. One of JPEG, PNG required.\n\t [[{{node D}}]]",
            "Unknown image file format. One of JPEG, PNG required.",
        ),
        (404, "Servable not found for request: Latest(a)", "Servable not found for request: Latest(a)"),
        (503, "The batch scheduling queue is full", "The server is busy. The batch scheduling queue is full"),
        (504, "", "The server took too long. The server answered with status 504."),
        (500, "", "The server answered with status 500."),
    ],
)
def test_errors_become_sentences(page, status, error, message):
    assert page.script("return explain(arguments[0], arguments[1])", status, error) == message


def test_a_file_that_cannot_be_opened_is_an_error(page):
    page.script("take({arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError'))})")
    assert page.read() == "The file cannot be opened."


def test_too_large_an_image_is_not_sent(page):
    noise = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)
    page.choose(encode(Image.fromarray(noise)))
    assert page.read() == "The image is too large: its request has 0.3 MiB, but the server accepts at most 0.3 MiB."
    assert page.core.pictures == []


def test_an_image_without_text_is_not_an_error(page):
    page.choose(encode(Image.new("RGB", (100, 50), "white")))
    assert page.read() == "No text was found."
    assert page.text("least") == "–"
    assert not page.find("copy").is_displayed()
    assert not page.find("letters").is_displayed()


def test_a_stopped_server_is_an_error(driver, listening, tmp_path):
    core = InkCore()
    with listening(rest_app(core, Limits(), lambda: ["lines"])) as port:
        page = Page(driver, port, core, tmp_path)
    page.choose(encode(draw_picture()))
    assert page.read() == "The server is not responding. Is it still running?"


def test_models_can_be_chosen(driver, listening, tmp_path):
    core = InkCore()
    with listening(rest_app(core, Limits(), lambda: ["lines", "more lines", "gone"])) as port:
        page = Page(driver, port, core, tmp_path)
        assert not page.find("one-model").is_displayed()
        page.choose(encode(draw_picture()))
        page.read()
        page.take_model("more lines")
        page.until(lambda: core.models == ["lines", "more lines"])
        page.take_model("gone")
        assert page.until(lambda: page.text("error")) == "Servable not found for request: Latest(gone)"


def test_the_page_names_a_single_model_or_says_that_there_is_none(page, driver, listening, tmp_path):
    assert page.text("one-model") == "model lines"
    assert not page.find("many-models").is_displayed()
    core = InkCore()
    with listening(rest_app(core, Limits(), list)) as port:
        driver.get(f"http://127.0.0.1:{port}/")
        page.until(lambda: page.text("one-model") == "no model is served")
        page.choose(encode(draw_picture()))
        assert page.read() == "The server has no model."


def test_a_late_answer_to_an_earlier_request_is_ignored(page):
    go_on, asked = threading.Event(), threading.Event()

    def wait():
        page.core.wait = lambda: None
        asked.set()
        go_on.wait(30)

    page.core.wait = wait
    page.choose(encode(draw_picture(2)), "first.png")
    assert asked.wait(30)
    page.choose(encode(draw_picture(5)), "second.png")
    assert page.read() == "abcde"
    go_on.set()
    page.until(
        lambda: (
            page.script("return performance.getEntriesByType('resource').filter((e) => /predict/.test(e.name)).length")
            == 2
        )
    )
    assert page.text("text") == "abcde"
    assert len(page.boxes()) == 5


def luminance(colour: str) -> float:
    channels = [int(each) / 255 for each in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_enough_contrast_in_light_and_dark_mode(page, dark):
    resize(page.driver, 1100, 800, dark)
    page.choose(encode(draw_picture()))
    page.read()
    colours = page.script(
        """const of = (where, what) => getComputedStyle(document.querySelector(where))[what];
        const grounds = [of("html", "backgroundColor"), of(".paper", "backgroundColor")];
        const texts = ["#text", "dt", ".detail", "footer", "#letters .sure", "#letters .likely", "#letters .doubtful"];
        return [grounds, texts.map((text) => of(text, "color"))];"""
    )
    assert (luminance(colours[0][0]) < 0.05) == dark
    for ground in colours[0]:
        assert min(contrast(ground, text) for text in colours[1]) >= 4.5
    button = page.script(
        "const s = getComputedStyle(document.querySelector('.button')); return [s.color, s.backgroundColor]"
    )
    assert contrast(*button) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_does_not_scroll_sideways(page, dark):
    resize(page.driver, 360, 740, dark)
    assert not page.scrolls_sideways()
    page.choose(encode(draw_picture(20)))
    page.read()
    assert not page.scrolls_sideways()
    assert (
        min(page.script("return [...document.querySelectorAll('.tools button, .button')].map((b) => b.offsetHeight)"))
        >= 44
    )
    page.script("fail('x'.repeat(500))")
    assert not page.scrolls_sideways()


def test_resizing_moves_the_boxes_and_keeps_the_focus(page):
    page.choose(encode(draw_picture(12)))
    page.read()
    page.script("document.querySelectorAll('#letters button')[3].focus()")
    before = page.boxes()
    resize(page.driver, 480, 800)
    page.until(lambda: page.boxes()[0][1] < before[0][1])
    assert page.highlighted() == [[3], [3]]
    assert page.script("return document.activeElement.textContent") == "d"


def test_screen_readers_find_names_for_everything(page):
    page.choose(encode(draw_picture()))
    page.read()
    assert page.script("return document.documentElement.lang") == "en"
    nameless = [
        each.get_attribute("outerHTML")
        for each in page.driver.find_elements("css selector", "button, input, img, canvas")
        if not each.accessible_name and each.is_displayed()
    ]
    assert nameless == []
    assert page.find("spoken").aria_role == "status"
    assert page.find("file").accessible_name == "Choose an image"
    assert page.find("letters").accessible_name.startswith("Characters")


def test_the_browser_blocks_requests_to_other_servers(page, listening):
    asked = []

    async def other(scope, receive, send):
        asked.append(scope["path"])

    with listening(other) as port:
        outcome = page.driver.execute_async_script(
            "fetch(arguments[0], {mode: 'no-cors'}).then(() => arguments[1]('sent'), () => arguments[1]('refused'))",
            f"http://127.0.0.1:{port}/",
        )
        page.script(
            "const image = new Image(); image.src = arguments[0]; document.body.append(image)",
            f"http://127.0.0.1:{port}/i",
        )
        blocked = page.until(
            lambda: [each for each in page.driver.get_log("browser") if "Content Security Policy" in each["message"]]
        )
    assert outcome == "refused"
    assert blocked
    assert asked == []


def test_the_page_sends_requests_only_to_its_server(page):
    page.choose(encode(draw_picture()))
    page.read()
    asked = page.script("return performance.getEntriesByType('resource').map((each) => each.name)")
    own = page.script("return location.origin")
    assert [each for each in asked if not each.startswith((own, f"blob:{own}", "data:"))] == []
    assert any(each.endswith("/v1/models/lines:predict") for each in asked)


def test_the_screenshot_for_the_readme(driver, tmp_path):
    """Run with KERASREC_SCREENSHOT=docs/images/serve.png KERASREC_MODEL=saved_models/lines KERASREC_LINE=line.png."""
    target, model, line = (os.environ.get(f"KERASREC_{name}") for name in ("SCREENSHOT", "MODEL", "LINE"))
    if not target or not model or not line:
        pytest.skip("needs KERASREC_SCREENSHOT, KERASREC_MODEL and KERASREC_LINE")
    resize(driver, 920, 560, scale=1.5)
    with Server(folder_config(Path(model), "lines"), ServerSettings(port=0, rest_port=0)) as server:
        page = Page(driver, server.ports.rest, None, tmp_path)
        for _ in range(3):  # the first reading takes longer
            page.choose(Path(line).read_bytes())
            assert page.read()
            assert page.text("text")
        page.script(
            "const sure = reading.characters.map((each) => each.confidence); point(sure.indexOf(Math.min(...sure)))"
        )
        resize(driver, 920, page.script("return document.body.offsetHeight"), scale=1.5)
        picture = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    picture.save(target, optimize=True)
    assert Path(target).stat().st_size < 150_000


def test_the_headers_allow_only_the_page_itself():
    response = page_response()
    policy = dict(each.split(" ", 1) for each in response.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", policy["script-src"])
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", policy["style-src"])
    assert policy["connect-src"] == "'self'"
    assert "unsafe" not in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"


def test_the_page_has_no_other_addresses():
    html = page_response().body.decode()
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s'\"]*", html))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a namespace, not an address
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"(?!data:)", html)
    assert "style=" not in re.sub(r"<style>.*?</style>|<script>.*?</script>", "", html, flags=re.DOTALL)
