"""What keeping answers costs by itself: one call in process, and who finds an answer when there is not room for all.

    python -m benchmarks.warm_answers                     (a minute)

Rates over HTTP stand in `python -m benchmarks.performance --only http`; what is kept while the newsroom publishes in
`python -m benchmarks.warm_load`.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

from werkzeug.test import EnvironBuilder
from werkzeug.wsgi import ClosingIterator

from benchmarks.http_speed import EMPTY_VIEW
from benchmarks.machine import development_data, machine
from index.article import Article
from index.embedder import WordHashEmbedder
from index.rebuild import Options, rebuild
from index.sources import open_source
from service.app import create_app, make_recommender
from service.settings import Settings
from service.sieve import Sieve


def main() -> None:
    """Print the tables."""
    print(machine(), "\n")
    path = str(development_data("digitalgov") / "articles.jsonl.gz")
    articles = [item for item in open_source(path) if isinstance(item, Article)]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        rebuild(data, [open_source(path)], WordHashEmbedder(256), Options(checks=()))
        print_calls(data, f"/v1/articles/{quote(articles[100].id, safe='')}/also-read")
    print_evictions()


def print_calls(data: Path, path: str) -> None:
    """Processor time of one call in process, without a server: the quickest of seven runs of 5,000."""
    namespace: dict[str, Any] = {}
    exec(EMPTY_VIEW, namespace)
    environ = EnvironBuilder(path).get_environ()
    settings = Settings(data=data)
    kept = create_app(settings, make_recommender(settings))
    told: dict[str, str] = {}

    def start_response(_status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        told.update(headers)
        return lambda _: None

    def bare(_: object, start: Callable[..., object]) -> list[bytes]:
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]

    def call(application: Callable[..., Iterable[bytes]], environ: Mapping[str, Any]) -> None:
        answer = application(dict(environ), start_response)
        b"".join(answer)
        if isinstance(answer, ClosingIterator):
            answer.close()

    call(kept, environ)
    asked = {
        "empty Flask view": (namespace["create"](), EnvironBuilder("/any").get_environ()),
        "also-read, kept": (kept, environ),
        "the same, 304": (kept, {**environ, "HTTP_IF_NONE_MATCH": told["ETag"]}),
        "bare callable": (bare, environ),
    }
    print("| one call in process | processor time |\n| --- | --- |")
    for name, (application, given) in asked.items():
        best = float("inf")
        for _ in range(7):
            began = time.thread_time()
            for _ in range(5_000):
                call(application, given)
            best = min(best, time.thread_time() - began)
        print(f"| {name} | {best / 5_000 * 1e6:.1f} µs |")
    print()


def print_evictions(pages: int = 20_000, room: int = 2_000, asked: int = 400_000) -> None:
    """Share of readers who find an answer, while a crawler asks for every page in turn: SIEVE, and the least recently used."""
    print(
        f"{pages:,} pages read by Zipf's law, room for {room:,}; readers' hits by the crawler's share of all requests\n"
    )
    print("| the crawler's share | SIEVE | least recently used |\n| --- | --- | --- |")
    weights = [1 / rank for rank in range(1, pages + 1)]
    for share in (0.0, 0.1, 0.3, 0.5):
        chance = Random(7)
        readers = iter(chance.choices(range(pages), weights, k=asked))
        hits, total, crawled = [0, 0], 0, 0
        sieve: Sieve[int, None] = Sieve(room)
        recent: dict[int, None] = {}
        for number in range(asked):
            crawls = chance.random() < share
            crawled += crawls
            page = crawled % pages if crawls else next(readers)
            node = sieve.nodes.get(page)
            found = (node is not None, page in recent)
            if node is None:
                sieve.put((page,), None, 1)
            else:
                node.asked = True
            recent.pop(page, None)
            recent[page] = None
            if len(recent) > room:
                del recent[next(iter(recent))]
            if not crawls and number > asked // 4:
                total += 1
                hits = [known + new for known, new in zip(hits, found, strict=True)]
        print(f"| {share:.0%} | {hits[0] / total:.1%} | {hits[1] / total:.1%} |")
    print()


if __name__ == "__main__":
    main()
