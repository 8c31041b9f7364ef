"""Which articles tell one story: words weighted by hand, and days."""

from datetime import UTC, datetime, timedelta
from math import hypot, log

import pytest
from helpers import article

from index.article import unix_seconds
from index.segment import UNDATED
from index.snapshot import Snapshot
from recommender import stories
from recommender.stories import Stories, follows
from recommender.subject import subject_of_row

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def at(days: float) -> str:
    return (DAY + timedelta(days=days)).isoformat()


ARCHIVE = [
    article("subject", "!", "storm roof market", published_at=at(0)),
    article("same", "!", "storm roof hall", published_at=at(2)),
    article("some", "!", "storm goal keeper penalty", published_at=at(2)),
    article("none", "!", "goal keeper vote", published_at=at(2)),
    article("month", "!", "storm roof market again", published_at=at(30)),
    article("later", "!", "storm roof market anew", published_at=at(30.01)),
    article("before", "!", "storm roof market before", published_at=at(-30)),
    article("undated", "!", "storm roof market ever"),
    *(article(f"filler-{n}", "!", f"filler{n}", published_at=at(0)) for n in range(8)),
]


def told(snapshot: Snapshot, name: str, subject: str = "subject") -> bool:
    row = snapshot.row_of_id(name)
    found = Stories(snapshot, subject_of_row(snapshot, snapshot.row_of_id(subject)))
    return found.is_own(row, published(snapshot, row))


def published(snapshot: Snapshot, row: int) -> int:
    segment, local = snapshot.place(row)
    return int(segment.published[local])


@pytest.fixture
def snapshot(build) -> Snapshot:
    return build(ARCHIVE)


def test_the_cosine_of_the_words_decides(snapshot, monkeypatch):
    # 16 articles; storm stands in 7 of them, roof in 6, market in 5, hall in 1
    storm, roof, market, hall = (log(16 / count) for count in (7, 6, 5, 1))
    cosine = (storm**2 + roof**2) / hypot(storm, roof, market) / hypot(storm, roof, hall)
    monkeypatch.setattr(stories, "ALIKE", cosine - 1e-6)
    assert told(snapshot, "same")
    monkeypatch.setattr(stories, "ALIKE", cosine + 1e-6)
    assert not told(snapshot, "same")


@pytest.mark.parametrize(
    ("name", "own"),
    [("month", True), ("before", True), ("later", False), ("undated", False), ("none", False), ("some", False)],
)
def test_a_story_shares_most_of_its_telling_words_within_thirty_days(snapshot, name: str, own: bool):
    assert told(snapshot, name) == own


def test_an_undated_subject_has_no_story(snapshot):
    assert not told(snapshot, "subject", subject="undated")


def test_two_pieces_are_compared_as_the_subject_is_and_both_ways_round(snapshot):
    found = Stories(snapshot, subject_of_row(snapshot, snapshot.row_of_id("none")))
    names = [one.id for one in ARCHIVE]
    rows = {name: snapshot.row_of_id(name) for name in names}
    dates = {name: published(snapshot, row) for name, row in rows.items()}
    for one in names:
        for other in names:
            same = found.same(rows[one], rows[other], dates[one], dates[other])
            assert same == told(snapshot, other, subject=one)
            assert same == found.same(rows[other], rows[one], dates[other], dates[one])


def test_words_that_stand_everywhere_tell_no_story(build):
    snapshot = build(
        [article(name, "!", "the council met", published_at=at(0)) for name in ("subject", "other", "third")]
    )
    assert not told(snapshot, "other")


def test_what_follows_came_later():
    moment = unix_seconds(DAY)
    assert follows(DAY, moment + 1)
    assert not follows(DAY, moment)
    assert not follows(DAY, moment - 1)
    assert not follows(DAY, UNDATED)
    assert not follows(None, moment)
