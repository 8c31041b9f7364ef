"""Writing while others read and write, without a catalogue, and what must never be told or logged."""

import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from service_fixtures import as_lines, check_problem, record, small_archive
from werkzeug.test import TestResponse
from writing_fixtures import Desk, make_key, results, small_desk, stored

from index import archive_writer
from index.archive_writer import ArchiveWriter
from index.article import Article
from index.article_writes import Written
from index.catalogue import FILE, place_of
from service.app import create_app
from service.settings import Settings


@pytest.fixture
def desk(data: Path) -> Desk:
    return small_desk(data)


class Slow(ArchiveWriter):
    """A writer whose writes wait until they are let go."""

    def __init__(self, data: Path) -> None:
        super().__init__(place_of(data), data)
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()

    def put(self, articles: Sequence[Article]) -> list[Written]:
        self.begun.release()
        assert self.go.wait(10)
        return super().put(articles)


@contextmanager
def others_writing(desk: Desk, threads: int, writes: int) -> Iterator[Desk]:
    """The desk over a worker of so many threads, with so many writes under way."""
    slow = Slow(desk.data)
    app = create_app(Settings(data=desk.data, threads=threads), desk.recommender, desk.clock, slow)
    desk.client = app.test_client()
    with ThreadPoolExecutor(writes) as pool:
        waiting = [
            pool.submit(app.test_client().put, f"/v1/articles/w{at}", json=record(f"w{at}"), headers=desk.headers())
            for at in range(writes)
        ]
        try:
            for _ in range(writes):
                assert slow.begun.acquire(timeout=10)
            yield desk
        finally:
            slow.go.set()
        assert [done.result().status_code for done in waiting] == [201] * writes


@pytest.mark.parametrize(("threads", "writes"), [(1, 1), (2, 1), (4, 2), (5, 2), (8, 4)])
def test_half_of_the_threads_stay_for_readers_and_another_write_is_told_to_come_again(
    desk: Desk, threads: int, writes: int
):
    with others_writing(desk, threads, writes):
        for response in (desk.put("x", record("x")), desk.delete("x"), desk.post(as_lines([record("x")]))):
            check_problem(response, 503, "catalogue-busy")
            assert response.headers["Retry-After"] == "2"
        assert desk.ids("/v1/articles/flood-1/also-read", limit=1) == ["flood-2"]
        assert desk.answer("/v1/articles/flood-1")
    assert desk.put("x", record("x")).status_code == 201


def test_a_refused_request_gives_its_seat_back(desk: Desk):
    for _ in range(5):
        check_problem(desk.put("x", b"rubbish"), 400, "invalid-json")
        check_problem(desk.put("x", b"", content_type="text/plain"), 415, "unsupported-media-type")
        check_problem(desk.put("x", {}, headers=desk.headers(f"alsoread_{'1' * 12}_{'1' * 64}")), 401, "key-required")
    assert desk.put("x", record("x")).status_code == 201


def test_a_request_without_a_key_takes_no_seat(desk: Desk):
    with others_writing(desk, threads=2, writes=1):
        for headers in ({}, {"Authorization": "Bearer nonsense"}):
            check_problem(desk.put("x", {}, headers=headers), 401, "key-required")


def test_writes_and_reads_at_once_are_all_answered(desk: Desk):
    def write(number: int) -> list[TestResponse]:
        client = desk.app.test_client()
        path = f"/v1/articles/n{number % 3}"
        return [
            client.put(path, json=record(f"n{number % 3}", text=f"by {number}"), headers=desk.headers()),
            client.delete(path, headers=desk.headers()),
            client.post(
                "/v1/articles",
                data=as_lines([record(f"m{number}-{at}") for at in range(20)]),
                headers=desk.headers(),
                content_type="application/jsonl",
            ),
        ]

    def read(number: int) -> int:
        return desk.app.test_client().get(f"/v1/articles/flood-1/also-read?limit={number % 5 + 1}").status_code

    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(write, number) for number in range(12)]
        reading = [pool.submit(read, number) for number in range(60)]
        assert {done.result() for done in reading} == {200}
        answers = [answer for done in writing for answer in done.result()]
    assert {answer.status_code for answer in answers} <= {200, 201, 503}
    written = [answer for answer in answers if answer.status_code != 503]
    assert written
    kept = stored(desk.data)
    for answer in written:
        if answer.content_type == "application/x-ndjson":
            assert {line["id"] for line in results(answer) if line["result"] == "created"} <= set(kept)


