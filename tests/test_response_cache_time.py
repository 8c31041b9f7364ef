"""What the time alone changes: a kept answer is not given beyond it, whatever the grace."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from service_fixtures import NOON, Clock, numbered, publish, small_archive

from index.archive_writer import ArchiveWriter
from index.article_record import parse_article
from index.catalogue import place_of
from index.rule_writes import add_rule
from index.rules import RuleDraft
from service.app import create_app
from service.settings import Settings

ALSO = "/v1/articles/flood-1/also-read"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("archive")
    publish(data, [*small_archive(), numbered("flood", 7, published_at=(NOON - timedelta(hours=5.5)).isoformat())])
    return data


class Kept:
    """A service whose answers are kept, with a grace of a minute, and whoever writes beside it."""

    def __init__(self, data: Path) -> None:
        self.clock = Clock()
        self.client = create_app(Settings(data=data, cache_grace=60.0), clock=self.clock).test_client()
        self.writer = ArchiveWriter(place_of(data), data)

    def put(self, number: int, **fields: Any) -> None:
        """Write a piece on the flood, and have it loaded."""
        self.writer.put([parse_article(numbered("flood", number, **fields))])
        self.client.get(f"/v1/articles/flood-{number}")

    def ids(self, path: str = ALSO) -> list[str]:
        return [item["id"] for item in self.client.get(path).get_json()["items"]]

    def misses(self) -> int:
        return int(self.client.get("/health/ready").get_json()["cache"]["misses"])


@pytest.fixture
def kept(archive: Path, tmp_path: Path) -> Iterator[Kept]:
    kept = Kept(shutil.copytree(archive, tmp_path / "data"))
    yield kept
    kept.writer.close()


def test_an_article_whose_embargo_ends_is_in_the_lists_from_that_second_on(kept: Kept):
    kept.put(1, title="flood1 as it was")
    kept.put(6, text=numbered("flood", 1)["text"] + " more", published_at=(NOON + timedelta(minutes=10)).isoformat())
    assert "flood-6" not in kept.ids()
    kept.clock.now += timedelta(minutes=10, seconds=-1)
    asked = kept.misses()
    assert "flood-6" not in kept.ids()
    assert kept.misses() == asked, "kept until then"
    kept.clock.now += timedelta(seconds=1)
    assert "flood-6" in kept.ids()


def test_a_rule_that_expires_is_not_obeyed_any_more(kept: Kept):
    expires = NOON + timedelta(seconds=30)
    draft = RuleDraft("block", item_id="flood-2", expires_at=expires)
    kept.writer.run(lambda catalogue: add_rule(catalogue, draft, "anna"))
    assert "flood-2" not in kept.ids()
    kept.clock.now = expires - timedelta(seconds=1)
    assert "flood-2" not in kept.ids()
    kept.clock.now = expires
    assert "flood-2" in kept.ids()


def test_at_the_full_hour_each_answer_is_worked_out_anew(kept: Kept):
    kept.ids()
    kept.clock.now = NOON + timedelta(minutes=59, seconds=59)
    asked = kept.misses()
    kept.ids()
    assert kept.misses() == asked
    kept.clock.now = NOON + timedelta(hours=1)
    kept.ids()
    assert kept.misses() == asked + 1


def test_a_clock_that_goes_back_finds_nothing_that_was_made_later(kept: Kept):
    kept.clock.now = NOON + timedelta(minutes=20)
    kept.ids()
    asked = kept.misses()
    kept.clock.now = NOON + timedelta(minutes=19)
    kept.ids()
    assert kept.misses() == asked + 1


def test_the_headers_grow_with_the_age_of_the_article_though_the_answer_is_kept(kept: Kept):
    path = "/v1/articles/flood-7/also-read"
    assert kept.client.get(path).headers["X-Accel-Expires"] == "120"
    kept.clock.now += timedelta(minutes=30, seconds=-1)
    asked = kept.misses()
    assert kept.client.get(path).headers["X-Accel-Expires"] == "120"
    kept.clock.now += timedelta(seconds=1)
    assert kept.client.get(path).headers["X-Accel-Expires"] == "900"
    assert kept.misses() == asked
