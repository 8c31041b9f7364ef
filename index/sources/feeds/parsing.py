"""XML feeds through feedparser, with a limit to the time, the memory and the bytes that one may take."""

import gzip
import io
import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

from index.errors import UnreadableSource
from index.processes import environment
from index.sources.feeds import child

MAX_FEED = 32 << 20
"""Bytes of the longest feed that is read."""
SMALL = 4_000
"""Up to so many bytes even a hostile feed takes less than half a second, and no process of its own."""
SECONDS, SECONDS_PER_MEGABYTE = 10, 10
"""What one feed may take: some four times what feedparser needs for long honest ones on a slow machine."""

_FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What feedparser has been seen to raise for feeds that it did not expect, and the kin of it."""


def unpacked(body: bytes, name: str) -> bytes:
    """The bytes of a feed, unpacked where they are gzip. Raises `UnreadableSource` where they are broken or become too many."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as stream:
            whole = stream.read(MAX_FEED + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise UnreadableSource(
            f"{name}: expected gzip by its first two bytes, got what cannot be unpacked: {error}"
        ) from error
    if len(whole) > MAX_FEED:
        raise UnreadableSource(f"{name}: expected a feed of at most {MAX_FEED:,} bytes, got more, once unpacked")
    return whole


def parse_xml_feed(body: bytes, name: str, charset: str | None = None) -> dict[str, Any]:
    """The feed as `index.sources.feeds.child.parse` gives it: `version`, `feed`, `entries`, `problem`.

    `charset` is what the server said, if anything. Raises `UnreadableSource` where it is too long, takes too much time or
    memory, or cannot be parsed.
    """
    if len(body) > MAX_FEED:
        raise UnreadableSource(
            f"{name}: expected a feed of at most {MAX_FEED:,} bytes, got {len(body):,}; ask for a shorter one, or split it"
        )
    charset = charset if charset and len(charset) < 60 and charset.isprintable() else None
    if len(body) > SMALL:
        return _parsed_apart(body, name, charset)
    try:
        return child.parse(body, charset)
    except _FAILURES as error:
        raise UnreadableSource(_not_parsed(name, f"{type(error).__name__}: {error}")) from error


def _parsed_apart(body: bytes, name: str, charset: str | None) -> dict[str, Any]:
    limit = SECONDS + SECONDS_PER_MEGABYTE * len(body) // 1_000_000
    command = [sys.executable, "-P", str(Path(child.__file__)), str(limit), charset or ""]
    try:
        # twice as long by the clock as by the processor: the machine may be busy with other things
        done = subprocess.run(
            command, input=body, capture_output=True, check=False, timeout=2 * limit + 10, env=environment()
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableSource(_too_slow(name, limit)) from error
    if done.returncode < 0:
        raise UnreadableSource(_too_slow(name, limit))
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UnreadableSource(_not_parsed(name, said[-1] if said else f"exit code {done.returncode}"))
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _not_parsed(name: str, reason: str) -> str:
    return f"{name}: expected an RSS or Atom feed, got one that cannot be parsed ({reason[:200]}); is the feed valid?"


def _too_slow(name: str, limit: int) -> str:
    return f"{name}: reading this feed took more than {limit} seconds or more memory than it may, which none should; left out"
