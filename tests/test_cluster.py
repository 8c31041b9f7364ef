"""Answers of a host without an index are those of the host that has it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cluster_fixtures import Shared
from demo_fixtures import publish_newspaper
from helpers import opened
from recommender_fixtures import Fixed

from index.snapshot import Snapshot
from recommender import gathering
from recommender.policy import load_policy
from recommender.question import Question
from recommender.recommend import Answer, Recommender

SLOTS = ("also-read", "more-in-section", "background")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    data = tmp_path_factory.mktemp("cluster") / "data"
    publish_newspaper(data)
    shared = Shared(data)
    shared.renew(opened(data))
    yield shared
    shared.close()


def shown(answer: Answer) -> tuple[object, ...]:
    items = [(one.id, one.score, one.source, one.reasons, one.card) for one in answer.items]
    return items, answer.fallback, answer.article, answer.until, answer.embedded


def test_every_list_of_the_example_newspaper_is_the_same_where_all_that_links_is_taken_in(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LINKING", "TARGETS"):
        monkeypatch.setattr(gathering, name, 1_000)
    for article_id, slot, own, other in both_ways(shared, SLOTS):
        assert shown(own) == shown(other), (article_id, slot)


def test_where_the_likest_that_link_are_taken_in_nearly_every_list_is_the_same(shared: Shared) -> None:
    tops = [({one.id for one in own.items[:5]}, {one.id for one in other.items[:5]})
            for _, _, own, other in both_ways(shared, SLOTS[:2])]  # fmt: skip
    assert all(len(own - other) <= 1 for own, other in tops)
    assert sum(own == other for own, other in tops) >= 0.97 * len(tops)


def both_ways(shared: Shared, slots: Sequence[str]) -> Iterator[tuple[str, str, Answer, Answer]]:
    """Each article's lists, by the host's index and without."""
    snapshot = opened(shared.data)
    here, there = Recommender(Fixed(snapshot), load_policy()), shared.recommender()
    now = newest(snapshot) + timedelta(hours=1)
    for row in range(len(snapshot)):
        article_id = snapshot.id_of(row)
        for slot in slots:
            own, other = (one.suggest(slot, one.locate_id(article_id, now), Question(now)) for one in (here, there))
            yield article_id, slot, own, other


def newest(snapshot: Snapshot) -> datetime:
    assert snapshot.manifest.newest
    return datetime.fromisoformat(snapshot.manifest.newest).astimezone(UTC)
