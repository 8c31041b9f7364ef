"""Many articles in one call: a result for each line, in order, whatever the others are."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from helpers import examples
from hypothesis import given
from hypothesis import strategies as st
from service_fixtures import as_lines, check_problem, record
from writing_fixtures import JSON_LINES, Desk, results, small_desk, stored

from index.archive_writer import ArchiveWriter
from index.article import Article
from index.article_writes import Written
from index.catalogue import place_of
from index.errors import CatalogueBusy, CatalogueUnusable
from service import batch
from service.api.articles import MAX_ARTICLE_BYTES, MAX_BATCH_BYTES
from service.app import create_app
from service.settings import Settings


@pytest.fixture
def desk(data: Path) -> Desk:
    return small_desk(data)


def outcomes(lines: Sequence[dict]) -> list[str]:
    return [line["result"] for line in lines]


def test_each_line_has_its_result_in_order(desk: Desk, data: Path):
    lines = desk.batch(
        [
            record("a", updated_at="2026-03-12"),
            record("a", updated_at="2026-03-12"),
            record("a", text="new", updated_at="2026-03-13"),
            record("a", text="old", updated_at="2026-03-11"),
            {"id": "flood-1", "deleted": True},
            {"id": "flood-1", "deleted": True},
            {"id": "a", "deleted": True, "updated_at": "2026-03-11"},
            record("b", published_at="soon"),
            record(7, status="draft"),
            record("c", published_at="2027-01-01", colour="red"),
        ]
    )
    assert [line["line"] for line in lines] == list(range(1, 11))
    assert [line["id"] for line in lines] == ["a", "a", "a", "a", "flood-1", "flood-1", "a", "b", "7", "c"]
    assert outcomes(lines) == (
        ["created", "unchanged", "updated", "stale", "deleted", "absent", "stale", "rejected", "created", "created"]
    )
    assert lines[3]["known_updated_at"] == "2026-03-13T00:00:00Z"
    assert lines[3]["updated_at"] == "2026-03-11T00:00:00Z"
    assert [fault["field"] for fault in lines[7]["errors"]] == ["published_at"]
    assert lines[8]["status"] == "unpublished"
    assert lines[9]["embargoed_until"] == "2027-01-01T00:00:00Z"
    assert lines[9]["unknown_fields"] == ["colour"]
    kept = stored(data)
    assert kept["a"]["text"] == "new"
    assert "flood-1" not in kept
    assert "b" not in kept


def test_a_bad_line_never_ends_the_batch(desk: Desk, data: Path):
    bad = [
        b"rubbish",
        b"[]",
        b"null",
        b'"x"',
        b'{"id": "x"}',
        b'{"title": "no id"}',
        b"\xff\xfe",
        b'{"id":"x","deleted":1}',
        b'{"id":"x","title":"a zero is no false","deleted":0}',
    ]
    bad += [
        b'{"deleted": true}',
        b'{"id":"x","deleted":true,"updated_at":"soon"}',
        b"[" * 3_000,
        b'{"id":"x" "title":1}',
    ]
    body = b"\n".join(part for at, line in enumerate(bad) for part in (line, as_lines([record(f"good-{at}")]).strip()))
    lines = results(desk.post(body))
    assert outcomes(lines) == ["rejected", "created"] * len(bad)
    assert all(line["errors"] and all(fault["detail"] for fault in line["errors"]) for line in lines[::2])
    assert {f"good-{at}" for at in range(len(bad))} <= set(stored(data))
    assert "x" not in stored(data)


def test_empty_lines_count_as_lines_and_have_no_result(desk: Desk):
    first, second = as_lines([record("a")]).strip(), as_lines([record("b")]).strip()
    for body in (
        b"\xef\xbb\xbf" + first + b"\n\n  \n" + second,
        first + b"\r\n\r\n\r\n" + second + b"\r\n",
        first + b"\n\n\n" + second + b"\n\n",
    ):
        assert [(line["line"], line["id"]) for line in results(desk.post(body))] == [(1, "a"), (4, "b")]
    assert results(desk.post(b"")) == results(desk.post(b"\n\n")) == []


def test_removals_between_articles_keep_their_order(desk: Desk, data: Path):
    lines = desk.batch(
        [record("a"), {"id": "a", "deleted": True}, record("a"), {"id": "b", "deleted": True}, record("b"), record("b")]
    )
    assert outcomes(lines) == ["created", "deleted", "created", "absent", "created", "unchanged"]
    assert {"a", "b"} <= set(stored(data))


def test_a_record_that_says_not_deleted_is_an_article(desk: Desk, data: Path):
    (line,) = desk.batch([record("a", deleted=False)])
    assert line == {"line": 1, "id": "a", "result": "created"}
    (line,) = desk.batch([record("a", deleted=True, modified="2026-03-14", colour="red")])
    assert line == {"line": 1, "id": "a", "result": "deleted", "unknown_fields": ["colour"]}


@pytest.mark.parametrize("kind", [JSON_LINES, "application/jsonl", f"{JSON_LINES}; charset=utf-8"])
def test_json_lines_are_read_under_both_names(desk: Desk, kind: str):
    assert outcomes(results(desk.post(as_lines([record("a")]), content_type=kind))) == ["created"]


def test_a_batch_of_another_kind_is_refused(desk: Desk):
    body = check_problem(desk.post(b"{}", content_type="application/json"), 415, "unsupported-media-type")
    assert body["expected"] == [JSON_LINES, "application/jsonl"]
    check_problem(desk.client.post("/v1/articles?x=1", headers=desk.headers()), 400, "invalid-parameter")


def test_too_many_lines_or_bytes_are_refused_before_anything_is_written(desk: Desk, data: Path):
    before = stored(data)
    many = as_lines([record("a")]) + b"\n" * batch.MAX_LINES
    assert check_problem(desk.post(many), 413, "too-large")["limit"] == batch.MAX_LINES
    large = as_lines([record("a")]) + b" " * MAX_BATCH_BYTES
    assert check_problem(desk.post(large), 413, "too-large")["limit"] == MAX_BATCH_BYTES
    assert stored(data) == before
    assert outcomes(results(desk.post(many[:-1]))) == ["created"]


def test_a_line_that_is_too_long_is_rejected_and_the_others_count(desk: Desk):
    long = b'{"id": "long", "title": "' + b"x" * MAX_ARTICLE_BYTES + b'"}\n'
    lines = results(desk.post(as_lines([record("a")]) + long + as_lines([record("b")])))
    assert outcomes(lines) == ["created", "rejected", "created"]
    assert f"{MAX_ARTICLE_BYTES:,}" in lines[1]["errors"][0]["detail"]


class Failing(ArchiveWriter):
    """A writer that fails from a call on, and notes what it was asked."""

    def __init__(self, data: Path, good: int, error: Exception) -> None:
        super().__init__(place_of(data), data)
        self.good = good
        self.error = error
        self.calls: list[int] = []

    def put(self, articles: Sequence[Article]) -> list[Written]:
        self._count(len(articles))
        return super().put(articles)

    def delete(self, article_id: str, updated_at: datetime | None = None) -> Written:
        self._count(0)
        return super().delete(article_id, updated_at)

    def _count(self, lines: int) -> None:
        if len(self.calls) >= self.good:
            raise self.error
        self.calls.append(lines)


def with_writer(desk: Desk, writer: ArchiveWriter) -> Desk:
    desk.client = create_app(Settings(data=desk.data), desk.recommender, desk.clock, writer).test_client()
    return desk


def test_lines_go_into_transactions_of_a_hundred_apart_by_removals(desk: Desk, data: Path):
    writer = Failing(data, 99, CatalogueBusy("never"))
    records = [record(f"n{number}") for number in range(250)]
    with_writer(desk, writer).batch([*records, {"id": "n1", "deleted": True}, record("n1"), record("n2")])
    assert writer.calls == [100, 100, 50, 0, 2]


@pytest.mark.parametrize("error", [CatalogueBusy("others write"), CatalogueUnusable("the disk is full")])
def test_an_error_of_the_catalogue_fails_the_lines_not_yet_written(desk: Desk, data: Path, error: Exception):
    records = [record(f"n{number}") for number in range(150)]
    lines = [*records, {"id": "n1", "deleted": True}, record("bad", url=5), record("n3", text="x")]
    answered = with_writer(desk, Failing(data, 1, error)).batch(lines)
    assert outcomes(answered) == ["created"] * 100 + ["failed"] * 51 + ["rejected", "failed"]
    assert answered[100]["errors"] == [{"field": None, "detail": str(error)}]
    assert "n1" in stored(data)
    assert "n100" not in stored(data)


@pytest.mark.parametrize(
    ("error", "name"),
    [(CatalogueBusy("others write"), "catalogue-busy"), (CatalogueUnusable("the disk is full"), "catalogue-unusable")],
)
def test_where_nothing_was_written_the_whole_call_has_failed(desk: Desk, data: Path, error: Exception, name: str):
    failing = with_writer(desk, Failing(data, 0, error))
    response = failing.post(as_lines([record("bad", url=5), record("a")]))
    assert str(error) in check_problem(response, 503, name)["detail"]
    assert (response.headers.get("Retry-After") == "2") == (name == "catalogue-busy")
    check_problem(failing.put("a", record("a")), 503, name)
    check_problem(failing.delete("a"), 503, name)
    assert failing.answer("/v1/articles/flood-1")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from("id title text url section tags updated_at published_at links status deleted lang x".split())
RECORDS = st.dictionaries(FIELDS, VALUES | st.sampled_from(["a", "2026-03-14", "draft", True]), max_size=6)
BODIES = st.binary(max_size=200) | (RECORDS | VALUES).map(lambda one: json.dumps(one).encode())
KNOWN = {"created", "updated", "unchanged", "stale", "deleted", "absent", "rejected"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return small_desk(tmp_path_factory.mktemp("data"))


@given(body=BODIES)
def test_whatever_one_article_is_the_answer_is_an_outcome_or_a_problem(shared: Desk, body: bytes):
    response = shared.put("fuzz", body)
    assert response.status_code in (200, 201, 400, 409), response.text
    assert shared.token not in response.text
    if response.status_code < 300:
        assert response.get_json()["result"] in KNOWN
    else:
        check_problem(response, response.status_code, response.get_json()["type"].rpartition(":")[2])


@examples(40)
@given(
    lines=st.lists(
        BODIES.filter(lambda body: b"\n" not in body and body.removeprefix(b"\xef\xbb\xbf").strip()), max_size=6
    )
)
def test_whatever_the_lines_are_each_has_a_result(shared: Desk, lines: list[bytes]):
    answered = results(shared.post(b"\n".join(lines)))
    assert [line["line"] for line in answered] == list(range(1, len(lines) + 1))
    assert set(outcomes(answered)) <= KNOWN
    assert all(("errors" in line) == (line["result"] == "rejected") for line in answered)
