"""How Milvus and PostgreSQL are made to hang, and are stopped and started again."""

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from pymilvus import MilvusClient

from benchmarks.grown_up.setting import URI, GrownUp
from service.shared_engines import NAME


@dataclass(frozen=True, slots=True)
class Engine:
    """How one is taken away and brought back; `start` returns when it answers by itself."""

    stop: Callable[[], None]
    start: Callable[[], None]


def hung(pid: int, what: str) -> Engine:
    """It stands still, connections and all, and then goes on."""
    held: list[int] = []

    def stop() -> None:
        held[:] = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
        for one in held:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGSTOP)

    def start() -> None:
        for one in held:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGCONT)
        if what == "Milvus":
            until_milvus_answers()

    return Engine(stop, start)


def killed_milvus(running: GrownUp) -> Engine:
    """Its processes end at once; another is started over the same files."""
    import milvus_server

    folder = Path(running.milvus.args[-1]).parent

    def start() -> None:
        again = milvus_server.start(folder)
        milvus_server.wait_until_healthy(again, folder)
        running.stack.callback(milvus_server.end, again)
        until_milvus_answers()

    return Engine(lambda: milvus_server.end(running.milvus), start)


def stopped_postgres(control: Callable[[str], None]) -> Engine:
    """It is stopped as if the machine had been switched off, and started again."""
    return Engine(lambda: control("stop"), lambda: control("start"))


def until_milvus_answers(seconds: float = 300) -> None:
    """Until a search by its own client is answered: it is back when its collection is."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            client = MilvusClient(URI, timeout=5)
            collection = client.describe_alias(NAME)["collection_name"]
            (field,) = [one for one in client.describe_collection(collection)["fields"] if one["name"] == "vector"]
            client.search(collection, [[0.1] * int(field["params"]["dim"])], limit=1, timeout=5)
            return
        except Exception:  # of its client: there are many kinds while it starts
            if time.monotonic() > deadline:
                raise
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", 19530), 1).close()
            time.sleep(0.2)
