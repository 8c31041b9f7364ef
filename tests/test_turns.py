"""Turns: what changed since somebody looked; and the moments at which what is served changes by itself."""

from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import article

from index import turns as module
from index.archive_writer import ArchiveWriter
from index.catalogue import FILE
from index.live_index import LiveIndex
from index.moments import Moments
from index.snapshot import Snapshot
from index.turns import Turns


def test_who_looked_at_a_turn_is_told_those_after_it():
    turns = Turns()
    assert (turns.number, turns.since(0)) == (0, ())
    turns.note({"a"})
    turns.note({"b", "c"}, shows=False)
    turns.note(None)
    since = turns.since(1)
    assert since is not None
    assert [(turn.number, turn.ids, turn.shows) for turn in since] == [
        (2, frozenset({"b", "c"}), False),
        (3, None, True),
    ]
    assert turns.since(3) == ()
    assert since[0].at <= since[1].at


def test_a_turn_of_no_article_is_none():
    turns = Turns()
    turns.note(())
    assert turns.number == 0


def test_who_looked_too_long_ago_is_told_that_it_is_not_known(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "KEPT", 3)
    turns = Turns()
    for name in "abcde":
        turns.note({name})
    assert turns.since(1) is None
    found = turns.since(2)
    assert found is not None
    assert [turn.ids for turn in found] == [{"c"}, {"d"}, {"e"}]


def test_an_index_tells_of_an_article_when_it_hears_of_it_and_when_it_shows_it(
    build: Callable[..., Snapshot], data: Path, writer: ArchiveWriter
):
    build([article(name, f"Title {name}", "Some words.") for name in "abc"])
    live = LiveIndex(data, data / FILE)
    live.snapshot()
    before = live.turns.number
    writer.delete("a")
    live.snapshot()
    found = live.turns.since(before)
    assert found is not None
    assert (found[0].ids, found[0].shows) == ({"a"}, True)
    before = live.turns.number
    writer.put([article("b", "Another title", "Other words.")])
    live.snapshot(about="b")
    found = live.turns.since(before)
    assert found is not None
    assert ({"b"}, False) in [(turn.ids, turn.shows) for turn in found]
    assert "b" in (found[-1].ids or ())
    assert found[-1].shows


def test_the_next_moment_is_the_first_date_that_is_still_to_come(build: Callable[..., Snapshot]):
    snapshot = build(
        [
            article("old", published_at="2020-01-01T00:00:00Z"),
            article("undated"),
            article("soon", published_at="2030-01-01T00:00:00Z"),
            article("later", published_at="2031-01-01T00:00:00Z"),
        ]
    )
    moments, soon, later = Moments(), 1_893_456_000, 1_924_992_000
    assert moments.next(snapshot, soon - 10) == soon
    assert moments.next(snapshot, soon) == later
    assert moments.next(snapshot, later) is None
    assert moments.next(snapshot, 1_000) == 1_577_836_800, "also for a clock that went back"


def test_the_moment_at_which_a_newer_version_takes_the_place_of_an_older_one_is_one(build: Callable[..., Snapshot]):
    snapshot = build(
        [
            article("one", "Flood", "The river rose.", published_at="2026-01-01T00:00:00Z"),
            article("two", "Flood", "It fell.", published_at="2026-01-02T00:00:00Z", version_of="one"),
        ]
    )
    row = snapshot.row_of_id("one")
    assert row is not None
    segment, local = snapshot.place(row)
    assert Moments().next(snapshot, int(segment.published[local])) == int(segment.superseded_at[local])
