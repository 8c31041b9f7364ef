"""A web server of the tests: on the loopback, with answers that a test writes, the bad ones too.

    with serving() as web:
        web.answers["/feed"] = Answer("<rss/>", etag='"1"')              # 304 to whoever asks with that tag
        web.answers["/once"] = [Answer(status=503), Answer("now")]      # one after the other; the last one stays
        web.answers["/echo"] = lambda call: Answer(call.headers["user-agent"])
        ... web.url + "/feed" ... web.paths() == ["/feed"]

A path is looked for with its query first, then without. What nobody wrote is 404, `/robots.txt` too: all is allowed.
"""

import gzip
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Call:
    """One request that came: its path with the query, and its headers by lower-case name."""

    path: str
    headers: Mapping[str, str]
    method: str = "GET"


@dataclass(frozen=True)
class Answer:
    """What is answered, and how badly."""

    body: bytes | str = b""
    status: int = 200
    type: str = "text/html; charset=utf-8"
    """The media type; none is sent where it is empty."""
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    last_modified: str | None = None
    """With one of these: 304 without a body to whoever asks with it."""
    gzip: bool = False
    """Packed, as `Content-Encoding` says."""
    wait: float = 0
    """Seconds of silence before the first byte."""
    drip: float = 0
    """Seconds between a byte of the body and the next."""
    head_drip: float = 0
    """Seconds between a byte of the headers and the next."""
    cut: int | None = None
    """So many bytes of the body are sent, though all were announced; then the line goes dead."""
    endless: bool = False
    """The body over and over, as chunks, until the other side hangs up."""
    chunked: bool = False
    """As chunks, so that no length is announced."""
    hang_up: bool = False
    """The connection is closed without a word."""


Answers = Answer | list[Answer] | Callable[[Call], Answer]


@dataclass
class WebServer:
    """What came, in order, and what is answered, by path."""

    answers: dict[str, Answers] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    url: str = ""
    """Without a slash at its end."""
    port: int = 0
    ended: Event = field(default_factory=Event)

    def paths(self) -> list[str]:
        """What was asked for, without robots.txt."""
        return [call.path for call in self.calls if call.path != "/robots.txt"]

    def answer_to(self, call: Call) -> Answer:
        """The answer to a call; of a list the first, which is used up unless it is the last."""
        written = self.answers.get(call.path, self.answers.get(urlsplit(call.path).path, Answer("not here", 404)))
        if isinstance(written, list):
            return written.pop(0) if len(written) > 1 else written[0]
        return written if isinstance(written, Answer) else written(call)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: WebServer

    def do_GET(self) -> None:
        call = Call(self.path, {name.lower(): value for name, value in self.headers.items()}, self.command)
        self.web.calls.append(call)
        answer = self.web.answer_to(call)
        self.close_connection = True
        if answer.wait:
            self.web.ended.wait(answer.wait)
        if answer.hang_up:
            return
        try:
            self._send(call, answer)
        except OSError:
            pass  # the other side had enough

    def do_HEAD(self) -> None:
        self.do_GET()

    def _send(self, call: Call, answer: Answer) -> None:
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        headers = {"Connection": "close"}
        if answer.type:
            headers["Content-Type"] = answer.type
        status = answer.status
        if answer.etag:
            headers["ETag"] = answer.etag
            status = 304 if call.headers.get("if-none-match") == answer.etag else status
        if answer.last_modified:
            headers["Last-Modified"] = answer.last_modified
            status = 304 if call.headers.get("if-modified-since") == answer.last_modified else status
        if answer.gzip:
            body = gzip.compress(body, mtime=0)
            headers["Content-Encoding"] = "gzip"
        chunked = (answer.chunked or answer.endless) and status != 304
        if chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif status != 304:
            headers["Content-Length"] = str(len(body))
        headers |= answer.headers
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._write(f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode(), answer.head_drip)
        if status == 304 or self.command == "HEAD":
            return
        if not chunked:
            self._write(body[: answer.cut], answer.drip)
            return
        chunk = b"%x\r\n%b\r\n" % (len(body), body)
        while answer.endless and not self.web.ended.is_set():
            self._write(chunk, answer.drip)
        if body:
            self._write(chunk[: answer.cut], answer.drip)
        if answer.cut is None:
            self._write(b"0\r\n\r\n", 0)

    def _write(self, data: bytes, drip: float) -> None:
        """All at once, or a byte now and then."""
        if not drip:
            self.wfile.write(data)
        for at in range(len(data) if drip else 0):
            if self.web.ended.wait(drip):
                return
            self.wfile.write(data[at : at + 1])

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    """A server that listens on 127.0.0.1 while the block runs; with a certificate, over https."""
    web = WebServer()
    handler = type("Handler", (_Handler,), {"web": web})
    with _Server(("127.0.0.1", 0), handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        web.port = server.server_address[1]
        web.url = f"{'https' if tls else 'http'}://127.0.0.1:{web.port}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield web
        finally:
            web.ended.set()
            server.shutdown()
