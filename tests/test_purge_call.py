"""A call of the purge hook: signed, delivered by 2xx alone, never waited for too long, and telling nothing of its address."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Thread

import orjson
import pytest
from purge_receiver import SECRET, Receiver, is_signed, receiving

from index.article import digest
from service import purge_call
from service.errors import DeliveryFailed
from service.purge_call import PurgeHook, call_body, signature


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def test_a_body_says_which_articles_changed_and_under_which_keys():
    body = orjson.loads(call_body(7, "g1", {"a/ä": True, "b": False}))
    assert abs((datetime.now(UTC) - datetime.fromisoformat(body.pop("sent_at"))).total_seconds()) < 5
    assert len(body.pop("id")) == 32
    assert body == {
        "seq": 7,
        "generation": "g1",
        "changes": [
            {"article": "a/ä", "surrogate_key": f"a-{digest('a/ä').hex()[:16]}", "hidden": True},
            {"article": "b", "surrogate_key": f"a-{digest('b').hex()[:16]}", "hidden": False},
        ],
        "all": False,
    }
    assert orjson.loads(call_body(7, "g1", {}))["id"] != orjson.loads(call_body(7, "g1", {}))["id"]


def test_a_signature_holds_for_this_body_this_second_and_this_secret_only():
    # made apart: echo -n '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 'a secret of the tests'
    expected = "t=1700000000,v1=7b2992c1f41ac383ed7caf6d966ef2b7b897d4ad70fa29241394a7316e268e9e"
    made = signature(SECRET, b'{"a":1}', 1_700_000_000)
    assert made == expected
    assert is_signed(made, b'{"a":1}', SECRET, 1_700_000_299)
    assert not is_signed(made, b'{"a":1}', SECRET, 1_700_000_301)
    assert not is_signed(made, b'{"a":2}', SECRET, 1_700_000_000)
    assert not is_signed(made, b'{"a":1}', f"{SECRET}.", 1_700_000_000)
    assert not is_signed(made.replace("t=1700000000", "t=1700000001"), b'{"a":1}', SECRET, 1_700_000_000)


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_call_is_taken_with_any_2xx(receiver: Receiver, status: int):
    receiver.status = status
    PurgeHook(f"{receiver.url}purge?token=x", SECRET).deliver(call_body(1, "g", {"a": True}))
    assert receiver.articles() == ["a"]
    assert receiver.headers[0]["path"] == "/purge?token=x"
    assert receiver.headers[0]["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
def test_whatever_else_is_answered_is_no_delivery_and_a_redirect_is_not_followed(receiver: Receiver, status: int):
    receiver.status = status
    with pytest.raises(DeliveryFailed, match=f"answers {status}"):
        PurgeHook(receiver.url, SECRET).deliver(b"{}")
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("manner", ["hangs", "dribbles"])
def test_a_receiver_that_does_not_come_to_an_end_is_given_up(
    receiver: Receiver, manner: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(purge_call, "TIMEOUT_SECONDS", 0.5)
    receiver.manner = manner
    began = time.monotonic()
    with pytest.raises(DeliveryFailed, match="no answer within"):
        PurgeHook(receiver.url, SECRET).deliver(b"{}")
    assert time.monotonic() - began < 2


def test_where_nobody_listens_the_error_tells_neither_address_nor_secret():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(DeliveryFailed) as failed:
            PurgeHook(f"http://127.0.0.1:{port}/hunter2", "hunter2hunter2hunter2").deliver(b"{}")
    assert str(failed.value) == "its receiver cannot be reached (Connection refused)"
    with pytest.raises(DeliveryFailed) as failed:
        PurgeHook("http://hunter2.invalid/", "hunter2hunter2hunter2").deliver(b"{}")
    assert "hunter2" not in str(failed.value)


def test_what_ends_the_connection_is_no_delivery():
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        with pytest.raises(DeliveryFailed, match="cannot be reached"):
            PurgeHook(f"https://127.0.0.1:{server.getsockname()[1]}/", SECRET).deliver(b"{}")
