"""Answers over real HTTP: warm (out of the cache, and "not modified") and cold (each request another article), by wrk.

    python -m benchmarks.performance --only http

Every server has one worker on one core, wrk another core. What is compared is asked in turn, round by round, so that
whatever else the machine does slows both; rates are at eight connections, percentiles of cold answers at one. Cold
rivals are the services that people would use instead, each with how good its lists are (`benchmarks.quality`) and how much
of the exact nearest neighbours it finds.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import orjson

from benchmarks import quality
from benchmarks.archives import archive
from benchmarks.corpus import OPINION, real_count, vectors_of
from benchmarks.footprint import some_paths
from benchmarks.machine import CACHE
from benchmarks.results import Row, ratio
from benchmarks.rival_services import RIVALS, Rival, export, install, missing, serving
from benchmarks.servers import Server, alsoread, ask, entity, entity_tags, new_port, running
from benchmarks.wrk import Load, load
from index.pointer import current_generation
from index.snapshot import Snapshot, open_snapshot

WARM_IDS = 500
MANY = 8
ENOUGH = 100_000
"""So many different addresses are there to be asked cold."""

ASKED_RIVALS = "BENCH_RIVALS"
"""The variable of the environment that names the rivals to be asked, where not all are."""

WARMED = 50
"""So many answers each rival gives before it is measured."""

OURS = "this service"
SECTION = "this service, more in a section of 0.5 %"

EMPTY_VIEW = """
from flask import Flask
def create():
    app = Flask("empty")
    app.add_url_rule("/<path:any>", "any", lambda any: "{}")
    return app
"""
BARE = """
def create():
    headers, body = {headers!r}, [{body!r}]
    def answer(environ, start_response):
        start_response("200 OK", headers)
        return body
    return answer
"""
NOTHING = ([("Content-Type", "application/json"), ("Content-Length", "2")], b"{}")


@dataclass(slots=True)
class Rounds:
    """What a server did in each round: with one connection, with several; and its processor's ms for a request."""

    one: list[Load] = field(default_factory=list)
    many: list[Load] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Medians over the rounds."""
        found = {name: statistics.median(getattr(load, name) for load in self.one) for name in ("p50", "p95", "p99")}
        found["rate"] = statistics.median(load.rate for load in self.many)
        found["processor"] = statistics.median(self.processor)
        found["errors"] = float(sum(load.errors for load in (*self.one, *self.many)))
        return found


class Asker:
    """Asks a server for one address after the other, never for the same twice where there are enough."""

    def __init__(self, server: Server, paths: Sequence[str], tags: Sequence[str] = ()) -> None:
        self.server = server
        self.rounds = Rounds()
        self._paths, self._tags = paths, tags
        self._at = 0

    def round(self, seconds: float, connections: Sequence[int] = (1, MANY)) -> None:
        """One round: so many seconds with each number of connections."""
        busy, requests = self.server.processor(), 0
        for count in connections:
            found = load(self.server.port, self._paths, seconds, count, self._at, self._tags)
            (self.rounds.one if count == 1 else self.rounds.many).append(found)
            self._at += found.requests + count
            requests += found.requests
        self.rounds.processor.append((self.server.processor() - busy) * 1000 / requests)

    @property
    def rates(self) -> list[float]:
        return [load.rate for load in self.rounds.many]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is asked of each server."""

    seconds: float
    """With each number of connections in each round."""
    rounds: int
    lists: int
    """So many of a rival's lists are compared with the exact nearest."""
    judge: bool
    """Whether how good lists are is asked again where an earlier run knows it."""
    rivals: Sequence[Rival]


def measure(sizes: tuple[int, ...], quick: bool) -> Iterator[Row]:
    """Rows by size and server. A quick run asks all rivals at the largest size only."""
    failed = install()
    for size in sizes:
        rivals = RIVALS[:1] if quick and size < max(sizes) else _chosen()
        plan = Plan(1, 2, 50, False, rivals) if quick else Plan(3, 5, 300, size == sizes[0], rivals)
        data = archive(size)
        port = new_port()
        with running(alsoread(data, port, 1, "--no-indexer"), port, "/health/ready") as server:
            yield from _warm(server, data, size, plan)
            yield from _cold(server, data, size, plan, failed)


def _chosen() -> Sequence[Rival]:
    words = os.environ.get(ASKED_RIVALS, "").lower().split(",")
    return [rival for rival in RIVALS if any(word in rival.name.lower() for word in words)]


def _warm(server: Server, data: Path, size: int, plan: Plan) -> Iterator[Row]:
    paths = some_paths(data, WARM_IDS)
    tags = entity_tags(server.port, paths)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        askers = {f"{OURS}, cached": Asker(server, paths), f"{OURS}, 304": Asker(server, paths, tags)}
        headers, body = entity(server.port, paths[0])
        codes = {
            "an empty Flask view": EMPTY_VIEW,
            "a bare WSGI callable": BARE.format(headers=headers, body=body),
            "a bare WSGI callable that answers two bytes": BARE.format(headers=NOTHING[0], body=NOTHING[1]),
        }
        for number, (name, code) in enumerate(codes.items()):
            module = f"rival_{number}"
            (Path(folder) / f"{module}.py").write_text(code, encoding="utf-8")
            port = new_port()
            command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", f"{module}:create"]
            command += ["--port", str(port), "--workers", "1", "--blocking-threads", "4"]
            other = stack.enter_context(running(command, port, "/any", {"PYTHONPATH": folder}))
            askers[name] = Asker(other, paths)
        for _ in range(plan.rounds):
            for asker in askers.values():
                asker.round(plan.seconds)
    for name, asker in askers.items():
        against = {
            "over Flask": ratio(asker.rates, askers["an empty Flask view"].rates),
            "over bare": ratio(asker.rates, askers["a bare WSGI callable"].rates),
        }
        yield Row(f"warm · {name}", size, {**asker.rounds.figures(), **against})


