"""The purge hook of a real server: how soon a take-down is told, and that a receiver in trouble is nobody else's."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from article_life import PUBLISHED, new_piece
from cache_hosts import PurgingService, ask
from purge_receiver import Receiver, receiving
from service_fixtures import wait_until

pytestmark = [pytest.mark.server, pytest.mark.timed]

TOLD = 0.1
"""Seconds after a take-down within which the receiver is told, at the median."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def service(data: Path, receiver: Receiver) -> Iterator[PurgingService]:
    made = PurgingService(data, f"{receiver.url}purge")
    made.start()
    try:
        wait_until(lambda: made.ready()["purge"]["waiting"] == 0 and receiver.calls, 10, "the first purge")
        yield made
    finally:
        made.kill()


def test_a_take_down_is_told_within_a_tenth_of_a_second(service: PurgingService, receiver: Receiver):
    records = [new_piece() for _ in range(20)]
    for record in records:
        service.write("PUT", record["id"], record)
    took = []
    for record in records:
        before = len(receiver.calls)
        service.write("DELETE", record["id"])
        returned = time.monotonic()
        while not any(
            change["article"] == record["id"] and change["hidden"]
            for call in receiver.calls[before:]
            for change in call["changes"]
        ):
            assert time.monotonic() - returned < 2
            time.sleep(0.001)
        took.append(time.monotonic() - returned)
    print(f"told after {1_000 * statistics.median(took):.0f} ms at the median, {1_000 * max(took):.0f} ms at most")
    assert statistics.median(took) < TOLD
    assert {path["path"] for path in receiver.headers} == {"/purge"}


def test_a_receiver_that_hangs_holds_up_neither_readers_nor_embedding(service: PurgingService, receiver: Receiver):
    receiver.manner = "hangs"
    gone, new = new_piece(), new_piece()
    service.write("PUT", gone["id"], gone)
    service.write("DELETE", gone["id"])
    wait_until(lambda: gone["id"] in receiver.articles(), 2, "the call that hangs")
    began = time.monotonic()
    service.write("PUT", new["id"], new)
    path = f"/v1/articles/{quote(new['id'], safe='')}/also-read"
    wait_until(lambda: b"not embedded" not in ask(service.port, path)[2], PUBLISHED, "embedding")
    print(f"embedded after {time.monotonic() - began:.2f} s, while a call hung")
    ready = wait_until(lambda: (one := service.ready())["purge"]["problem"] and one, 10, "giving the call up")
    assert "no answer within 5 s" in ready["purge"]["problem"]
    assert ready["purge"]["waiting"] > 0
    receiver.manner = "answers"
    receiver.ended.set()
    wait_until(
        lambda: service.ready()["purge"] == {"seq": service.ready()["changes"]["seq"], "waiting": 0, "problem": None},
        15,
    )
    assert {gone["id"], new["id"]} <= set(receiver.articles())


def test_a_kill_at_any_instant_loses_no_take_down(service: PurgingService, receiver: Receiver):
    records = [new_piece() for _ in range(4)]
    for record in records:
        service.write("PUT", record["id"], record)
    for record, pause in zip(records, (0, 0.01, 0.03, 2.2), strict=True):
        service.write("DELETE", record["id"])
        time.sleep(pause)
        service.kill()
        service.start()
        wait_until(lambda gone=record["id"]: gone in hidden(receiver), 5, f"telling of {record['id']}")


def all_told(service: PurgingService) -> bool:
    ready = service.ready()
    return ready["purge"] == {"seq": ready["changes"]["seq"], "waiting": 0, "problem": None}


def hidden(receiver: Receiver) -> list[str]:
    return [change["article"] for call in receiver.calls for change in call["changes"] if change["hidden"]]
