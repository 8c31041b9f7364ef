"""How good a service's lists are, asked as it is served: nDCG@10 on links that a publisher's editors placed.

2,076 articles, 712 of which link to older ones of them; texts without the words of those links, and no links known to any
service; each may suggest older articles only. What this service does with links that are known: docs/relevance.md.
"""

import http.client
import json
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import fmean

from benchmarks.machine import CACHE, development_data
from benchmarks.truth_sets import indexed
from index.article import Article
from index.article_record import dump_record
from index.article_rows import article_of
from index.sentence_transformer import DEFAULT_MODEL, make_embedder
from index.snapshot import Snapshot
from index.sources import open_source
from recommender.metrics import ndcg
from recommender.truth import make_tasks, read_links

DEPTH = 10
TEXT = "text_without_links"
NAME = "quality"
SCORES = CACHE / "quality-scores.json"


@dataclass(frozen=True, slots=True)
class Source:
    """An article to ask about: before when what it may be shown was published, and what editors linked to."""

    article_id: str
    before: str
    before_seconds: int
    relevant: frozenset[str]


@cache
def judged() -> tuple[Path, Snapshot, list[Source]]:
    """The archive's data folder, its index, and the sources. Embeds it the first time, which takes minutes."""
    folder = development_data("digitalgov")
    found = [item for item in open_source(str(folder / "articles.jsonl.gz")) if isinstance(item, Article)]
    links = read_links(folder / "editorial_links.tsv")
    tasks = make_tasks({one.id: one for one in found}, links, TEXT, older_only=True)
    snapshot = indexed(NAME, [_without_links(one) for one in found], make_embedder(DEFAULT_MODEL))
    sources = [
        Source(one.id, one.published_at.isoformat().replace("+00:00", "Z"), one.published_seconds, relevant)
        for one, relevant in tasks
        if one.published_at is not None and one.published_seconds is not None
    ]
    return CACHE / NAME, snapshot, sources


def score(name: str, port: int, path_of: Callable[[Source], str], again: bool) -> float:
    """The mean nDCG@10 of the lists that a server gives; what an earlier run found, where it is not asked `again`."""
    known: dict[str, float] = json.loads(SCORES.read_text(encoding="utf-8")) if SCORES.is_file() else {}
    if name in known and not again:
        return known[name]
    sources = judged()[2]
    found = fmean(
        ndcg(ids, source.relevant, DEPTH)
        for source, ids in zip(sources, lists(port, [path_of(source) for source in sources]), strict=True)
    )
    SCORES.write_text(json.dumps({**known, name: found}, indent=1), encoding="utf-8")
    return found


def is_known(name: str) -> bool:
    """Whether an earlier run scored it."""
    return SCORES.is_file() and name in json.loads(SCORES.read_text(encoding="utf-8"))


def lists(port: int, paths: Sequence[str]) -> list[list[str]]:
    """The ids that a server answers with, for each path."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    found = []
    for path in paths:
        connection.request("GET", path)
        body = json.loads(connection.getresponse().read())
        found.append([item["id"] for item in body["items"]])
    connection.close()
    return found


def our_path(source: Source) -> str:
    """What this service is asked for a source."""
    name, before = urllib.parse.quote(source.article_id, safe=""), urllib.parse.quote(source.before)
    return f"/v1/articles/{name}/also-read?limit={DEPTH}&fallback=false&before={before}"


def rival_path(source: Source) -> str:
    """What a rival is asked for it."""
    name = urllib.parse.quote(source.article_id, safe="")
    return f"/also-read?limit={DEPTH}&before={source.before_seconds}&id={name}"


def _without_links(article: Article) -> Article:
    text = article.extra.get(TEXT)
    changed = replace(article, text=text if isinstance(text, str) and text.strip() else article.text, links=())
    return article_of(dump_record(changed))  # normalised again, as all that comes in is
