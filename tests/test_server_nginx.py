"""nginx in front, as the example sets it up: what it keeps, what it serves when the service is away, what it forgets."""

import random
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from article_life import new_piece
from cache_front import Failing, Front, holding, lists, plain
from cache_hosts import Nginx, ask
from service_fixtures import wait_until

pytestmark = [pytest.mark.server, pytest.mark.timed]

GONE = 1.0
"""Seconds after a take-down within which no answer of the cache holds the article."""


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    made = Front(tmp_path_factory.mktemp("front"))
    with made.closing:
        yield made


def seconds_until_gone(nginx: Nginx, article_id: str, paths: list[str]) -> float:
    """How long from now the last answer that holds the article is asked for, until one round over all finds none."""
    began = last = time.monotonic()
    found = True
    while found:
        found = False
        for path in paths:
            asked = time.monotonic()
            if holding(nginx, article_id, [path]):
                last, found = asked, True
        assert last - began < 10 * GONE, f"{article_id} is still shown"
    return last - began


def test_readers_of_a_usual_mix_are_answered_from_the_cache(front: Front):
    chance, paths = random.Random(5), lists(5)
    weights = [1 / (rank + 1) for rank in range(len(paths))]
    browsers = ["gzip, deflate, br, zstd", "gzip, deflate", "gzip;q=1.0, *;q=0.5", "br, GZIP", "identity", ""]
    states = [
        front.nginx.state(path, chance.choice(browsers)) for path in chance.choices(paths, weights=weights, k=3_000)
    ]
    hits = states.count("HIT") / len(states)
    print(f"{hits:.1%} of {len(states)} answers came from the cache; {len(front.nginx.files())} are kept")
    assert set(states) == {"HIT", "MISS"}
    assert hits >= 0.95
    assert len(front.nginx.files()) <= 2 * len(paths)


def test_either_form_is_kept_once_and_is_the_answer_of_the_service(front: Front):
    path = "/v1/articles/match-1/also-read?limit=3"
    assert [front.nginx.state(path, form) for form in ("gzip", "br, gzip", "identity", "br", "gzip;q=0")] == [
        *("MISS", "HIT", "MISS", "HIT", "HIT")
    ]
    zipped, bare = front.nginx.get(path, "gzip"), front.nginx.get(path, "identity")
    assert plain(zipped) == bare[2] == ask(front.service.port, path)[2]
    assert zipped[1]["content-encoding"] == "gzip"
    assert zipped[1]["vary"] == bare[1]["vary"] == "Accept-Encoding"
    assert zipped[1]["etag"] != bare[1]["etag"]


def test_browsers_are_told_to_ask_again_get_304_and_no_header_that_is_meant_for_caches(front: Front):
    path = "/v1/articles/match-2/also-read"
    front.nginx.get(path)
    _, headers, _ = front.nginx.get(path)
    assert (headers["x-cache"], headers["cache-control"]) == ("HIT", "no-cache")
    assert headers["access-control-allow-origin"] == "*"
    assert not {"surrogate-key", "surrogate-control", "cache-tag", "cdn-cache-control", "x-accel-expires"} & set(
        headers
    )
    status, again, body = front.nginx.get(path, **{"If-None-Match": headers["etag"]})
    assert (status, again["x-cache"], body) == (304, "HIT", b"")


def test_problems_health_and_what_shows_a_key_are_not_kept(front: Front):
    assert [front.nginx.state("/v1/also-read?id=match-1&limit=0") for _ in range(2)] == ["MISS", "MISS"]
    assert "x-cache" not in front.nginx.get("/health/ready")[1]
    path = "/v1/articles/match-3/also-read"
    shown = [front.nginx.get(path, Authorization="Bearer x")[1]["x-cache"] for _ in range(2)]
    assert shown == ["BYPASS", "BYPASS"]
    assert front.nginx.state(path) == "MISS"
    explained = f"{path}?explain=true"
    assert [front.nginx.state(explained) for _ in range(2)] == ["MISS", "MISS"]


def test_the_script_and_its_style_are_kept_for_as_long_as_browsers_may(front: Front):
    for path in ("/widget.js", "/widget.css"):
        assert [front.nginx.state(path, form) for form in ("gzip", "gzip, br", "", "br")] == ["MISS", "HIT"] * 2
        assert "max-age=3600" in front.nginx.get(path)[1]["cache-control"]


def test_a_page_of_another_origin_may_ask_first(front: Front):
    headers = {"Origin": "https://www.example.com", "Access-Control-Request-Method": "GET"}
    status, answered, _ = ask(front.nginx.port, "/v1/articles/match-1/also-read", "OPTIONS", headers)
    assert (status, answered["access-control-allow-origin"]) == (204, "*")


def test_reports_of_one_address_are_taken_for_many_readers_and_not_without_end(front: Front):
    body, headers = b'{"events": []}', {"Content-Type": "text/plain", "User-Agent": "Mozilla/5.0 Firefox/120.0"}
    states = [ask(front.nginx.port, "/v1/events", "POST", headers, body)[0] for _ in range(400)]
    assert set(states[:100]) == {200}
    assert set(states) == {200, 429}
    assert front.nginx.get("/v1/articles/match-1/also-read")[0] == 200


def test_what_expired_is_served_once_more_and_asked_for_with_its_etag(front: Front):
    path = "/v1/articles/match-4/also-read?limit=4"
    body = front.nginx.get(path)[2]
    wait_until(lambda: front.nginx.state(path) == "HIT", what="the answer in its file")
    front.nginx.let_expire()
    status, headers, stale = front.nginx.get(path)
    assert (status, headers["x-cache"], stale) == (200, "STALE", body)
    wait_until(lambda: front.nginx.state(path) == "HIT", what="fetching in the background")
    assert f"{path} REVALIDATED 304" in front.nginx.log()


