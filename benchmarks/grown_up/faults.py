"""`make faults-grown-up`: Milvus and PostgreSQL hang and are killed for half a minute, and generations take each other's place,
while readers ask the replicas.

    python -m benchmarks.grown_up.faults --articles 20000 --seconds 30

Prints a row per fault, and ends with code 1 where a reader got a server's error or no answer, a list was not that of its
generation, or a replica was not as before within ten seconds of the engine's return.
"""

import argparse
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from urllib.parse import quote

from benchmarks.corpus import corpus
from benchmarks.fault_catalogue import _control
from benchmarks.fault_server import BROKEN
from benchmarks.grown_up.agreement import TOP
from benchmarks.grown_up.engine_faults import Engine, hung, killed_milvus, stopped_postgres
from benchmarks.grown_up.setting import GrownUp, Process, grown_up, told
from benchmarks.machine import machine

READERS = 4
"""Threads that ask, each a little after it got its answer."""

PAUSE = 0.02
POPULAR = 400
"""So many articles are asked about, some much more often than others."""

HANG = 10.0
"""So long Milvus may stand still; one that did for half a minute ends itself, for it lost its lease."""

RECOVERED = 10.0
TRIED = 60.0


@dataclass
class Seen:
    """What readers got."""

    asked: int = 0
    failed: list[str] = field(default_factory=list)
    """Servers' errors, and connections that broke."""
    empty: int = 0
    degraded: int = 0
    """Lists that say that an engine was away."""
    took: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Readers:
    """Ask the replicas until the context ends."""

    def __init__(self, running: GrownUp, ids: Sequence[str], right: Callable[[str, dict], str | None]) -> None:
        """`right` says what is wrong with an answer about an article; None where nothing is."""
        self._running, self._ids, self._right = running, list(ids), right
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.seen = Seen()

    def __enter__(self) -> "Readers":
        self._threads = [threading.Thread(target=self._ask_on, args=(at,), daemon=True) for at in range(READERS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _ask_on(self, number: int) -> None:
        chance = random.Random(number)
        while not self._over.wait(PAUSE):
            replica = self._running.replicas[chance.randrange(len(self._running.replicas))]
            article_id = self._ids[min(int(chance.paretovariate(0.7)) - 1, len(self._ids) - 1)]
            began = time.monotonic()
            try:
                status, body, _ = replica.get(f"/v1/also-read?id={quote(article_id, safe='')}&limit={TOP}")
            except BROKEN as error:
                status, body = 0, {"fallback": f"{type(error).__name__}: {error}"}
            self._note(article_id, status, body, time.monotonic() - began)

    def _note(self, article_id: str, status: int, body: dict, took: float) -> None:
        with self._lock:
            seen = self.seen
            seen.asked += 1
            seen.took.append(took)
            if status != 200:
                seen.failed.append(f"{status}: {str(body)[:200]}")
                return
            said = body["fallback"] or ""
            seen.empty += not body["items"] and "does not answer" in said
            seen.degraded += bool(body["items"]) and "does not answer" in said
            if "does not answer" not in said and (why := self._right(article_id, body)):
                seen.wrong.append(why)


HEAD = (
    "| fault | questions | errors | wrong lists | empty lists | of the newest | p50 (ms) | p99 (ms) | recovered after (s) |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    bad = False
    with grown_up(options.articles) as running:
        ids = random.Random(5).sample([one.id for one in corpus(options.articles)], min(POPULAR, options.articles))
        print(machine(), f"\n{options.articles:,} articles, {READERS} readers\n\n{HEAD}", flush=True)
        control = _control(running.programs, running.postgres)
        for name, fault, seconds in (
            ("nothing", None, options.seconds),
            ("Milvus hangs", hung(running.milvus.pid, "Milvus"), min(HANG, options.seconds)),
            ("Milvus killed, and started again", killed_milvus(running), options.seconds),
            ("PostgreSQL hangs", hung(running.postgres_pid, "PostgreSQL"), options.seconds),
            ("PostgreSQL stopped, and started again", stopped_postgres(control), options.seconds),
        ):
            bad |= one_fault(running, ids, f"{name} ({seconds:.0f} s)", fault, seconds)
        for name, words in (("a rebuild with 1 % changed", ["--changed"]), ("another model", ["--model"])):
            bad |= swap(running, ids, name, options.articles, words)
    sys.exit(bad)


def one_fault(running: GrownUp, ids: Sequence[str], name: str, engine: Engine | None, seconds: float) -> bool:
    """One fault under load; gives whether anything was bad."""
    recovered = 0.0
    with Readers(running, ids, lambda _id, _body: None) as readers:
        time.sleep(3)
        if engine is not None:
            engine.stop()
        time.sleep(seconds)
        if engine is not None:
            engine.start()
            recovered = _until_well(running, ids)
        time.sleep(1)
    return _print(name, readers.seen, recovered)


def swap(running: GrownUp, ids: Sequence[str], name: str, size: int, words: list[str]) -> bool:
    """A generation takes the place of another under load: each list must be that of the generation that it names."""
    lists = {generation(running.host): _lists(running.host, ids)}
    with Readers(running, ids, lambda article_id, body: _of_its_generation(lists, article_id, body)) as readers:
        time.sleep(2)
        load = [sys.executable, "-m", "benchmarks.grown_up.load", str(size), *words]
        subprocess.run(load, env=running.environment(), check=True, stdout=subprocess.DEVNULL)
        began = time.monotonic()
        while generation(running.host) in lists:
            time.sleep(0.05)
        new = generation(running.host)
        lists[new] = _lists(running.host, ids)
        while any(generation(replica) != new for replica in running.replicas):
            if time.monotonic() - began > 600:
                readers.seen.wrong.append("the replicas still serve the old generation after ten minutes")
                break
            time.sleep(0.1)
        took = time.monotonic() - began
        time.sleep(3)
    told(f"{name}: served by replicas {took:.1f} s after the host")
    return _print(name, readers.seen, 0.0)


def generation(process: Process) -> str:
    """What a process serves."""
    return str(process.get("/health/ready")[1]["generation"])


def _lists(process: Process, ids: Sequence[str]) -> dict[str, list[str]]:
    found = {}
    for article_id in ids:
        body = process.get(f"/v1/also-read?id={quote(article_id, safe='')}&limit={TOP}")[1]
        found[article_id] = [item["id"] for item in body["items"]]
    return found


def _of_its_generation(lists: dict[str, dict[str, list[str]]], article_id: str, body: dict) -> str | None:
    known = lists.get(body["generation"])
    shown = [item["id"] for item in body["items"]]
    if known is None or len(set(shown) & set(known[article_id])) >= min(TOP - 1, len(known[article_id])):
        return None  # what is not known yet cannot be judged; one of five may differ, as `agreement` counts
    return f"{article_id} under {body['generation']}: {shown}, expected {known[article_id]}"


def _until_well(running: GrownUp, ids: Sequence[str]) -> float:
    """Seconds until every replica answers what nobody asked yet as if nothing had been."""
    began, limit = time.monotonic(), TOP
    while time.monotonic() - began < TRIED:
        limit = limit % 40 + 1
        answers = [one.get(f"/v1/also-read?id={quote(ids[-1], safe='')}&limit={limit}")[1] for one in running.replicas]
        if all(answer.get("items") and "does not answer" not in (answer["fallback"] or "") for answer in answers):
            return time.monotonic() - began
        time.sleep(0.2)
    return TRIED


def _print(name: str, seen: Seen, recovered: float) -> bool:
    cuts = quantiles(seen.took, n=100)
    figures = (seen.asked, len(seen.failed), len(seen.wrong), seen.empty, seen.degraded)
    cells = [name, *(f"{figure:,}" for figure in figures), f"{cuts[49] * 1000:.0f}", f"{cuts[98] * 1000:.0f}"]
    print(f"| {' | '.join(cells)} | {recovered:.1f} |", flush=True)
    for text in [*seen.failed[:5], *seen.wrong[:5]]:
        print(f"    {text}", flush=True)
    return bool(seen.failed or seen.wrong) or recovered > RECOVERED


if __name__ == "__main__":
    main()
