"""The performance table: start-up, memory, rebuilds and answers, each next to what it is compared with.

    python -m benchmarks.performance            every row (some six minutes; the first run embeds for three more)

Articles are the development data's headlines with their leads; vectors of the size table are word hashes, for neither
start-up nor memory nor search cares what a vector means. Rates are over real HTTP with keep-alive, from one client
process; medians of five rounds, so that ratios hold on a noisy machine.
"""

import http.client
import itertools
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks import desk_cost, preview_cost, ranking_cost, tuning
from benchmarks.machine import CACHE, development_data, machine
from index.article import Article
from index.embedder import WordHashEmbedder
from index.rebuild import Options, rebuild
from index.sentence_transformer import DEFAULT_MODEL, make_embedder
from index.snapshot import current_generation
from index.sources import open_source
from index.sources.listed import Listed
from service.commands.serve import free_port

SIZE = 20_000
ROUNDS = 5
REQUESTS = 300

EMPTY_VIEW = """
from flask import Flask
def create():
    app = Flask("empty")
    app.add_url_rule("/<path:any>", "any", lambda any: "{}")
    return app
"""


def main() -> None:
    """Print the tables."""
    print(machine(), "\n")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        ids = index_headlines(data)
        print("| what | figure |\n| --- | --- |")
        sizes(data, ids)
        answers(data, ids, Path(folder))
    rebuilds()
    ranking_cost.print_table()
    print()
    preview_cost.print_table(make_embedder(DEFAULT_MODEL))
    tuning.print_table()
    print()
    desk_cost.print_table()


def index_headlines(data: Path) -> list[str]:
    """Index `SIZE` headlines and give some of their ids."""
    source = open_source(str(development_data("headlines120k") / "articles.jsonl.gz"))
    articles = list(itertools.islice((item for item in source if isinstance(item, Article)), SIZE))
    taken = Listed(articles)
    started = time.perf_counter()
    rebuild(data, [taken], WordHashEmbedder(384), Options())
    print(f"{SIZE:,} headlines with leads, indexed in {time.perf_counter() - started:.1f} s (without a model)\n")
    return [article.id for article in articles[:: SIZE // 500]]


@contextmanager
def server(command: Sequence[str], port: int, path: str, environment: dict[str, str]) -> Iterator[psutil.Process]:
    """A server process that answers `path`; ended afterwards."""
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not answers_200(port, path):
            time.sleep(0.01)
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def answers_200(port: int, path: str) -> bool:
    """Whether a server answers there now."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False


def alsoread(data: Path, port: int, workers: int) -> list[str]:
    """The command that serves."""
    options = ["--data", str(data), "--port", str(port), "--workers", str(workers)]
    return [sys.executable, "-m", "service", "serve", *options]


def sizes(data: Path, ids: Sequence[str]) -> None:
    """Time to ready, and memory (PSS) with one to three workers."""
    ready, memory = [], []
    for workers in (1, 2, 3):
        port = free_port("127.0.0.1")
        started = time.perf_counter()
        with server(alsoread(data, port, workers), port, "/health/ready", {}) as process:
            ready.append(time.perf_counter() - started)
            for article_id in ids:
                ask(port, [f"/v1/articles/{urllib.parse.quote(article_id)}/also-read"])
            children = process.children(recursive=True)
            memory.append(sum(child.memory_full_info().pss for child in (process, *children)) / 2**20)
    print(f"| from start to ready, {SIZE:,} articles, median of three | {statistics.median(ready):.2f} s |")
    print(f"| memory (PSS) with 1 worker, its parent included | {memory[0]:.0f} MB |")
    print(f"| each further worker (PSS) | {memory[1] - memory[0]:.0f} and {memory[2] - memory[1]:.0f} MB |")


def answers(data: Path, ids: Sequence[str], folder: Path) -> None:
    """Rates and times of answers, and of an empty Flask view under the same server."""
    (folder / "empty_view.py").write_text(EMPTY_VIEW, encoding="utf-8")
    ports = [free_port("127.0.0.1") for _ in range(2)]
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "empty_view:create"]
    empty = [*granian, "--port", str(ports[1]), "--workers", "1", "--blocking-threads", "4"]
    environment = {"PYTHONPATH": str(folder)}
    paths = {
        "also-read": (ports[0], [f"/v1/articles/{urllib.parse.quote(i)}/also-read" for i in ids]),
        "empty Flask view": (ports[1], ["/any"]),
    }
    with (
        server(alsoread(data, ports[0], 1), ports[0], "/health/ready", {}),
        server(empty, ports[1], "/any", environment),
    ):
        times: dict[str, list[list[float]]] = {name: [] for name in paths}
        for _ in range(ROUNDS):
            for name, (port, questions) in paths.items():
                times[name].append(ask(port, list(itertools.islice(itertools.cycle(questions), REQUESTS))))
    for name, rounds in times.items():
        every = sorted(itertools.chain(*rounds))
        p50, p95, p99 = (every[int(len(every) * share)] * 1000 for share in (0.5, 0.95, 0.99))
        print(f"| {name}, one connection, p50 / p95 / p99 | {p50:.1f} / {p95:.1f} / {p99:.1f} ms |")
    ratios = [sum(a) / sum(b) for a, b in zip(times["also-read"], times["empty Flask view"], strict=True)]
    print(
        f"| also-read over an empty Flask view, time, median of {ROUNDS} rounds | {statistics.median(ratios):.1f} × |"
    )


def ask(port: int, paths: Sequence[str]) -> list[float]:
    """Seconds that each question took, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    took = []
    for path in paths:
        started = time.perf_counter()
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        took.append(time.perf_counter() - started)
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status}")
    connection.close()
    return took


def rebuilds() -> None:
    """The whole command with the real model: from nothing, and with nothing changed."""
    source = str(development_data("digitalgov") / "articles.jsonl.gz")
    data = CACHE / "rebuild"
    shutil.rmtree(data, ignore_errors=True)
    seconds = []
    for _ in range(4):
        started = time.perf_counter()
        command = [sys.executable, "-m", "service", "rebuild", source, "--data", str(data), "--model", DEFAULT_MODEL]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    again = statistics.median(seconds[1:])
    print(f"| rebuild of 2,076 long articles from nothing | {seconds[0]:.1f} s |")
    print(f"| the same again, nothing changed, median of three | {again:.1f} s ({again / seconds[0]:.1%}) |")
    print(f"\n({current_generation(data)})")


if __name__ == "__main__":
    main()
