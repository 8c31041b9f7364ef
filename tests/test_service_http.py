"""HTTP itself: errors, methods, validators, readiness, and what must never be told."""

import logging
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from service_fixtures import Service, check_problem, ids, numbered, small_archive, wait_until

from recommender.recommend import Recommender
from service import problems

ALSO = "/v1/articles/flood-1/also-read"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return Service(tmp_path_factory.mktemp("data")).publish(small_archive())


NOT_SERVED = """/ /v1 /v1/ /v1/articles/ /favicon.ico /v2/also-read /v1/also-read/ /v1/articles//also-read /static/x
/v1/background /health //v1/also-read /%00 /%FF /v1/articles/x%0Ay/also-read""".split()


@pytest.mark.parametrize("path", NOT_SERVED)
def test_nothing_else_is_served(service: Service, path: str):
    body = check_problem(service.get(path), 404, "unknown-address")
    assert "nothing is served at" in body["detail"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
@pytest.mark.parametrize("path", [ALSO, "/v1/also-read", "/health/live", "/health/ready"])
def test_another_method_is_refused_with_those_allowed(service: Service, method: str, path: str):
    response = service.client.open(path, method=method)
    body = check_problem(response, 405, "method-not-allowed")
    assert method in body["detail"]
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert body["expected"] == ["GET", "HEAD", "OPTIONS"]


def test_options_says_what_is_allowed(service: Service):
    response = service.client.options(ALSO)
    assert response.status_code == 200
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("path", [ALSO, "/health/ready", "/v1/articles/nobody/also-read"])
def test_head_gives_the_headers_of_get_and_no_body(service: Service, path: str):
    got, head = service.get(path), service.client.head(path)
    assert head.data == b""
    assert (head.status_code, dict(head.headers)) == (got.status_code, dict(got.headers))


def test_an_answer_is_json_that_a_browser_must_check_again(service: Service):
    response = service.get(ALSO)
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["ETag"].startswith('"')
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("known", ["{etag}", '"other", {etag}', "W/{etag}", "*"])
def test_a_known_answer_is_a_304_without_a_body(service: Service, known: str):
    etag = service.get(ALSO).headers["ETag"]
    response = service.client.get(ALSO, headers={"If-None-Match": known.format(etag=etag)})
    assert response.status_code == 304
    assert response.data == b""
    assert response.headers["ETag"] == etag
    assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("known", ['"other"', "nonsense", "", '"', "\xff"])
def test_another_validator_gets_the_whole_answer(service: Service, known: str):
    response = service.client.get(ALSO, headers={"If-None-Match": known})
    assert response.status_code == 200
    assert ids(response.get_json())


def test_another_question_has_another_etag(service: Service):
    assert service.get(ALSO).headers["ETag"] != service.get(ALSO, limit=2).headers["ETag"]


def test_a_changed_archive_has_another_etag(tmp_path: Path):
    before = Service(tmp_path).publish([numbered("flood", 1), numbered("flood", 2)]).get(ALSO)
    after = Service(tmp_path).publish([numbered("flood", 1), numbered("flood", 2, title="Changed")])
    response = after.client.get(ALSO, headers={"If-None-Match": before.headers["ETag"]})
    assert response.status_code == 200
    assert response.get_json()["items"][0]["title"] == "Changed"


def test_a_condition_that_fails_is_a_problem(service: Service):
    etag = service.get(ALSO).headers["ETag"]
    assert service.client.get(ALSO, headers={"If-Match": etag}).status_code == 200
    check_problem(service.client.get(ALSO, headers={"If-Match": '"other"'}), 412, "request-refused")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "a b<script>"},
        {"Host": ""},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"Accept": "text/html"},
        {"Accept-Encoding": "br, nonsense;q=9"},
        {"Range": "bytes=0-3"},
        {"If-Modified-Since": "yesterday"},
        {"If-Range": '"x"'},
        {"Content-Type": "application/json", "Content-Length": "-1"},
        {"Cookie": "session=" + "x" * 5_000},
        {"Authorization": "Basic ="},
        {"Transfer-Encoding": "chunked"},
        {"Expect": "200-maybe"},
    ],
)
def test_no_header_changes_an_answer(service: Service, headers: dict[str, str]):
    response = service.client.get(ALSO, headers=headers)
    assert response.status_code == 200
    assert response.data == service.get(ALSO).data
    assert "evil" not in str(response.headers)


def test_a_body_with_a_get_changes_nothing(service: Service):
    assert service.client.get(ALSO, data=b"{" * 100_000).data == service.get(ALSO).data


