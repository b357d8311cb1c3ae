"""The server's web page for drawing or choosing a line and seeing how it is read."""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from starlette.responses import HTMLResponse, Response


def page_response() -> Response:
    """Returns the page, with headers that forbid it to load from or send to any other server."""
    html, headers = _load()
    return HTMLResponse(html, headers=headers)


@cache
def _load() -> tuple[str, dict[str, str]]:
    html = files(__name__).joinpath("index.html").read_text("utf-8")
    policy = {
        "default-src": "'none'",
        "style-src": _hashes(html, "style"),
        "script-src": _hashes(html, "script"),
        "img-src": "blob: data:",  # the user's image, and the icon
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return html, {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def _hashes(html: str, tag: str) -> str:
    """Returns the hashes that allow exactly the page's own elements of a tag."""
    contents = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in contents)
    return " ".join(f"'sha256-{digest}'" for digest in digests)
