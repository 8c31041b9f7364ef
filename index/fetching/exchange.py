"""One request to one origin and its answer: over a connection to a number that was checked, within limits of size and time."""

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, IncompleteRead
from urllib3.response import BaseHTTPResponse

from index.errors import FetchFailed
from index.fetching.address import WebAddress, shown
from index.fetching.deadline import Deadline
from index.fetching.rules import FetchRules
from index.fetching.unpacking import NotPacked, TooLong, Unpacker

PIECE = 65_536
WITH_BODY = (200, 203)
PACKED = ("gzip", "x-gzip", "deflate")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one server said; the body is empty unless the status is 200 or 203."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Limit:
    """Longest body in bytes; `cut`: what is longer is cut there, and not refused."""

    size: int
    cut: bool = False


class LineDead(FetchFailed):
    """No connection, or none to the end: it may go better in a moment."""

    def __init__(self, message: str) -> None:
        super().__init__(message, passing=True)


def exchange(
    address: WebAddress,
    numbers: Sequence[str],
    headers: Mapping[str, str],
    rules: FetchRules,
    limit: Limit,
    tls: ssl.SSLContext | None,
) -> Answer:
    """Ask the first of the numbers that answers. No proxy is used: it would resolve the host by itself, unchecked.

    Raises `FetchFailed` for a certificate that does not hold, a body that is too long, damaged or packed in a way that was
    not asked for; `LineDead` for everything between us and the server.
    """
    place = shown(address.url)
    with Deadline(rules.timeout) as deadline:
        connection = _connect(address, numbers, rules, tls, deadline)
        response: BaseHTTPResponse | None = None
        try:
            sent = {"Host": address.netloc, "Connection": "close", "Accept-Encoding": "gzip, deflate", **headers}
            connection.request("GET", address.target, headers=sent, preload_content=False, decode_content=False)
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.headers.itermerged()}
            body = _body(response, names, limit, place) if response.status in WITH_BODY else b""
        except (HTTPError, HTTPException, OSError) as error:
            raise LineDead(f"{place}: {_what_happened(error, deadline, rules)}") from None
        finally:
            if response is not None:
                response.close()
            connection.close()
        if deadline.passed():
            # hung up on at the moment that a body without a length seemed to end
            raise LineDead(f"{place}: {_too_slow(rules)}")
    return Answer(response.status, names, body)


def _connect(
    address: WebAddress, numbers: Sequence[str], rules: FetchRules, tls: ssl.SSLContext | None, deadline: Deadline
) -> HTTPConnection:
    place, last = shown(address.url), "no address to connect to"
    for number in numbers:
        patience = min(rules.connect_timeout, deadline.left())
        connection = (
            HTTPSConnection(number, address.port, timeout=patience, ssl_context=tls, server_hostname=address.host)
            if address.scheme == "https"
            else HTTPConnection(number, address.port, timeout=patience)
        )
        try:
            connection.connect()
            deadline.watch(connection.sock)
            return connection
        except ssl.SSLCertVerificationError as error:
            connection.close()
            raise FetchFailed(
                f"{place}: the certificate of {address.host} does not hold: {error.verify_message}; where it is right, this "
                "machine lacks the authority that signed it"
            ) from None
        except (HTTPError, OSError) as error:
            connection.close()
            last = _what_happened(error, deadline, rules)
        if deadline.passed():
            break
    raise LineDead(f"{place}: {last}")


def _body(response: BaseHTTPResponse, headers: Mapping[str, str], limit: Limit, place: str) -> bytes:
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", *PACKED):
        raise FetchFailed(f"{place}: expected gzip, deflate or plain, got the content encoding {coding[:40]!r}")
    if not limit.cut and (response.length_remaining or 0) > limit.size:
        raise _too_long(place, limit)
    unpacker = Unpacker(limit.size) if coding in PACKED else None
    parts: list[bytes] = []
    came = size = 0
    # at most what has arrived: a read that waits for more would wait for ever where a byte comes now and then
    while piece := response.read1(PIECE, decode_content=False):
        came += len(piece)
        try:
            made = unpacker.feed(piece) if unpacker is not None else piece
        except TooLong as error:
            if limit.cut:
                return b"".join((*parts, error.made))
            raise _too_long(place, limit) from None
        except NotPacked as error:
            raise FetchFailed(f"{place}: the answer {error}", passing=True) from None
        parts.append(made)
        size += len(made)
        if max(came, size) > limit.size:
            if limit.cut:
                return b"".join(parts)[: limit.size]
            raise _too_long(place, limit)
    if unpacker is not None and not unpacker.ended():
        raise LineDead(f"{place}: the packed answer ends before its end, after {came:,} bytes")
    return b"".join(parts)


def _too_long(place: str, limit: Limit) -> FetchFailed:
    return FetchFailed(f"{place}: expected at most {limit.size:,} bytes, unpacked, got more")


def _too_slow(rules: FetchRules) -> str:
    return f"the whole answer did not come within {rules.timeout:g} seconds"


def _what_happened(error: Exception, deadline: Deadline, rules: FetchRules) -> str:
    """A sentence without addresses: those that libraries name may hold what nobody should read."""
    if deadline.passed():
        return _too_slow(rules)
    if isinstance(error, (ConnectTimeoutError, TimeoutError)):
        return f"no connection within {rules.connect_timeout:g} seconds"
    causes = [one for one in (error, *error.args, error.__cause__, error.__context__) if isinstance(one, Exception)]
    for cause in causes:
        if isinstance(cause, IncompleteRead):
            return f"the answer broke off after {cause.partial:,} bytes"
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return f"no encrypted connection: {cause.reason or 'it broke off'}"
        if isinstance(cause, OSError) and cause.strerror:
            return f"the connection failed: {cause.strerror}"
    return f"the answer was not HTTP, or broke off ({type(causes[-1]).__name__})"