def test_an_id_with_slashes_and_blanks_passes_as_it_is(front: Front):
    article_id = front.publish()
    record = new_piece() | {"id": "a//b c/ä"}
    front.service.write("PUT", record["id"], record)
    for path in (
        f"/v1/articles/{article_id}",
        f"/v1/articles/{quote(article_id, safe='')}",
        "/v1/articles/a//b%20c/%C3%A4",
    ):
        assert front.nginx.get(path)[0] == 200, path
    front.service.write("DELETE", record["id"])
    front.service.write("DELETE", article_id)
    front.settle()


def test_a_story_that_was_taken_down_leaves_every_cached_answer_within_a_second(front: Front):
    took = []
    for _ in range(3):
        article_id = front.publish()
        front.nginx.empty()  # the lists that were kept do not know it yet
        own = f"/v1/articles/{quote(article_id, safe='')}"
        paths = [
            own,
            f"{own}/also-read",
            f"{own}/more-in-section",
            f"/v1/page?id={quote(article_id, safe='')}",
            *lists(),
        ]
        for path in paths:
            front.nginx.get(path)
        shown = holding(front.nginx, article_id, paths)
        assert len(shown) > 12
        assert {front.nginx.state(path) for path in shown} == {"HIT"}
        front.service.write("DELETE", article_id)
        took.append(seconds_until_gone(front.nginx, article_id, shown))
        assert [front.nginx.get(path)[0] for path in paths[:4]] == [404] * 4
        front.settle()
        assert not holding(front.nginx, article_id, paths)
    print(f"gone from the cache after {', '.join(f'{one:.3f}' for one in took)} s")
    assert max(took) < GONE


def test_what_does_not_show_it_stays_in_the_cache(front: Front):
    article_id = front.publish(subject="budget")
    front.nginx.empty()
    paths = lists()
    for path in paths:
        front.nginx.get(path)
    concerned = holding(front.nginx, article_id, paths)
    front.service.write("DELETE", article_id)
    front.settle()
    states = {path: front.nginx.state(path) for path in paths}
    print(f"{len(concerned)} of {len(paths)} answers were concerned")
    assert 0 < len(concerned) < len(paths)
    assert {path for path, state in states.items() if state == "MISS"} == set(concerned)
    assert {state for path, state in states.items() if path not in concerned} == {"HIT"}


def test_a_take_down_of_what_nobody_cached_is_no_trouble(front: Front):
    article_id = front.publish()
    front.nginx.empty()
    front.service.write("DELETE", article_id)
    front.settle()
    assert front.service.ready()["purge"]["problem"] is None


def test_a_correction_is_seen_when_all_workers_show_it(front: Front):
    record = new_piece("match")
    front.service.write("PUT", record["id"], record)
    front.settle()
    path = f"/v1/articles/{quote(record['id'], safe='')}"
    assert record["title"].encode() in plain(front.nginx.get(path))
    front.service.write("PUT", record["id"], {**record, "title": "Corrected"})
    wait_until(lambda: b"Corrected" in plain(front.nginx.get(path)), 5, "the correction")
    front.service.write("DELETE", record["id"])
    front.settle()


def test_another_index_empties_the_cache_and_it_fills_again(front: Front):
    paths = lists(6)
    for path in paths:
        front.nginx.get(path)
    before = set(front.nginx.files())
    front.service.rebuild(new_piece("budget"))
    wait_until(lambda: not before & set(front.nginx.files()), 10, "emptying the cache")
    front.settle()
    assert {front.nginx.state(path) for path in paths} == {"MISS"}
    assert {front.nginx.state(path) for path in paths} == {"HIT"}
    assert not [path for path in front.nginx.cache.iterdir() if path.name[0] == "."]


def test_what_was_taken_down_while_the_receiver_was_away_and_the_service_killed_is_purged_after_the_restart(
    front: Front,
):
    article_id = front.publish()
    front.nginx.empty()
    paths = lists()
    for path in paths:
        front.nginx.get(path)
    front.purger.close()
    front.service.write("DELETE", article_id)
    wait_until(lambda: front.service.ready()["purge"]["problem"], 5, "saying that the hook fails")
    assert "cannot be reached" in front.service.ready()["problem"]
    assert holding(front.nginx, article_id, paths)
    front.service.kill()
    front.start_purger()
    front.service.start()
    wait_until(lambda: not holding(front.nginx, article_id, paths), 5, "purging after the restart")
    front.settle()
    assert front.service.ready()["purge"]["problem"] is None


def test_with_the_service_away_readers_get_what_is_there(front: Front):
    paths = lists(5)
    bodies = {path: front.nginx.get(path)[2] for path in paths}
    # nginx answers a moment before the file is in its place
    wait_until(lambda: all(front.nginx.state(path) == "HIT" for path in paths), what="every answer in its file")
    front.nginx.let_expire()
    front.service.kill()
    answers = {path: front.nginx.get(path) for path in paths}
    assert {(status, headers["x-cache"]) for status, headers, _ in answers.values()} == {(200, "STALE")}
    assert {path: body for path, (_, _, body) in answers.items()} == bodies
    assert front.nginx.get("/v1/articles/match-1/also-read?limit=49")[0] == 502
    for status in (500, 503):
        with Failing(front.service.port, status):
            assert {front.nginx.get(path)[0] for path in paths} == {200}
            assert front.nginx.get("/v1/articles/match-1/also-read?limit=49")[0] == status
    front.service.start()
    wait_until(lambda: front.nginx.state(paths[0]) == "HIT", 10, "asking the service again")
