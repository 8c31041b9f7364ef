"""Whether a replica's lists are those of the host with an index, and how long both take, over real HTTP."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from urllib.parse import quote

from benchmarks.grown_up.setting import GrownUp, Process

ASKED = 500
TOP = 5
SLOTS = ("also-read", "more-in-section")


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of `asked` articles how many have the `same` top five, and how long answers took that were not kept, in ms."""

    slot: str
    asked: int
    same: int
    same_four: int
    """Those among them that share four at least."""
    host: Sequence[float]
    replica: Sequence[float]

    def row(self) -> str:
        """A line of the table."""
        times = " | ".join(f"{median(one):.1f} | {_p99(one):.1f}" for one in (self.host, self.replica))
        return f"| {self.slot} | {self.same / self.asked:.1%} | {self.same_four / self.asked:.1%} | {times} |"


HEAD = (
    "| slot | same top 5 | 4 of 5 at least | with an index p50 (ms) | p99 | replica p50 (ms) | p99 |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)


def agreement(running: GrownUp, ids: Sequence[str], slot: str, seed: int = 1) -> Agreement:
    """Ask both about a sample."""
    chosen = random.Random(seed).sample(list(ids), min(ASKED, len(ids)))
    same = four = 0
    times: tuple[list[float], list[float]] = ([], [])
    for article_id in chosen:
        tops = []
        for process, taken in zip((running.host, running.replicas[0]), times, strict=True):
            began = time.perf_counter()
            tops.append(top(process, article_id, slot))
            taken.append(1000 * (time.perf_counter() - began))
        same += tops[0] == tops[1]
        four += len(set(tops[0]) & set(tops[1])) >= min(4, len(tops[0]))
    return Agreement(slot, len(chosen), same, four, *times)


def top(process: Process, article_id: str, slot: str) -> list[str]:
    """The first five of a list. Raises `RuntimeError` for an answer that is none."""
    path = f"/v1/articles/{quote(article_id, safe='')}/{slot}?limit={TOP}"
    status, body, _ = process.get(path)
    if status != 200:
        raise RuntimeError(f"{process.name}: {status} for {path}: {body}")
    return [item["id"] for item in body["items"]]


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.99 * len(values)))]
