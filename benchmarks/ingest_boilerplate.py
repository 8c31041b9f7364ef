"""Boilerplate: how much of a site's furniture is learnt and removed, and how much of the articles goes with it.

    python -m benchmarks.ingest_boilerplate

Pages are made of archives that have none (or hardly any) and the furniture of invented sites; those kept aside were not
looked at while the learning was developed.
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.furnished_sites import DEVELOPED_ON, KEPT_ASIDE, FurnishedPage, Site, furnish
from index.article import Article
from index.boilerplate import Cleaner, RuleSet, learn
from index.sources import open_source

EXAMPLE = Path(__file__).parents[1] / "examples" / "newspaper" / "articles.jsonl"
DATA = Path(__file__).parents[2] / "shared" / "data"

TARGETED = "newspaper"
"""The archive for whose pages the targets are set."""

REMOVED_TARGET = 0.99
LOST_TARGET = 0.002


def measure() -> dict[str, object]:
    """For each archive and site the share of the furniture's characters removed (`removed`), of the article's own lost
    (`lost`), and how many rules were learnt; the worst of all; and what is removed of archives as they are (`clean`)."""
    sites = {**DEVELOPED_ON, **KEPT_ASIDE}
    archives = {TARGETED: _articles(EXAMPLE)}
    for name in ("digitalgov", "bbc"):
        if (path := DATA / name / "articles.jsonl.gz").exists():
            archives[name] = _articles(path)
    clean = {name: _clean(articles) for name, articles in archives.items()}
    rows = [
        {"archive": name, "site": site, "kept_aside": site in KEPT_ASIDE, **_one(articles, made, f"{site}.example")}
        for name, (_, articles) in clean.items()
        for site, made in sites.items()
    ]
    return {
        "pages": rows,
        "removed": min(row["removed"] for row in rows if row["archive"] == TARGETED),
        "lost": max(row["lost"] for row in rows if row["archive"] == TARGETED),
        "clean": {name: facts for name, (facts, _) in clean.items()},
        "targets": {"removed": REMOVED_TARGET, "lost": LOST_TARGET},
    }


def _articles(path: Path) -> list[Article]:
    return [item for item in open_source(str(path)) if isinstance(item, Article)]


def _one(articles: Sequence[Article], site: Site, host: str) -> dict[str, object]:
    pages = furnish(articles, site, host)
    made = [page.article for page in pages]
    findings = learn(lambda: made)
    cleaner = Cleaner(RuleSet(1, tuple(finding.rule for finding in findings)))
    started = time.perf_counter()
    gone = [{cut.at for cut in cleaner.cuts(article)} for article in made]
    micros = 1e6 * (time.perf_counter() - started) / len(made)
    return {**_counted(pages, gone), "rules": len(findings), "microseconds_an_article": round(micros)}


def _counted(pages: Sequence[FurnishedPage], gone: Sequence[set[int]]) -> dict[str, object]:
    furniture = removed = text = lost = 0
    for page, cuts in zip(pages, gone, strict=True):
        said = [(line, is_furniture) for line, is_furniture in page.lines if any(one.isalnum() for one in line)]
        for at, (line, is_furniture) in enumerate(said):
            if is_furniture:
                furniture += len(line)
                removed += len(line) * (at in cuts)
            else:
                text += len(line)
                lost += len(line) * (at in cuts)
    return {"removed": round(removed / furniture, 4), "lost": round(lost / text, 5)}


def _clean(articles: Sequence[Article]) -> tuple[dict[str, object], Sequence[Article]]:
    """What is learnt from an archive as it is, and its articles without that: digitalgov has furniture of its own (each
    rule was read: docs/boilerplate.md), which is neither a site's that we made nor text."""
    findings = learn(lambda: articles)
    cleaner = Cleaner(RuleSet(1, tuple(finding.rule for finding in findings)))
    removed = sum(len(cut.line) for article in articles for cut in cleaner.cuts(article))
    facts = {"rules": len(findings), "removed": round(removed / max(1, sum(len(one.text) for one in articles)), 5)}
    return facts, [cleaner.clean(article) for article in articles]


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
    print()
