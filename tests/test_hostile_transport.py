"""Attacks on the transport of a real server: smuggled, torn and endless requests, and people who take their time."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hostile_server import LIST, Victim, heard, report, request
from service_fixtures import publish, small_archive
from writing_fixtures import make_key

from service.commands.serve import HEAD_SECONDS
from service.slow_bodies import PIECE_SECONDS

pytestmark = pytest.mark.server

LIVE = request("GET /health/live")
"""What an attacker wants to have answered in the name of somebody else."""


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    data = tmp_path_factory.mktemp("data")
    publish(data, small_archive())
    with Victim(data) as running:
        yield running


SMUGGLED = {
    "CL and TE": report("Content-Length: 5", "Transfer-Encoding: chunked", body=b"0\r\n\r\n" + LIVE),
    "TE and CL": report("Transfer-Encoding: chunked", "Content-Length: 5", body=b"0\r\n\r\n" + LIVE),
    "two lengths": report("Content-Length: 2", "Content-Length: 9", body=b"{}" + LIVE),
    "a list of lengths": report("Content-Length: 2, 9", body=b"{}" + LIVE),
    "a length with a plus": report("Content-Length: +2", body=b"{}" + LIVE),
    "a length below nothing": report("Content-Length: -1", body=LIVE),
    "a length in hex": report("Content-Length: 0x2", body=b"{}" + LIVE),
    "a length beyond numbers": report(f"Content-Length: {'9' * 30}", body=LIVE),
    "an unknown coding": report("Transfer-Encoding: xchunked", body=b"0\r\n\r\n" + LIVE),
    "chunked, and then not": report("Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n" + LIVE),
    "a tab before chunked": report("Transfer-Encoding:\x0bchunked", body=b"0\r\n\r\n" + LIVE),
    "a blank before the colon": report("Transfer-Encoding : chunked", body=b"0\r\n\r\n" + LIVE),
    "a folded header": report("Content-Length: 2", "X-Odd: a", " Transfer-Encoding: chunked", body=b"{}" + LIVE),
    "a return without a feed": request(f"GET {LIST}", "X-Odd: a\rContent-Length: 9", body=LIVE),
    "NUL in a header": request(f"GET {LIST}", "X-Odd: a\0b", body=LIVE),
    "a chunk of a size in 0x": report("Transfer-Encoding: chunked", body=b"0x2\r\n{}\r\n0\r\n\r\n" + LIVE),
    "a chunk beyond numbers": report("Transfer-Encoding: chunked", body=b"F" * 20 + b"\r\n{}\r\n0\r\n\r\n" + LIVE),
    "a chunk that ends with a feed alone": report("Transfer-Encoding: chunked", body=b"2\n{}\n0\n\n" + LIVE),
    "chunks in HTTP/1.0": report("Transfer-Encoding: chunked", body=b"0\r\n\r\n" + LIVE).replace(b"P/1.1", b"P/1.0", 1),
    "a control character as method": b"G\x01T / HTTP/1.1\r\nHost: x\r\n\r\n" + LIVE,
    "HTTP/2 begun": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + LIVE,
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_of_what_is_not_clearly_one_request_no_second_one_is_answered(victim: Victim, name: str):
    answers = victim.send(SMUGGLED[name])
    assert answers.ended
    assert b'"live"' not in answers.raw
    assert answers.statuses in ([400], []), "refused, or hung up on"


def test_http_2_is_not_spoken(victim: Victim):
    """Its connections would rest without a limit."""
    settings = b"\0\0\0\x04\0\0\0\0\0"
    answers = victim.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings)
    assert answers.ended
    assert answers.statuses in ([400], [])


def test_the_body_of_a_get_is_no_request_of_its_own(victim: Victim):
    answers = victim.send(request(f"GET {LIST}", f"Content-Length: {len(LIVE)}", body=LIVE))
    assert answers.statuses == [200]
    assert b'"live"' not in answers.raw


def test_trailers_and_extensions_of_chunks_are_no_headers(victim: Victim):
    key = make_key(victim.data, "trailers")
    body = b'2;Authorization="x"\r\n{}\r\n0\r\nAuthorization: Bearer ' + key.encode() + b"\r\n\r\n"
    asked = request("PUT /v1/articles/x", "Content-Type: application/json", "Transfer-Encoding: chunked", body=body)
    assert victim.send(asked).statuses == [401]


LARGE = {
    "more than a hundred headers": ([f"X-{number}: y" for number in range(101)], 431),
    "thousands of headers": ([f"X-{number}: y" for number in range(5_000)], 431),
    "a cookie of a megabyte": (["Cookie: " + "x" * 1_000_000], 431),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_head_without_end_is_refused(victim: Victim, name: str):
    headers, status = LARGE[name]
    answers = victim.send(request(f"GET {LIST}", *headers), 3)
    assert answers.statuses == [status]
    assert answers.ended


def test_a_line_without_end_is_refused(victim: Victim):
    assert victim.send(request(f"GET {LIST}&url={'a' * 100_000}"), 3).statuses == [414]


NO_CHANGE = {
    "another host in the line": request(f"GET http://evil.example{LIST}"),
    "an upgrade to HTTP/2": request(f"GET {LIST}", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"),
    "an upgrade to a socket": request(f"GET {LIST}", "Connection: Upgrade", "Upgrade: websocket"),
    "an override of the method": request(f"GET {LIST}", "X-HTTP-Method-Override: DELETE", "X-Method: DELETE"),
    "a part": request(f"GET {LIST}", "Range: bytes=0-3", 'If-Range: "x"'),
    "another host, forwarded": request(f"GET {LIST}", "X-Forwarded-Host: evil.example", "Forwarded: host=evil.example"),
    "another place, forwarded": request(f"GET {LIST}", "X-Forwarded-Prefix: //evil.example", "X-Original-URL: /desk"),
    "many cookies": request(f"GET {LIST}", "Cookie: " + "; ".join(f"c{number}=x" for number in range(3_000))),
}


@pytest.mark.parametrize("name", NO_CHANGE)
def test_no_such_header_changes_an_answer(victim: Victim, name: str):
    plain, answers = victim.send(request(f"GET {LIST}")), victim.send(NO_CHANGE[name])
    assert answers.statuses == [200]
    assert answers.raw.partition(b"\r\n\r\n")[2] == plain.raw.partition(b"\r\n\r\n")[2]
    assert b"evil" not in answers.raw


INJECTED = {
    "in an id": "/v1/articles/x%0d%0aSet-Cookie:a=b/also-read",
    "in a path": "/x%0d%0aSet-Cookie:a=b",
    "in where the sign-in leads": "/desk/sign-in?next=/desk%0d%0aSet-Cookie:a=b",
    "in what is asked for at the desk": "/desk/article%0d%0aSet-Cookie:a=b?id=%0d%0aSet-Cookie:a=b",
}


@pytest.mark.parametrize("name", INJECTED)
def test_no_header_can_be_written_into_an_answer(victim: Victim, name: str):
    answers = victim.send(request(f"GET {INJECTED[name]}"))
    assert len(answers.statuses) == 1
    head = answers.raw.partition(b"\r\n\r\n")[0].lower()
    assert b"\nset-cookie" not in head


TRAVERSALS = (
    "/desk/static/../../../../etc/passwd",
    "/desk/static/..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/desk/static/%2e%2e/%2e%2e/frame.py",
    "/desk/static/....//....//etc/passwd",
    "/desk/static/..%5c..%5cframe.py",
    "/desk/static/%c0%ae%c0%ae/frame.py",
    "/widget.js/../../pyproject.toml",
    "/../../../../etc/passwd",
    "//etc/passwd",
    "/v1/articles/../../../../etc/passwd",
    "/v1/articles/..%2f..%2fcatalogue.sqlite",
    "/%00/etc/passwd",
)


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_to_a_file(victim: Victim, path: str):
    answers = victim.send(request(f"GET {path}"))
    assert answers.statuses[0] in (303, 400, 401, 404)
    for inside in (b"root:", b"SQLite", b"import ", b"[project]"):
        assert inside not in answers.raw


@pytest.mark.timed
def test_whoever_takes_their_time_is_hung_up_on_and_readers_wait_for_none_of_them(victim: Victim):
    """All at once, so that it takes no longer than the longest of them."""
    form = ("Content-Type: application/x-www-form-urlencoded", "Content-Length: 900")
    bodies = {
        "a body that stops": [victim.connect(report("Content-Length: 900", body=b"{")) for _ in range(3)],
        "chunks that stop": [victim.connect(report("Transfer-Encoding: chunked", body=b"2\r\n{}\r\n"))],
        "a form that stops": [victim.connect(request("POST /desk/sign-in", *form, body=b"k")) for _ in range(3)],
    }
    heads = {
        "silence": victim.connect(),
        "half a line": victim.connect(b"GET /hea"),
        "half a head": victim.connect(request(f"GET {LIST}")[:-2]),
        "HTTP/2 begun": victim.connect(b"PRI * HTTP/2.0\r\n"),
        "rest": victim.connect(LIVE),
    }
    began = time.monotonic()
    assert max(victim.reader_seconds() for _ in range(10)) < 1
    for name, connections in bodies.items():
        for connection in connections:
            answers = heard(connection, began + PIECE_SECONDS + 8 - time.monotonic())
            connection.close()
            assert answers.ended, name
            assert set(answers.statuses) <= {400, 408, 503}, (name, answers.raw)
    assert time.monotonic() - began < PIECE_SECONDS + 8
    for name, connection in heads.items():
        answers = heard(connection, max(0.1, began + HEAD_SECONDS + 8 - time.monotonic()))
        connection.close()
        assert answers.ended, name
    assert max(victim.reader_seconds() for _ in range(10)) < 1
    assert victim.send(report("Content-Length: 2", body=b"{}")).statuses == [400], "all seats are free again"


@pytest.mark.timed
def test_a_body_that_drips_does_not_last_and_one_that_never_ends_is_not_read(victim: Victim):
    with victim.connect(report("Content-Length: 60000", body=b"{")) as drips:
        assert PIECE_SECONDS - 2 < dripped_for(drips, PIECE_SECONDS + 8) < PIECE_SECONDS + 8
    with victim.connect(report("Transfer-Encoding: chunked")) as endless:
        assert poured_into(endless, 20_000_000) < 10_000_000, "it was read on after its limit"


def dripped_for(connection: socket.socket, most: float) -> float:
    """For how many seconds a byte now and then is taken."""
    began = time.monotonic()
    connection.settimeout(0.25)
    with suppress(ConnectionError):
        while time.monotonic() - began < most:
            connection.sendall(b" ")
            with suppress(TimeoutError):
                if not connection.recv(65_536):
                    break
    return time.monotonic() - began


def poured_into(connection: socket.socket, most: int) -> int:
    """How many bytes are taken."""
    sent = 0
    with suppress(ConnectionError):
        while sent < most:
            connection.sendall(b"10000\r\n" + b" " * 65_536 + b"\r\n")
            sent += 65_536
    return sent
