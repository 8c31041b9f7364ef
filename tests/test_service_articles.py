"""One article over HTTP: read by anyone, written and removed by who has a key."""

from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from service_fixtures import NOON, check_problem, record
from werkzeug.test import TestResponse
from writing_fixtures import JSON, Desk, small_desk, stored

from service.answers import ARTICLE_FIELDS
from service.api.articles import MAX_ARTICLE_BYTES

LATER, EARLIER = "2026-03-12T00:00:00Z", "2026-03-11T00:00:00Z"


@pytest.fixture
def desk(data: Path) -> Desk:
    return small_desk(data)


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return small_desk(tmp_path_factory.mktemp("data"))


def test_an_article_is_given_with_its_public_fields_as_in_an_answer(reading: Desk):
    article = reading.answer("/v1/articles/flood-1")
    assert list(article) == ["id", *ARTICLE_FIELDS]
    assert article == reading.answer("/v1/articles/flood-1/also-read")["article"]
    assert article["title"] == "flood1"
    for query in ({"id": "flood-1"}, {"url": "http://www.example.com/flood/1?utm_source=x"}):
        assert reading.answer("/v1/articles", **query) == article


def test_an_article_has_a_validator_and_is_checked_again_each_time(reading: Desk):
    response = reading.get("/v1/articles/flood-1")
    assert response.headers["Cache-Control"] == "no-cache"
    etag = response.headers["ETag"]
    known = reading.client.get("/v1/articles/flood-1", headers={"If-None-Match": etag})
    assert (known.status_code, known.data) == (304, b"")
    assert reading.get("/v1/articles/flood-2").headers["ETag"] != etag


def test_an_unknown_or_embargoed_article_is_a_404(data: Path):
    desk = small_desk(data)
    desk.publish(
        [record("a"), record("b", published_at="2026-03-20T13:00:00Z"), record("c", status="draft")], force=True
    )
    assert desk.answer("/v1/articles/a")["id"] == "a"
    for unknown in ("b", "c", "flood-1", "nobody", "also-read", "a/"):
        check_problem(desk.get(f"/v1/articles/{unknown}"), 404, "unknown-article")
    desk.clock.now = NOON.replace(hour=14)
    assert desk.answer("/v1/articles/b")["id"] == "b"


@pytest.mark.parametrize("query", [{}, {"id": "a", "url": "https://a.example/"}, {"url": "x"}, {"ident": "flood-1"}])
def test_reading_takes_exactly_one_of_id_and_url_and_nothing_else(reading: Desk, query: dict[str, str]):
    check_problem(reading.get("/v1/articles", **query), 400, "invalid-parameter")
    check_problem(reading.get("/v1/articles/flood-1", id="flood-1"), 400, "invalid-parameter")


def test_a_new_article_is_created_a_changed_one_updated_and_the_same_unchanged(desk: Desk, data: Path):
    for given, status, result in (
        (record("new"), 201, "created"),
        (record("new"), 200, "unchanged"),
        (record("new", text="more"), 200, "updated"),
        ({**record("new", text="more"), "id": None}, 200, "unchanged"),
    ):
        response = desk.put("new", given)
        assert response.status_code == status, response.text
        assert response.get_json() == {"id": "new", "result": result}
        assert response.content_type == JSON
        assert response.headers["Cache-Control"] == "no-store"
    assert stored(data)["new"]["text"] == "more"


def test_the_answer_says_from_when_an_article_is_served(desk: Desk):
    future = desk.put("new", record("new", published_at="2026-03-21T08:00:00+01:00")).get_json()
    assert future == {"id": "new", "result": "created", "embargoed_until": "2026-03-21T07:00:00Z"}
    draft = desk.put("new", record("new", status="draft")).get_json()
    assert draft == {"id": "new", "result": "updated", "status": "unpublished"}


def test_unknown_fields_are_kept_and_named_in_the_answer(desk: Desk, data: Path):
    answer = desk.put("new", record("new", colour="red", deleted=False, alpha=1, date="2026-03-09")).get_json()
    assert answer["unknown_fields"] == ["alpha", "colour", "date"]
    assert stored(data)["new"]["colour"] == "red"
    assert "deleted" not in stored(data)["new"]


