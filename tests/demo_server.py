"""A real `alsoread demo`, started as a visitor does, but with an embedder that needs no model."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from ports import free_port
from server_process import server_environment, wait_for

from index.access_keys import add_key
from index.catalogue import Catalogue, place_of


@dataclass
class DemoServer:
    """A running demonstration. `base` is its address without a slash at the end, `said` what it printed before serving."""

    base: str
    data: Path
    process: "subprocess.Popen[str]"
    said: str
    key: str = ""
    reading: str = ""
    """The keys to write with and to read reports with, made when they are first needed."""

    def clicked_most(self) -> list[dict[str, Any]]:
        """The items that were clicked, as the report over HTTP says it."""
        with Catalogue.open(place_of(self.data)) as catalogue:
            self.reading = self.reading or add_key(catalogue, "reports", "read")
        asked = urllib.request.Request(
            f"{self.base}/v1/reports/clicks?items=10", headers={"Authorization": f"Bearer {self.reading}"}
        )
        with urllib.request.urlopen(asked, timeout=10) as response:
            return list(json.load(response)["items"])

    def take_down(self, article_id: str) -> int:
        """The status of a `DELETE` through the API."""
        return self._write("DELETE", article_id)

    def page(self, path: str) -> str:
        """The HTML of a page of the site, also of one that says that there is none."""
        connection = HTTPConnection(self.base.removeprefix("http://"), timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def put(self, record: dict[str, Any]) -> int:
        """The status of a `PUT` through the API."""
        return self._write("PUT", record["id"], json.dumps(record))

    def _write(self, method: str, article_id: str, body: str | None = None) -> int:
        if not self.key:
            with Catalogue.open(place_of(self.data)) as catalogue:
                self.key = add_key(catalogue, "desk", "write")
        connection = HTTPConnection(self.base.removeprefix("http://"), timeout=10)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            connection.request(method, f"/v1/articles/{article_id}", body, headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def stop(self) -> None:
        """End it, and wait until it has."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=20)


@contextmanager
def running_demo(data: Path, model: str = "word-hash") -> Iterator[DemoServer]:
    """The demonstration over a data folder of its own, once it is ready."""
    port = free_port("127.0.0.1")
    command = [sys.executable, "-m", "service", "demo", "--data", str(data), "--port", str(port)]
    environment = {**server_environment(), "ALSOREAD_MODEL": model, "ALSOREAD_WORKERS": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        base, said = f"http://127.0.0.1:{port}", _until_served(process)
        wait_for(f"{base}/health/ready", process)
        yield DemoServer(base, data, process, said)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise


def _until_served(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if re.match("Alsoread listens on", line):
            return "".join(said)
    raise AssertionError(f"the demonstration ended: {''.join(said)}")
