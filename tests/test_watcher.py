"""When a watched source is polled, and what is noted of it."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.errors import FetchFailed
from index.sources import Rejected
from index.watch_state import STATE, WatchState
from index.watching import Polled
from service.watcher import MOST_SECONDS, SPREAD, Watcher

SITE = "https://www.paper.example"
START = datetime(2026, 3, 14, 8, tzinfo=UTC)


class Site:
    """A source whose polls take ten seconds each."""

    def __init__(self) -> None:
        self.now = START
        self.asked: list[datetime | None] = []
        self.fails: Exception | None = None
        self.found = Polled({"unchanged": 3})

    def poll(self, since: datetime | None) -> Polled:
        self.asked.append(since)
        self.now += timedelta(seconds=10)
        if self.fails:
            raise self.fails
        return self.found


def watcher(site: Site, data: Path, spread: float = 0.0) -> Watcher:
    return Watcher(SITE, site.poll, WatchState(data), 300, lambda: site.now, lambda: spread)


def test_the_first_poll_wants_everything_and_the_next_what_changed_since_that_one_began(tmp_path: Path) -> None:
    site = Site()
    one = watcher(site, tmp_path)
    assert one.due_at == START
    one.run()
    assert one.due_at == START + timedelta(seconds=310)
    site.now = one.due_at
    one.run()
    assert site.asked == [None, START]


def test_a_restart_goes_on_where_the_last_poll_came_to(tmp_path: Path) -> None:
    site = Site()
    watcher(site, tmp_path).run()
    watcher(site, tmp_path).run()
    assert site.asked == [None, START]


def test_polls_are_spread(tmp_path: Path) -> None:
    site = Site()
    one = watcher(site, tmp_path, spread=1.0)
    one.run()
    assert one.due_at == site.now + timedelta(seconds=300 * (1 + SPREAD))


def test_a_failure_moves_no_mark_and_is_tried_more_and_more_seldom(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site()
    one = watcher(site, tmp_path)
    one.run()
    site.fails = FetchFailed("the paper's server says 503", status=503, passing=True)
    waits = []
    for _ in range(6):
        site.now = one.due_at
        assert one.run() is None
        waits.append((one.due_at - site.now).total_seconds())
    assert waits == [600, 1200, 2400, MOST_SECONDS, MOST_SECONDS, MOST_SECONDS]
    assert "503" in caplog.text
    state = WatchState(tmp_path).read()[SITE]
    assert (state.failures, state.problem, state.since) == (6, "the paper's server says 503", START)
    site.fails = None
    site.now = one.due_at
    assert one.run() is site.found
    assert site.asked[-1] == START
    state = WatchState(tmp_path).read()[SITE]
    assert (state.failures, state.problem) == (0, None)
    assert (one.due_at - site.now).total_seconds() == 300


def test_what_was_found_is_noted_and_said_and_what_goes_on_being_rejected_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site()
    one = watcher(site, tmp_path)
    with caplog.at_level(logging.INFO):
        one.run()
        assert caplog.text == ""
        site.found = Polled({"created": 2, "unchanged": 1}, 1, [Rejected("item 4", ("title: expected one",))])
        one.run()
        one.run()
    assert caplog.text.count("2 created, 1 unchanged") == 2
    assert caplog.text.count("rejected item 4: title: expected one") == 1
    state = WatchState(tmp_path).read()[SITE]
    assert state.outcomes == {"created": 2, "unchanged": 1}
    assert state.changed_at == state.polled_at == START + timedelta(seconds=30)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"https://www.paper.example": {"since": "yesterday"}}'])
def test_a_damaged_note_costs_one_look_at_everything(
    tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site()
    watcher(site, tmp_path).run()
    (tmp_path / STATE).write_bytes(damage)
    watcher(site, tmp_path).run()
    assert site.asked == [None, None]
    assert STATE in caplog.text
    assert WatchState(tmp_path).read()[SITE].since is not None


def test_a_folder_that_cannot_be_written_to_costs_the_note_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site()
    one = watcher(site, tmp_path / "missing")
    assert one.run() is site.found
    assert "cannot be written" in caplog.text
