"""Fixtures that all tests share. Small on purpose: what needs no pytest is in `helpers.py`."""

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from helpers import COMMIT, THOROUGH, article, opened, rebuild_with
from hypothesis import HealthCheck, settings

from index.article import Article
from index.snapshot import Snapshot

pytest_plugins = ["browser_fixtures", "engine_fixtures", "live_fixtures", "widget_pages"]

ROOM = 3 << 30
"""More than the folders of all tests take together, in bytes; a container's share may be less."""

CI = os.environ.get("CI") == "true"
SLOW_BUT_SOUND = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much)
for name, count in (("commit", COMMIT), ("thorough", THOROUGH)):
    settings.register_profile(
        name,
        max_examples=count,
        deadline=None,
        suppress_health_check=SLOW_BUT_SOUND,
        derandomize=CI,
    )
# a commit need not wait for every example: each run tries others, and CI tries five times as many
settings.load_profile("thorough" if CI else "commit")


def pytest_configure(config: pytest.Config) -> None:
    """Temporary folders lie in memory where there is room: most tests write an index, whose every file is synced to the
    disk before it counts, and waited for that longer than they worked."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What has a time limit has three tries: another process on the machine may take the first."""
    for item in items:
        if item.get_closest_marker("timed"):
            item.add_marker(pytest.mark.flaky(reruns=2))


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
