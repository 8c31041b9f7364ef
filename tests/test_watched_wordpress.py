"""Polls of a WordPress site: what changed is asked for each time, what is gone once an hour."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from wordpress_archive import Story
from wordpress_server import WordPressServer, serving_wordpress

from index.article import Article
from index.fetching.fetcher import Fetcher
from index.fetching.rules import FetchRules
from index.sources import open_source
from index.sources.reach import Reach, keeping
from index.sources.watched import Watched, open_watched

NOW = datetime(2026, 3, 20, 12, 30, tzinfo=UTC)
IN_AN_HOUR = NOW + timedelta(hours=1)
STORIES = tuple(Story(number, f"Story {number}") for number in range(10, 15))


@pytest.fixture
def site() -> Iterator[WordPressServer]:
    with serving_wordpress(*STORIES) as server:
        yield server


@pytest.fixture
def reach(tmp_path: Path) -> Iterator[Reach]:
    with keeping(tmp_path / "data") as kept:
        yield Reach(fetches=Fetcher(FetchRules(allow_private=True, pause=0, tries=1)), kept=kept)


def taken(watched: Watched) -> list[str]:
    found = [item.title for item in watched.items if isinstance(item, Article)]
    found += [f"-{name.rpartition('=')[2]}" for name in watched.removed]
    watched.done()
    return found


def test_a_poll_asks_for_what_was_changed_since(site: WordPressServer, reach: Reach) -> None:
    assert len(taken(open_watched(site.url, reach, None, NOW))) == 5
    assert taken(open_watched(site.url, reach, NOW, NOW + timedelta(minutes=5))) == []
    site.stories[2] = replace(site.stories[2], title="Story 12, corrected", modified="2026-03-20 12:31:00")
    site.stories.append(Story(20, "Story 20", published="2026-03-20 12:32:00", modified="2026-03-20 12:32:00"))
    found = taken(open_watched(site.url, reach, NOW, NOW + timedelta(minutes=5)))
    assert sorted(found) == ["Story 12, corrected", "Story 20"]


def test_what_is_gone_is_found_in_the_first_poll_of_an_hour_and_said_once(site: WordPressServer, reach: Reach) -> None:
    taken(open_watched(site.url, reach, None, NOW))
    gone = site.stories.pop(1)
    assert taken(open_watched(site.url, reach, NOW, NOW + timedelta(minutes=5))) == []
    assert taken(open_watched(site.url, reach, NOW, IN_AN_HOUR)) == [f"-{gone.number}"]
    assert taken(open_watched(site.url, reach, IN_AN_HOUR - timedelta(hours=1), IN_AN_HOUR)) == []


def test_a_second_rebuild_fetches_nothing_but_what_changed(site: WordPressServer, reach: Reach) -> None:
    first = {item.id: item for item in open_source(site.url, reach=reach) if isinstance(item, Article)}
    site.stories[0] = replace(site.stories[0], title="Story 10, again", modified="2026-03-20 12:31:00")
    gone = site.stories.pop()
    site.calls.clear()
    second = {item.id: item for item in open_source(site.url, reach=reach) if isinstance(item, Article)}
    assert len(first) - len(second) == 1
    assert [item.title for item in second.values() if item != first[item.id]] == ["Story 10, again"]
    assert [call["include"] for call in site.asked("wp/v2/posts") if "include" in call] == ["10"]
    site.stories.append(gone)
    assert len([item for item in open_source(site.url, reach=reach) if isinstance(item, Article)]) == len(first)