def test_what_is_older_than_what_is_known_is_refused_with_both_dates(desk: Desk, data: Path):
    desk.put("new", record("new", text="newest", updated_at=LATER))
    for refused in (
        desk.put("new", record("new", text="older", updated_at=EARLIER)),
        desk.delete("new", updated_at=EARLIER),
    ):
        body = check_problem(refused, 409, "stale-article")
        assert (body["id"], body["updated_at"], body["known_updated_at"]) == ("new", EARLIER, LATER)
    assert stored(data)["new"]["text"] == "newest"


def test_removing_is_idempotent_and_what_is_older_does_not_come_back(desk: Desk, data: Path):
    desk.put("new", record("new", updated_at=EARLIER))
    assert desk.delete("new", updated_at=LATER).get_json() == {"id": "new", "result": "deleted"}
    for again in (desk.delete("new"), desk.delete("new", updated_at=LATER), desk.delete("never-there")):
        assert again.status_code == 200
        assert again.get_json()["result"] == "absent"
    assert "new" not in stored(data)
    check_problem(desk.put("new", record("new", updated_at=EARLIER)), 409, "stale-article")
    assert desk.put("new", record("new", updated_at="2026-03-13")).status_code == 201


STRANGE_IDS = [
    "a/b",
    "/a",
    "a/",
    "a//b",
    "é ö",
    "100%",
    "a?b#c",
    "..",
    "also-read",
    "a/also-read",
    "日本/more-in-section",
]


@pytest.mark.parametrize("article_id", STRANGE_IDS)
def test_an_id_may_hold_any_character_in_the_query(desk: Desk, data: Path, article_id: str):
    path = f"/v1/articles?id={quote(article_id, safe='')}"
    assert desk.put(path, {"title": "x"}).get_json() == {"id": article_id, "result": "created"}
    assert stored(data)[article_id]["title"] == "x"
    assert desk.delete("/v1/articles", id=article_id).get_json() == {"id": article_id, "result": "deleted"}


@pytest.mark.parametrize(
    "article_id", [each for each in STRANGE_IDS if "/also-read" not in each and "/more" not in each]
)
def test_an_id_may_hold_any_character_in_the_path_too(desk: Desk, data: Path, article_id: str):
    path = f"/v1/articles/{quote(article_id)}"
    assert desk.put(path, {"title": "x"}).get_json() == {"id": article_id, "result": "created"}
    assert desk.delete(path).get_json() == {"id": article_id, "result": "deleted"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
@pytest.mark.parametrize("slot", ["also-read", "more-in-section"])
def test_the_address_of_suggestions_is_never_that_of_an_article(desk: Desk, data: Path, method: str, slot: str):
    path = f"/v1/articles/flood-1/{slot}"
    response = desk.client.open(path, method=method, json={"title": "x"}, headers=desk.headers())
    assert check_problem(response, 405, "method-not-allowed")["expected"] == ["GET", "HEAD", "OPTIONS"]
    assert f"flood-1/{slot}" not in stored(data)


def test_a_path_that_is_no_utf_8_writes_nothing(desk: Desk, data: Path):
    before = stored(data)
    for method in ("PUT", "DELETE"):
        response = desk.client.open(
            "/v1/articles/x",
            method=method,
            json={"title": "x"},
            headers=desk.headers(),
            environ_overrides={"PATH_INFO": "/v1/articles/\xff"},
        )
        check_problem(response, 400, "invalid-parameter")
    assert stored(data) == before


def test_the_id_in_the_body_must_be_the_one_in_the_address(desk: Desk, data: Path):
    body = check_problem(desk.put("new", record("other")), 400, "invalid-article")
    assert body["errors"] == [{"field": "id", "detail": 'expected "new" as in the address, or nothing, got "other"'}]
    assert not {"new", "other"} & set(stored(data))
    assert desk.put("7", {"id": 7, "title": "x"}).status_code == 201


def test_an_article_that_is_none_has_an_entry_for_each_field_at_fault(desk: Desk, data: Path):
    body = check_problem(
        desk.put("new", {"title": 5, "published_at": "soon", "status": "perhaps", "url": "ftp://x"}),
        400,
        "invalid-article",
    )
    assert {fault["field"] for fault in body["errors"]} == {"title", "published_at", "status", "url"}
    assert all(fault["detail"].startswith("expected ") and ", got " in fault["detail"] for fault in body["errors"])
    (fault,) = check_problem(desk.put("new", {"section": "x"}), 400, "invalid-article")["errors"]
    assert fault == {"field": "title, text", "detail": "expected at least one of them, got neither"}
    assert "new" not in stored(data)


@pytest.mark.parametrize("given", [[], "x", 5, None, True, [record("new")]])
def test_json_that_is_no_object_is_no_article(desk: Desk, given: object):
    (fault,) = check_problem(desk.put("new", given), 400, "invalid-article")["errors"]
    assert fault["field"] is None
    assert "expected an object" in fault["detail"]


def test_a_record_that_says_deleted_is_not_published(desk: Desk, data: Path):
    for word in (True, "yes", 1):
        (fault,) = check_problem(desk.put("new", record("new", deleted=word)), 400, "invalid-article")["errors"]
        assert fault["field"] == "deleted"
    assert "new" not in stored(data)


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [(b"", 1, 1), (b'{"title":\n "x",}', 2, 5), (b'{"a": NaN}', 1, 7), (b"\xff\xfe{}", 1, 1), (b"[" * 5_000, 1, None)],
)
def test_json_that_cannot_be_read_says_where(desk: Desk, body: bytes, line: int, column: int | None):
    problem = check_problem(desk.put("new", body), 400, "invalid-json")
    assert problem["line"] == line
    if column is not None:
        assert problem["column"] == column


