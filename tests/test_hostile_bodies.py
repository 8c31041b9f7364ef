"""What is sent to whoever holds a key, or sends events: deep, giant and broken JSON, odd letters, SQL, templates, bombs."""

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

import pytest
from service_fixtures import Service, numbered
from writing_fixtures import Desk, make_key, small_desk, stored

SOON = 5.0
"""Seconds, on a busy machine too."""

ROUTES: dict[str, tuple[str, str, str]] = {
    "an article": ("PUT", "/v1/articles/x", "application/json"),
    "a batch": ("POST", "/v1/articles", "application/x-ndjson"),
    "a rule": ("POST", "/v1/rules", "application/json"),
    "all rules": ("PUT", "/v1/rules", "application/json"),
    "a draft": ("POST", "/v1/preview", "application/json"),
    "events": ("POST", "/v1/events", "application/json"),
}

TITLE = '{"title": "T", "text": "x", "section": "news"'

BODIES: dict[str, Callable[[], bytes]] = {
    "lists without end": lambda: b"[" * 100_000,
    "objects without end": lambda: b'{"a":' * 100_000,
    "lists that end": lambda: b"[" * 100_000 + b"]" * 100_000,
    "a deep field": lambda: f'{TITLE}, "own": {"[" * 900}{"]" * 900}}}'.encode(),
    "a field less deep": lambda: f'{TITLE}, "own": {"[" * 300}{"]" * 300}}}'.encode(),
    "a field just as deep as is read": lambda: f'{TITLE}, "own": {"[" * 250}{"]" * 250}}}'.encode(),
    "a deep link": lambda: f'{TITLE}, "links": {"[" * 900}{"]" * 900}}}'.encode(),
    "deep rules": lambda: f'{{"rules": {"[" * 900}{"]" * 900}}}'.encode(),
    "deep events": lambda: f'{{"events": {"[" * 900}{"]" * 900}}}'.encode(),
    "a number without end": lambda: f'{TITLE}, "own": {"9" * 400_000}}}'.encode(),
    "an exponent beyond numbers": lambda: f'{TITLE}, "own": 1e999999}}'.encode(),
    "a position without end": lambda: (
        f'{{"kind": "pin", "article_id": "a", "item_id": "b", "position": {"9" * 5_000}}}'.encode()
    ),
    "NaN": lambda: f'{TITLE}, "own": NaN}}'.encode(),
    "a hundred thousand fields": lambda: (
        f"{TITLE}, " + ", ".join(f'"f{number}": 1' for number in range(60_000)) + "}"
    ).encode(),
    "one field a hundred thousand times": lambda: (TITLE + ', "title": "U"' * 60_000 + "}").encode(),
    "a string without end": lambda: b'{"title": "' + b"a" * 900_000,
    "escapes without end": lambda: b'{"title": "' + b"\\u0041" * 100_000,
    "half a surrogate": lambda: b'{"title": "\\ud800", "text": "x"}',
    "surrogates the wrong way round": lambda: b'{"title": "\\udc00\\ud800", "text": "x"}',
    "overlong UTF-8": lambda: b'{"title": "\xc0\xaf", "text": "x"}',
    "a surrogate in UTF-8": lambda: b'{"title": "\xed\xa0\x80", "text": "x"}',
    "UTF-16": lambda: '{"title": "T"}'.encode("utf-16"),
    "NUL": lambda: b'{"title": "a\\u0000b", "text": "a\\u0000b"}',
    "NUL as it is": lambda: b'{"title": "a\x00b"}',
    "nothing": lambda: b"",
    "white space": lambda: b" " * 500_000,
    "a byte order mark alone": lambda: b"\xef\xbb\xbf",
    "XML with an entity": lambda: b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "a pickle": lambda: b"cos\nsystem\n(S'id'\ntR.",
    "__proto__": lambda: f'{TITLE}, "__proto__": {{"a": 1}}, "constructor": 1, "__class__": "x"}}'.encode(),
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    data = tmp_path_factory.mktemp("data")
    made = small_desk(data)
    return Desk(data, token=make_key(data, "admin", "admin"), clock=made.clock)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("route", ROUTES)
def test_whatever_the_body_is_the_answer_comes_soon_and_is_no_mistake_of_ours(desk: Desk, route: str, body: str):
    method, path, kind = ROUTES[route]
    began = time.monotonic()
    response = desk.client.open(
        path, method=method, data=BODIES[body](), content_type=kind, headers=desk.headers(**{"If-Match": "*"})
    )
    assert response.status_code < 500, response.text[:500]
    assert time.monotonic() - began < SOON
    assert len(response.data) < 20_000 or body in ("a hundred thousand fields", "white space")
    for inside in ("Traceback", ".py", "sqlite", "SELECT", "site-packages"):
        assert inside not in response.text


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "GZIP", "x-gzip"])
@pytest.mark.parametrize("route", ROUTES)
def test_a_bomb_is_not_unpacked(desk: Desk, route: str, coding: str):
    method, path, kind = ROUTES[route]
    headers = desk.headers(**{"If-Match": "*", "Content-Encoding": coding})
    bomb = gzip.compress(bytes(5_000_000))
    assert desk.client.open(path, method=method, data=bomb, content_type=kind, headers=headers).status_code == 415


