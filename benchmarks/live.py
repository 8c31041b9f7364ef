"""How soon the site follows the newsroom: take-downs and publications, seen in every worker of a real server.

    python -m benchmarks.live                       both tables (some ten minutes)
    python -m benchmarks.live --trials 100 --publishes 100 --workers 2

Readers ask for the lists of any article, `--reads` times a second or as often as they are answered. Beside them one
connection to each worker looks at what was written; each row says what the slowest worker did. A take-down counts from the
return of `DELETE` to the last answer of any worker that still held the article, in the list of another or as itself. A
publication counts from the call of `PUT` until every worker answers for the article, and until every worker's list of a
related article holds it.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.live_server import Connection, LiveServer, quoted
from benchmarks.machine import CACHE, development_data, machine
from index.article import Article
from index.article_record import record_of
from index.rebuild import Options, rebuild
from index.sentence_transformer import DEFAULT_MODEL, make_embedder
from index.sources import open_source

WATCH_SECONDS = 1.5
"""So long a taken-down article is looked for."""

GIVE_UP_SECONDS = 30

WATCHED_OF = 5
"""Of so many publications one is looked for: looking for all of them would be most of the load."""

LOOK_SECONDS, LOOK_SHARE = 0.05, 0.1
"""A publication is looked for that often at first, and then after so much of the time that passed: by so much the figures
may be too high."""


@dataclass
class Watch:
    """A question that is asked of every worker until it is answered as hoped; times are of `time.perf_counter`."""

    path: str
    holds: Callable[[int, bytes], bool]
    since: float
    last_held: list[float] = field(default_factory=list)
    """By worker: when the last answer came that held the article; 0 where none did."""
    last_begun: list[float] = field(default_factory=list)
    """By worker: when the last question was asked of which the answer held it."""
    first_held: list[float] = field(default_factory=list)
    """By worker: when the first such answer came; 0 where none did yet."""

    asked: list[float] = field(default_factory=list)
    """By worker: when it was asked last; 0 if never."""

    def due(self, worker: int) -> bool:
        """Whether to ask again: the older the watch, the more seldom, so that the looks are not what takes the time."""
        now = time.perf_counter()
        return now - self.asked[worker] > max(LOOK_SECONDS, LOOK_SHARE * (now - self.since))

    def ask(self, worker: int, connection: Connection) -> None:
        """Ask once."""
        self.asked[worker] = time.perf_counter()
        status, body = connection.get(self.path)
        now = time.perf_counter()
        if self.holds(status, body):
            self.last_held[worker] = now
            self.last_begun[worker] = self.asked[worker]
            self.first_held[worker] = self.first_held[worker] or now


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=1_000, help="take-downs")
    parser.add_argument("--publishes", type=int, default=600, help="publications")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--per-second", type=float, default=5.0, help="writes a second")
    parser.add_argument("--reads", type=float, default=500.0, help="reads a second, at most")
    options = parser.parse_args()
    print(machine(), "\n")
    articles = [item for item in _source() if isinstance(item, Article)]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        shutil.copytree(_indexed(), data)
        paths = [f"/v1/articles/{quoted(article.id)}/also-read" for article in articles]
        with LiveServer(data, options.workers, paths, options.reads) as server:
            publish = publications(server, articles, options.publishes, options.per_second)
            down = take_downs(server, articles, options.trials, options.per_second)
    print("| what | trials | median | p95 | p99 | longest | after 1 s |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name, seconds in {**publish, **down}.items():
        late = int((seconds > 1).sum()) if name.startswith("taken") else ""
        seconds = seconds[np.isfinite(seconds)]
        figures = [f"{value * 1000:,.0f} ms" for value in (*np.percentile(seconds, [50, 95, 99]), seconds.max())]
        print(f"| {name} | {len(seconds):,} | {' | '.join(figures)} | {late} |")


def take_downs(
    server: LiveServer, articles: Sequence[Article], trials: int, per_second: float
) -> dict[str, np.ndarray]:
    """Seconds from the return of each `DELETE` to the last answer that held the article; 0 where none came later."""
    pairs = _sources_and_targets(server, articles, trials)
    after: list[tuple[float, Watch, Watch]] = []
    asked = server.asked
    began = time.perf_counter()
    for number, (source, target) in enumerate(pairs):
        _pace(began, number, per_second)
        path = f"/v1/articles/{quoted(target)}"
        watches = [
            Watch(f"/v1/articles/{quoted(source)}/also-read?limit=50", _lists(target), time.perf_counter()),
            Watch(f"{path}/more-in-section", lambda status, _: status == 200, time.perf_counter()),
        ]
        for watch in watches:
            server.watch(watch)
        time.sleep(0.05)
        status = server.write("DELETE", path)
        if status != 200:
            raise RuntimeError(f"DELETE {path} answered {status}")
        after.append((time.perf_counter(), watches[0], watches[1]))
        _forget(server, [w for done, *both in after[-200:] if time.perf_counter() - done > WATCH_SECONDS for w in both])
    time.sleep(WATCH_SECONDS)
    seconds = time.perf_counter() - began
    _forget(server, [watch for _, *both in after for watch in both])
    print(f"take-downs: {(server.asked - asked) / seconds:,.0f} reads and {trials / seconds:.1f} take-downs a second\n")
    held = np.array([max(max(one.last_held + two.last_held) - done, 0) for done, one, two in after])
    begun = np.array([max(max(one.last_begun + two.last_begun) - done, 0) for done, one, two in after])
    return {
        "taken down: last answer of any worker that held it": held,
        "taken down: last question that was answered so": begun,
    }


def publications(
    server: LiveServer, articles: Sequence[Article], publishes: int, per_second: float
) -> dict[str, np.ndarray]:
    """Seconds from the call of each `PUT` until every worker answers for the article, and until every list holds it."""
    asked, began = server.asked, time.perf_counter()
    watched: list[tuple[Watch, Watch]] = []
    took: list[float] = []
    chosen = [article for article in articles if len(article.text) > 1_500][:publishes]
    for number, related in enumerate(chosen):
        _pace(began, number, per_second)
        new = follow_up(related, number)
        start = time.perf_counter()
        both = (
            Watch(f"/v1/articles/{new['id']}/also-read?limit=1", lambda status, _: status == 200, start),
            Watch(f"/v1/articles/{quoted(related.id)}/also-read?limit=20", _lists(str(new["id"])), start),
        )
        status = server.write("PUT", f"/v1/articles/{new['id']}", new)
        if status != 201:
            raise RuntimeError(f"PUT answered {status}")
        took.append(time.perf_counter() - start)
        if number % WATCHED_OF == 0:
            watched.append(both)
            for watch in both:
                server.watch(watch, until_held=True)
    per_second = len(took) / (time.perf_counter() - began)
    deadline = time.perf_counter() + GIVE_UP_SECONDS
    while time.perf_counter() < deadline and not all(all(w.first_held) for both in watched for w in both):
        time.sleep(0.05)
    seconds = time.perf_counter() - began
    print(f"publications: {(server.asked - asked) / seconds:,.0f} reads and {per_second:.1f} publications a second\n")
    names = ("published: every worker answers for it", "published: every worker suggests it")
    found = {"published: the `PUT` itself": np.array(took)}
    for at, name in enumerate(names):
        times = [max(both[at].first_held) - both[at].since if all(both[at].first_held) else np.inf for both in watched]
        found[name] = np.array(times)
    return found


def follow_up(article: Article, number: int) -> dict[str, object]:
    """A piece that follows an article up: half of its sentences and news of its own, published a day later."""
    sentences = article.text.split(". ")
    text = ". ".join(sentences[::2]) + f". What is new today, number {number}: the council met and voted on it again."
    record = record_of(article)
    title = f"What follows from: {article.title}"
    kept = {name: record[name] for name in ("section", "tags", "published_at", "lang") if name in record}
    return {**kept, "id": f"new-{number}", "title": title, "text": text}


def _lists(article_id: str) -> Callable[[int, bytes], bool]:
    wanted = f'"id":"{article_id}"'.encode()
    return lambda status, body: status == 200 and wanted in body.partition(b'"items":')[2]


def _pace(began: float, number: int, per_second: float) -> None:
    time.sleep(max(0.0, began + number / per_second - time.perf_counter()))


def _forget(server: LiveServer, watches: Sequence[Watch]) -> None:
    for watch in watches:
        server.forget(watch)


def _sources_and_targets(server: LiveServer, articles: Sequence[Article], trials: int) -> list[tuple[str, str]]:
    """Pairs of an article and one that its list holds; no article is both a source and a target."""
    half = len(articles) * 11 // 20
    targets, pairs = {article.id for article in articles[:half]}, []
    for article in articles[half:]:
        for found in server.listed(article.id):
            if found in targets and len(pairs) < trials:
                targets.discard(found)
                pairs.append((article.id, found))
    if len(pairs) < trials:
        print(f"only {len(pairs)} pairs of articles for {trials} trials")
    return pairs


def _source() -> list[object]:
    return list(open_source(str(development_data("digitalgov") / "articles.jsonl.gz")))


def _indexed() -> Path:
    """The data folder of the articles, made once."""
    data = CACHE / "live"
    rebuild(
        data,
        [open_source(str(development_data("digitalgov") / "articles.jsonl.gz"))],
        make_embedder(DEFAULT_MODEL),
        Options(checks=()),
    )
    return data


if __name__ == "__main__":
    main()