def test_while_another_process_writes_for_long_a_write_is_told_to_come_again(
    data: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(archive_writer, "WAIT_SECONDS", 0.1)
    desk = small_desk(data)
    other = sa.create_engine(f"sqlite:///{data / FILE}")
    with other.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        check_problem(desk.put("x", record("x")), 503, "catalogue-busy")
        check_problem(desk.post(as_lines([record("x")])), 503, "catalogue-busy")
        assert desk.answer("/v1/articles/flood-1")
    other.dispose()
    assert desk.put("x", record("x")).status_code == 201


def test_without_a_catalogue_writing_says_what_to_do_and_reading_goes_on(data: Path):
    token = make_key(data)
    (data / FILE).unlink()
    desk = Desk(data, token=token)
    body = check_problem(desk.put("x", record("x")), 503, "catalogue-unusable")
    assert "alsoread rebuild" in body["detail"]
    assert not (data / FILE).exists()
    desk.publish(small_archive())
    assert desk.answer("/v1/articles/flood-1")
    desk.token = make_key(data)
    assert desk.put("x", record("x")).status_code == 201


def test_a_catalogue_that_is_none_tells_nothing_of_the_machine(desk: Desk, data: Path):
    for file in data.glob(f"{FILE}*"):
        file.write_bytes(b"rubbish" * 1_000)
    for response in (desk.put("x", record("x")), desk.delete("x"), desk.post(as_lines([record("x")]))):
        body = check_problem(response, 503, "catalogue-unusable")
        assert "sqlite" not in body["detail"]
    detail = check_problem(desk.get("/v1/articles/flood-1"), 503, "not-ready")["detail"]
    assert "what was taken down is not known yet" in detail
    assert str(data) not in detail


def test_a_catalogue_of_another_version_says_so(desk: Desk, data: Path):
    engine = sa.create_engine(f"sqlite:///{data / FILE}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    engine.dispose()
    assert "version" in check_problem(desk.put("x", record("x")), 503, "catalogue-unusable")["detail"]


def test_neither_a_key_nor_anything_of_a_body_is_logged_or_given_back(desk: Desk, caplog: pytest.LogCaptureFixture):
    secret = desk.token.split("_")[2]
    answers: list[TestResponse] = []
    with caplog.at_level(logging.DEBUG):
        for body in (record("x", text="marrowbone"), {"text": "marrowbone", "url": "x"}, b'{"marrowbone": "mar'):
            answers += [desk.put("x", body), desk.post(body if isinstance(body, bytes) else as_lines([body]))]
        answers += [desk.delete("x"), desk.put("x", {}, content_type="text/marrowbone")]
        wrong = desk.token[:-4] + ("0000" if desk.token[-4:] != "0000" else "1111")
        answers.append(desk.put("x", {}, headers=desk.headers(wrong)))
        answers.append(desk.client.get("/v1/articles/flood-1", headers=desk.headers()))
    for place in (caplog.text, *(f"{answer.text} {answer.headers}" for answer in answers)):
        assert secret[:-4] not in place
    assert "marrowbone" not in caplog.text


def test_a_mistake_of_ours_in_a_write_logs_method_and_path_and_no_key(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(ArchiveWriter, "put", fail)
    with caplog.at_level(logging.DEBUG):
        check_problem(desk.put("x", record("x", text="marrowbone")), 500, "internal")
        check_problem(desk.post(as_lines([record("x", text="marrowbone")])), 500, "internal")
    assert "PUT '/v1/articles/x' failed" in caplog.text
    assert "marrowbone" not in caplog.text
    assert desk.token.split("_")[2] not in caplog.text
