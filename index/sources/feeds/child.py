"""Parses one XML feed, in a process of its own: `python -P feed_child.py SECONDS CHARSET < feed`, plain JSON comes out.

feedparser takes quadratic time, in Python and in regular expressions that nothing can interrupt, for feeds that were made to
do so: for a 40 KB author's name some minutes. A process can be ended. Imports nothing of ours, so that it starts quickly.
"""

import io
import json
import re
import sys
import time
import warnings
from typing import Any

import feedparser

DEEPEST = 12
"""Levels of dicts and lists that are given on; feedparser's own need six."""
MEMORY = 2 << 30
"""Bytes of address space that the process may take."""

_LONG_NUMBER = re.compile(rb"&#(?:[0-9]{30,}|[xX][0-9a-fA-F]{30,});?")


def parse(body: bytes, charset: str | None = None) -> dict[str, Any]:
    """What feedparser finds, as plain dicts, lists and strings; date-times as six numbers in UTC."""
    # only bytes in a stream: anything else feedparser might take for the name of a file, or for an address to fetch
    stream = io.BytesIO(_LONG_NUMBER.sub(b"&#65533;", _without_leading_space(body)))
    headers = {"content-type": f"application/xml; charset={charset}"} if charset else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # its sanitiser and its resolver read HTML with regular expressions once more; the text is made elsewhere, and safely
        found = feedparser.parse(stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
        return {
            "version": found.get("version") or "",
            "feed": _plain(dict(found["feed"]), 0),
            "entries": [_plain(dict(entry), 0) for entry in found["entries"]],
            "problem": str(found["bozo_exception"]) if found.get("bozo") and "bozo_exception" in found else None,
        }


def _without_leading_space(body: bytes) -> bytes:
    """Bytes that begin with the first that is no white space: feedparser looks for a declaration from each line break anew."""
    stripped = body.lstrip(b" \t\r\n")
    return stripped if stripped[:1] == b"<" and stripped[1:2] != b"\0" else body


def _plain(value: object, depth: int) -> Any:
    if isinstance(value, time.struct_time):
        return list(value[:6])
    if isinstance(value, dict) and depth < DEEPEST:
        return {str(key): _plain(one, depth + 1) for key, one in dict.items(value) if key != "source"}
    if isinstance(value, (list, tuple)) and depth < DEEPEST:
        return [_plain(one, depth + 1) for one in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def main() -> None:
    """Read standard input, within the seconds of processor time and the memory that are allowed; write JSON."""
    seconds, charset = int(sys.argv[1]), sys.argv[2] or None
    try:
        import resource
    except ImportError:  # elsewhere the parent's clock must do
        pass
    else:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    json.dump(parse(sys.stdin.buffer.read(), charset), sys.stdout)


if __name__ == "__main__":
    main()
