"""The labelled sets of the development data, each as an index that is kept and what is known to be right."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.machine import CACHE, development_data
from index.article import Article
from index.cached_embedder import CachedEmbedder
from index.embedder import Embedder
from index.pointer import current_generation
from index.rebuild import Options, rebuild
from index.snapshot import Snapshot, open_snapshot
from index.sources import open_source
from index.sources.listed import Listed
from recommender.truth import Task, make_tasks, read_links, subjects, with_links

NEWSPAPER = Path(__file__).parents[1] / "examples" / "newspaper"

Pairs = list[tuple[str, str, float]]


@dataclass(frozen=True, slots=True)
class Linked:
    """An archive with links that editors placed: its index, and the sources, oldest first."""

    snapshot: Snapshot
    tasks: list[Task]

    @property
    def half(self) -> int:
        """Where the newer half of the sources begins."""
        return len(self.tasks) - len(self.tasks) // 2


def digitalgov(embedder: Embedder) -> Linked:
    """A publisher's 2,076 articles; sources are read without the words of their links."""
    folder = development_data("digitalgov")
    return _linked("digitalgov", _articles(folder / "articles.jsonl.gz"), folder / "editorial_links.tsv", embedder)


def newspaper(embedder: Embedder) -> Linked:
    """The example newspaper, written with its links in mind: an illustration, no proof."""
    articles = [replace(a, links=()) for a in _articles(NEWSPAPER / "articles.jsonl")]
    return _linked("newspaper", articles, NEWSPAPER / "editor_links.tsv", embedder)


def _linked(name: str, articles: Sequence[Article], links_file: Path, embedder: Embedder) -> Linked:
    links = read_links(links_file)
    snapshot = indexed(name, with_links(articles, links), embedder)
    written = make_tasks({a.id: a for a in articles}, links, "text_without_links", older_only=True)
    with CachedEmbedder(embedder, CACHE / name / "sources.sqlite") as cached:
        return Linked(snapshot, subjects(written, cached, older_only=True))


def ecbplus(embedder: Embedder) -> tuple[Snapshot, dict[str, str], Pairs]:
    """982 web news: the index, the event of each article by id, and pairs graded 2 (same event) or 1 (same kind)."""
    folder = development_data("ecbplus")
    events = {row["id"]: row["subtopic"] for row in _rows(folder / "clusters.tsv")}
    graded = [(row["id_a"], row["id_b"], float(row["grade"])) for row in _rows(folder / "pairs_graded.tsv")]
    return indexed("ecbplus", _articles(folder / "articles.jsonl.gz"), embedder), events, graded


def lee50(embedder: Embedder) -> tuple[Snapshot, Pairs]:
    """50 news mails among 300 others: the index, and how alike people found each pair of the 50, 0 to 1."""
    folder = development_data("lee50")
    articles = [*_articles(folder / "articles.jsonl"), *_articles(folder / "background.jsonl")]
    pairs = [(row["id_a"], row["id_b"], float(row["similarity"])) for row in _rows(folder / "pairs.tsv")]
    return indexed("lee50", articles, embedder), pairs


def bbc(embedder: Embedder) -> tuple[Snapshot, list[list[str]]]:
    """2,225 articles in five sections: the index, and the groups of ids that carry the same text."""
    folder = development_data("bbc")
    lines = (folder / "exact_duplicates.tsv").read_text(encoding="utf-8").splitlines()
    return indexed("bbc", _articles(folder / "articles.jsonl.gz"), embedder), [line.split("\t") for line in lines]


def indexed(name: str, articles: Sequence[Article], embedder: Embedder) -> Snapshot:
    """The index of these articles, kept from one run to the next."""
    rebuild(CACHE / name, [Listed(articles, name)], embedder, Options(force=True))
    return open_snapshot(CACHE / name, current_generation(CACHE / name))


def _articles(path: Path) -> list[Article]:
    return [item for item in open_source(str(path)) if isinstance(item, Article)]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))