def test_a_byte_order_mark_is_passed_over(desk: Desk):
    assert desk.put("new", b'\xef\xbb\xbf{"title": "x"}').status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/x-ndjson", "", "application/x-www-form-urlencoded"])
def test_a_body_of_another_kind_is_refused(desk: Desk, kind: str):
    body = check_problem(desk.put("new", record("new"), content_type=kind), 415, "unsupported-media-type")
    assert body["expected"] == [JSON]
    compressed = desk.put("new", b"\x1f\x8b", headers=desk.headers(**{"Content-Encoding": "gzip"}))
    assert "gzip" in check_problem(compressed, 415, "unsupported-media-type")["detail"]
    assert desk.put("new", record("new"), content_type=f"{JSON}; charset=utf-8").status_code == 201


def test_a_body_that_is_too_large_is_refused_with_the_limit(desk: Desk):
    assert desk.put("new", b" " * (MAX_ARTICLE_BYTES - 15) + b'{"title": "yz"}').status_code == 201
    body = check_problem(desk.put("new", b" " * (MAX_ARTICLE_BYTES + 1)), 413, "too-large")
    assert body["limit"] == MAX_ARTICLE_BYTES


@pytest.mark.parametrize("excess", [1, 1_000_000])
def test_a_body_that_does_not_say_its_length_is_read_whole_or_refused(desk: Desk, data: Path, excess: int):
    def send(body: bytes) -> TestResponse:
        return desk.client.put(
            "/v1/articles/new",
            input_stream=BytesIO(body),
            content_type=JSON,
            headers=desk.headers(),
            environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
        )

    given = b'{"title": "whole"}'
    check_problem(send(given.ljust(MAX_ARTICLE_BYTES + excess)), 413, "too-large")
    assert "new" not in stored(data)
    assert send(given.ljust(MAX_ARTICLE_BYTES)).status_code == 201


@pytest.mark.parametrize(
    "path", ["/v1/articles/new?x=1", "/v1/articles/new?id=new", "/v1/articles", "/v1/articles?id="]
)
def test_an_unknown_parameter_or_a_missing_id_is_refused(desk: Desk, path: str):
    check_problem(desk.put(path, {"title": "x"}), 400, "invalid-parameter")
    check_problem(desk.delete(path), 400, "invalid-parameter")
    check_problem(desk.delete("/v1/articles/new?updated_at=soon"), 400, "invalid-parameter")
    check_problem(desk.delete(f"/v1/articles/{'x' * 513}"), 400, "invalid-parameter")