def test_half_a_body_is_not_taken_for_the_whole(desk: Desk):
    """Else half a table of rules would remove the others."""
    rules = b"kind,article_id,item_id\nblock,,match-1\nblock,,match-2\n"
    for kind, body, path in (
        ("text/csv", rules, "/v1/rules"),
        ("application/json", b'{"title": "T"}', "/v1/articles/y"),
    ):
        response = desk.client.put(
            path,
            data=body,
            content_type=kind,
            headers=desk.headers(**{"If-Match": "*"}),
            environ_overrides={"CONTENT_LENGTH": str(len(body) + 20), "wsgi.input_terminated": True},
        )
        assert response.status_code == 400
        assert response.get_json()["type"] == "urn:alsoread:problem:body-cut-off"
    assert desk.client.get("/v1/rules", headers=desk.headers()).get_json()["rules"] == []


SQL = [
    "' OR '1'='1",
    "'; DROP TABLE articles; --",
    '" OR ""="',
    "x' UNION SELECT secret_hash FROM api_keys --",
    "%",
    "_",
    "\\",
    "1; ATTACH DATABASE '/tmp/x' AS x",
    ":id",
    "?",
    "%(id)s",
    "{0.__class__}",
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "%s%n%x",
]


@pytest.mark.parametrize("text", SQL)
def test_what_looks_like_sql_or_a_template_is_an_id_like_any_other(tmp_path: Path, text: str):
    desk = small_desk(tmp_path)
    admin = {"Authorization": f"Bearer {make_key(tmp_path, 'admin', 'admin')}"}
    assert desk.get("/v1/articles", id=text).status_code == 404
    assert desk.get("/v1/also-read", id=text).status_code == 404
    assert desk.client.get("/v1/rules", query_string={"article": text}, headers=admin).get_json()["rules"] == []
    assert desk.client.get(f"/v1/rules/{text.replace('/', '')}", headers=admin).status_code in (404, 400)
    assert desk.ids("/v1/articles/flood-1/also-read", exclude=text) == desk.ids("/v1/articles/flood-1/also-read")
    before = set(stored(tmp_path))
    assert desk.delete("/v1/articles", id=text).get_json()["result"] == "absent"
    assert set(stored(tmp_path)) == before
    assert desk.put("/v1/articles?id=" + quote(text, safe=""), {"title": text, "text": "x"}).status_code == 201
    assert set(stored(tmp_path)) - before == {text}
    assert stored(tmp_path)[text]["title"] == text


LIKE_EACH_OTHER = {
    "composed and not": ("caf\u00e9", "cafe\u0301"),
    "Latin and Cyrillic": ("paper", "p\u0430per"),
    "plain and full width": ("abc", "\uff41\uff42\uff43"),
    "with and without a joiner": ("ab", "a\u200db"),
    "with and without a direction": ("ab", "a\u202eb"),
    "upper and lower": ("Abc", "abc"),
    "the long s": ("paſs", "pass"),
    "a ligature": ("ﬁle", "file"),
    "encoded once and twice": ("a b", "a%20b"),
    "a dot step": ("a/b", "a/./b"),
}


@pytest.mark.parametrize("name", LIKE_EACH_OTHER)
def test_ids_that_look_alike_are_two(tmp_path: Path, name: str):
    """Nothing is folded: whoever writes the one cannot replace, take down or block the other."""
    first, second = LIKE_EACH_OTHER[name]
    desk = Desk(tmp_path)
    Service(tmp_path).publish([numbered("flood", 1, title="First") | {"id": first}, numbered("flood", 2)])
    assert desk.put("/v1/articles?id=" + quote(second, safe=""), {"title": "Second", "text": "x"}).status_code == 201
    assert {stored(tmp_path)[one]["title"] for one in (first, second)} == {"First", "Second"}
    assert desk.delete("/v1/articles", id=second).get_json()["result"] == "deleted"
    assert desk.answer("/v1/articles", id=first)["title"] == "First"


BROKEN = ["%00", "a%00b", "a%0ab", "%c0%af", "%ed%a0%80", "%ff", "%80", "a%1b%5b31m"]


@pytest.mark.parametrize("raw", BROKEN)
@pytest.mark.parametrize("place", ["path", "query"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_under_a_name_that_is_none_nothing_is_written(desk: Desk, raw: str, place: str, method: str):
    before = set(stored(desk.data))
    given = {"PATH_INFO": f"/v1/articles/{unquote_to_bytes(raw).decode('latin-1')}", "QUERY_STRING": ""}
    if place == "query":
        given = {"PATH_INFO": "/v1/articles", "QUERY_STRING": f"id={raw}"}
    response = desk.client.open(
        "/v1/articles",
        method=method,
        json={"title": "T", "text": "x"},
        headers=desk.headers(),
        environ_overrides=given,
    )
    assert response.status_code in (400, 404), response.text
    assert set(stored(desk.data)) == before


@pytest.mark.parametrize("raw", BROKEN)
def test_a_key_with_odd_letters_is_no_key(desk: Desk, raw: str):
    for authorization in (f"Bearer {desk.token}{raw}", f"Bearer\t{desk.token}", f"Bearer {desk.token}\u0660"):
        response = desk.client.put("/v1/articles/z", data=b"{}", headers={"Authorization": authorization})
        assert response.status_code == 401
        assert desk.token not in response.text


def test_events_of_a_hundred_thousand_are_refused_and_their_errors_are_few(desk: Desk):
    body = json.dumps({"events": [{"type": "x"}] * 4_000}).encode()[:60_000] + b"]}"
    response = desk.client.post("/v1/events", data=body, content_type="application/json")
    assert response.status_code == 400
    assert len(response.data) < 5_000
