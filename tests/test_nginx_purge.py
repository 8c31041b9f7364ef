"""The receiver of purges that ships for nginx: what it takes, and which files of a cache it removes."""

import http.client
import importlib.util
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from purge_receiver import SECRET
from service_fixtures import wait_until

from index.record_fields import MAX_ID
from service.purge_call import PurgeHook, call_body, signature
from service.purging import AT_ONCE

PROGRAM = Path(__file__).parents[1] / "examples" / "nginx" / "purge.py"


@pytest.fixture(scope="module")
def purge() -> ModuleType:
    spec = importlib.util.spec_from_file_location("purge_for_nginx", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def keep(cache: Path, number: int, *keys: str, spelled: str = "Surrogate-Key", **more: str) -> Path:
    """A file as nginx writes it: a binary head, the key, the headers as they came, the body."""
    name = f"{number:032x}"
    path = cache / name[-1] / name[-3:-1] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    headers = f'HTTP/1.1 200 OK\r\nETag: "x"\r\n{spelled}: {" ".join(keys)}\r\nContent-Type: text/plain\r\n\r\n'
    new = path.with_name(f"{name}.0000000001")
    body = more.get("body", "").encode()
    new.write_bytes(b"\x05\x00\x00\r\n\xff" * 56 + b"\nKEY: host /path gzip \n" + headers.encode() + body)
    new.rename(path)
    return path


def test_exactly_the_files_that_carry_a_key_are_removed(purge: ModuleType, tmp_path: Path):
    files = [
        keep(tmp_path, 1, "alsoread", "a-1", "a-2"),
        keep(tmp_path, 2, "alsoread", "a-12"),
        keep(tmp_path, 3, "alsoread", "a-2", spelled="surrogate-key"),
        keep(tmp_path, 4, "alsoread", "a-3", body="\r\nSurrogate-Key: a-2\r\n"),
        keep(tmp_path, 5, "other"),
    ]
    cache = purge.Cache(str(tmp_path))
    assert cache.purge(["a-2"]) == 2
    assert [path.exists() for path in files] == [False, True, False, True, True]
    assert cache.purge(["a-2", "nobody's"]) == 0
    assert cache.purge(["alsoread"]) == 2
    assert [path.exists() for path in files] == [False, False, False, False, True]


def test_what_came_left_and_was_replaced_since_the_last_look_is_known(purge: ModuleType, tmp_path: Path):
    cache = purge.Cache(str(tmp_path))
    cache.look()
    first = keep(tmp_path, 1, "alsoread", "a-1")
    cache.look()
    keep(tmp_path, 1, "alsoread", "a-2")
    keep(tmp_path, 1, "alsoread", "a-3")  # its inode may be that of the first
    assert cache.purge(["a-1", "a-2"]) == 0
    assert cache.purge(["a-3"]) == 1
    second = keep(tmp_path, 2, "alsoread", "a-1")
    cache.look()
    second.unlink()
    assert cache.purge(["a-1"]) == 0
    assert keep(tmp_path, 1, "alsoread", "a-3") == first
    assert cache.purge(["a-3"]) == 1


def test_what_a_receiver_that_was_killed_had_put_aside_is_removed(purge: ModuleType, tmp_path: Path):
    keep(tmp_path / ".purged-x", 1, "a-1")
    kept = keep(tmp_path, 2, "a-1")
    purge.Cache(str(tmp_path))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [kept]


def test_a_file_that_is_being_written_and_one_that_is_damaged_are_left_alone(purge: ModuleType, tmp_path: Path):
    whole = keep(tmp_path, 1, "a-1")
    (whole.parent / f"{2:032x}.0000000007").write_bytes(whole.read_bytes())
    (whole.parent / f"{3:032x}").write_bytes(b"")
    assert purge.Cache(str(tmp_path)).purge(["a-1"]) == 1
    assert len(list(whole.parent.iterdir())) == 2


@pytest.fixture
def listening(purge: ModuleType, tmp_path: Path) -> Iterator[int]:
    """The port of a receiver over a cache of one answer about article `a`, and one about `b`."""
    keep(tmp_path, 1, "alsoread", json.loads(call_body(1, "g", {"a": True}))["changes"][0]["surrogate_key"])
    keep(tmp_path, 2, "alsoread", json.loads(call_body(1, "g", {"b": True}))["changes"][0]["surrogate_key"])
    handler = purge.handler_for(purge.Cache(str(tmp_path)), SECRET)
    with purge.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def post(port: int, body: bytes, header: str | None) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("POST", "/", body, {"Alsoread-Signature": header} if header is not None else {})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def left(folder: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(folder))


def test_a_call_of_the_hook_is_taken(listening: int, tmp_path: Path):
    hook = PurgeHook(f"http://127.0.0.1:{listening}/", SECRET)
    hook.deliver(call_body(1, "g", {"a": True, "c": False}))
    assert left(tmp_path) == 1
    hook.deliver(call_body(1, "g", {}, everything=True))
    assert not [path for path in tmp_path.iterdir() if path.name[0] != "."]
    wait_until(lambda: left(tmp_path) == 0, what="removing the files")
    again = keep(tmp_path, 3, "a-1")
    hook.deliver(call_body(1, "g", {}, everything=True))
    assert not again.exists()


def test_the_largest_call_that_there_can_be_is_taken(listening: int, tmp_path: Path):
    longest = {chr(0x1F600 + number % 64) * (MAX_ID - 3) + f"{number:03}": True for number in range(AT_ONCE - 1)}
    PurgeHook(f"http://127.0.0.1:{listening}/", SECRET).deliver(call_body(1, "g", {**longest, "a": True}))
    assert left(tmp_path) == 1


def test_what_is_not_signed_as_it_must_be_is_refused(listening: int, tmp_path: Path):
    body, now = call_body(1, "g", {"a": True}), int(time.time())
    good = signature(SECRET, body, now)
    refused = [
        None,
        "",
        "t=,v1=",
        "nonsense",
        good.replace("v1=", "v2="),
        good[:-1],
        good.replace(f"t={now}", f"t={now + 1}"),
        f"v1={good.split('v1=')[1]}",
        signature("another secret of some", body, now),
        signature(SECRET, body, now - 301),
        signature(SECRET, body, now + 310),
        signature(SECRET, call_body(1, "g", {"b": True}), now),
        f"t={'9' * 400},v1=x",
    ]
    assert {post(listening, body, header)[0] for header in refused} == {403}
    assert left(tmp_path) == 2
    assert post(listening, body, signature(SECRET, body, now - 290)) == (200, {"removed": 1})


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"all": false}', b'{"all": false, "changes": [1]}', b"\xff"])
def test_what_is_signed_and_no_call_is_refused(listening: int, tmp_path: Path, body: bytes):
    assert post(listening, body, signature(SECRET, body, int(time.time())))[0] == 400
    assert left(tmp_path) == 2


@pytest.mark.parametrize("length", ["1000000000", "9" * 5_000, "\xb2", "-1", ""])
def test_a_body_of_any_length_is_not_read(listening: int, length: str):
    connection = http.client.HTTPConnection("127.0.0.1", listening, timeout=5)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
