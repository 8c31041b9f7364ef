"""What the desk's pages cost at 100,000 articles: in this process, each as a browser asks for it, signed in.

    python -m benchmarks.desk_cost            (two minutes of indexing, the first time; then half a minute)

Both the time that passed and that of the processor are given, for on a busy machine the first says little.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np

from benchmarks.machine import machine
from benchmarks.ranking_cost import CLOCK, SIZE, copy_of
from index.access_keys import add_key
from index.catalogue import Catalogue, place_of
from index.pointer import current_generation
from index.rule_writes import replace_rules
from index.rules import RuleDraft
from index.snapshot import open_snapshot
from service.app import create_app
from service.settings import Settings

ROUNDS = 15
RULES = 500

QUERIES = ("ukraine war", "police kill man", "covid", "the", "biden says", "xyzzy", "the new", "e")
"""What is typed: common words and rare ones, one letter, and what no headline holds."""


def main(folder: Path | None = None) -> None:
    """Print the table."""
    print(machine(), "\n")
    print_table(folder)


def print_table(folder: Path | None = None) -> None:
    """A row for each page: median and slowest, ms that passed and of the processor."""
    faiss.omp_set_num_threads(1)
    data = folder or copy_of(SIZE)
    app = create_app(Settings(data=data), clock=lambda: CLOCK)
    client = app.test_client()
    with Catalogue.open(place_of(data)) as catalogue:
        key = add_key(catalogue, f"bench {time.time()}", "rules")
    client.post("/desk/sign-in", data={"key": key})
    ids = _ids(data)
    with Catalogue.open(place_of(data)) as catalogue:
        drafts = [RuleDraft("pin", ids[at], ids[at + 1], "also-read", 2) for at in range(0, 2 * RULES, 2)]
        replace_rules(catalogue, drafts, "bench")
    began = time.perf_counter()
    client.get("/desk?q=first")
    folded = 1000 * (time.perf_counter() - began)
    print(f"### The desk over {SIZE:,} headlines, in process, signed in (headlines folded once: {folded:.0f} ms)\n")
    rows: dict[str, Callable[[int], str]] = {f"search: {query}": _search(query) for query in QUERIES}
    rows["the newest"] = lambda _: "/desk"
    rows["an article"] = lambda at: f"/desk/article?id={ids[at * 7]}"
    rows["beside another policy"] = lambda at: f"/desk/article?id={ids[at * 7 + 3]}&beside=policy:0"
    rows[f"{RULES} rules"] = lambda _: "/desk/rules"
    rows |= {name: _page(name) for name in ("audit", "draft", "tune", "health", "clicks", "map")}
    print("| page | median ms | slowest | processor, median |\n| --- | --- | --- | --- |")
    for name, path in rows.items():
        passed, worked = [], []
        for at in range(ROUNDS):
            began, busy = time.perf_counter(), time.thread_time()
            response = client.get(path(at))
            passed.append(1000 * (time.perf_counter() - began))
            worked.append(1000 * (time.thread_time() - busy))
            assert response.status_code == 200, (path(at), response.text)
        print(f"| {name} | {np.median(passed):.0f} | {max(passed):.0f} | {np.median(worked):.0f} |")


def _page(name: str) -> Callable[[int], str]:
    return lambda _: f"/desk/{name}"


def _search(query: str) -> Callable[[int], str]:
    return lambda _: f"/desk?q={query.replace(' ', '+')}"


def _ids(data: Path) -> list[str]:
    """Some articles, from everywhere in the archive."""
    snapshot = open_snapshot(data, current_generation(data), verify=False)
    rows = np.random.default_rng(1).permutation(int(snapshot.starts[-1]))[: 2 * RULES]
    return [snapshot.id_of(int(row)) for row in rows]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
