"""Starts all of it, over real engines and processes of ours, in folders that are gone afterwards."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.fault_server import BROKEN, ask
from index.catalogue import Catalogue
from index.cluster.store import projected_number
from service.commands.serve import free_port

REPLICAS = 2
WORKERS = 2
START_SECONDS = 120
PROJECTED_SECONDS = 3_600

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))


@dataclass
class Process:
    """One of ours: its port, if it has one, and what it says in `log`."""

    name: str
    words: list[str]
    environment: Mapping[str, str]
    log: Path
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it, and wait until it is ready, where it has a port."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "service", *self.words]
            self.process = subprocess.Popen(command, env=dict(self.environment), stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while self.port:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not start: {self.log.read_text(errors='replace')[-1500:]}")
            with suppress(*BROKEN):
                if ask(self.port, "GET", "/health/ready")[0] == 200:
                    return
            time.sleep(0.1)

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def get(self, path: str) -> tuple[int, Any, Mapping[str, str]]:
        """Status, body and headers. Raises one of `BROKEN`."""
        return ask(self.port, "GET", path)


@dataclass
class GrownUp:
    """All that runs."""

    folder: Path
    address: str
    postgres: Any
    programs: Path
    """Where PostgreSQL's are."""
    milvus: Any
    stack: ExitStack
    """What is undone at the end."""
    processes: dict[str, Process] = field(default_factory=dict)

    @property
    def postgres_pid(self) -> int:
        """The number of PostgreSQL's first process."""
        port = str(self.postgres.port)
        return next(one.pid for one in psutil.process_iter() if one.name() == "postgres" and port in one.cmdline())

    @property
    def host(self) -> Process:
        """The one with an index."""
        return self.processes["host"]

    @property
    def replicas(self) -> list[Process]:
        """Those without."""
        return [one for name, one in self.processes.items() if name.startswith("replica")]

    def environment(self, **more: str) -> dict[str, str]:
        """The variables of a process of ours."""
        given = {
            "ALSOREAD_CATALOGUE": self.address,
            "ALSOREAD_MILVUS": URI,
            "ALSOREAD_DATA": str(self.folder / "host"),
            "ALSOREAD_LOG_LEVEL": "info",
        }
        return {**os.environ, **given, **more}

    def add(self, name: str, words: list[str], port: bool, **more: str) -> Process:
        """Start one more."""
        number = free_port("127.0.0.1") if port else 0
        words = [*words, "--port", str(number)] if port else words
        made = Process(name, words, self.environment(**more), self.folder / f"{name}.log", number)
        self.processes[name] = made
        made.start()
        return made

    def projected(self) -> tuple[int, int]:
        """The number of what replicas serve, and up to which change it is true."""
        with Catalogue.open(self.address) as catalogue, catalogue.engine.connect() as connection:
            return projected_number(connection)


URI = "http://127.0.0.1:19530"


@contextmanager
def grown_up(size: int) -> Iterator[GrownUp]:
    """So many articles of the corpus, served by all of it; ends what it started."""
    from milvus_server import missing as no_milvus
    from milvus_server import running_milvus
    from postgres_server import binaries, running_postgres
    from postgres_server import missing as no_postgres

    if reason := no_postgres() or no_milvus():
        raise SystemExit(f"cannot be started here: {reason}")
    programs = binaries()
    assert programs is not None
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="alsoread-grown-up-")))
        postgres = stack.enter_context(running_postgres(programs, durable=True))
        milvus = stack.enter_context(running_milvus())
        made = GrownUp(folder, postgres.new_database(), postgres, programs, milvus, stack)
        stack.callback(lambda: [one.stop() for one in reversed(made.processes.values())])
        told(f"PostgreSQL and Milvus run; indexing {size:,} articles")
        began = time.monotonic()
        load = [sys.executable, "-m", "benchmarks.grown_up.load", str(size)]
        subprocess.run(load, env=made.environment(), check=True)
        told(f"rebuilt into PostgreSQL in {time.monotonic() - began:.0f} s")
        embedder = Process("embedder", ["embedder", "--port", str(port := free_port("127.0.0.1"))], made.environment(),
                           folder / "embedder.log")  # fmt: skip
        made.processes["embedder"] = embedder
        embedder.start()
        away = {"ALSOREAD_EMBEDDER": f"http://127.0.0.1:{port}/v1"}
        began = time.monotonic()
        made.add("host", ["serve", "--workers", str(WORKERS)], True, **away)
        while not made.projected()[0]:
            if time.monotonic() - began > PROJECTED_SECONDS:
                raise SystemExit(f"nothing was projected: {made.host.log.read_text()[-1500:]}")
            time.sleep(0.5)
        told(f"projected into Milvus and PostgreSQL in {time.monotonic() - began:.0f} s")
        for number in range(1, REPLICAS + 1):
            began = time.monotonic()
            nowhere = str(folder / f"nothing-{number}")
            words = ["serve", "--replica", "--workers", str(WORKERS)]
            made.add(f"replica-{number}", words, True, ALSOREAD_DATA=nowhere)
            told(f"replica {number} is ready after {time.monotonic() - began:.1f} s")
        yield made


def told(text: str) -> None:
    """Say how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
