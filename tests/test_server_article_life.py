"""The life of an article over real HTTP: published, corrected, taken down, brought back, removed; seen in every worker."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from article_life import PUBLISHED, SLOTS, TAKEN_DOWN, gone, lists_of, moment, new_piece, rebuild, shown
from engine_fixtures import ENGINES
from server_process import LiveServer, WorkerClient
from service_fixtures import subject_words

pytestmark = [pytest.mark.server, pytest.mark.timed]

NewPiece = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module", params=ENGINES)
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server of three workers over the archive."""
    address = request.getfixturevalue("postgres").new_database() if request.param == "postgresql" else None
    server = LiveServer(tmp_path_factory.mktemp("host") / "data", address)
    rebuild(server)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        print(f"{request.param}: the slowest step took {server.slowest:.3f} s")


@pytest.fixture
def live(host: LiveServer) -> LiveServer:
    """The same, with its indexer."""
    host.start_indexer()
    return host


@pytest.fixture
def piece(host: LiveServer) -> Iterator[NewPiece]:
    """Makes records of articles; those of one test are removed after it, so that none stands in another's lists."""
    made: list[str] = []

    def make(**fields: Any) -> dict[str, Any]:
        made.append((record := new_piece(**fields))["id"])
        return record

    yield make
    for article_id in made:
        host.delete(article_id)


def write_until(server: LiveServer, end: "Future[None]", piece: NewPiece) -> list[dict[str, Any]]:
    """Publish a piece every now and then until the end has come; gives those published."""
    written: list[dict[str, Any]] = []
    while not end.done():
        written.append(piece())
        assert server.put(written[-1])[0] == 201
        time.sleep(0.2)
    return written


def all_answers(worker: WorkerClient, *ids: str) -> list[Any]:
    """Everything that a worker says of these articles, and of two of the archive."""
    return [worker.of(article_id, what) for article_id in (*ids, "flood-1", "match-2") for what in ("", *SLOTS)]


def test_a_new_article_is_answered_by_terms_at_first_and_by_meaning_once_an_indexer_runs(
    host: LiveServer, piece: NewPiece
):
    host.stop_indexer()
    record = piece()
    assert host.put(record) == (201, {"id": record["id"], "result": "created"})
    host.within(PUBLISHED, shown(record, embedded=False))
    host.start_indexer()
    host.within(PUBLISHED, shown(record))


def test_a_correction_shows_everywhere_and_the_former_address_still_finds_it(live: LiveServer, piece: NewPiece):
    first = piece()
    live.put(first)
    live.within(PUBLISHED, shown(first))
    second = {**first, "title": "Corrected", "url": f"{first['url']}/corrected", "updated_at": moment(1)}
    second |= {"section": "sport", "text": f"{subject_words('match', 14)} corrected"}
    assert live.put(second)[1]["result"] == "updated"
    live.within(PUBLISHED, shown(second))
    for worker in live.clients:
        assert worker.get("/v1/also-read", url=first["url"])[1]["article"]["url"] == second["url"]
        assert first["id"] not in lists_of(worker, "flood-1")[1]


def test_an_update_under_another_id_takes_the_place_of_the_old_one_until_it_is_removed(
    live: LiveServer, piece: NewPiece
):
    old = piece()
    live.put(old)
    live.within(PUBLISHED, shown(old))
    update = piece(version_of=old["id"])

    def replaced(worker: WorkerClient) -> None:
        shown(update)(worker)
        for suggested in lists_of(worker, "flood-1"):
            assert old["id"] not in suggested
        assert worker.of(old["id"])[0] == 200
        for suggested in lists_of(worker, old["id"]):
            assert update["id"] not in suggested

    live.put(update)
    live.within(PUBLISHED, replaced)
    live.delete(update["id"])
    live.within(TAKEN_DOWN, gone(update))
    live.within(PUBLISHED, shown(old))


def test_an_embargoed_article_appears_at_its_moment_without_a_write(live: LiveServer, piece: NewPiece):
    due = datetime.now(UTC) + timedelta(seconds=2)
    record = piece(published_at=due.isoformat())
    assert "embargoed_until" in live.put(record)[1]
    while True:
        hidden = [worker.of(record["id"])[0] for worker in live.clients]
        suggested = [article_id for worker in live.clients for ids in lists_of(worker, "flood-1") for article_id in ids]
        if datetime.now(UTC) >= due:
            break
        assert set(hidden) == {404}
        assert record["id"] not in suggested
    live.within(PUBLISHED, shown(record))


