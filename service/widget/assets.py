"""The script and the stylesheet as they are sent: their sources without comments and indentation."""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Asset:
    """A file for browsers: its bytes, type and a tag that changes with them."""

    body: bytes
    mimetype: str

    @property
    def etag(self) -> str:
        return sha256(self.body).hexdigest()[:16]


@cache
def script() -> Asset:
    """`/widget.js`: the custom elements."""
    return Asset(compact_script(_source("also-read.js")).encode(), "text/javascript")


@cache
def stylesheet() -> Asset:
    """`/widget.css`: how the boxes look, whoever rendered them, and the space that is reserved for them."""
    return Asset(compact_style(_source("also-read.css")).encode(), "text/css")


def compact_script(source: str) -> str:
    """A script without comments, empty lines, indentation, and blanks around punctuation outside of strings. Line ends stay,
    so that no statement runs into the next. It knows comments that begin their line, strings in single quotes, and regular
    expressions without blanks; nothing else may hold a blank that counts."""
    without = re.sub(r"^\s*/\*.*?\*/$", "", source, flags=re.DOTALL | re.MULTILINE)
    lines = "\n".join(line.strip() for line in without.splitlines() if line.strip())
    return re.sub(r"('[^'\n]*')|[ ]*([^\w\s'$.])[ ]*", lambda match: match[1] or match[2], lines)


def compact_style(source: str) -> str:
    """A stylesheet without comments, and without blanks that mean nothing; those around + and - in `calc` stay."""
    without = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    return re.sub(r"\s*([{};,>])\s*|(?<=:)\s+", r"\1", re.sub(r"\s+", " ", without)).replace(";}", "}").strip()


def _source(name: str) -> str:
    return files("service.widget").joinpath(name).read_text(encoding="utf-8")
