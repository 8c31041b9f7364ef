"""Answers of a host without an index are those of the host that has it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cluster_fixtures import Shared
from demo_fixtures import publish_newspaper
from helpers import opened
from recommender_fixtures import Fixed

from index.snapshot import Snapshot
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


def test_every_list_of_the_example_newspaper_is_the_same(shared: Shared) -> None:
    snapshot = opened(shared.data)
    here, there = Recommender(Fixed(snapshot), load_policy()), shared.recommender()
    for row in range(len(snapshot)):
        article_id = snapshot.id_of(row)
        now = newest(snapshot) + timedelta(hours=1)
        for slot in SLOTS:
            own, other = (one.suggest(slot, one.locate_id(article_id, now), Question(now)) for one in (here, there))
            assert shown(own) == shown(other), (article_id, slot)


def newest(snapshot: Snapshot) -> datetime:
    assert snapshot.manifest.newest
    return datetime.fromisoformat(snapshot.manifest.newest).astimezone(UTC)
