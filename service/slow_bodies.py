"""Bodies that drip in, or never end: they keep no more than some threads waiting, and none of them for ever.

The server reads a body as a view asks for it, waits as long as the connection stands, and can be given no limit; nor can the
wait be left to itself, for the server ends no request before it. So the connection is hung up, which ends the wait.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from index.errors import CatalogueBusy
from service.errors import BodyTooSlow

PIECE = 65_536
PIECE_SECONDS = 20.0
"""So long each piece of a body may take: what anyone may send without a key is no more than one."""

MAPPED = "::ffff:"
"""Before an IPv4 address where the server listens on IPv6."""

_LOOK_EVERY = 1.0
_CONNECTIONS = Path("/proc/self/fd")
_LAST_SENT, _LAST_CAME = slice(44, 48), slice(52, 56)
"""Where Linux says in its TCP_INFO how many milliseconds ago something was sent, and something came."""
_TCP_INFO_BYTES = 104


class BodySeats:
    """So many bodies of people without a key are waited for at once: the other threads are there for readers."""

    def __init__(self, at_once: int) -> None:
        self._seats = threading.BoundedSemaphore(at_once)

    @contextmanager
    def seat(self) -> Iterator[None]:
        """A seat while a body is read. Raises `CatalogueBusy` where none is free."""
        if not self._seats.acquire(blocking=False):
            raise CatalogueBusy("others are sending; try again in a few seconds")
        try:
            yield
        finally:
            self._seats.release()


class BodyInTime:
    """A request's body (`wsgi.input`), each piece of which comes in time. Raises `BodyTooSlow` where one does not."""

    def __init__(self, environ: dict[str, Any], seconds: float = PIECE_SECONDS) -> None:
        self._body = environ["wsgi.input"]
        self._peer = str(environ.get("REMOTE_ADDR") or "").removeprefix(MAPPED)
        self._seconds = seconds

    def read(self, size: int = -1) -> bytes:
        """So many bytes, or all; fewer at the end."""
        parts: list[bytes] = []
        left = size
        while left and (piece := self._piece(PIECE if left < 0 else min(left, PIECE))):
            parts.append(piece)
            left = left - len(piece) if left > 0 else left
        return b"".join(parts)

    def _piece(self, size: int) -> bytes:
        with _waits.waiting(self._peer, self._seconds) as wait:
            piece: bytes = self._body.read(size)
        if wait.hung_up:
            raise BodyTooSlow(self._seconds)
        return piece


def with_bodies_in_time(application: Callable[..., Any]) -> Callable[..., Any]:
    """The WSGI application, which waits for no body longer than it may."""

    def asked(environ: dict[str, Any], start_response: Any) -> Any:
        if environ.get("CONTENT_LENGTH", "0") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ:
            environ["wsgi.input"] = BodyInTime(environ)
        return application(environ, start_response)

    return asked


class _Wait:
    """One thread that waits for a body."""

    __slots__ = ("began", "hung_up", "peer", "seconds")

    def __init__(self, peer: str, seconds: float) -> None:
        self.peer = peer
        self.seconds = seconds
        self.began = time.monotonic()
        self.hung_up = False


class _Waits:
    """Whoever waits for a body now, and one thread that looks whether it takes too long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: set[_Wait] = set()
        self._looks = False

    @contextmanager
    def waiting(self, peer: str, seconds: float) -> Iterator[_Wait]:
        wait = _Wait(peer, seconds)
        with self._lock:
            self._all.add(wait)
            if not self._looks:
                self._looks = True
                threading.Thread(target=self._look, name="slow-bodies", daemon=True).start()
        try:
            yield wait
        finally:
            with self._lock:
                self._all.discard(wait)

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK_EVERY)
            now = time.monotonic()
            with self._lock:
                waits = tuple(self._all)
            # by address, for what is hung up is found by that: whoever waits for nearly as long from there is cut off too
            late = {wait.peer: now - wait.began for wait in waits if now - wait.began > wait.seconds}
            for wait in waits:
                wait.hung_up |= now - wait.began >= late.get(wait.peer, float("inf")) - _LOOK_EVERY
            for peer, seconds in late.items():
                hang_up(peer, seconds - _LOOK_EVERY)


_waits = _Waits()


def hang_up(peer: str, seconds: float) -> int:
    """Hang up this process's connections from an address over which something came, and to which nothing was sent since then
    and for so many seconds; how many. Behind a proxy that is also what somebody else has waited for as long.

    On Linux; elsewhere none, and a body is waited for until its connection ends.
    """
    ended = 0
    with suppress(OSError):
        for number in [int(entry.name) for entry in _CONNECTIONS.iterdir()]:
            # under a number of our own, so that closing it closes nothing else
            with suppress(OSError), socket.socket(fileno=os.dup(number)) as connection:
                if _peer_of(connection) == peer and _unanswered(connection) >= seconds:
                    connection.shutdown(socket.SHUT_RD)
                    ended += 1
    return ended


def _peer_of(connection: socket.socket) -> str | None:
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return None
    return str(connection.getpeername()[0]).removeprefix(MAPPED)


def _unanswered(connection: socket.socket) -> float:
    """For how many seconds nothing was sent; 0 where nothing came since then."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    sent, came = (int.from_bytes(info[place], "little") for place in (_LAST_SENT, _LAST_CAME))
    return sent / 1_000 if came <= sent else 0.0
