"""An archive and single articles for the tests of real servers, and what a worker shows of an article."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from server_process import LiveServer, WorkerClient
from service_fixtures import SECTIONS, WORDS, as_lines, numbered, subject_words

TAKEN_DOWN = 1.0
PUBLISHED = 5.0
"""Seconds after a call within which every worker must have followed."""

SLOTS = ("also-read", "more-in-section")

BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)

_numbers = count(1)


def archive() -> list[dict[str, Any]]:
    """Five pieces on each of three subjects, one a day until yesterday."""
    return [
        numbered(subject, number, published_at=(BEGAN - timedelta(days=number)).isoformat())
        for subject in WORDS
        for number in range(1, 6)
    ]


def rebuild(server: LiveServer, *more: dict[str, Any]) -> None:
    """Rebuild on that host from an export that holds the archive and these, whatever share of so few articles that loses."""
    export = server.data.parent / "export.jsonl"
    export.write_bytes(as_lines([*archive(), *more]))
    server.command("rebuild", str(export), "--force")


def moment(minutes: int) -> str:
    """When a version was written: so many minutes after the first."""
    return (BEGAN + timedelta(minutes=minutes)).isoformat()


def new_piece(subject: str = "flood", **fields: Any) -> dict[str, Any]:
    """A piece that no other test has, published within the hour, in its first version.

    Of several on one subject a list may leave some out, for they tell one story.
    """
    number = next(_numbers)
    given = {
        "title": f"New {subject} piece {number}",
        "url": f"https://www.example.com/new/{number}",
        "text": f"{subject_words(subject, 14)} news{number}",
        "published_at": (BEGAN + timedelta(seconds=number)).isoformat(),
        "updated_at": moment(0),
    }
    return {**numbered(subject, 1, **given), "id": f"new/{number}", **fields}


def neighbour(record: dict[str, Any]) -> str:
    """An article of the archive on the same subject, by the section."""
    return next(f"{subject}-1" for subject, section in SECTIONS.items() if section == record["section"])


def lists_of(worker: WorkerClient, article_id: str) -> list[list[str]]:
    """All that may be suggested beside an article, by slot."""
    return [worker.ids(f"/v1/articles/{article_id}/{slot}", limit=50) for slot in SLOTS]


def shown(record: dict[str, Any], embedded: bool = True) -> Callable[[WorkerClient], None]:
    """Checks that a worker serves the article as it is: itself, its own lists by id and address, in those of another."""
    article_id = record["id"]

    def check(worker: WorkerClient) -> None:
        status, stored = worker.of(article_id)
        assert (status, stored.get("title"), stored.get("section")) == (200, record["title"], record["section"])
        for slot in SLOTS:
            for status, answer in (worker.of(article_id, slot), worker.get(f"/v1/{slot}", url=record["url"])):
                assert (status, answer.get("article")) == (200, stored)
                assert answer["items"]
                assert article_id not in [item["id"] for item in answer["items"]]
                assert ("not embedded yet" in (answer["fallback"] or "")) is not embedded
        for suggested in lists_of(worker, neighbour(record)):
            assert article_id in suggested

    return check


def gone(record: dict[str, Any]) -> Callable[[WorkerClient], None]:
    """Checks that a worker knows nothing of the article."""

    def check(worker: WorkerClient) -> None:
        assert worker.of(record["id"])[0] == 404
        for slot in SLOTS:
            assert worker.of(record["id"], slot)[0] == 404
            assert worker.get(f"/v1/{slot}", url=record["url"])[0] == 404
        for suggested in lists_of(worker, neighbour(record)):
            assert record["id"] not in suggested

    return check


def lives_and_dies(here: LiveServer, there: LiveServer) -> None:
    """What is written, taken down and removed at one host is seen at the other in time, and what is written there here."""
    record = new_piece()
    assert here.put(record)[0] == 201
    print(f"published elsewhere after {there.within(PUBLISHED, shown(record)):.3f} s")
    here.put({**record, "status": "unpublished", "updated_at": moment(1)})
    print(f"taken down elsewhere after {there.within(TAKEN_DOWN, gone(record)):.3f} s")
    there.put({**record, "updated_at": moment(2)})
    here.within(PUBLISHED, shown(record))
    here.delete(record["id"])
    print(f"removed elsewhere after {there.within(TAKEN_DOWN, gone(record)):.3f} s")
