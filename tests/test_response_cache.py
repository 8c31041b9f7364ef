"""The cache in front of Flask: what it keeps and for how long, and what it passes on."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from service_fixtures import NOON, Clock, Service, numbered, publish, small_archive, wait_until

from index.archive_writer import ArchiveWriter
from index.article_record import parse_article
from index.catalogue import FILE, place_of
from index.errors import TakeDownsUnknown
from index.policy_versions import save_policy
from index.rule_writes import add_rule, remove_rule
from index.rules import RuleDraft
from recommender.policy import policy_from_toml
from recommender.recommend import Recommender
from service import basis, response_cache
from service.api.sharing import fresh_seconds, fresh_until
from service.app import create_app, make_recommender
from service.response_cache import sorted_key
from service.settings import Settings

ALSO = "/v1/articles/flood-1/also-read"
KEPT = (
    ALSO,
    "/v1/also-read?id=flood-1&limit=2",
    "/v1/also-read?url=https://www.example.com/flood/1",
    "/v1/articles/flood-1/more-in-section",
    "/v1/page?id=flood-1&slots=also-read:2,background:2",
    "/embed?id=flood-1",
    "/v1/articles/flood-1",
    "/v1/articles?id=flood-1",
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("archive")
    publish(data, small_archive())
    return data


@pytest.fixture
def data(archive: Path, tmp_path: Path) -> Path:
    return shutil.copytree(archive, tmp_path / "data")


@pytest.fixture
def open_client(data: Path) -> Callable[..., FlaskClient]:
    def client_with(**settings: Any) -> FlaskClient:
        given = Settings(data=data, **settings)
        return create_app(given, make_recommender(given), Clock()).test_client()

    return client_with


@pytest.fixture
def writer(data: Path) -> Iterator[ArchiveWriter]:
    opened = ArchiveWriter(place_of(data), data)
    yield opened
    opened.close()


def state(client: FlaskClient) -> dict[str, int]:
    record: dict[str, int] = client.get("/health/ready").get_json()["cache"]
    return record


def edited(number: int, **fields: Any) -> Any:
    return parse_article(numbered("flood", number, **fields))


@pytest.mark.parametrize("path", KEPT)
def test_what_was_answered_once_is_given_without_being_worked_out(
    open_client: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch, path: str
):
    client = open_client()
    first = client.get(path)
    assert first.status_code == 200
    monkeypatch.setattr(client.application, "full_dispatch_request", lambda: pytest.fail("Flask was entered"))
    again = client.get(path)
    assert (again.data, again.headers.get("ETag")) == (first.data, first.headers.get("ETag"))
    assert client.head(path).headers["Content-Length"] == str(len(first.data))
    held = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (held.status_code, held.data) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/health/ready",
        "/v1/articles/nobody",
        f"{ALSO}?limit=0",
        f"{ALSO}?explain=true",
        "/widget.js",
        "/desk",
        "/embed?id=x",
    ],
)
def test_what_is_no_such_answer_is_passed_on_each_time(open_client: Callable[..., FlaskClient], path: str):
    client = open_client()
    for _ in range(2):
        client.get(path)
    assert state(client)["answers"] == state(client)["hits"] == 0


def test_who_shows_a_key_is_passed_on(open_client: Callable[..., FlaskClient]):
    client = open_client()
    for _ in range(2):
        assert client.get(ALSO, headers={"Authorization": "Bearer x"}).status_code == 200
    assert state(client)["answers"] == 0


def test_who_asks_for_one_form_alone_is_passed_on(open_client: Callable[..., FlaskClient]):
    client = open_client()
    etag = client.get(ALSO).headers["ETag"]
    assert client.get(ALSO, headers={"If-Match": etag}).status_code == 200
    assert client.get(ALSO, headers={"If-Match": '"another"'}).status_code == 412


def test_without_room_there_is_no_cache(open_client: Callable[..., FlaskClient]):
    client = open_client(cache_bytes=0)
    assert client.get(ALSO).data == client.get(ALSO).data
    assert client.get("/health/ready").get_json()["cache"] is None


def test_the_same_question_in_another_order_is_answered_by_what_is_kept(open_client: Callable[..., FlaskClient]):
    client = open_client()
    first = client.get("/v1/also-read?id=flood-1&limit=2&lang=en")
    for order in ("limit=2&id=flood-1&lang=en", "lang=en&&limit=2&id=flood-1", "lang=en&limit=2&id=flood-1"):
        assert client.get(f"/v1/also-read?{order}").data == first.data
    found = state(client)
    assert (found["hits"], found["misses"], found["answers"]) == (3, 1, 1)
    assert client.get("/v1/also-read?id=flood-1&limit=2&limit=3").status_code == 400


def test_a_path_and_a_query_are_not_taken_for_each_other():
    assert sorted_key(("/a?b", "")) != sorted_key(("/a", "b"))
    assert sorted_key(("/a", "id=1&exclude=b&exclude=a")) == ("/a", "exclude=b&exclude=a&id=1")


def test_an_article_that_changes_in_something_counts_at_once_and_whatever_else_changes_after_the_grace(
    open_client: Callable[..., FlaskClient], writer: ArchiveWriter
):
    client = open_client(cache_grace=1.0)
    live = client.application.wsgi_app._basis._live
    first = client.get(f"{ALSO}?limit=2")
    assert [item["id"] for item in first.get_json()["items"]] == ["flood-2", "flood-3"]
    writer.put([edited(7, text="river flood wall quay rain tide sandbags engineers pumps meadow culvert sluice")])
    began = time.monotonic()
    wait_until(lambda: live.snapshot().row_of_id("flood-7") is not None and not live.following.waiting)
    if time.monotonic() - began < 0.9:
        assert client.get(f"{ALSO}?limit=2").data == first.data, "within the grace"
    wait_until(lambda: client.get(f"{ALSO}?limit=2").data != first.data, 20, "the grace")
    before = client.get(f"{ALSO}?limit=2").data
    writer.delete("flood-2")
    assert b"flood-2" not in client.get(f"{ALSO}?limit=2").data
    assert before != client.get(f"{ALSO}?limit=2").data


def test_what_is_about_to_change_is_worked_out_anew_until_it_has(
    open_client: Callable[..., FlaskClient], writer: ArchiveWriter
):
    """Known of, not loaded yet: who asks for the article itself waits for it, and who is answered from what is kept must."""
    client = open_client(cache_grace=60.0)
    client.get("/v1/articles/flood-2")
    writer.put([edited(2, title="Quite another")])
    assert client.get("/v1/articles/flood-2").get_json()["title"] == "Quite another"


def test_what_editors_settle_counts_at_once_whatever_the_grace(
    open_client: Callable[..., FlaskClient], writer: ArchiveWriter
):
    """Also where a list holds nothing of what is settled: a block that is lifted."""
    client = open_client(cache_grace=60.0)
    shown = client.get(ALSO).data
    assert b'"flood-2"' in shown
    rule = writer.run(lambda catalogue: add_rule(catalogue, RuleDraft("block", item_id="flood-2"), "anna"))
    assert b'"flood-2"' not in client.get(ALSO).data
    writer.run(lambda catalogue: remove_rule(catalogue, rule.id, "anna"))
    assert client.get(ALSO).data == shown
    toml = "[also-read]\nlimit = 1\n"
    writer.run(lambda catalogue: save_policy(catalogue, toml, policy_from_toml(toml).version, "anna"))
    assert len(client.get(ALSO).get_json()["items"]) == 1


def test_what_is_asked_at_great_length_is_not_kept(open_client: Callable[..., FlaskClient]):
    client = open_client()
    asked = f"{ALSO}?" + "&".join(f"exclude={'x' * 200}{number}" for number in range(20))
    assert client.get(asked).data == client.get(asked).data
    assert state(client)["answers"] == 0


def test_while_nothing_may_be_answered_the_cache_answers_nothing_either(
    open_client: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
):
    client = open_client()
    assert client.get(ALSO).status_code == 200

    def refuse() -> None:
        raise TakeDownsUnknown("what editors settled cannot be read")

    monkeypatch.setattr(client.application.wsgi_app._basis._rules, "value", refuse)
    assert client.get(ALSO).status_code == 503


def test_it_holds_no_more_than_it_may_and_no_answer_that_would_take_most_of_it(
    open_client: Callable[..., FlaskClient], data: Path
):
    client = open_client(cache_bytes=200_000)
    for number in range(40):
        client.get(f"{ALSO}?limit=1&exclude=nobody-{number}")
    found = state(client)
    assert found["bytes"] <= 200_000
    assert 5 < found["answers"] < 39
    assert found["evicted"] > 0
    tiny = open_client(cache_bytes=50_000)
    tiny.get(ALSO)
    assert state(tiny)["answers"] == 0


def test_many_who_ask_the_same_at_once_have_it_worked_out_once(
    open_client: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
):
    client = open_client()
    suggest, made = Recommender.suggest, []

    def slowly(self: Recommender, *given: Any) -> Any:
        made.append(threading.get_ident())
        time.sleep(0.3)
        return suggest(self, *given)

    monkeypatch.setattr(Recommender, "suggest", slowly)
    with ThreadPoolExecutor(4) as pool:
        bodies = set(pool.map(lambda _: client.application.test_client().get(ALSO).data, range(4)))
    assert len(bodies) == len(made) == 1


def test_what_fails_is_kept_by_nobody_and_holds_up_nobody(
    open_client: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
):
    client = open_client()
    monkeypatch.setattr(response_cache, "TOGETHER_SECONDS", 30.0)
    for _ in range(2):
        assert client.get("/v1/articles/nobody/also-read").status_code == 404
    with ThreadPoolExecutor(4) as pool:
        paths = ["/v1/articles/nobody/also-read"] * 8
        assert set(pool.map(lambda p: client.application.test_client().get(p).status_code, paths)) == {404}
    assert client.application.wsgi_app._flights == {}


def test_another_generation_is_noticed_by_who_is_answered_from_what_is_kept(
    open_client: Callable[..., FlaskClient], data: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(basis, "LOOK_SECONDS", 0.0)
    client = open_client(cache_grace=60.0)
    before = client.get(ALSO).get_json()["generation"]
    publish(data, [*small_archive(), numbered("flood", 8)])
    wait_until(lambda: client.get(ALSO).get_json()["generation"] != before, 10)


@pytest.mark.parametrize("hours", [0.5, 5.99, 6, 71, 100, 1_000])
@pytest.mark.parametrize("left", [None, 30, 119.5, 120, 121, 5_000.25, 99_999])
@pytest.mark.parametrize("by_clock", [False, True])
def test_the_ages_of_an_answer_stay_as_they_are_exactly_as_long_as_it_says(
    hours: float, left: float | None, by_clock: bool
):
    published = (NOON - timedelta(hours=hours)).isoformat()
    until = None if left is None else NOON + timedelta(seconds=left)
    end = fresh_until(published, NOON, by_clock, False, until)
    now = fresh_seconds(published, NOON, by_clock, False, until)
    assert end >= NOON
    if end.year == 9999:
        return
    instant = timedelta(microseconds=1)
    if end > NOON:
        assert fresh_seconds(published, end - instant, by_clock, False, until) == now
    if until is None or end < until - timedelta(seconds=1):
        assert fresh_seconds(published, end + instant, by_clock, False, until) != now or by_clock


def test_a_catalogue_beside_nothing_is_no_matter(data: Path):
    """A snapshot that is served alone, without a catalogue to follow."""
    (data / FILE).unlink()
    service = Service(data)
    assert service.get(ALSO).data == service.get(ALSO).data
