"""Extraction of saved news pages, measured: the text against a set's own truth and against bare trafilatura, what pages
state of themselves against an oracle that shares no code with the reader, and pages a second.

    python -m benchmarks.ingest_pages

For the text half of the pages (those whose name begins with 0 to 7) were looked at during development; the figures of the
other half are reported apart as `kept aside`. What pages state was compared on all of them, and reader and oracle mended.
"""

import gzip
import json
import logging
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from trafilatura import extract

from benchmarks.page_oracle import disagreements, judge
from index.article import Article
from index.errors import ArchiveError
from index.extraction.saved import SavedPage, read_saved
from index.sources import open_source
from index.sources.saved.pages import SavedPages

DATA = Path(__file__).parents[2] / "shared" / "data" / "pages"
BARE: Mapping[str, Mapping[str, bool]] = {
    "trafilatura": {},
    "trafilatura, no comments": {"include_comments": False},
    "trafilatura, no comments, fast": {"include_comments": False, "fast": True},
    "trafilatura, no comments, favor_precision": {"include_comments": False, "favor_precision": True},
}
"""Bare trafilatura: its default and the options under which it is best here."""

_TOKEN = re.compile(r"\w+")


def pages(folder: Path) -> dict[str, bytes]:
    """The bytes of each page, by its name."""
    return {
        path.name.removesuffix(".html.gz"): gzip.decompress(path.read_bytes())
        for path in sorted((folder / "html").glob("*.html.gz"))
    }


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """How often each run of four words stands in a text; a shorter text is one run."""
    tokens = _TOKEN.findall(text)
    if 0 < len(tokens) < 4:
        return Counter([tuple(tokens)])
    return Counter(tuple(tokens[at : at + 4]) for at in range(len(tokens) - 3))


def scores(
    texts: Mapping[str, str], truth: Mapping[str, Counter[tuple[str, ...]]], names: Iterable[str]
) -> dict[str, float]:
    """Precision and recall of the shingles, each averaged over the pages where it is defined, and F1 of the two averages."""
    precisions, recalls = [], []
    for name in names:
        found, wanted = shingles(texts[name]), truth[name]
        right = (found & wanted).total()
        if found:
            precisions.append(right / found.total())
        if wanted:
            recalls.append(right / wanted.total())
    precision, recall = statistics.fmean(precisions), statistics.fmean(recalls)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall)}


def ours(raw: bytes, name: str = "page") -> Article | None:
    """The article of a page; None where it is none."""
    try:
        return read_saved(SavedPage(name, raw, f"{name}.html"))
    except ArchiveError:
        return None


def measure_text(data: Path = DATA) -> dict[str, dict[str, dict[str, float]]]:
    """By reader and by part of the set (`all`, `developed on`, `kept aside`): precision, recall, F1."""
    folder = data / "html_benchmark"
    truth_of = json.loads((folder / "ground-truth.json").read_bytes())
    truth = {name: shingles(page["articleBody"]) for name, page in truth_of.items()}
    raw = pages(folder)
    parts = {
        "all": list(truth),
        "developed on": [name for name in truth if name[0] in "01234567"],
        "kept aside": [name for name in truth if name[0] not in "01234567"],
    }
    readers: dict[str, Callable[[bytes], str]] = {"alsoread": lambda page: text if (text := _text(ours(page))) else ""}
    for label, options in BARE.items():
        # mypy infers no lambda whose default binds a loop's value
        readers[label] = lambda page, options=options: extract(page, **options) or ""  # type: ignore[misc]
    found: dict[str, dict[str, dict[str, float]]] = {}
    for label, read in readers.items():
        texts = {name: read(raw[name]) for name in truth}
        found[label] = {part: scores(texts, truth, names) for part, names in parts.items()}
    return found


def _text(article: Article | None) -> str:
    return article.text if article else ""


