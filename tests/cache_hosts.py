"""A service with its purge hook, and nginx with the configuration that ships in front of it, as real processes."""

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from article_life import archive
from ports import free_port
from purge_receiver import SECRET
from server_process import server_environment, start_server, wait_for
from service_fixtures import publish

from index.access_keys import add_key
from index.catalogue import FILE, Catalogue
from index.embedder import WordHashEmbedder

EXAMPLES = Path(__file__).parents[1] / "examples" / "nginx"
MODEL = "word-hash-64"


@dataclass
class PurgingService:
    """`alsoread serve` with an indexer that posts to a hook; started again it has the same port."""

    data: Path
    purge_url: str
    workers: int = 2
    port: int = field(default_factory=lambda: free_port("127.0.0.1"))
    _process: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.rebuild()
        with Catalogue.open(self.data / FILE) as catalogue:
            self.key = add_key(catalogue, "cms", "write")

    @property
    def environment(self) -> dict[str, str]:
        given = {"ALSOREAD_PURGE_URL": self.purge_url, "ALSOREAD_PURGE_SECRET": SECRET, "ALSOREAD_MODEL": MODEL}
        return {**server_environment(), **given, "ALSOREAD_DATA": str(self.data)}

    def rebuild(self, *more: Mapping[str, Any]) -> None:
        """Make an index of the archive and these."""
        publish(self.data, [*archive(), *more], WordHashEmbedder(64), model_name=MODEL)

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        self._process = start_server(self.data, self.port, self.workers, environment=self.environment)
        wait_for(f"http://127.0.0.1:{self.port}/health/ready", self._process)

    def kill(self) -> None:
        """End it and all its processes where they stand."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)
        self._process = None

    def write(self, method: str, article_id: str, record: Mapping[str, Any] | None = None) -> None:
        """Write to the service itself, past the cache."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        body = json.dumps(record).encode() if record else None
        status, _, answer = ask(self.port, f"/v1/articles/{quote(article_id, safe='')}", method, headers, body)
        assert status in (200, 201), answer

    def ready(self) -> dict[str, Any]:
        """What readiness says."""
        record: dict[str, Any] = json.loads(ask(self.port, "/health/ready")[2])
        return record


@dataclass
class Nginx:
    """nginx in front of a service, with its cache."""

    folder: Path
    port: int

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def get(self, path: str, encoding: str = "gzip", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (names in lower case) and body."""
        return ask(self.port, path, "GET", {"Accept-Encoding": encoding, **headers})

    def state(self, path: str, encoding: str = "gzip") -> str:
        """What the cache says of an answer: `HIT`, `MISS`, `STALE` …"""
        return self.get(path, encoding)[1]["x-cache"]

    def files(self) -> list[Path]:
        """The answers that are kept."""
        # os.walk passes over a folder that goes meanwhile, as those of an emptied cache do
        found = [Path(folder) / name for folder, _, names in os.walk(self.cache) for name in names]
        return [path for path in found if len(path.name) == 32]

    def empty(self) -> None:
        """Forget every answer."""
        for path in self.files():
            path.unlink()

    def let_expire(self) -> None:
        """As if every answer had been fresh for as long as it may be: the moment stands in its file's head."""
        for path in self.files():
            with path.open("r+b") as file:
                file.seek(8)
                file.write(struct.pack("<q", int(time.time()) - 5))

    def log(self) -> list[str]:
        """Of each request, those in the background too: path, what the cache said, the service's status."""
        return (self.folder / "access.log").read_text(encoding="utf-8").splitlines()


def ask(
    port: int, path: str, method: str = "GET", headers: Mapping[str, str] = {}, body: bytes | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (names in lower case) and body of one request."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def nginx_program() -> str:
    """Where nginx is; skips without one, and fails there under CI."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        reason = "nginx is not there (apt-get install nginx)"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, and CI=true")
        pytest.skip(reason)
    return found


@contextmanager
def running_nginx(folder: Path, upstream: int) -> Iterator[Nginx]:
    """nginx with the configuration that ships: its server is this port's, its upstream and cache are ours."""
    program, nginx = nginx_program(), Nginx(folder, free_port("127.0.0.1"))
    folder.mkdir()
    conf = (EXAMPLES / "alsoread.conf").read_text(encoding="utf-8")
    for shipped, ours in (
        ("/var/cache/nginx/alsoread", str(nginx.cache)),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{upstream};"),
        ("listen 80;", f"listen 127.0.0.1:{nginx.port};"),
        ("server_name related.example.com;", "server_name 127.0.0.1;"),
    ):
        assert conf.count(shipped) == 1, shipped
        conf = conf.replace(shipped, ours)
    (folder / "alsoread.conf").write_text(conf, encoding="utf-8")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"""{user} daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/error.log warn;
        events {{}}
        http {{ {temporary}
            log_format told '$request_uri $upstream_cache_status $upstream_status'; log_subrequest on;
            access_log {folder}/access.log told;
            include {folder}/alsoread.conf; }}""",
        encoding="utf-8",
    )
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen([program, "-c", str(folder / "nginx.conf")], stdout=output, stderr=output)
    try:
        _wait_for_port(nginx.port, process, folder / "output")
        yield nginx
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def running_purger(cache: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    """The receiver that ships, over a cache."""
    command = [sys.executable, str(EXAMPLES / "purge.py"), "--cache", str(cache), "--port", str(port)]
    process = subprocess.Popen(
        command, env={**os.environ, "ALSOREAD_PURGE_SECRET": SECRET}, stderr=subprocess.DEVNULL, text=True
    )
    try:
        _wait_for_port(port, process)
        yield process
    finally:
        process.kill()
        process.wait(10)


def _wait_for_port(port: int, process: "subprocess.Popen[Any]", said: Path | None = None) -> None:
    deadline = time.monotonic() + 15
    while True:
        try:
            ask(port, "/health/live")
            return
        except OSError:
            assert process.poll() is None, said.read_text() if said else "it ended"
            assert time.monotonic() < deadline
            time.sleep(0.02)
