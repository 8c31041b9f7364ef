"""What keeping answers brings while the newsroom publishes: hits and processor time by the grace, under readers and writers.

    python -m benchmarks.warm_load                        (three minutes)
    python -m benchmarks.warm_load --seconds 30 --reads 500 --publishes 5 --graces off 0 1 5

One worker, without an indexer. Readers ask for *also read* of 2,076 articles by Zipf's law, the newest most often; beside
them follow-ups of old articles are published. Processor time is that of the whole server, the writes included.
"""

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from urllib.parse import quote

from benchmarks.live import follow_up
from benchmarks.machine import development_data, machine
from benchmarks.servers import alsoread, new_port, running
from index.article import Article
from index.embedder import WordHashEmbedder
from index.rebuild import Options, rebuild
from index.sources import open_source

READERS = 4


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=20, help="of each row")
    parser.add_argument("--reads", type=float, default=500.0, help="a second, at most")
    parser.add_argument("--publishes", type=float, default=5.0, help="a second")
    parser.add_argument("--graces", nargs="+", default=["off", "0", "0.25", "1", "5"], help="seconds, or off")
    options = parser.parse_args()
    print(machine(), "\n")
    path = str(development_data("digitalgov") / "articles.jsonl.gz")
    articles = [item for item in open_source(path) if isinstance(item, Article)]
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made"
        rebuild(made, [open_source(path)], WordHashEmbedder(256), Options(checks=()))
        print(
            "| grace | reads a second | hits | processor time a read | p50 / p95 / p99 |\n| --- | --- | --- | --- | --- |"
        )
        for grace in options.graces:
            data = Path(folder) / "data"
            shutil.rmtree(data, ignore_errors=True)
            shutil.copytree(made, data)
            print(row(data, articles, grace, options), flush=True)


def row(data: Path, articles: Sequence[Article], grace: str, options: argparse.Namespace) -> str:
    """One line of the table."""
    port = new_port()
    settings = {"ALSOREAD_CACHE_BYTES": "0"} if grace == "off" else {"ALSOREAD_CACHE_GRACE": grace}
    command = [sys.executable, "-m", "service", "keys", "add", "--scope", "write", "--data", str(data), "benchmark"]
    key = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ}).stdout.strip()
    with running(alsoread(data, port, 1, "--no-indexer"), port, "/health/ready", settings) as server:
        before, began, times = server.processor(), time.monotonic(), list[float]()
        end = began + options.seconds
        paths = by_popularity(articles)
        threads = [
            threading.Thread(target=read, args=(port, paths, end, READERS / options.reads, number, times))
            for number in range(READERS)
        ]
        threads.append(threading.Thread(target=publish, args=(port, key, articles, end, 1 / options.publishes)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took, used = time.monotonic() - began, server.processor() - before
        cache = json.loads(ask(http.client.HTTPConnection("127.0.0.1", port), "/health/ready"))["cache"]
    hits = f"{cache['hits'] / (cache['hits'] + cache['misses']):.0%}" if cache else "–"
    times.sort()
    p50, p95, p99 = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.95, 0.99))
    rate, cost = len(times) / took, used / len(times) * 1000
    name = grace if grace == "off" else f"{grace} s"
    return f"| {name} | {rate:.0f} | {hits} | {cost:.2f} ms | {p50:.1f} / {p95:.1f} / {p99:.1f} ms |"


def by_popularity(articles: Sequence[Article]) -> tuple[list[str], list[float]]:
    """Paths and their weights by Zipf's law, the newest article first."""
    newest = sorted(articles, key=lambda article: article.published_seconds or 0, reverse=True)
    paths = [f"/v1/articles/{quote(article.id, safe='')}/also-read" for article in newest]
    return paths, [1 / rank for rank in range(1, len(paths) + 1)]


def read(
    port: int, paths: tuple[list[str], list[float]], end: float, pause: float, seed: int, times: list[float]
) -> None:
    """Ask, once in so many seconds or as often as it is answered, until the end."""
    connection, chance, due = http.client.HTTPConnection("127.0.0.1", port, timeout=30), Random(seed), time.monotonic()
    while time.monotonic() < end:
        (path,) = chance.choices(*paths)
        began = time.perf_counter()
        ask(connection, path)
        times.append(time.perf_counter() - began)
        due = max(due + pause, time.monotonic() - pause)
        time.sleep(max(0.0, due - time.monotonic()))


def publish(port: int, key: str, articles: Sequence[Article], end: float, pause: float) -> None:
    """Publish follow-ups, one in so many seconds, until the end."""
    chosen = [article for article in articles if len(article.text) > 1_500]
    connection, due = http.client.HTTPConnection("127.0.0.1", port, timeout=30), time.monotonic()
    for number, article in enumerate(chosen):
        if time.monotonic() > end:
            return
        new = follow_up(article, number)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        connection.request("PUT", f"/v1/articles/{new['id']}", json.dumps(new), headers)
        response = connection.getresponse()
        response.read()
        if response.status != 201:
            raise SystemExit(f"PUT answered {response.status}")
        due += pause
        time.sleep(max(0.0, due - time.monotonic()))


def ask(connection: http.client.HTTPConnection, path: str) -> bytes:
    """The body of an answer, which must be one."""
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise SystemExit(f"{path}: {response.status}")
    return body


if __name__ == "__main__":
    main()