def measure_metadata(data: Path = DATA) -> dict[str, dict[str, Any]]:
    """By field (`title`, `date`, `section`, `canonical`): on how many pages it is `stated`, the share `right` there, and the
    `disagreements` as (page, what the page states, what was read)."""
    found: dict[str, dict[str, Any]] = {}
    for name, raw in pages(data / "html_benchmark").items():
        for field, verdict in judge(raw, ours(raw, name)).items():
            into = found.setdefault(field, {"stated": 0, "agreed": 0, "disagreements": []})
            into["stated"] += 1
            into["agreed"] += verdict.right
            if not verdict.right:
                into["disagreements"].append((name[:8], verdict.stated, verdict.read))
    for into in found.values():
        into["right"] = into["agreed"] / into["stated"]
    return found


TIMES = 2
"""So many times over the pages are read by two processes, as a longer folder would be."""


def measure_speed(data: Path = DATA, rounds: int = 7) -> dict[str, float]:
    """Pages a second, medians of rounds in which all take turns: ours and bare trafilatura, with one process and with two.

    `trafilatura` is its default call; `trafilatura, with metadata` also reads title, date and the like, as ours does. Two
    processes read the pages `TIMES` over, and their start counts.
    """
    raw = list(pages(data / "html_benchmark").values())
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, page in enumerate(raw * TIMES):
            Path(folder, f"{number:04}.html").write_bytes(page)
        runs: dict[str, Callable[[], object]] = {
            "alsoread": lambda: [ours(page) for page in raw],
            "trafilatura": lambda: [_bare(page) for page in raw],
            "trafilatura, with metadata": lambda: [_with_metadata(page) for page in raw],
            "alsoread, 2 processes": lambda: list(SavedPages(Path(folder), workers=2)),
            "trafilatura, 2 processes": lambda: _by_two(raw * TIMES),
        }
        for _ in range(rounds):
            for label, run in runs.items():
                start = time.perf_counter()
                run()
                times.setdefault(label, []).append(time.perf_counter() - start)
    many = {label: len(raw) * (TIMES if "2 processes" in label else 1) for label in times}
    return {label: many[label] / statistics.median(taken) for label, taken in times.items()}


def _by_two(raw: list[bytes]) -> list[str | None]:
    with ProcessPoolExecutor(2) as two:
        return list(two.map(_bare, raw, chunksize=4))


def _bare(page: bytes) -> str | None:
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    return extract(page)


def _with_metadata(page: bytes) -> str | None:
    return extract(page, with_metadata=True, output_format="json", include_comments=False)


def measure_text_dump(data: Path = DATA) -> dict[str, bool]:
    """The scraped page that this began with: whether title, author, section and the also-read title are exact, and the body is
    without furniture."""
    page = next(item for item in open_source(str(data / "text_dump")) if isinstance(item, Article))
    paragraphs = page.text.split("\n\n")
    return {
        "title": page.title == "Russia Ready For ‘Serious Joint Work’ With NATO On Security",
        "author": page.authors == ("Jennifer Ong",),
        "section": page.section == "world",
        "also read": [link.title for link in page.links]
        == ["WW3 Scenario: Russia Set Up Air Defense System Against NATO In Crimea"],
        "body": len(paragraphs) == 8
        and paragraphs[0].startswith("Amidst aggressive military movements")
        and paragraphs[-1].endswith("regarding Sea Breeze 2016 at this time."),
    }


def main() -> None:
    """Print all figures; with `-v` each disagreement too."""
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    for label, by_part in measure_text().items():
        for part, found in by_part.items():
            print(f"{label:45} {part:13}" + "".join(f" {name} {value:.4f}" for name, value in found.items()))
    for field, found_here in measure_metadata().items():
        print(f"{field:10} stated {found_here['stated']:4} right {found_here['right']:.4f}")
        if "-v" in sys.argv:
            print(disagreements(found_here["disagreements"]))
    print(measure_text_dump())
    for label, speed in measure_speed().items():
        print(f"{label:45} {speed:6.1f} pages/s")


if __name__ == "__main__":
    main()
