"""`LiveIndex`: the index as it is served, switched when another is published."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from helpers import article, rebuild_with

from index import live_index
from index.errors import DamagedSnapshot, NoSnapshot
from index.live_index import LiveIndex
from index.pointer import generations, publish
from index.snapshot import read_manifest

FIRST = [article("a", "Flood"), article("b", "Bridge")]
SECOND = [*FIRST, article("c", "Vote")]
THIRD = [*SECOND, article("d", "Film")]


def until(true: Callable[[], bool]) -> None:
    """Wait for what a thread in the background does."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it did not happen within ten seconds"
        time.sleep(0.005)


def damage_newest(data: Path) -> Path:
    newest = generations(data)[-1]
    name, _ = read_manifest(data, newest).segments[-1]
    path = data / "segments" / name / "published.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\7")
    return path


def test_what_is_published_later_is_served_without_a_restart(data: Path) -> None:
    live = LiveIndex(data)
    for _ in range(2):
        with pytest.raises(NoSnapshot, match="alsoread rebuild"):
            live.snapshot()
    first = rebuild_with(data, FIRST).generation
    assert live.snapshot().generation == first
    assert live.problem is None


def test_asking_in_vain_again_and_again_uses_no_memory(data: Path) -> None:
    live = LiveIndex(data)
    depths = []
    for _ in range(20):
        try:
            live.snapshot()
        except NoSnapshot as error:
            depth, frame = 0, error.__traceback__
            while frame:
                depth, frame = depth + 1, frame.tb_next
            depths.append(depth)
    assert len(depths) == 20
    assert max(depths) == depths[0]


def test_a_new_generation_is_switched_to(data: Path) -> None:
    rebuild_with(data, FIRST)
    live = LiveIndex(data)
    held = live.snapshot()
    second = rebuild_with(data, SECOND).generation
    until(lambda: live.snapshot().generation == second)
    assert live.snapshot().row_of_id("c") is not None
    assert held.row_of_id("c") is None
    assert held.row_of_id("a") is not None


def test_the_same_snapshot_is_given_as_long_as_nothing_is_published(data: Path) -> None:
    rebuild_with(data, FIRST)
    live = LiveIndex(data)
    assert live.snapshot() is live.snapshot()
    rebuild_with(data, FIRST)
    assert live.snapshot() is live.snapshot()


def test_a_damaged_generation_is_not_switched_to_and_the_next_whole_one_is(data: Path) -> None:
    first = rebuild_with(data, FIRST).generation
    live = LiveIndex(data)
    live.snapshot()
    rebuild_with(data, SECOND)
    damage_newest(data)
    until(lambda: live.snapshot() is not None and live.problem is not None)
    assert "published.npy" in live.problem
    assert live.snapshot().generation == first
    third = rebuild_with(data, THIRD).generation
    until(lambda: live.snapshot().generation == third)
    until(lambda: live.problem is None)


def test_a_worker_that_starts_on_a_damaged_generation_serves_the_one_before_and_says_so(data: Path) -> None:
    first = rebuild_with(data, FIRST).generation
    rebuild_with(data, SECOND)
    damage_newest(data)
    live = LiveIndex(data)
    assert live.snapshot().generation == first
    assert "published.npy" in live.problem
    publish(data, first)
    until(lambda: live.snapshot() is not None and live.problem is None)


def test_when_nothing_is_whole_that_is_said_until_something_is(data: Path) -> None:
    rebuild_with(data, FIRST)
    damage_newest(data)
    live = LiveIndex(data)
    for _ in range(2):
        with pytest.raises(DamagedSnapshot, match=r"published\.npy"):
            live.snapshot()
    rebuild_with(data, FIRST)
    assert live.snapshot().row_of_id("a") is not None
    assert live.problem is None


def test_a_rollback_is_followed(data: Path) -> None:
    first = rebuild_with(data, FIRST).generation
    rebuild_with(data, SECOND)
    live = LiveIndex(data)
    live.snapshot()
    publish(data, first)
    until(lambda: live.snapshot().generation == first)


def test_a_pointer_that_vanishes_is_reported_and_the_snapshot_serves_on(data: Path) -> None:
    first = rebuild_with(data, FIRST).generation
    live = LiveIndex(data)
    live.snapshot()
    (data / "current").unlink()
    until(lambda: live.snapshot() is not None and live.problem is not None)
    assert live.snapshot().generation == first


def test_no_request_waits_for_a_switch_and_it_is_opened_once(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = rebuild_with(data, FIRST).generation
    live = LiveIndex(data)
    live.snapshot()
    second = rebuild_with(data, SECOND).generation
    may_open, opened = threading.Event(), []
    original = live_index.open_snapshot

    def slow(*arguments: object, **options: object):
        opened.append(arguments)
        may_open.wait(10)
        return original(*arguments, **options)

    monkeypatch.setattr(live_index, "open_snapshot", slow)
    with ThreadPoolExecutor(8) as pool:
        during = [one.generation for one in pool.map(lambda _: live.snapshot(), range(400))]
    assert set(during) == {first}
    may_open.set()
    until(lambda: live.snapshot().generation == second)
    assert len(opened) == 1


def test_many_threads_that_ask_first_open_it_once(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rebuild_with(data, FIRST)
    opened = []
    original = live_index.open_newest_good
    monkeypatch.setattr(
        live_index, "open_newest_good", lambda *given, **how: (opened.append(1), original(*given, **how))[1]
    )
    live = LiveIndex(data)
    with ThreadPoolExecutor(8) as pool:
        given = set(pool.map(lambda _: live.snapshot(), range(50)))
    assert len(given) == len(opened) == 1


def test_threads_that_ask_during_many_switches_always_get_a_whole_snapshot(data: Path) -> None:
    rebuild_with(data, FIRST)
    live = LiveIndex(data)
    stop, faults, served = threading.Event(), [], set()

    def ask() -> None:
        while not stop.is_set():
            snapshot = live.snapshot()
            served.add(snapshot.generation)
            if snapshot.row_of_id("a") is None or snapshot.id_of(snapshot.row_of_id("a")) != "a":
                faults.append(snapshot.generation)
            time.sleep(0.001)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(7):
        last = rebuild_with(data, [*FIRST, article("n", f"Number {number}")]).generation
    until(lambda: last in served)
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert last in served
    assert len(served) > 2
    until(lambda: live.problem is None)
