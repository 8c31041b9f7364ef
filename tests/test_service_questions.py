"""Both questions over HTTP: how an article may be named, and what comes back."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from service_fixtures import NOON, Service, check_problem, ids, numbered, record, small_archive, subject_words

ITEM_KEYS = ["id", "url", "title", "section", "published_at", "image_url", "summary", "score", "source", "reasons"]
ARTICLE_KEYS = [
    *("id", "url", "title", "summary", "section", "tags", "authors", "series"),
    *("lang", "published_at", "updated_at", "image_url"),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    return Service(tmp_path_factory.mktemp("data")).publish(small_archive())


def test_also_read_gives_the_pieces_that_share_most_words_most_first(service: Service):
    assert service.ids("/v1/articles/flood-1/also-read", limit=4) == ["flood-2", "flood-3", "flood-4", "flood-5"]
    assert service.ids("/v1/articles/match-1/also-read", limit=3) == ["match-2", "match-3", "match-4"]


def test_more_in_section_stays_in_the_top_level_section(service: Service):
    answer = service.answer("/v1/articles/flood-1/more-in-section")
    assert set(ids(answer)) == {"flood-2", "flood-3", "flood-4", "flood-5"}
    assert {item["source"] for item in answer["items"]} == {"section"}
    assert {item["section"] for item in answer["items"]} == {"news/flood"}


def test_an_article_is_named_by_path_by_id_or_by_address_with_the_same_answer(service: Service):
    for slot in ("also-read", "more-in-section"):
        by_path = service.get(f"/v1/articles/flood-1/{slot}")
        assert by_path.status_code == 200
        assert service.get(f"/v1/{slot}", id="flood-1").data == by_path.data
        assert service.get(f"/v1/{slot}", url="https://www.example.com/flood/1").data == by_path.data


def test_an_answer_has_exactly_the_documented_shape(service: Service):
    answer = service.answer("/v1/articles/flood-1/also-read", limit=1)
    assert list(answer) == ["article", "slot", "items", "fallback", "list_id", "generation"]
    assert answer["article"] == {
        "id": "flood-1",
        "url": "https://www.example.com/flood/1",
        "title": "flood1",
        "summary": None,
        "section": "news/flood",
        "tags": [],
        "authors": [],
        "series": None,
        "lang": "en",
        "published_at": "2026-03-19T12:00:00Z",
        "updated_at": None,
        "image_url": None,
    }
    assert list(answer["article"]) == ARTICLE_KEYS
    assert answer["slot"] == "also-read"
    assert answer["fallback"] is None
    assert re.fullmatch(r"[0-9a-f]{16}\.[0-9a-f]{12}\.s+[cl]*", answer["list_id"])
    assert answer["generation"] == service.recommender.index.snapshot().generation
    item = answer["items"][0]
    assert list(item) == ITEM_KEYS
    assert {name: item[name] for name in ITEM_KEYS[:7]} == {
        "id": "flood-2",
        "url": "https://www.example.com/flood/2",
        "title": "flood2",
        "section": "news/flood",
        "published_at": "2026-03-18T12:00:00Z",
        "image_url": None,
        "summary": None,
    }
    assert 0 < item["score"] <= 1
    assert item["source"] == "similar"
    assert item["reasons"]
    assert all(isinstance(reason, str) for reason in item["reasons"])


def test_an_article_without_anything_but_a_title_is_answered_with_nulls(tmp_path: Path):
    service = Service(tmp_path).publish([{"id": "bare", "title": "Sluice"}, {"id": "other", "title": "Sluice gauge"}])
    answer = service.answer("/v1/articles/bare/also-read")
    assert answer["article"] == {
        name: "bare" if name == "id" else "Sluice" if name == "title" else [] if name in ("tags", "authors") else None
        for name in ARTICLE_KEYS
    }
    item = answer["items"][0]
    assert item["id"] == "other"
    assert [item[name] for name in ("url", "section", "published_at", "image_url", "summary")] == [None] * 5


ODD_IDS = [
    *("2026/03/14/flood", "a//b", "///", "/leading", "trailing/", "what?", "a b", "naïve-café", "日本語", 'say "hi"'),
    *("it's", "🌊", "x/also-read", "also-read", "y/more-in-section", "100%", "%2F", "a%2Fb", "a+b", "a&b=c;d", "#1"),
    *(
        "..",
        ".",
        "a/../b",
        "<script>",
        "back\\slash",
        "tag:example.com,2026:1",
        "https://example.com/p?id=1",
        "ß" * 512,
    ),
]


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Service:
    records = [  # a year apart, so that no two tell one story
        record(odd_id, subject_words("flood", 8) + f" own{n}", published_at=f"{1990 + n}-01-01")
        for n, odd_id in enumerate(ODD_IDS)
    ]
    return Service(tmp_path_factory.mktemp("odd")).publish(records)


@pytest.mark.parametrize("article_id", ODD_IDS)
def test_an_id_may_hold_any_character(odd: Service, article_id: str):
    by_query = odd.get("/v1/also-read", id=article_id)
    assert by_query.status_code == 200
    assert by_query.get_json()["article"]["id"] == article_id
    spellings = [quote(article_id, safe="")]
    if not {".", ".."} & {*article_id.split("/")}:
        spellings.append(quote(article_id, safe="/"))
    for spelling in spellings:
        for slot in ("also-read", "more-in-section"):
            response = odd.get(f"/v1/articles/{spelling}/{slot}")
            assert response.status_code == 200, (spelling, response.text)
            assert response.get_json()["article"]["id"] == article_id
            assert response.get_json()["slot"] == slot


@pytest.mark.parametrize("article_id", ODD_IDS)
def test_an_odd_id_can_be_excluded(odd: Service, article_id: str):
    other = next(name for name in ODD_IDS if name != article_id)
    assert article_id in odd.ids("/v1/also-read", id=other, limit=50)
    assert article_id not in odd.ids("/v1/also-read", id=other, limit=50, exclude=article_id)


@pytest.mark.parametrize(
    "spelling",
    [
        "https://www.example.com/story?b=2&a=1",
        "http://www.example.com/story?a=1&b=2",
        "https://WWW.Example.COM:443/story?b=2&a=1",
        "https://www.example.com/story/?b=2&a=1",
        "https://www.example.com/story?b=2&a=1#comments",
        "https://www.example.com/story?utm_source=x&b=2&fbclid=abc&a=1&utm_campaign=y",
        "https://user:secret@www.example.com/story?b=2&a=1",
        "https://www.example.com/st%6Fry?b=2&a=1",
    ],
)
def test_an_address_is_found_however_it_is_spelt(tmp_path: Path, spelling: str):
    wanted = "https://www.example.com/story?b=2&a=1"
    service = Service(tmp_path).publish([numbered("flood", 1, url=wanted), numbered("flood", 2)])
    answer = service.answer("/v1/also-read", url=spelling)
    assert answer["article"]["id"] == "flood-1"
    assert answer["article"]["url"] == wanted


def test_another_query_is_another_article(tmp_path: Path):
    pages = [numbered("flood", n, url=f"https://example.com/story?id={n}") for n in (1, 2)]
    service = Service(tmp_path).publish(pages)
    assert service.answer("/v1/also-read", url="https://example.com/story?id=2")["article"]["id"] == "flood-2"
    check_problem(service.get("/v1/also-read", url="https://example.com/story?id=3"), 404, "unknown-article")
    check_problem(service.get("/v1/also-read", url="https://example.com/story"), 404, "unknown-article")


def test_of_two_ids_at_one_address_the_newest_has_it_and_the_other_is_reachable_by_id(tmp_path: Path):
    shared = "https://www.example.com/live"
    service = Service(tmp_path).publish(
        [numbered("flood", 1, url=shared), numbered("flood", 3, url=shared), numbered("flood", 2)]
    )
    assert service.answer("/v1/also-read", url=shared)["article"]["id"] == "flood-1"
    older = service.answer("/v1/articles/flood-3/also-read")
    assert older["article"]["id"] == "flood-3"
    assert ids(older) == ["flood-2"]
    assert service.ids("/v1/articles/flood-2/also-read") == ["flood-1"]


def test_a_former_address_goes_on_finding_its_article(tmp_path: Path):
    service = Service(tmp_path).publish([numbered("flood", 1, url="https://example.com/old"), numbered("flood", 2)])
    service.publish([numbered("flood", 1, url="https://example.com/new"), numbered("flood", 2)])
    fresh = Service(tmp_path)
    for address in ("https://example.com/old", "https://example.com/new"):
        assert fresh.answer("/v1/also-read", url=address)["article"]["id"] == "flood-1"


def test_an_unknown_article_is_a_404_that_names_what_was_asked(service: Service):
    for slot in ("also-read", "more-in-section"):
        for response, asked in [
            (service.get(f"/v1/articles/nobody/{slot}"), "'nobody'"),
            (service.get(f"/v1/{slot}", id="nobody"), "'nobody'"),
            (service.get(f"/v1/{slot}", id=""), "''"),
            (service.get(f"/v1/{slot}", url="https://www.example.com/none"), "'https://www.example.com/none'"),
        ]:
            assert asked in check_problem(response, 404, "unknown-article")["detail"]


@pytest.mark.parametrize(
    "url", ["", "flood-1", "/flood/1", "ftp://example.com/a", "https://", "https://[::1/a", "javascript:x"]
)
def test_what_is_not_an_address_is_refused(service: Service, url: str):
    body = check_problem(service.get("/v1/also-read", url=url), 400, "invalid-parameter")
    assert body["parameter"] == "url"
    assert body["value"] == url
    assert body["expected"] == "an absolute http or https address"


@pytest.mark.parametrize(
    "query", ["", "id=flood-1&url=https://www.example.com/flood/1", "id=flood-1&id=flood-2", "url=a&url=b"]
)
def test_exactly_one_of_id_and_url_must_be_given(service: Service, query: str):
    body = check_problem(service.get(f"/v1/also-read?{query}"), 400, "invalid-parameter")
    assert body["expected"] == "exactly one of id and url"
    assert body["value"] == f"{len([part for part in query.split('&') if part])} of them"


def test_equal_questions_get_equal_bytes_from_any_instance_within_the_hour(service: Service):
    path = "/v1/articles/flood-1/more-in-section"
    first = service.get(path)
    other = Service(service.data)
    other.clock.now = NOON.replace(minute=59, second=59)
    for response in (service.get(path), other.get(path)):
        assert response.data == first.data
        assert response.headers["ETag"] == first.headers["ETag"]
