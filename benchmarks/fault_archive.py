"""The small archive that faults happen to."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

from benchmarks.fault_server import MODEL
from benchmarks.fault_traffic import WORDS
from index.article import Article
from index.article_record import FieldNames, parse_article
from index.rebuild import Options, rebuild
from index.sentence_transformer import make_embedder


def base_articles(count: int) -> Iterator[Article]:
    """Articles that no one writes to."""
    chance = Random(0)
    for number in range(count):
        text = " ".join(chance.choices(WORDS, k=60))
        record = {"id": f"base-{number}", "title": f"{text.split(' ', 1)[0]} {number}", "text": text, "section": "news"}
        yield parse_article({**record, "published_at": f"2026-03-{number % 28 + 1:02}"})


class Base:
    """A source of articles."""

    name = "base"
    whole = True
    size: int | None = None

    def __init__(self, articles: Iterable[Article]) -> None:
        self.names = FieldNames()
        self._articles = articles

    def position(self) -> int:
        """Nobody watches."""
        return 0

    def __iter__(self) -> Iterator[Article]:
        return iter(self._articles)


def make_archive(data: Path, catalogue: str | None = None, count: int = 300) -> None:
    """An archive in two generations, of which the second has a segment of its own."""
    for part in (count * 5 // 6, count):
        options = Options(checks=(), catalogue=catalogue, model_name=MODEL)
        rebuild(data, [Base(base_articles(part))], make_embedder(MODEL), options)
