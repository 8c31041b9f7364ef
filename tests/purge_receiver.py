"""A receiver of purges for the tests: checks signatures as the docs say, and answers, hangs or refuses as it is told."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

SECRET = "a secret of the tests"


@dataclass
class Receiver:
    """What came, in order, and what is answered."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    came_at: list[float] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    status: int = 204
    manner: str = "answers"
    """`answers`; `hangs`: never; `dribbles`: a byte now and then, without an end."""
    url: str = ""
    ended: Event = field(default_factory=Event)

    def articles(self) -> list[str]:
        """The ids told of, call after call."""
        return [change["article"] for call in self.calls for change in call["changes"]]


def is_signed(header: str, body: bytes, secret: str, now: float) -> bool:
    """Whether the signature of a body holds, and is at most five minutes old."""
    parts = dict(part.split("=", 1) for part in header.split(","))
    proof = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return abs(now - int(parts["t"])) <= 300 and hmac.compare_digest(proof, parts["v1"])


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens on the loopback."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert is_signed(self.headers["Alsoread-Signature"], body, SECRET, time.time())
            receiver.came_at.append(time.monotonic())
            receiver.headers.append({**dict(self.headers.items()), "path": self.path})
            receiver.calls.append(json.loads(body))
            if receiver.manner == "hangs":
                receiver.ended.wait(30)
            while receiver.manner == "dribbles" and not receiver.ended.wait(0.1):
                self.wfile.write(b"H")
                self.wfile.flush()
            self.send_response(receiver.status)
            if receiver.status == 302:
                self.send_header("Location", receiver.url + "elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.ended.set()
            server.shutdown()