def test_a_huge_query_is_answered_and_not_echoed(service: Service):
    for query in ("limit=" + "9" * 1_000_000, "x" * 1_000_000 + "=" + "y" * 1_000_000, "url=" + "é" * 300_000):
        path = ALSO if query[0] != "u" else "/v1/also-read"
        response = service.client.get(path, environ_overrides={"QUERY_STRING": query})
        check_problem(response, 400, "invalid-parameter")
        assert len(response.data) < 5_000
    response = service.get("/v1/also-read", url="https://www.example.com/" + "a" * 1_000_000)
    assert len(response.data) < 5_000
    check_problem(response, 404, "unknown-article")
    check_problem(service.get("/v1/articles/" + "a" * 1_000_000 + "/also-read"), 404, "unknown-article")
    check_problem(service.get("/" + "a" * 1_000_000), 404, "unknown-address")


@pytest.mark.parametrize("error", [RuntimeError("secret detail"), KeyError("/etc/secret"), OSError("secret disk")])
def test_a_mistake_of_ours_is_logged_and_tells_nothing(
    service: Service, error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Recommender, "suggest", fail)
    with caplog.at_level(logging.ERROR):
        response = service.get(ALSO, limit=9)
    body = check_problem(response, 500, "internal")
    assert body["detail"] == "it was logged; the request was not answered"
    assert "secret" not in response.text
    assert any(entry.exc_info and entry.exc_info[1] is error for entry in caplog.records)
    assert f"GET {ALSO!r} failed" in caplog.text


def test_a_path_cannot_write_lines_of_its_own_into_the_log(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Recommender, "locate_id", fail)
    service.get("/v1/articles/x\x85%1B[31mforged/also-read")
    assert "forged" in caplog.text
    assert not any(character in caplog.records[-1].getMessage() for character in "\x1b\x85\n")


def test_every_kind_of_problem_has_one_status_and_a_title():
    assert len({kind.name for kind in problems.KINDS}) == len(problems.KINDS)
    assert all(400 <= kind.status < 600 and kind.title for kind in problems.KINDS)


def test_without_an_index_every_question_is_a_503_and_then_answers_without_a_restart(tmp_path: Path):
    service = Service(tmp_path / "data")
    for path in (ALSO, "/v1/also-read?url=https://a.example/b", "/v1/more-in-section?id=x", "/health/ready"):
        response = service.get(path)
        check_problem(response, 503, "not-ready")
        assert int(response.headers["Retry-After"]) > 0
    assert service.get("/health/live").get_json() == {"status": "live", "worker": os.getpid()}
    check_problem(service.get(ALSO, limit="0"), 400, "invalid-parameter")
    service.publish(small_archive())
    assert service.ids(ALSO, limit=1) == ["flood-2"]
    assert service.get("/health/ready").status_code == 200


def test_readiness_says_what_is_served(tmp_path: Path):
    service = Service(tmp_path).publish(small_archive())
    response = service.get("/health/ready")
    body = response.get_json()
    assert response.headers["Cache-Control"] == "no-store"
    created = datetime.fromisoformat(body.pop("created_at"))
    assert abs((datetime.now(UTC) - created).total_seconds()) < 60
    assert body.pop("cache") == {"hits": 0, "misses": 0, "answers": 0, "bytes": 0, "evicted": 0}
    assert body == {
        "status": "ready",
        "generation": service.recommender.index.snapshot().generation,
        "articles": 15,
        "newest_article": "2026-03-19T12:00:00Z",
        "policy": service.recommender.policies.current().version,
        "policy_b": None,
        "policy_split": None,
        "rolled_back": False,
        "changes": {"seq": 0, "waiting": 0},
        "indexer": None,
        "purge": None,
        "problem": None,
    }


def test_an_index_of_which_nothing_is_whole_is_a_503(tmp_path: Path):
    Service(tmp_path).publish(small_archive())
    for manifest in tmp_path.glob("snapshots/*/manifest.json"):
        manifest.write_text("{}", encoding="utf-8")
    body = check_problem(Service(tmp_path).get(ALSO), 503, "not-ready")
    assert body["detail"] == "the published index is damaged"


def test_a_damaged_index_is_passed_over_for_the_last_good_one_and_readiness_says_so(tmp_path: Path):
    good = Service(tmp_path).publish(small_archive()).answer(ALSO)["generation"]
    bad = Service(tmp_path).publish([*small_archive(), numbered("flood", 6)]).answer(ALSO)["generation"]
    (tmp_path / "snapshots" / bad / "tombstones.npy").write_bytes(b"")
    service = Service(tmp_path)
    assert service.answer(ALSO)["generation"] == good != bad
    problem = service.get("/health/ready").get_json()["problem"]
    assert "tombstones.npy" in problem
    assert str(tmp_path) not in problem


def test_readiness_tells_no_path_of_the_machine_when_the_pointer_is_lost(tmp_path: Path):
    service = Service(tmp_path).publish(small_archive())
    assert service.get(ALSO).status_code == 200
    (tmp_path / "current").unlink()
    problem = wait_until(lambda: service.get("/health/ready").get_json()["problem"], what="noticing")
    assert str(tmp_path) not in problem
    assert service.get(ALSO).status_code == 200