def test_what_is_shown_and_then_embargoed_is_out_within_a_second(live: LiveServer, piece: NewPiece):
    record = piece()
    live.put(record)
    live.within(PUBLISHED, shown(record))
    live.put({**record, "published_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(), "updated_at": moment(1)})
    live.within(TAKEN_DOWN, gone(record))


def test_unpublish_republish_and_delete(live: LiveServer, piece: NewPiece):
    record = piece()
    live.put(record)
    live.within(PUBLISHED, shown(record))
    assert live.put({**record, "status": "unpublished", "updated_at": moment(1)})[1]["status"] == "unpublished"
    live.within(TAKEN_DOWN, gone(record))
    live.put({**record, "updated_at": moment(2)})
    live.within(PUBLISHED, shown(record))
    assert live.delete(record["id"]) == (200, {"id": record["id"], "result": "deleted"})
    live.within(TAKEN_DOWN, gone(record))
    assert live.delete(record["id"])[1]["result"] == "absent"


def test_late_and_repeated_calls_change_nothing(live: LiveServer, piece: NewPiece):
    record = piece(title="Newest", updated_at=moment(2))
    live.put(record)
    late = {**record, "title": "Late", "updated_at": moment(1)}
    status, problem = live.put(late)
    assert (status, problem["type"]) == (409, "urn:alsoread:problem:stale-article")
    assert live.put(record) == (200, {"id": record["id"], "result": "unchanged"})
    assert live.delete(record["id"], updated_at=moment(1))[0] == 409
    live.within(PUBLISHED, shown(record))
    live.delete(record["id"], updated_at=moment(3))
    assert live.put(late)[0] == 409
    assert live.put(record)[0] == 409
    live.within(TAKEN_DOWN, gone(record))
    assert live.put({**record, "updated_at": moment(4)})[1]["result"] == "created"
    live.within(PUBLISHED, shown({**record}))


def test_a_rebuild_from_an_older_export_while_writes_go_on_undoes_none_of_them(live: LiveServer, piece: NewPiece):
    deleted, corrected = piece(), piece()
    for record in (deleted, corrected):
        live.put(record)
    newer = {**corrected, "title": "Newer than the export", "updated_at": moment(5)}
    live.put(newer)
    live.delete(deleted["id"])
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(rebuild, live, deleted, corrected)
        writing = pool.submit(write_until, live, running, piece)
        running.result()
    written = [newer, *writing.result()]

    def as_written(worker: WorkerClient) -> None:
        gone(deleted)(worker)
        for record in written:
            assert worker.of(record["id"])[1]["title"] == record["title"]
        assert worker.get("/health/ready")[1]["changes"]["waiting"] == 0

    live.within(PUBLISHED, as_written)
    rebuild(live, deleted, *written)
    live.within(PUBLISHED, as_written)


def test_after_a_rollback_what_was_taken_down_stays_down_and_new_articles_stay(live: LiveServer, piece: NewPiece):
    taken_down, kept, new = piece(), piece(), piece()
    rebuild(live, taken_down, kept)
    live.within(PUBLISHED, shown(taken_down))
    live.delete(taken_down["id"])
    live.put(new)
    rebuild(live, kept, new)
    live.within(PUBLISHED, gone(taken_down))
    before = json.loads(live.command("rollback", "--json"))["before"]

    def rolled_back(worker: WorkerClient) -> None:
        assert worker.of("flood-1", "also-read")[1]["generation"] < before

    live.within(PUBLISHED, rolled_back)
    for worker in live.clients:
        gone(taken_down)(worker)
    live.within(PUBLISHED, shown(new))
    live.put({**new, "title": "Corrected after the rollback", "updated_at": moment(1)})
    live.within(PUBLISHED, shown({**new, "title": "Corrected after the rollback"}))
    rebuild(live)


def test_a_restarted_server_gives_the_same_answers(live: LiveServer, piece: NewPiece):
    new, deleted = piece(), piece()
    live.put(new)
    live.put(deleted)
    live.within(PUBLISHED, shown(new))
    live.delete(deleted["id"])
    live.within(TAKEN_DOWN, gone(deleted))
    before = all_answers(live.clients[0], new["id"])
    live.stop()
    live.start()
    live.start_indexer()
    for worker in live.clients:
        gone(deleted)(worker)
        assert all_answers(worker, new["id"]) == before