def _cold(server: Server, data: Path, size: int, plan: Plan, failed: dict[str, str]) -> Iterator[Row]:
    snapshot = open_snapshot(data, current_generation(data), verify=False)
    folder = CACHE / f"rivals-{size}-{real_count()}"
    export(snapshot, folder, partial(vectors_of, size=size))
    ours = Asker(server, _never_twice(some_paths(data, min(size, ENOUGH))))
    for rival in plan.rivals:
        why = failed.get(rival.name) or missing(rival, size)
        if why is None:
            try:
                yield _against(ours, rival, folder, size, plan)
            except (RuntimeError, ValueError, OSError, subprocess.SubprocessError) as error:
                why = f"failed: {str(error)[-200:]}"
        if why is not None:
            yield Row(f"cold · {rival.name}", size, {"note": why})
    if not ours.rounds.one:
        ours.round(plan.seconds)
    yield Row(f"cold · {OURS}", size, {**ours.rounds.figures(), "nDCG@10": _our_quality(plan.judge)})
    narrow = Asker(server, _never_twice(_of_section(snapshot)))
    for _ in range(plan.rounds):
        narrow.round(plan.seconds)
    yield Row(f"cold · {SECTION}", size, narrow.rounds.figures())


def _against(ours: Asker, rival: Rival, folder: Path, size: int, plan: Plan) -> Row:
    ids = [orjson.loads(line)["id"] for line in (folder / "articles.jsonl").read_bytes().splitlines()]
    order = np.random.default_rng(9).permutation(len(ids))[:ENOUGH].tolist()
    with serving(rival, folder) as server:
        theirs = Asker(server, [f"/also-read?id={ids[at]}" for at in order])
        ask(
            server.port, [f"/also-read?id={ids[at]}" for at in order[-WARMED:]]
        )  # what a server loads when it is first asked
        begun = len(ours.rates)
        for _ in range(plan.rounds):
            ours.round(plan.seconds)
            theirs.round(plan.seconds)
        recall = _recall(server.port, folder, ids, order[: plan.lists])
    figures = theirs.rounds.figures()
    figures["ours over it"] = ratio(ours.rates[begun:], theirs.rates)
    figures["recall@10"] = recall
    figures["nDCG@10"] = _quality(rival, plan.judge)
    return Row(f"cold · {rival.name}", size, figures)


def _recall(port: int, folder: Path, ids: list[str], rows: list[int]) -> float:
    """How much of the ten nearest, worked out here with NumPy, a service finds."""
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    row_of = {article_id: row for row, article_id in enumerate(ids)}
    shares = []
    for row, found in zip(
        rows, quality.lists(port, [f"/also-read?limit=10&id={ids[row]}" for row in rows]), strict=True
    ):
        scores = vectors @ vectors[row]
        scores[row] = -2
        bound = np.partition(scores, -10)[-10]
        shares.append(sum(scores[row_of[one]] >= bound - 1e-5 for one in found) / 10)
    return float(np.mean(shares))


def _quality(rival: Rival, again: bool) -> float:
    if quality.is_known(rival.name) and not again:
        return quality.score(rival.name, 0, quality.rival_path, again=False)
    folder = CACHE / "rivals-quality"
    export(quality.judged()[1], folder)
    with serving(rival, folder) as server:
        return quality.score(rival.name, server.port, quality.rival_path, again=True)


def _our_quality(again: bool) -> float:
    if quality.is_known(OURS) and not again:
        return quality.score(OURS, 0, quality.our_path, again=False)
    data, port = quality.judged()[0], new_port()
    with running(alsoread(data, port, 1, "--no-indexer"), port, "/health/ready") as server:
        return quality.score(OURS, server.port, quality.our_path, again=True)


def _of_section(snapshot: Snapshot) -> list[str]:
    """Addresses of the lists of every article of the narrow section."""
    found = []
    for number, segment in enumerate(snapshot.segments):
        span = segment.range_of(OPINION)
        start = int(snapshot.starts[number])
        found += [start + row for row in range(span.start, span.stop) if not snapshot.dead[number][row]]
    drawn = np.random.default_rng(5).permutation(found).tolist()
    return [f"/v1/articles/{snapshot.id_of(row)}/more-in-section" for row in drawn]


def _never_twice(paths: list[str]) -> list[str]:
    """The addresses, and where they are few the same ones again, each time leaving out another article that is not there:
    so that no cache has an answer to them."""
    many = list(paths)
    for again in range(1, -(-ENOUGH // len(paths))):
        many += [f"{path}?exclude=none-{again}" for path in paths]
    return many
