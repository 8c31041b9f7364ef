"""Where PostgreSQL tells who writes, it is heard at once; where it does not, nothing is missed for that."""

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from helpers import Given, article
from service_fixtures import wait_until

from index import follower, live_index
from index.article_writes import put_articles
from index.catalogue import Catalogue
from index.embedder import WordHashEmbedder
from index.engines import writing
from index.listening import CHANNEL, Listener, listen, tell_others
from index.live_index import LiveIndex
from index.rebuild import Options, rebuild


@pytest.fixture
def address(postgres) -> str:
    return str(postgres.new_database())


@pytest.fixture
def heard(address: str) -> Iterator[threading.Event]:
    """Set whenever somebody writes; a listener is connected."""
    wake = threading.Event()
    Catalogue.open(address).close()
    listener = Listener(address, wake)
    wait_until(lambda: listener.hears and wake.is_set(), 10, "it is connected")
    wake.clear()
    yield wake
    listener.close(wait=True)


def end_listeners(postgres, address: str) -> None:
    name = address.rpartition("/")[2]
    postgres.run(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND query LIKE 'LISTEN%'"
    )


@pytest.mark.postgres
def test_what_is_written_is_heard_once_it_is_committed_and_what_is_not_never(
    address: str, heard: threading.Event
) -> None:
    with Catalogue.open(address) as catalogue:
        put_articles(catalogue, [article("a", "One")])
        assert heard.wait(5)
        heard.clear()
        with suppress(RuntimeError), writing(catalogue.engine) as connection:
            tell_others(connection)
            raise RuntimeError
        put_articles(catalogue, [article("a", "One")])  # unchanged: no line, no word
        assert not heard.wait(0.5)


@pytest.mark.postgres
def test_a_connection_that_broke_is_made_anew_and_what_was_missed_is_looked_for(
    postgres, address: str, heard: threading.Event
) -> None:
    end_listeners(postgres, address)
    assert heard.wait(10), "it is connected again, and has whoever waits look"
    heard.clear()
    with Catalogue.open(address) as catalogue:
        put_articles(catalogue, [article("b", "Two")])
    assert heard.wait(5)


@pytest.mark.postgres
def test_an_index_shows_what_another_host_wrote_without_asking_for_it(
    postgres, address: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((live_index, "POLL_SECONDS"), (follower, "CALM_SECONDS")):
        monkeypatch.setattr(module, name, 3_600.0)
    rebuild(data, [Given([article("old", "Old")])], WordHashEmbedder(64), Options(catalogue=address))
    found = [LiveIndex(data, address)]

    def row_of_new() -> int | None:
        return found[0].snapshot().row_of_id("new")

    assert row_of_new() is None
    time.sleep(1.0)  # it is connected
    with Catalogue.open(address) as catalogue:
        put_articles(catalogue, [article("new", "New")])
    wait_until(lambda: row_of_new() is not None, 5, "the new article is shown")
    with Catalogue.open(address) as catalogue:
        put_articles(catalogue, [article("new", "New", status="unpublished")])
    wait_until(lambda: row_of_new() is None, 5, "it is gone")
    name, listening = address.rpartition("/")[2], f"LISTEN {CHANNEL}"

    def connected() -> int:
        where = f"datname = '{name}' AND query = '{listening}'"
        return int(postgres.run(f"SELECT count(*) FROM pg_stat_activity WHERE {where}")[0][0])

    assert connected() == 1
    reads = found.pop()._follower
    gc.collect()
    with Catalogue.open(address) as catalogue:
        put_articles(catalogue, [article("new", "New again")])  # wakes the thread, which then ends
    wait_until(lambda: connected() == 0, 15, "an index that nobody has listens no more")
    reads.close()


def test_a_data_folder_of_its_own_needs_no_listener(tmp_path: Path) -> None:
    assert listen(tmp_path / "catalogue.sqlite", threading.Event()) is None


def test_nobody_there_is_no_reason_to_fail() -> None:
    wake = threading.Event()
    listener = Listener("postgresql://me:word@127.0.0.1:1/news", wake)
    assert not wake.wait(0.5)
    assert not listener.hears
    listener.close(wait=True)
