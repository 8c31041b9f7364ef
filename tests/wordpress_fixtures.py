"""The WordPress plugin's real code, run in PHP over as much of WordPress as it uses (tests/wordpress), and what it asked
of a real service."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server
from writing_fixtures import Desk, stored

ROOT = Path(__file__).parents[1]
PLUGIN = ROOT / "examples" / "wordpress" / "alsoread"
HARNESS = Path(__file__).parent / "wordpress"


def need(program: str, why: str) -> str:
    """Where a program is; a test without it is skipped, and fails under CI, where nothing may be missing."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    return found or leave_out(f"{program} is not there ({why})")


def leave_out(reason: str) -> str:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI=true")
    pytest.skip(reason)


def php() -> str:
    """PHP with SQLite, which stands in for WordPress' database."""
    program = need("php", "apt-get install php-cli php-sqlite3")
    modules = subprocess.run([program, "-m"], capture_output=True, text=True, check=True).stdout.split()
    return program if "sqlite3" in modules else leave_out("PHP has no SQLite (apt-get install php-sqlite3)")


@dataclass(frozen=True, slots=True)
class Request:
    """A call that the plugin made."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    timeout: float

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The records of a body: one, or those of a batch."""
        return [json.loads(line) for line in self.body.splitlines()]


@dataclass(frozen=True, slots=True)
class Played:
    """What a scenario asked for and noted."""

    requests: list[Request]
    said: Any

    @property
    def calls(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.requests]


def play(scenario: str, service: str = "https://alsoread.example.com", key: str = "") -> Played:
    """Run one scenario of tests/wordpress."""
    environment = {**os.environ, "ALSOREAD_TEST_SERVICE": service, "ALSOREAD_TEST_KEY": key}
    command = [php(), str(HARNESS / "run.php"), scenario]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    played = json.loads(done.stdout)
    requests = [
        Request(
            given["method"],
            given["url"].removeprefix(service),
            given["headers"],
            given["body"] or "",
            given["timeout"],
        )
        for given in played["requests"]
    ]
    return Played(requests, played["said"])


@contextmanager
def listening(desk: Desk) -> Iterator[str]:
    """The address at which the desk's service answers."""
    server = make_server("127.0.0.1", 0, desk.app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def play_for_real(scenario: str, desk: Desk, key: str | None = None) -> Played:
    """Run one scenario whose calls a real service answers."""
    with listening(desk) as address:
        return play(scenario, address, desk.token if key is None else key)


def articles(desk: Desk) -> dict[str, dict[str, Any]]:
    """What the service keeps of WordPress."""
    kept = json.loads(json.dumps(stored(desk.data)))
    return {name: record for name, record in kept.items() if not name.startswith(("flood-", "match-", "budget-"))}
