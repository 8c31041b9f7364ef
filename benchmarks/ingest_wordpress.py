"""WordPress exports: is every item of each file accounted for, and as what it is?

What is in a file is counted apart from the reader, twice: by the opening tags in its bytes, and by what libxml2 recovers.

    python -m benchmarks.ingest_wordpress
"""

import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

from lxml import etree

from benchmarks.machine import development_data
from index.article import Article
from index.sources import Item, Rejected, Skipped
from index.sources.wordpress.export import WordPressExport

ITEM = re.compile(rb"<item[\s>]")


def measure(folder: Path | None = None) -> dict[str, Any]:
    """Items in the files and items read, by kind; `lost` names the files in which the two differ."""
    files = sorted((folder or development_data("wxr")).rglob("*.xml"))
    in_files, read = Counter[str](), Counter[str]()
    items_in_files = items_read = 0
    lost: list[str] = []
    rejects: list[str] = []
    started = time.perf_counter()
    seconds = 0.0
    for path in files:
        raw = path.read_bytes()
        expected = kinds_by_libxml2(raw)
        before = time.perf_counter()
        items = list(WordPressExport(path))
        seconds += time.perf_counter() - before
        found = Counter(kind(item) for item in items)
        counted = len(ITEM.findall(raw))
        if counted != found.total() or expected != found:
            lost.append(f"{path.name}: {counted} items, {dict(expected)}; read as {dict(found)}")
        items_in_files += counted
        items_read += found.total()
        in_files += expected
        read += found
        rejects += [
            f"{item.place.removeprefix(str(path.parent))}: {item.problems[0]}"
            for item in items
            if isinstance(item, Rejected)
        ]
    return {
        "files": len(files),
        "megabytes": round(sum(path.stat().st_size for path in files) / 1e6, 2),
        "items_in_files": items_in_files,
        "items_read": items_read,
        "kinds_in_files": dict(sorted(in_files.items())),
        "kinds": dict(sorted(read.items())),
        "lost": lost,
        "rejects": rejects,
        "seconds": round(seconds, 2),
        "seconds_with_counting": round(time.perf_counter() - started, 2),
    }


def kind(item: Item) -> str:
    """What an item was read as."""
    if isinstance(item, Article):
        return "articles"
    return item.kind if isinstance(item, Skipped) else "rejected"


def kinds_by_libxml2(raw: bytes) -> Counter[str]:
    """What is in a file by its types and statuses, as libxml2 sees the whole of it at once."""
    root = etree.fromstring(
        raw.lstrip(), etree.XMLParser(recover=True, huge_tree=True, resolve_entities=False, no_network=True)
    )
    kinds = Counter[str]()
    for item in root.iter("item"):
        fields: dict[str, str] = {}
        for child in item:
            if isinstance(child.tag, str):
                fields.setdefault(child.tag.rpartition("}")[2], (child.text or "").strip())
        post_type = fields.get("post_type") or "post"
        status = fields.get("status") or "publish"
        others = {"page": "pages", "attachment": "attachments", "nav_menu_item": "navigation items"}
        if item.getnext() is None and not re.search(rb"</item\s*>\s*(?:</|\Z|<!--)", raw[raw.rfind(b"<item") :]):
            kinds["rejected"] += 1
        elif post_type != "post":
            kinds[others.get(post_type, post_type)] += 1
        elif status not in ("publish", "future"):
            kinds[{"draft": "drafts", "private": "private posts"}.get(status, status)] += 1
        else:
            kinds["password-protected posts" if fields.get("post_password") else "articles"] += 1
    return kinds


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2, ensure_ascii=False))
