"""Kills at random instants, of every process that there is."""

import os
import random
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fault_server import Server, serving, until
from benchmarks.fault_traffic import Traffic, Truth
from index.indexer_state import read_indexer_state

TARGETS = ("indexer", "worker", "rebuild", "main")


@dataclass
class Outcome:
    """A row of the table."""

    fault: str
    trials: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    refused: int = 0
    recovered: list[float] = field(default_factory=list)
    """Seconds from the fault, or from its end where it lasts, until all was well."""
    notes: list[str] = field(default_factory=list)

    @property
    def bad(self) -> bool:
        """Whether anything was lost, wrong or refused."""
        return bool(self.lost or self.wrong or self.refused)

    def add(self, truth: Truth, server: Server) -> "Outcome":
        """Take in what the traffic and the server saw."""
        self.acknowledged += truth.acknowledged
        self.lost += truth.lost
        self.wrong += truth.wrong
        self.refused += server.refused
        return self

    def expect(self, true: object, what: str) -> None:
        """Note as wrong what is not so."""
        if not true:
            self.wrong.append(what)


def kills(data: Path, trials: int, seed: int = 7, targets: tuple[str, ...] = TARGETS) -> list[Outcome]:
    """Kill, see it recover, hold what every worker says against what was acknowledged; a row per kind of process."""
    chance = random.Random(seed)
    rows = {target: Outcome(f"kill -9: {target}") for target in targets}
    with serving(data, ALSOREAD_FOLD_AFTER="60") as server, Traffic(server, seed=seed) as traffic:
        lasts = _length_of_a_rebuild(server)
        acknowledged = traffic.truth.acknowledged
        for trial in range(trials):
            if trial and trial % 20 == 0:
                print(f"{trial} of {trials} kills", file=sys.stderr, flush=True)
            target = chance.choice(targets)
            row = rows[target]
            time.sleep(chance.uniform(0, 0.6))
            ended = server.ended_by_itself
            row.recovered.append(_kill(server, target, chance, lasts))
            traffic.check()
            row.trials += 1
            row.acknowledged += traffic.truth.acknowledged - acknowledged
            acknowledged = traffic.truth.acknowledged
            _take(row, traffic.truth, server)
            if server.ended_by_itself > ended:
                row.notes.append("the server ended by itself and was started again")
        traffic.check()
        last = rows[targets[-1]]
        _take(last, traffic.truth, server)
        last.notes.append(f"in all {traffic.truth.asked} answers, {traffic.truth.broken} connections that broke")
    return list(rows.values())


def _take(row: Outcome, truth: Truth, server: Server) -> None:
    row.lost += truth.lost
    row.wrong += truth.wrong
    row.refused += server.refused
    truth.lost, truth.wrong, server.refused = [], [], 0


def _length_of_a_rebuild(server: Server) -> float:
    began = time.monotonic()
    code, said = server.rebuild("--force")
    if code not in (0, 5):
        raise RuntimeError(f"a rebuild ended with {code}: {said}")
    return time.monotonic() - began


def _kill(server: Server, target: str, chance: random.Random, lasts: float) -> float:
    if target == "rebuild":
        # random words change most lists, and a rebuild that the gate refuses would never come to be killed as it publishes
        process = server.run("rebuild", "--force")
        time.sleep(chance.uniform(0.2 * lasts, lasts))
        process.kill()
        process.communicate()
        began, killed = time.monotonic(), process.pid
    else:
        killed = {
            "main": lambda: server.pid,
            "indexer": lambda: _indexer(server),
            "worker": lambda: _worker(server, chance),
        }[target]()
        began = time.monotonic()
        with suppress(ProcessLookupError):
            os.kill(killed, signal.SIGKILL)
    if target == "main":
        assert server.process is not None
        server.process.wait()
        server.start()

    def well() -> bool:
        server.supervise()
        return server.well(not_pid=killed)

    until(well, f"all is well after a kill of the {target}", 90)
    return time.monotonic() - began


def _indexer(server: Server) -> int:
    """Its number, whatever it is doing."""
    until(lambda: (state := read_indexer_state(server.data)) and state.alive, "an indexer lives")
    state = read_indexer_state(server.data)
    assert state is not None
    if state.state not in ("ready", "embedding", "starting"):
        print(f"the indexer, before it was killed: {state.state}, {state.problem}", file=sys.stderr)
    return state.pid


def _worker(server: Server, chance: random.Random) -> int:
    return chance.choice(server.workers())
