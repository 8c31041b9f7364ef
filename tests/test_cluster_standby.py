"""A replica that reads from a standby of the catalogue: believed while it knows all that was heard, left alone when it does
not answer; and looks at a catalogue whose connections broke."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from cluster_fixtures import MemoryIndex
from helpers import NOW, Given, article

from index.article_writes import delete_article, put_articles
from index.catalogue import Catalogue
from index.cluster.projector import Projector
from index.cluster.reading import ClusterIndex
from index.embedder import WordHashEmbedder
from index.rebuild import Options, rebuild

pytestmark = pytest.mark.postgres

pytest.importorskip("psycopg", reason="the extra 'postgres' is not installed")


@dataclass
class Archive:
    """One on a PostgreSQL, projected into memory."""

    address: str
    data: Path
    vectors: MemoryIndex
    projector: Projector
    opened: list[ClusterIndex] = field(default_factory=list)

    def index(self, standby: str | None = None) -> ClusterIndex:
        made = ClusterIndex(self.address, self.data / "nowhere", lambda: self.vectors, standby)
        self.opened.append(made)
        return made

    def write(self, title: str, article_id: str = "a") -> None:
        with Catalogue.open(self.address) as catalogue:
            put_articles(catalogue, [article(article_id, title, updated_at=f"2026-03-01T08:00:{len(title):02}Z")])
        assert self.projector.step()


@pytest.fixture
def archive(postgres, data: Path) -> Iterator[Archive]:
    address, vectors = postgres.new_database(), MemoryIndex()
    given = Given(
        [article("a", "One", published_at=NOW.isoformat()), article("b", "Two", published_at=NOW.isoformat())]
    )
    rebuild(data, [given], WordHashEmbedder(64), Options(catalogue=address))
    made = Archive(address, data, vectors, Projector(data, address, lambda: vectors))
    assert made.projector.step()
    yield made
    for one in (*made.opened, made.projector):
        one.close()


@pytest.fixture(scope="module")
def standby(postgres):
    from postgres_server import binaries
    from postgres_standby import running_standby

    with running_standby(binaries(), postgres) as server:
        yield server


def title(index: ClusterIndex, article_id: str = "a") -> str | None:
    index.look()
    snapshot = index.snapshot(article_id)
    row = snapshot.row_of_id(article_id)
    return None if row is None else snapshot.segments[0].card(row)["title"]


def within(seconds: float, index: ClusterIndex, expected: str | None) -> None:
    deadline = time.monotonic() + seconds
    while title(index) != expected:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def reads(server, address: str) -> int:
    """How many rows were read of what is served, as the server counts with some delay."""
    time.sleep(1.2)
    query = "SELECT coalesce(idx_tup_fetch, 0) + seq_tup_read FROM pg_stat_all_tables WHERE relname = 'served'"
    return server.run(query, address.rpartition("/")[2])[0][0]


def test_questions_go_to_a_standby_that_is_not_behind_and_otherwise_to_the_catalogue(
    archive: Archive, standby, postgres
) -> None:
    index = archive.index(standby.at_home(archive.address))
    within(10, index, "One")
    before = reads(standby, archive.address), reads(postgres, archive.address)
    until = time.monotonic() + 3  # the servers count a second late, and when asked something
    while time.monotonic() < until:
        assert title(index) == "One"
    after = reads(standby, archive.address), reads(postgres, archive.address)
    assert after[0] - before[0] >= 20
    assert after[1] - before[1] == 0
    standby.pause()
    try:
        archive.write("One, edited")
        assert title(index) == "One, edited"
        with Catalogue.open(archive.address) as catalogue:
            delete_article(catalogue, "a")
        assert title(index) is None, "a standby that still has it is not believed"
        for _ in range(4):
            title(index)
        assert (
            index.problem
            == "the standby cannot be used, and the catalogue is asked instead: it is behind the catalogue"
        )
    finally:
        standby.resume()
    deadline = time.monotonic() + 10
    while index.problem is not None:
        assert title(index, "b") == "Two"
        assert time.monotonic() < deadline, index.problem
        time.sleep(0.1)


def test_a_standby_that_does_not_know_of_what_was_taken_down_is_not_believed(archive: Archive, standby) -> None:
    index = archive.index(standby.at_home(archive.address))
    until = time.monotonic() + 4  # it follows by then, and is asked again
    while time.monotonic() < until:
        assert title(index) == "One"
    assert index.problem is None
    standby.pause()
    try:
        with Catalogue.open(archive.address) as catalogue:
            delete_article(catalogue, "a")
        assert title(index) is None
    finally:
        standby.resume()


def test_a_standby_that_hangs_is_left_alone_and_the_catalogue_answers(archive: Archive, standby) -> None:
    index = archive.index(standby.at_home(archive.address))
    within(10, index, "One")
    with hanging(standby.port):
        began = time.monotonic()
        for _ in range(12):
            assert title(index) == "One"
        assert time.monotonic() - began < 6
        began = time.monotonic()
        assert title(index) == "One"
        assert time.monotonic() - began < 0.5
        assert str(index.problem).startswith("the standby cannot be used")
    deadline = time.monotonic() + 10
    while index.problem is not None:
        assert title(index) == "One"
        assert time.monotonic() < deadline, index.problem
        time.sleep(0.1)


def test_a_standby_that_cannot_be_reached_costs_no_answer(archive: Archive) -> None:
    index = archive.index("postgresql://nobody:none@127.0.0.1:9/none")
    assert [title(index) for _ in range(5)] == ["One"] * 5
    assert "none" not in str(index.problem)


def test_who_finds_the_connections_broken_makes_new_ones(archive: Archive, postgres) -> None:
    index = archive.index()
    assert title(index) == "One"
    for _ in range(3):
        ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid != pg_backend_pid() AND datname = '{}'"
        postgres.run(ours.format(archive.address.rpartition("/")[2]))
        snapshot = index.snapshot("a")
        assert snapshot.row_of_id("a") is not None


@contextmanager
def hanging(port: int) -> Iterator[None]:
    """The server at a port stands still, and then goes on."""
    first = next(one for one in psutil.process_iter() if one.name() == "postgres" and str(port) in one.cmdline())
    pids = [first.pid, *(child.pid for child in first.children(recursive=True))]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
