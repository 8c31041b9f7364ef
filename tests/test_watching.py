"""Polling a source into the live index."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from helpers import article

from index.archive_writer import ArchiveWriter
from index.article_writes import delete_article
from index.catalogue import Catalogue, place_of
from index.errors import CatalogueBusy, FetchFailed
from index.schema import articles
from index.sources import Item, Rejected, Skipped
from index.watching import BATCH, BUSY_PAUSE, BUSY_SECONDS, poll


@pytest.fixture
def place(tmp_path: Path) -> Path:
    Catalogue.open(place_of(tmp_path, None)).close()
    return tmp_path


@pytest.fixture
def writer(place: Path) -> Iterator[ArchiveWriter]:
    writer = ArchiveWriter(place_of(place, None), place)
    yield writer
    writer.close()


def ids(writer: ArchiveWriter) -> list[str]:
    with writer.catalogue().engine.connect() as connection:
        return sorted(connection.execute(sa.select(articles.c.id)).scalars())


def no_sleep(_seconds: float) -> None:
    raise AssertionError("nobody held the catalogue")


def test_what_is_new_is_written_and_everything_else_is_counted(writer: ArchiveWriter) -> None:
    items: list[Item] = [
        article("ferry", "The ferry sails again"),
        Rejected("item 2", ("title, text: expected at least one of them, got neither",)),
        Skipped("item 3", "attachments"),
        Skipped("item 4", "attachments"),
        article("ferry", "The ferry sails again"),
    ]
    first = poll(writer, items, sleep=no_sleep)
    assert first.outcomes == {"created": 1, "unchanged": 1}
    assert (first.rejected, first.rejects, first.skipped) == (1, [items[1]], {"attachments": 2})
    assert first.changed == 1
    again = poll(writer, items, sleep=no_sleep)
    assert again.outcomes == {"unchanged": 2}
    assert again.changed == 0


def test_more_than_a_batch_is_written_and_what_is_gone_is_removed(writer: ArchiveWriter) -> None:
    names = [f"piece-{number:03}" for number in range(2 * BATCH + 1)]
    assert poll(writer, map(article, names), sleep=no_sleep).outcomes == {"created": 2 * BATCH + 1}
    assert ids(writer) == names
    polled = poll(writer, [], removed=[names[0], "never-seen"], sleep=no_sleep)
    assert polled.outcomes == {"deleted": 1, "absent": 1}
    assert ids(writer) == names[1:]


def test_what_was_taken_down_by_hand_stays_away(writer: ArchiveWriter) -> None:
    poll(writer, [article("ferry")], sleep=no_sleep)
    delete_article(writer.catalogue(), "ferry")
    assert poll(writer, [article("ferry")], sleep=no_sleep).outcomes == {"withheld": 1}
    assert ids(writer) == []


def test_a_source_that_breaks_off_leaves_what_came_before(writer: ArchiveWriter) -> None:
    def broken() -> Iterator[Item]:
        yield from (article(f"piece-{number:03}") for number in range(BATCH + 10))
        raise FetchFailed("the server closed the connection", passing=True)

    with pytest.raises(FetchFailed):
        poll(writer, broken(), sleep=no_sleep)
    assert len(ids(writer)) == BATCH


def test_a_busy_catalogue_is_waited_for_and_not_for_ever(
    writer: ArchiveWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    put, busy = writer.put, 3

    def sometimes(*given: object, **named: object) -> object:
        if len(slept) < busy:
            raise CatalogueBusy("other writes are under way")
        return put(*given, **named)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(writer, "put", sometimes)
    assert poll(writer, [article("ferry")], sleep=slept.append).outcomes == {"created": 1}
    assert slept == [BUSY_PAUSE] * 3
    busy = 10**6
    with pytest.raises(CatalogueBusy):
        poll(writer, [article("pier")], sleep=slept.append)
    assert sum(slept) <= BUSY_SECONDS + 3 * BUSY_PAUSE
