"""What a shared cache is told, when, and that nothing is lost: what must go at once, everything when it has settled."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from helpers import article, rebuild_with

from index.archive_writer import ArchiveWriter
from index.catalogue import FILE
from index.follower import Follower
from index.kept import published, roll_back
from service.errors import DeliveryFailed
from service.purge_state import PurgeFile, purge_record
from service.purging import AT_ONCE, MOST_PAUSE, SETTLED_SECONDS, Purger, Serving
from service.purging_thread import what_is_served
from service.settings import Settings

URL = "http://cache.example.com/purge"


@dataclass
class Desk:
    """An archive, a purger over it with a clock that stands still, and what its receiver was told."""

    data: Path
    now: float = 1_000.0
    down: bool = False
    tries: int = 0
    calls: list[dict[str, Any]] = field(default_factory=list)
    policy: str = "p1"

    def __post_init__(self) -> None:
        rebuild_with(self.data, [article("old"), article("older")])
        self.writer = ArchiveWriter(self.data / FILE, self.data)
        self.purger = self.make()

    def make(self, url: str = URL) -> Purger:
        """A purger that starts anew."""
        return Purger(
            self.take,
            lambda: Follower(self.data / FILE, self.data),
            lambda: Serving(published(self.data) or "", self.policy),
            PurgeFile(self.data, url),
            lambda: self.now,
        )

    def take(self, body: bytes) -> None:
        self.tries += 1
        if self.down:
            raise DeliveryFailed("its receiver answers 503")
        self.calls.append(orjson.loads(body))

    def put(self, *ids: str) -> None:
        self.writer.put([article(key, f"{key} at {self.now}") for key in ids])

    def delete(self, *ids: str) -> None:
        for key in ids:
            self.writer.delete(key)

    def steps(self, seconds: float = 0.0) -> list[dict[str, Any]]:
        """Let time pass, and give what was told then."""
        self.now += seconds
        before = len(self.calls)
        while self.purger.step():
            pass
        return self.calls[before:]

    def told(self, seconds: float = 0.0) -> list[list[str]]:
        """The articles of each call, those that must go with a minus."""
        calls = self.steps(seconds)
        return [
            ["everything"]
            if call["all"]
            else [("-" if one["hidden"] else "") + one["article"] for one in call["changes"]]
            for call in calls
        ]


@pytest.fixture
def desk(data: Path) -> Desk:
    """One whose receiver was told everything already, at the start."""
    made = Desk(data)
    assert made.told() == []
    assert made.told(SETTLED_SECONDS) == [["everything"]]
    return made


def test_what_must_go_is_told_at_once_and_again_when_every_worker_has_heard(desk: Desk):
    desk.delete("old")
    assert desk.told() == [["-old"]]
    assert desk.told(SETTLED_SECONDS - 0.1) == []
    assert desk.told(0.2) == [["-old"]]
    assert desk.told(60) == []


def test_whatever_else_changed_is_told_once_when_every_worker_shows_it(desk: Desk):
    desk.put("new")
    assert desk.told() == []
    assert desk.told(SETTLED_SECONDS + 0.3) == [["new"]]
    assert desk.told(60) == []


def test_what_must_go_does_not_wait_for_what_came_before_it(desk: Desk):
    desk.put(*(f"n{number}" for number in range(3)))
    desk.delete("old")
    assert desk.told() == [["-old"]]
    assert desk.told(SETTLED_SECONDS + 0.3) == [["n0", "n1", "n2", "-old"]]


def test_changes_of_one_article_are_one_and_the_last_counts(desk: Desk):
    desk.put("new")
    desk.delete("new")
    desk.now += 1
    desk.put("new")
    assert desk.told() == [["-new"]]
    assert desk.told(SETTLED_SECONDS + 0.3) == [["new"]]


def test_a_burst_is_told_in_few_calls_of_bounded_length_in_order(desk: Desk):
    desk.put(*(f"n{number:04}" for number in range(2 * AT_ONCE + 1)))
    told = (desk.told(), desk.told(SETTLED_SECONDS + 0.3))[1]
    assert [len(call) for call in told] == [AT_ONCE, AT_ONCE, 1]
    assert [article_id for call in told for article_id in call] == [
        f"n{number:04}" for number in range(2 * AT_ONCE + 1)
    ]
    assert [call["seq"] for call in desk.calls[1:]] == [AT_ONCE, 2 * AT_ONCE, 2 * AT_ONCE + 1]


def test_another_index_another_policy_and_the_way_back_purge_everything(desk: Desk):
    first = published(desk.data)
    rebuild_with(desk.data, [article("old", "Another"), article("older")])
    desk.told(0.3)
    assert desk.told(SETTLED_SECONDS) == [["everything"]]
    assert desk.calls[-1]["generation"] == published(desk.data) != first
    roll_back(desk.data)
    desk.told(0.3)
    assert desk.told(SETTLED_SECONDS) == [["everything"]]
    assert desk.calls[-1]["generation"] == first
    desk.policy = "p2"
    desk.told(0.3)
    assert desk.told(SETTLED_SECONDS) == [["everything"]]
    assert desk.told(60) == []


def test_what_has_settled_when_everything_is_purged_need_not_be_told_apart_and_what_has_not_is(desk: Desk):
    desk.put("new")
    desk.policy = "p2"
    desk.told(0.3)
    desk.put("late")
    assert [desk.told(after) for after in (1.0, SETTLED_SECONDS - 0.7, 1.0)] == [[], [["everything"]], [["late"]]]


def test_while_the_receiver_is_away_it_is_tried_less_and_less_often_and_nothing_is_lost(desk: Desk):
    desk.down = True
    desk.delete("old")
    desk.put("new")
    before = desk.tries
    for _ in range(1_800):
        desk.steps(1)
    assert 1_800 / MOST_PAUSE - 2 <= desk.tries - before < 1_800 / MOST_PAUSE + 10
    record = purge_record(desk.data, URL)
    assert record["waiting"] == 2
    assert "answers 503" in record["problem"]
    desk.down = False
    assert desk.told(MOST_PAUSE) == [["-old"], ["-old", "new"]]
    desk.now += 1
    desk.steps(1)
    assert purge_record(desk.data, URL)["problem"] is None


def test_what_must_go_is_tried_at_once_however_long_the_receiver_was_away(desk: Desk):
    desk.down = True
    desk.put("new")
    for _ in range(20):
        desk.steps(MOST_PAUSE)
    desk.down = False
    desk.delete("old")
    assert desk.told(1.0)[0] == ["-old"]


def test_a_restart_goes_on_where_the_last_delivery_ended(desk: Desk):
    desk.put("first")
    desk.told()
    assert desk.told(SETTLED_SECONDS + 0.3) == [["first"]]
    desk.put("second")
    desk.delete("old")
    desk.purger = desk.make()
    assert desk.told() == [["-old"]]
    desk.purger = desk.make()
    assert desk.told() == [["-old"]]
    assert desk.told(SETTLED_SECONDS + 0.3) == [["second", "-old"]]
    desk.purger = desk.make()
    assert desk.told() == []
    assert desk.told(60) == []


def test_what_was_written_while_nobody_ran_is_told_at_the_start(desk: Desk):
    desk.purger = None
    desk.delete("old")
    rebuild_with(desk.data, [article("older", "Another")])
    desk.purger = desk.make()
    assert desk.told() == [["-old"]]
    assert desk.told(SETTLED_SECONDS + 0.3) == [["everything"]]


@pytest.mark.parametrize("what", ["lost", "damaged", "another receiver", "an older catalogue", "long ago"])
def test_where_nobody_knows_what_was_told_everything_is_purged(desk: Desk, what: str):
    desk.put("new")
    desk.told()
    desk.told(SETTLED_SECONDS + 0.3)
    file, url = desk.data / "purge.state", URL
    if what == "lost":
        file.unlink()
    elif what == "damaged":
        file.write_bytes(file.read_bytes()[:30])
    elif what == "another receiver":
        url = "http://other.example.com/purge"
    else:
        record = orjson.loads(file.read_bytes())
        record |= {"seq": 1_000} if what == "an older catalogue" else {"at": record["at"] - 31 * 86_400}
        file.write_bytes(orjson.dumps(record))
    desk.purger = desk.make(url)
    desk.told()
    desk.told(SETTLED_SECONDS + 0.3)
    assert [call["all"] for call in desk.calls[2:]] == [True]


def test_of_too_many_changes_everything_is_purged_at_once_and_again(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("service.purging.MOST_WAITING", 10)
    desk.delete("old")
    desk.put(*(f"n{number:04}" for number in range(10)))
    assert desk.told() == [["everything"]]
    assert desk.told(SETTLED_SECONDS + 0.3) == [["everything"]]
    assert desk.told(60) == []
    desk.purger = desk.make()
    assert desk.told(60) == []


def test_a_catalogue_that_cannot_be_read_is_said_and_followed_again(desk: Desk):
    place, aside = desk.data / FILE, desk.data / "aside"
    place.rename(aside)
    desk.steps(1)
    place.write_bytes(b"no database" * 1_000)
    desk.steps(1)
    assert "the change log cannot be read" in purge_record(desk.data, URL)["problem"]
    place.unlink()
    aside.rename(place)
    desk.writer.close()
    desk.writer = ArchiveWriter(place, desk.data)
    desk.delete("old")
    assert desk.told(1) == [["-old"]]
    desk.steps(1)
    assert purge_record(desk.data, URL)["problem"] is None


def test_a_folder_that_cannot_be_written_to_costs_no_purge(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise OSError("read-only")

    desk.delete("old")
    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert desk.told() == [["-old"]]
    assert desk.told(SETTLED_SECONDS + 0.3) == [["-old"]]
    assert desk.told(60) == []


def test_before_there_is_an_archive_nothing_is_purged_and_nothing_is_wrong(data: Path):
    data.mkdir()
    look: Callable[[], Serving | None] = what_is_served(Settings(data=data))
    calls: list[bytes] = []
    now = [1.0]
    purger = Purger(calls.append, lambda: Follower(data / FILE, data), look, PurgeFile(data, URL), lambda: now[0])
    for _ in range(10):
        purger.step()
        now[0] += 1
    assert calls == []
    rebuild_with(data, [article("first")])
    for _ in range(10):
        purger.step()
        now[0] += 1
    assert [orjson.loads(call)["all"] for call in calls] == [True]


def test_what_is_served_follows_the_index_and_the_file_of_the_policy(data: Path, tmp_path: Path):
    rebuild_with(data, [article("first")])
    policy = tmp_path / "policy.toml"
    policy.write_text("[also-read]\nlimit = 3\n")
    look = what_is_served(Settings(data=data, policy=policy))
    before = look()
    policy.write_text("[also-read]\nlimit = 24\n")
    after = look()
    assert before is not None
    assert after is not None
    assert before.generation == after.generation == published(data)
    assert before.policy != after.policy
