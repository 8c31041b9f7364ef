"""Many writers at once, writers that are killed, and catalogues that cannot be opened, on both engines."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from helpers import CountingEmbedder, Given, article

from index.archive_writer import ArchiveWriter
from index.article_writes import put_articles
from index.catalogue import Catalogue, Place
from index.change_log import changes_after
from index.engines import writing
from index.errors import CatalogueBusy, CatalogueUnusable, RebuildLocked
from index.rebuild import Options, rebuild
from index.schema import articles

WRITER = """
import sys
from pathlib import Path
from index.article_record import parse_article
from index.article_writes import put_articles
from index.catalogue import Catalogue
place, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Catalogue.open(place if place.startswith("postgresql:") else Path(place)) as catalogue:
    for number in range(count):
        batch = [parse_article({"id": f"{name}-{number}-{part}", "title": "T"}) for part in range(1 + number % 3)]
        put_articles(catalogue, batch)
        print(number, flush=True)
"""


def started(place: Place, name: str, count: int) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", WRITER, str(place), name, str(count)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_the_log_of_many_writers_has_no_gap_and_a_reader_never_sees_a_smaller_number_later(
    catalogue: Catalogue, place: Place, open_catalogue: Callable[[], Catalogue]
) -> None:
    def write(name: str) -> None:
        for number in range(12):
            put_articles(opened[name], [article(f"{name}-{number}-{part}") for part in range(1 + number % 3)])

    names = ["one", "two", "three"]
    opened = {name: open_catalogue() for name in names}
    processes = [started(place, name, 12) for name in ("four", "five")]
    threads = [threading.Thread(target=write, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    deadline = time.monotonic() + 60
    while len(seen) < 5 * 24 and time.monotonic() < deadline:
        seen += [line.seq for line in changes_after(catalogue.engine, seen[-1] if seen else 0)]
    for thread in threads:
        thread.join(30)
    assert [process.wait(30) for process in processes] == [0, 0]
    for process in processes:
        process.stdout.close()
    assert seen == list(range(1, 5 * 24 + 1)) == [line.seq for line in changes_after(catalogue.engine, 0)]
    with catalogue.engine.connect() as connection:
        numbers = sorted(connection.execute(sa.select(articles.c.seq)).scalars())
    assert numbers == seen


def test_a_transaction_that_fails_leaves_nothing_and_the_next_goes_on(catalogue: Catalogue) -> None:
    put_articles(catalogue, [article("a")])

    def write_and_fail() -> None:
        with writing(catalogue.engine) as connection:
            connection.execute(sa.delete(articles))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert catalogue.count() == 1
    assert [one.outcome for one in put_articles(catalogue, [article("a"), article("b")])] == ["unchanged", "created"]


@pytest.mark.server
def test_whatever_a_killed_writer_said_is_there_and_of_the_rest_a_batch_is_there_whole_or_not_at_all(
    catalogue: Catalogue, place: Place
) -> None:
    for attempt in range(3):
        process = started(place, f"w{attempt}", 1000)
        said = [process.stdout.readline() for _ in range(3 + attempt)]
        time.sleep(0.005 * attempt)
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
        process.wait()
        process.stdout.close()
        with catalogue.engine.connect() as connection:
            ids = set(connection.execute(sa.select(articles.c.id).where(articles.c.id.like(f"w{attempt}-%"))).scalars())
        whole = [number for number in range(1000) if f"w{attempt}-{number}-0" in ids]
        assert len(whole) - len([line for line in said if line.endswith("\n")]) in (0, 1)
        assert ids == {f"w{attempt}-{number}-{part}" for number in whole for part in range(1 + number % 3)}
    assert put_articles(catalogue, [article("after")])[0].outcome == "created"
    logged = {line.article_id for line in changes_after(catalogue.engine, 0)}
    with catalogue.engine.connect() as connection:
        assert logged == set(connection.execute(sa.select(articles.c.id)).scalars())


def test_a_writer_waits_no_longer_than_it_was_told(
    catalogue: Catalogue, place: Place, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.archive_writer.WAIT_SECONDS", 0.3)
    data.mkdir()
    writer = ArchiveWriter(place, data)
    with writing(catalogue.engine) as connection:
        connection.execute(sa.delete(articles))
        began = time.monotonic()
        with pytest.raises(CatalogueBusy, match="locked by another process"):
            writer.put([article("a")])
        assert time.monotonic() - began < 5
    assert [one.outcome for one in writer.put([article("a")])] == ["created"]
    writer.catalogue().close()


def test_a_rebuild_that_reads_its_sources_keeps_no_writer_waiting(catalogue: Catalogue, place: Place) -> None:
    with catalogue.staging() as staging:
        staging.put(article("a"))
        staging.columns()
        with Catalogue.open(place, wait=0.3) as other:
            assert put_articles(other, [article("b")])[0].outcome == "created"
        staging.apply()
    assert catalogue.count() == 2


def test_a_catalogue_of_a_newer_version_is_refused_and_left_alone(catalogue: Catalogue, place: Place) -> None:
    with catalogue.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for opening in (lambda: Catalogue.open(place), lambda: Catalogue.open_existing(place, 1)):
        with pytest.raises(CatalogueUnusable, match=r"has schema 9999, this version knows up to 0009.*newer version"):
            opening()


def test_opening_what_must_be_there_says_what_to_do_and_creates_nothing(empty_place: Place) -> None:
    for _ in range(2):
        with pytest.raises(CatalogueUnusable, match=r"no catalogue (in|at) .*make one with: alsoread rebuild SOURCE"):
            Catalogue.open_existing(empty_place, 1)
    if isinstance(empty_place, Path):
        assert not empty_place.exists()


def test_an_older_catalogue_is_not_migrated_behind_the_back_of_who_serves(catalogue: Catalogue, place: Place) -> None:
    with catalogue.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0002'"))
    with pytest.raises(CatalogueUnusable, match="older version; `alsoread rebuild` brings it up to date"):
        Catalogue.open_existing(place, 1)


def test_a_catalogue_that_is_there_is_opened(catalogue: Catalogue, place: Place) -> None:
    put_articles(catalogue, [article("a")])
    with Catalogue.open_existing(place, 1) as opened:
        assert opened.count() == 1


SECRET = "hush-hush"
WRONG = {
    "another scheme": (f"mysql://me:{SECRET}@db.example/news", r"expected postgresql://.*got mysql://"),
    "no address": (f"me:{SECRET}@db.example", "expected postgresql://user:password@host/name"),
    "a port that is no number": (f"postgresql://me:{SECRET}@db.example:{SECRET}/news", "expected postgresql://user"),
    "@ in the password": (f"postgresql://me:a@{SECRET}@db.example/news", "%40"),
    "@ and / in the password": (f"postgresql://me:a@b/{SECRET}@db.example/news", "%40"),
    "nobody there": (f"postgresql://me:{SECRET}@127.0.0.1:1/news", "does not answer"),
    "no such host": (f"postgresql://me:{SECRET}@nowhere.invalid/news", "cannot be used now"),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_address_that_does_not_work_is_said_without_its_password(
    name: str, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    address, expected = WRONG[name]
    for opening in (
        lambda: Catalogue.open(address, 2),
        lambda: Catalogue.open_existing(address, 2),
        lambda: rebuild(data, [Given([])], CountingEmbedder(), Options(catalogue=address)),
    ):
        with pytest.raises((CatalogueUnusable, CatalogueBusy), match=expected) as caught:
            opening()
        assert SECRET not in str(caught.value) + caplog.text


@pytest.mark.postgres
def test_a_wrong_password_is_said_without_it(postgres, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(CatalogueUnusable, match="refuses this user or password") as caught:
        Catalogue.open(postgres.address("postgres", password=SECRET))
    assert SECRET not in str(caught.value) + caplog.text


@pytest.mark.postgres
def test_a_password_may_hold_anything_that_is_encoded(postgres) -> None:
    with Catalogue.open(postgres.new_database()) as catalogue:
        assert catalogue.count() == 0


@pytest.mark.postgres
def test_a_database_that_is_not_there_is_said(postgres) -> None:
    with pytest.raises(CatalogueUnusable, match="has no such database"):
        Catalogue.open(postgres.address("missing"))


@pytest.mark.postgres
def test_of_two_rebuilds_of_one_catalogue_the_second_is_refused_and_goes_through_later(
    postgres, data: Path, tmp_path: Path
) -> None:
    options = Options(catalogue=postgres.new_database())
    with (
        Catalogue.open(options.catalogue) as catalogue,
        catalogue.staging(),
        pytest.raises(RebuildLocked, match="another rebuild of this catalogue is running"),
    ):
        rebuild(data, [Given([article("a")])], CountingEmbedder(), options)
    assert rebuild(data, [Given([article("a")])], CountingEmbedder(), options).published
    other = CountingEmbedder()
    assert rebuild(tmp_path / "other", [], other, options).articles == 1
    assert other.texts == []
    assert not (data / "catalogue.sqlite").exists()


@pytest.mark.postgres
def test_a_connection_that_broke_may_be_tried_again(postgres, data: Path) -> None:
    place = postgres.new_database()
    Catalogue.open(place).close()
    data.mkdir()
    writer = ArchiveWriter(place, data)
    writer.put([article("a")])
    name = place.rsplit("/", 1)[1]
    postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    assert writer.put([article("b")])[0].outcome == "created"
    with writing(writer.catalogue().engine) as connection:
        postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        with pytest.raises(sa.exc.OperationalError):
            connection.execute(sa.select(articles.c.id))
        connection.rollback()
    assert writer.delete("a").outcome == "deleted"
    writer.catalogue().close()


def test_when_a_rebuild_ends_or_fails_the_next_may_begin_at_once(catalogue: Catalogue) -> None:
    def failing() -> None:
        with catalogue.staging() as staging:
            staging.put(article("a"))
            staging.columns()
            raise ZeroDivisionError

    for _ in range(20):
        with pytest.raises(ZeroDivisionError):
            failing()
        with catalogue.staging() as staging:
            staging.put(article("a"))
            staging.apply()
