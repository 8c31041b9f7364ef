"""Fixtures that all tests share. Small on purpose: what needs no pytest is in `helpers.py`."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from helpers import article, opened, rebuild_with
from hypothesis import HealthCheck, settings

from index.article import Article
from index.snapshot import Snapshot

pytest_plugins = ["browser_fixtures", "engine_fixtures", "live_fixtures", "widget_pages"]

SLOW_BUT_SOUND = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much)
settings.register_profile(
    "alsoread",
    max_examples=60,
    deadline=None,
    suppress_health_check=SLOW_BUT_SOUND,
    derandomize=os.environ.get("CI") == "true",
)
settings.load_profile("alsoread")


@pytest.fixture
def make_article() -> Callable[..., Article]:
    """`make_article("a", "Title", "Text", section="world", …)`: an article out of a record."""
    return article


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def build(data: Path) -> Callable[..., Snapshot]:
    """`build(articles, **options)`: the snapshot of an archive of exactly these articles, in the folder `data`."""

    def build_and_open(articles: Iterable[Article], **options: object) -> Snapshot:
        rebuild_with(data, articles, **options)
        return opened(data)

    return build_and_open


@pytest.fixture
def development_data() -> Path:
    """The development data beside the checkout; a test without it is skipped, and fails under CI, where it always is."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        reason = "the development data (shared/data beside the checkout) is not there"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, and CI=true")
        pytest.skip(reason)
    return folder
