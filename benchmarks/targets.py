"""What is aimed at, and how the last run stands to it: ratios within one run, times on this machine."""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import CACHE
from benchmarks.results import load

OURS = "cold · this service"
SECTION = "cold · this service, more in a section of 0.5 %"
FORTY = "cold · Flask + FAISS + gunicorn, 40 lines"


@dataclass(frozen=True, slots=True)
class Target:
    """One figure of one row that is to be at least, or at most, so much."""

    what: str
    family: str
    row: str
    size: int
    figure: str
    bound: float
    at_least: bool = True
    unit: str = ""

    def reached(self, folder: Path = CACHE) -> float | None:
        """What was measured; None where it was not."""
        results = load(self.family, folder)
        return results.figure(self.row, self.size, self.figure) if results else None

    def is_met_by(self, value: float) -> bool:
        """Whether a value is on the right side of the bound."""
        better: Callable[[float, float], bool] = operator.ge if self.at_least else operator.le
        return better(value, self.bound)


def targets() -> Iterator[Target]:
    """All of them, but for embedding's, which docs/performance.md sets beside its own table."""
    for kind in ("cached", "304"):
        row = f"warm · this service, {kind}"
        yield Target(
            f"warm also-read, {kind}, over an empty Flask view", "http", row, 100_000, "over Flask", 5, unit=" ×"
        )
        yield Target(f"warm also-read, {kind}, over a bare callable", "http", row, 100_000, "over bare", 0.8, unit=" ×")
    yield Target("cold also-read at 100,000, p99", "http", OURS, 100_000, "p99", 15, False, " ms")
    yield Target("cold also-read at 100,000 over the 40 lines", "http", FORTY, 100_000, "ours over it", 10, unit=" ×")
    yield Target("cold also-read at 1,000,000, p99", "http", OURS, 1_000_000, "p99", 30, False, " ms")
    for kind in ("meaning", "terms"):
        row = f"{kind} · all · ours"
        yield Target(f"recall@10 by {kind} at 1,000,000", "retrieval", row, 1_000_000, "recall@10", 0.99)
    yield Target("more in a section of 0.5 % at 1,000,000, p99", "http", SECTION, 1_000_000, "p99", 15, False, " ms")
    for kind in ("meaning", "terms"):
        row = f"{kind} · 0.5 % (a section) · ours"
        yield Target(f"… its recall@10 by {kind}", "retrieval", row, 1_000_000, "recall@10", 1.0)
    yield Target("rebuild of 1,000,000, 1 % changed", "rebuild", "1% changed", 1_000_000, "seconds", 60, False, " s")
    yield Target("memory at 1,000,000, 2 workers", "footprint", "2 workers", 1_000_000, "MB", 3_000, False, " MB")
    yield Target("… for one worker more", "footprint", "3 workers", 1_000_000, "MB more", 120, False, " MB")
    yield Target("ready at 1,000,000", "footprint", "2 workers", 1_000_000, "ready seconds", 5, False, " s")


def ahead(folder: Path = CACHE, size: int = 100_000) -> Iterator[tuple[str, bool, str]]:
    """For each rival service that was measured: its name, whether this one is ahead in throughput and p99 for an answer at
    least as good, and the figures."""
    results = load("http", folder)
    if results is None:
        return
    named = ("p99", "nDCG@10")
    for row in results.rows:
        if row.size != size or "ours over it" not in row.figures:
            continue
        ours = [results.figure(OURS, size, name) for name in named]
        theirs = [results.figure(row.name, size, name) for name in named]
        times = results.figure(row.name, size, "ours over it") or 0.0
        if None in ours or None in theirs:
            continue
        (p99, good), (their_p99, their_good) = ours, theirs  # type: ignore[misc]  # neither is None here
        is_ahead = times > 1 and p99 < their_p99 and good >= their_good
        said = f"{times:.1f} × the requests, p99 {p99:.1f} against {their_p99:.1f} ms, "
        said += f"nDCG@10 {good:.3f} against {their_good:.3f}"
        yield row.name.removeprefix("cold · "), is_ahead, said


def table(folder: Path = CACHE) -> list[str]:
    """The lines of the table of targets."""
    lines = ["| what | target | reached | |", "| --- | --- | --- | --- |"]
    for target in targets():
        value = target.reached(folder)
        side = "≥" if target.at_least else "≤"
        reached = "not measured" if value is None else f"{_short(value)}{target.unit}"
        met = "" if value is None else ("met" if target.is_met_by(value) else "**missed**")
        lines.append(f"| {target.what} | {side} {target.bound:,g}{target.unit} | {reached} | {met} |")
    for name, is_ahead, said in ahead(folder):
        lines.append(f"| ahead of {name} at 100,000 | all three | {said} | {'met' if is_ahead else '**missed**'} |")
    return lines


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
