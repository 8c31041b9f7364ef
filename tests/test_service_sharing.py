"""What shared caches are told: for how long, under which keys, and of what nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from helpers import article
from service_fixtures import NOON, Clock, Service, check_problem, numbered, record, small_archive, wait_until

from index.archive_writer import ArchiveWriter
from index.article import digest
from index.catalogue import FILE
from service.api.sharing import MOST_KEYS
from service.app import create_app
from service.settings import Settings

ALSO = "/v1/articles/flood-1/also-read"
PAGE = "/v1/page?id=flood-1"
TARGETED = ("CDN-Cache-Control", "Surrogate-Control", "X-Accel-Expires", "Surrogate-Key", "Cache-Tag")
MINUTE, HOUR = 60, 3_600


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return Service(tmp_path_factory.mktemp("data")).publish(small_archive())


def client_of(data: Path, **settings: Any) -> FlaskClient:
    return create_app(Settings(data=data, **settings), clock=Clock()).test_client()


def key(article_id: str) -> str:
    return f"a-{digest(article_id).hex()[:16]}"


def aged(name: str, **ago: float) -> dict[str, Any]:
    return record(name, f"own words of {name}", published_at=(NOON - timedelta(**ago)).isoformat(), section="news")


@pytest.mark.parametrize("path", [ALSO, PAGE, "/v1/also-read?id=flood-1", "/v1/articles/flood-1"])
def test_browsers_ask_again_each_time_and_are_told_of_no_stale_answers(service: Service, path: str):
    assert service.get(path).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("ago", "seconds"),
    [
        ({"minutes": 1}, 2 * MINUTE),
        ({"hours": 5.9}, 2 * MINUTE),
        ({"hours": 6.1}, 15 * MINUTE),
        ({"days": 2.9}, 15 * MINUTE),
        ({"days": 3.1}, HOUR),
        ({"days": 14.9}, HOUR),
        ({"days": 15.1}, 12 * HOUR),
        ({"days": 4_000}, 12 * HOUR),
    ],
)
def test_the_older_the_article_the_longer_its_answers_are_fresh(tmp_path: Path, ago: dict[str, float], seconds: int):
    service = Service(tmp_path).publish([aged("it", **ago), aged("other", days=30)])
    for path in ("/v1/articles/it", "/v1/articles/it/also-read"):
        headers = service.get(path).headers
        expected = f"max-age={seconds}, stale-while-revalidate={seconds}, stale-if-error=86400"
        assert headers["CDN-Cache-Control"] == headers["Surrogate-Control"] == expected
        assert headers["X-Accel-Expires"] == str(seconds)


def test_what_counts_from_the_clock_is_kept_for_an_hour_at_most(tmp_path: Path):
    service = Service(tmp_path).publish([aged("old", days=400), aged("other", days=500)])
    for path in ("/v1/articles/old/more-in-section", "/v1/page?id=old"):
        assert service.get(path).headers["X-Accel-Expires"] == str(HOUR)
    assert service.get("/v1/page?id=old&slots=also-read").headers["X-Accel-Expires"] == str(12 * HOUR)


def test_an_article_without_a_date_is_kept_for_an_hour(tmp_path: Path):
    service = Service(tmp_path).publish([record("undated", "words", published_at=None), aged("other", days=3)])
    assert service.get("/v1/articles/undated/also-read").headers["X-Accel-Expires"] == str(HOUR)


def test_the_keys_are_those_of_the_article_and_of_all_that_is_shown(service: Service):
    response = service.get(ALSO, limit=3)
    shown = [item["id"] for item in response.get_json()["items"]]
    expected = ["alsoread", key("flood-1"), *map(key, shown)]
    assert len(expected) == 5
    assert response.headers["Surrogate-Key"] == " ".join(expected)
    assert response.headers["Cache-Tag"] == ",".join(expected)


def test_an_article_asked_for_by_its_address_has_the_key_of_its_id(service: Service):
    headers = service.get("/v1/articles", url="https://www.example.com/flood/1").headers
    assert headers["Surrogate-Key"] == f"alsoread {key('flood-1')}"


def test_a_page_has_the_keys_of_all_its_slots_each_once(service: Service):
    response = service.get(f"{PAGE}&repeat=true")
    slots = response.get_json()["slots"].values()
    shown = [item["id"] for slot in slots for item in slot["items"]]
    keys = response.headers["Surrogate-Key"].split()
    assert len(shown) > len(set(shown))
    assert sorted(keys) == sorted({"alsoread", key("flood-1"), *map(key, shown)})


def test_an_answer_that_could_not_be_purged_whole_is_not_shared(tmp_path: Path):
    many = [numbered("flood", number, section=section) for number in range(1, 140) for section in ["news"]]
    service = Service(tmp_path).publish(many)
    wide = service.get("/v1/page?id=flood-1&slots=also-read:50,more-in-section:50")
    shown = [item["id"] for slot in wide.get_json()["slots"].values() for item in slot["items"]]
    assert len(shown) >= MOST_KEYS
    assert not set(TARGETED) & set(wide.headers.keys())
    assert wide.headers["Cache-Control"] == "no-cache"
    narrow = service.get("/v1/page?id=flood-1&slots=also-read:29,more-in-section:50")
    assert len(narrow.headers["Surrogate-Key"]) < 1_700


def test_an_answer_laid_open_is_not_shared_and_neither_are_problems_and_health(service: Service):
    for path in (f"{ALSO}?explain=true", "/v1/articles/nobody/also-read", f"{ALSO}?limit=0", "/health/ready"):
        assert not set(TARGETED) & set(service.get(path).headers.keys()), path
    assert service.get(ALSO, explain="true").headers["Cache-Control"] == "no-cache"
    check_problem(service.get("/v1/articles/nobody/also-read"), 404, "unknown-article")


def test_an_article_that_is_not_embedded_yet_is_kept_for_a_moment_only(tmp_path: Path):
    service = Service(tmp_path).publish(small_archive())
    service.get(ALSO)
    writer = ArchiveWriter(tmp_path / FILE, tmp_path)
    writer.put([article("new", "River wall", "river flood wall quay", section="news", published_at="2026-01-01")])
    wait_until(lambda: service.get("/v1/articles/new").status_code == 200)
    response = service.get("/v1/articles/new/also-read")
    assert "not embedded yet" in response.get_json()["fallback"]
    assert response.headers["X-Accel-Expires"] == "10"
    writer.close()


def test_where_no_cache_may_share_nothing_says_so(tmp_path: Path):
    Service(tmp_path).publish(small_archive())
    response = client_of(tmp_path, shared_cache=False).get(ALSO)
    assert response.status_code == 200
    assert not set(TARGETED) & set(response.headers.keys())
    assert response.headers["Cache-Control"] == "no-cache"


def test_a_304_says_again_for_how_long_and_under_which_keys(service: Service):
    first = service.get(ALSO)
    again = service.client.get(ALSO, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert {name: again.headers[name] for name in TARGETED} == {name: first.headers[name] for name in TARGETED}
