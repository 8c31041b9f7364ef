"""What reading every file of feedparser's own test suite gives: crashes, hangs, losses, and agreement with what it expects.

python -m benchmarks.ingest_feeds [FOLDER]
"""

import ast
import io
import json
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser

from index.article import Article
from index.errors import UnreadableSource
from index.extraction.fragment import plain_text, read_fragment
from index.sources import Rejected, Skipped
from index.sources.feeds.document import DELETED, read_feed
from index.sources.feeds.entries import Surroundings, read_entry
from index.sources.feeds.parsing import parse_xml_feed

FEEDS = Path(__file__).parents[2] / "shared" / "data" / "feeds"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HANG = 20.0
"""Seconds by the clock after which a file counts as a hang: the longest take one."""

_EXPECT = re.compile(
    r"^\s*Expect:\s*(?:not bozo and |bozo and )?entries\[0\]\['(\w+)'\](\['\w+'\]|\[0\]\['\w+'\])? == (.+)$",
    re.MULTILINE,
)
_LOCATION = re.compile(rb"^\s*Header:\s*Content-Location:\s*(\S+)", re.MULTILINE | re.IGNORECASE)

FIELDS = {
    "title": "title",
    "link": "url",
    "id": "id",
    "guid": "id",
    "description": "body",
    "summary": "body",
    "content": "body",
    "author": "authors",
    "author_detail": "authors",
    "authors": "authors",
    "published_parsed": "date",
    "updated_parsed": "date",
    "created_parsed": "date",
    "tags": "tags",
    "category": "tags",
}
"""feedparser's names for what our records hold, and ours."""


def measure(folder: Path = FEEDS) -> dict[str, Any]:
    """Counts over every file of the suite and of the samples: `crashes`, `hangs` and `losses` name the files; `entries` is
    what feedparser alone sees, `articles`, `rejected` and `skipped` what became of them; `agreement` holds for each field the
    pair of how many expectations of the suite are met, and how many there are; `disagreements` one line for each other."""
    counts: Counter[str] = Counter()
    failed: dict[str, list[str]] = {"crashes": [], "hangs": [], "losses": []}
    agreement: dict[str, list[int]] = {}
    disagreements: list[str] = []
    slowest = (0.0, "")
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        body = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        counts["files"] += 1
        started = time.perf_counter()
        try:
            became = Counter(kind_of(item) for item in read_feed(body, now=NOW, name=name).items)
        except UnreadableSource:
            became = Counter()
            counts["no_feeds"] += 1
        except Exception as error:  # noqa: BLE001  # a crash is what is being looked for
            failed["crashes"].append(f"{name}: {error!r}")
            became = Counter()
        taken = time.perf_counter() - started
        slowest = max(slowest, (taken, name))
        if taken > HANG:
            failed["hangs"].append(name)
        counts.update(became)
        seen = entries_seen(body)
        counts["entries"] += seen
        if name.endswith(".json"):
            seen = len(json.loads(body)["items"])
        if seen != became["articles"] + became["rejected"] + became["skipped"]:
            failed["losses"].append(f"{name}: {seen} entries, {dict(became)}")
        for field, expected, got in expectations(path, body):
            met, there = agreement.setdefault(field, [0, 0])
            agreement[field] = [met + (expected == got), there + 1]
            if expected != got:
                disagreements.append(f"{name}: {field}: expected {expected!r}, got {got!r}")
    return {
        **counts,
        **failed,
        "slowest_seconds": round(slowest[0], 2),
        "slowest": slowest[1],
        "agreement": {field: tuple(pair) for field, pair in sorted(agreement.items())},
        "disagreements": disagreements,
    }


def kind_of(item: object) -> str:
    """Under which count an item falls."""
    if isinstance(item, Skipped):
        return "skipped" if item.kind != DELETED else "deleted"
    return "rejected" if isinstance(item, Rejected) else "articles" if isinstance(item, Article) else "unknown"


def entries_seen(body: bytes) -> int:
    """How many entries feedparser sees, asked as its documentation says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return len(feedparser.parse(io.BytesIO(body)).entries)


def expectations(path: Path, body: bytes) -> Iterator[tuple[str, object, object]]:
    """What a file's comment says of its first entry, where that is a field of ours: field, what it should be, what it is.

    Both sides are compared as we keep them: titles and bodies as text, dates as date-times, an empty author as none.
    """
    found = _EXPECT.search(body.decode("utf-8", "replace"))
    # a few are expectations of where the suite's own server stands, or of a term where we take its label
    if (
        found is None
        or found[1] not in FIELDS
        or "127.0.0.1" in found[3]
        or (found[1] == "tags" and b" label=" in body)
    ):
        return
    try:
        expected = ast.literal_eval(found[3].strip())
    except (SyntaxError, ValueError):
        return
    location = _LOCATION.search(body)
    url = location[1].decode() if location else None
    try:
        parsed = parse_xml_feed(body, path.name)
    except UnreadableSource as error:
        yield FIELDS[found[1]], expected, str(error)
        return
    if not parsed["entries"]:
        return
    record = read_entry(parsed["entries"][0], Surroundings(url, None, (), NOW)).record
    yield from compared(found[1], found[2] or "", expected, record)


def compared(name: str, part: str, expected: object, record: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    """One expectation beside what a record holds."""
    field = FIELDS[name]
    if field == "title" and isinstance(expected, str):
        got = record.get("title", "")
        yield field, got if got == expected else plain_text(expected), got
    elif field == "body" and isinstance(expected, str) and (not part or "value" in part):
        text = " ".join(read_fragment(expected).text.split())
        got = " ".join(str(record.get("text", "")).split())
        summary = " ".join(str(record.get("summary", "")).split())
        yield field, got if got == expected else text, text if text == summary else got
    elif field in ("id", "url") and isinstance(expected, str) and not part:
        yield field, expected, record.get(field, "")
    elif field == "date" and isinstance(expected, tuple) and len(expected) >= 6:
        moment = datetime(*expected[:6], tzinfo=UTC)
        yield (
            field,
            moment,
            moment if moment in (record.get("published_at"), record.get("updated_at")) else record.get("published_at"),
        )
    elif field == "authors" and isinstance(expected, str) and "name" in part:
        yield field, expected, next(iter(record.get("authors", [])), "")
    elif field == "tags" and isinstance(expected, str) and "term" in part:
        yield field, expected, next(iter(record.get("tags", [])), "")


def main() -> None:
    """Print the figures, and each disagreement on a line."""
    figures = measure(Path(sys.argv[1]) if len(sys.argv) > 1 else FEEDS)
    for line in figures.pop("disagreements"):
        print(line)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
