"""Finding an article by half a headline: the folded headlines and ids of each segment in memory, newest first, and looked
through as a whole. Measured at 100,000 articles in docs/performance.md.
"""

import re
import threading
import unicodedata
from array import array
from dataclasses import dataclass
from itertools import islice
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from index.segment import UNDATED, Segment
from index.snapshot import Snapshot

ENOUGH = 2_000
"""So many matches of a segment, its newest, are put in order; of a word that every headline has nobody reads more."""

MAX_WORDS = 12

_OMITTED = re.compile(r"['’ʼ`´]")
_BETWEEN = re.compile(r"[\W_]+")
_END, _ID = b"\n", b"\x1f"
_PLAIN = bytes(ord(chr(code).lower()) if chr(code).isalnum() and code < 128 else 32 for code in range(256))

SAMPLE = 200_000
"""In so many bytes of the newest headlines is looked which of several words is the rarest."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of the snapshot, best first; `more` where others match too."""

    rows: tuple[int, ...]
    more: bool = False


class Headlines:
    """The headlines of whatever segments are asked about; any number of threads may ask. Segments that nobody serves any
    more are forgotten."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Segment, _Lines] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def find(self, snapshot: Snapshot, text: str, now: int, limit: int = 20) -> Found:
        """The live articles published by `now` (Unix time) whose headline or id holds every word of the text, the last one
        perhaps half typed: first those that begin with it, then those that hold it as it stands, then those that hold its
        words as beginnings of words, then any; newest first among equals. All of the newest for an empty text."""
        words = tuple(fold(text).split()[:MAX_WORDS])
        found: list[tuple[int, int, int]] = []
        more = False
        for number, segment in enumerate(snapshot.segments):
            lines, dead, start = self._lines(segment), snapshot.dead[number], int(snapshot.starts[number])
            hits = lines.matching(words, dead | (segment.published > now), ENOUGH if words else limit + 1)
            more = more or len(hits) == ENOUGH
            found += [(rank, -int(segment.published[row]), start + row) for rank, row in hits]
        best = sorted(found)[: limit + 1] if len(found) > limit else sorted(found)
        rows = tuple(row for _, _, row in best[:limit])
        return Found(rows, more or len(found) > limit)

    def warm(self, snapshot: Snapshot) -> None:
        """Fold the headlines of a snapshot now, so that who searches next need not wait."""
        for segment in snapshot.segments:
            self._lines(segment)

    def _lines(self, segment: Segment) -> "_Lines":
        known = self._known.get(segment)
        if known is None:
            with self._lock:
                known = self._known.get(segment)
                if known is None:
                    known = self._known[segment] = _Lines(segment)
        return known


class _Lines:
    """The headlines and ids of one segment as one text, a line an article, newest first."""

    def __init__(self, segment: Segment) -> None:
        order = np.argsort(-np.maximum(segment.published, UNDATED + 1), kind="stable")
        lines: list[bytes] = []
        for row in order.tolist():
            title = segment.card(row).get("title") or ""
            lines.append(b" %b\x1f%b\n" % (_folded(title), _folded(segment.ids[row].decode())))
        self._text = b"".join(lines)
        self._rows = array("q", order.tolist())

    def matching(self, words: tuple[str, ...], hidden: npt.NDArray[np.bool_], most: int) -> list[tuple[int, int]]:
        """Rank (0 is best) and row of the newest matches, at most so many."""
        if not words:
            newest = (row for row in self._rows if not hidden[row])
            return [(0, row) for row in islice(newest, most)]
        gone, text, sought = hidden.tobytes(), self._text, [word.encode() for word in words]
        rarest = min(sought, key=lambda word: (text.count(word, 0, SAMPLE), -len(word)))
        phrase = b" ".join(sought)
        found: list[tuple[int, int]] = []
        line_number = begin = 0
        at = text.find(rarest)
        while at >= 0 and len(found) < most:
            # counting line ends from hit to hit looks at each byte once, and costs less than looking a place up
            line_number += text.count(_END, begin, at)
            begin, end = text.rfind(_END, 0, at) + 1, text.find(_END, at)
            row = self._rows[line_number]
            if not gone[row]:
                line = text[begin:end]
                if all(word in line for word in sought):
                    found.append((_rank(line, sought, phrase), row))
            at = text.find(rarest, end)
        return found


def fold(text: str) -> str:
    """A text as it is compared: without case, accents and punctuation, words parted by one blank."""
    return _folded(text).decode()


def _folded(text: str) -> bytes:
    if text.isascii():
        return b" ".join(text.encode().translate(_PLAIN, b"'`").split())
    decomposed = unicodedata.normalize("NFKD", _OMITTED.sub("", text))
    bare = "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()
    # a headline that came broken may hold half of a surrogate pair
    return _BETWEEN.sub(" ", bare).strip().encode("utf-8", "replace")


def _rank(line: bytes, words: list[bytes], phrase: bytes) -> int:
    title = line.partition(_ID)[0]
    if title.startswith(b" " + phrase):
        return 0
    if b" " + phrase in title:
        return 1
    if all(b" " + word in title for word in words):
        return 2
    return 3
