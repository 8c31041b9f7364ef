"""`POST /v1/preview`: what readers of a draft would get, for who has a key, and nothing of it anywhere afterwards."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from service_fixtures import NOON, WORDS, Service, check_problem, ids, small_archive
from werkzeug.test import TestResponse
from writing_fixtures import NOBODYS_KEY, Desk, make_key, stored

from index.embedder import WordHashEmbedder
from index.embedding_socket import serve_embeddings
from index.pointer import current_generation
from recommender.policy import SLOTS
from recommender.preview import MISSES

DRAFT = {"title": "Flood wall holds", "text": WORDS["flood"], "section": "news/flood", "lang": "en"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    data = tmp_path_factory.mktemp("archive") / "data"
    Service(data).publish(small_archive())
    return Desk(data, token=make_key(data, "desk", "read"))


@pytest.fixture
def indexer(desk: Desk) -> Iterator[None]:
    """The model of the index, lent."""
    server = serve_embeddings(desk.data, lambda: WordHashEmbedder())
    assert server is not None
    yield
    server.close()


def post(desk: Desk, record: object, **options: Any) -> TestResponse:
    body = record if isinstance(record, bytes) else json.dumps(record).encode()
    given = {"headers": desk.headers(), "content_type": "application/json", **options}
    return desk.client.post("/v1/preview", data=body, **given)


def preview(desk: Desk, record: object) -> dict[str, Any]:
    response = post(desk, record)
    assert response.status_code == 200, response.text
    assert response.headers["Cache-Control"] == "no-store"
    answer: dict[str, Any] = response.get_json()
    return answer


def test_a_draft_brings_the_lists_that_it_has_once_it_is_written(desk: Desk, indexer: None, data: Path):
    came = preview(desk, {**DRAFT, "explain": True})
    assert (came["by_terms"], came["known_as"], came["article"]["id"]) == (None, [], None)
    later = Service(data).publish([*small_archive(), {**DRAFT, "id": "d", "published_at": NOON.isoformat()}])
    for slot in ("also-read", "more-in-section"):
        after = later.answer(f"/v1/articles/d/{slot}", explain="true")
        assert came["slots"][slot]["items"] == after["items"]
        assert came["slots"][slot]["fallback"] == after["fallback"]
    assert list(came["slots"]) == list(SLOTS)
    for start in came["would_suggest"]:
        items = ids(later.answer(f"/v1/articles/{start['article']['id']}/{start['slot']}"))
        assert items[start["position"] - 1] == "d"
    assert came["would_suggest"][0]["article"]["id"].startswith("flood-")
    assert came["would_suggest"][0]["reasons"]
    assert came["looked_at"] >= 5 + MISSES


def test_without_the_indexer_it_is_previewed_by_terms_and_says_so(desk: Desk):
    came = preview(desk, DRAFT)
    assert came["by_terms"] == "the indexer is not running: ranked by terms, section and date"
    assert ids(came["slots"]["also-read"])[0].startswith("flood-")


def test_what_is_asked_beside_the_article_counts(desk: Desk):
    asked = {"slots": "more-in-section:1,also-read", "limit": 2, "would_suggest": False}
    came = preview(desk, {**DRAFT, **asked})
    assert {slot: len(answer["items"]) for slot, answer in came["slots"].items()} == {
        "more-in-section": 1,
        "also-read": 2,
    }
    assert (came["would_suggest"], came["looked_at"]) == (None, 0)
    assert "breakdown" not in came["slots"]["also-read"]["items"][0]
    assert "unknown_fields" not in came
    again = preview(desk, {**DRAFT, "slots": ["also-read:3"], "desk": "night"})
    assert len(again["slots"]["also-read"]["items"]) == 3
    assert again["unknown_fields"] == ["desk"]


def test_another_policy_can_be_tried(desk: Desk):
    came = preview(desk, {**DRAFT, "policy": "[also-read]\nlimit = 1\n"})
    assert len(came["slots"]["also-read"]["items"]) == 1
    shipped = preview(desk, {**DRAFT, "policy": 0})
    assert shipped["slots"] == preview(desk, DRAFT)["slots"]


def test_a_draft_of_a_published_article_keeps_its_id_and_is_said_to_be_known(desk: Desk):
    came = preview(desk, {**DRAFT, "id": "flood-3"})
    assert came["article"]["id"] == "flood-3"
    assert came["known_as"] == ["flood-3"]
    assert all("flood-3" not in ids(answer) for answer in came["slots"].values())


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"slots": "also-read:0"}, "slots"),
        ({"slots": 3}, "slots"),
        ({"slots": []}, "slots"),
        ({"limit": 51}, "limit"),
        ({"limit": True}, "limit"),
        ({"would_suggest": "yes"}, "would_suggest"),
        ({"explain": 1}, "explain"),
        ({"policy": "[also-read]\nlimit = 0\n"}, "policy"),
        ({"policy": 1.5}, "policy"),
        ({"policy": 7}, "policy"),
        ({"policy": True}, "policy"),
    ],
)
def test_an_option_that_is_none_is_refused_with_what_was_expected(desk: Desk, change: dict[str, Any], parameter: str):
    body = check_problem(post(desk, {**DRAFT, **change}), 400, "invalid-parameter")
    assert body["parameter"] == parameter
    assert body["expected"]


def test_what_is_no_article_is_refused_field_by_field(desk: Desk):
    body = check_problem(post(desk, {"section": 3, "title": "T", "published_at": "soon"}), 400, "invalid-article")
    assert {fault["field"] for fault in body["errors"]} == {"section", "published_at"}
    check_problem(post(desk, []), 400, "invalid-article")
    check_problem(post(desk, {}), 400, "invalid-article")
    check_problem(post(desk, b"{"), 400, "invalid-json")
    check_problem(post(desk, DRAFT, content_type="text/plain"), 415, "unsupported-media-type")
    check_problem(post(desk, b" " * 1_000_001), 413, "too-large")
    check_problem(post(desk, DRAFT, query_string={"limit": "3"}), 400, "invalid-parameter")


def test_it_needs_a_key_that_reads(desk: Desk):
    check_problem(post(desk, DRAFT, headers={}), 401, "key-required")
    check_problem(post(desk, DRAFT, headers=desk.headers(NOBODYS_KEY)), 401, "key-required")
    writing = make_key(desk.data, "cms", "write")
    check_problem(post(desk, DRAFT, headers=desk.headers(writing)), 403, "wrong-scope")
    for scope in ("rules", "admin"):
        assert post(desk, DRAFT, headers=desk.headers(make_key(desk.data, scope, scope))).status_code == 200


def test_no_word_of_a_draft_is_stored_or_logged(
    desk: Desk, indexer: None, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    caplog.set_level(logging.DEBUG)
    generation, before = current_generation(desk.data), stored(desk.data)
    preview(desk, {**DRAFT, "text": f"{WORDS['flood']} Zymurgist resigns.", "title": "Zymurgist gone"})
    post(desk, {**DRAFT, "published_at": "Zymurgist"})
    assert stored(desk.data) == before
    assert current_generation(desk.data) == generation
    found = [path for path in desk.data.rglob("*") if path.is_file() and b"ymurgist" in path.read_bytes()]
    assert found == []
    assert "ymurgist" not in caplog.text + "".join(capfd.readouterr())
    assert "ymurgist" not in desk.get("/v1/articles/flood-1/also-read").text
