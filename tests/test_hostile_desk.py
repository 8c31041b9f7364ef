"""The desk and the keys attacked: forms from elsewhere, ways out, keys that are guessed, lines that are forged."""

import hmac
import logging
from collections.abc import Callable

import pytest
from editors_fixtures import Editor, Newsroom, small_newsroom
from service_fixtures import check_problem
from writing_fixtures import NOBODYS_KEY, make_key

from index.rules import read_rules
from service.app import create_app
from service.settings import Settings


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    return small_newsroom(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def admin(room: Newsroom) -> Editor:
    return room.editor("admin")


def changes() -> list[str]:
    """Every address of the desk that changes something."""
    app = create_app(Settings())
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/desk") and rule.methods and not rule.methods <= {"GET", "HEAD", "OPTIONS"}
    )


FORGED: dict[str, tuple[dict[str, str], bool]] = {
    "no token": ({}, False),
    "a right token from another site": ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, True),
    "a right token from a sister": ({"Sec-Fetch-Site": "same-site"}, True),
    "a right token from nowhere": ({"Origin": "null"}, True),
    "a right token from a name alike": ({"Origin": "http://localhost.evil.example"}, True),
    "a right token from another port": ({"Origin": "http://localhost:81"}, True),
    "a right token from within the name": ({"Origin": "http://localhost@evil.example"}, True),
    "JSON in place of a form": ({"Content-Type": "application/json"}, False),
    "text in place of a form": ({"Content-Type": "text/plain"}, False),
}


@pytest.mark.parametrize("path", [one for one in changes() if one != "/desk/sign-in"])
@pytest.mark.parametrize("forgery", FORGED)
def test_a_form_that_another_page_sends_changes_nothing(room: Newsroom, admin: Editor, path: str, forgery: str):
    headers, with_token = FORGED[forgery]
    form = {"do": "block-everywhere", "item": "match-1", "page": "flood-1"}
    form |= {"token": admin.form_token()} if with_token else {}
    before = read_rules(room.writer.catalogue().engine).number
    response = admin.client.post(path, data=form, headers=headers)
    assert response.status_code == 403
    assert read_rules(room.writer.catalogue().engine).number == before
    assert admin.get("/desk").status_code == 200, "and nobody was signed out"


def test_no_change_can_be_made_with_a_link(admin: Editor):
    for path in changes():
        asked = admin.get(path, do="block-everywhere", item="match-1", token=admin.form_token())
        assert asked.status_code in (200, 303, 405)
    assert "match-1" not in admin.page("/desk/rules")


def test_a_sign_in_from_another_page_is_refused(room: Newsroom):
    key = make_key(room.data, "login csrf", "admin")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        response = room.browser().client.post("/desk/sign-in", data={"key": key}, headers=headers)
        assert response.status_code == 403
        assert "Set-Cookie" not in response.headers


AWAY = """//evil.example ///evil.example /\\evil.example \\\\evil.example https://evil.example http:evil.example
https:/evil.example javascript:alert(1) data:text/html,x /desk@evil.example /desk.evil.example /desk/../../evil /deskevil
/%2f/evil.example /desk\r\nLocation:https://evil.example \t//evil.example desk //desk@evil.example/desk .evil.example
/desk\u2028//evil.example ／／evil.example""".split(" ")


@pytest.mark.parametrize("target", AWAY)
def test_the_sign_in_leads_nowhere_else(room: Newsroom, target: str):
    key = make_key(room.data, f"away {AWAY.index(target)}", "read")
    response = room.browser().client.post("/desk/sign-in", data={"key": key, "next": target})
    assert response.status_code == 303
    place = response.headers["Location"]
    assert place == "/desk" or place.startswith(("/desk/", "/desk?"))
    assert "\n" not in place


def test_an_unknown_key_and_a_wrong_secret_are_answered_alike_and_compared_alike(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
):
    compared: list[int] = []
    original: Callable[..., bool] = hmac.compare_digest

    def noticed(first: bytes, second: bytes) -> bool:
        compared.append(len(first))
        return original(first, second)

    key = make_key(room.data, "timed", "write")
    monkeypatch.setattr(hmac, "compare_digest", noticed)
    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    said = []
    for one in (NOBODYS_KEY, wrong):
        response = room.reader().put("/v1/articles/x", json={}, headers={"Authorization": f"Bearer {one}"})
        said.append((response.status_code, response.data, dict(response.headers)))
    assert said[0] == said[1]
    assert said[0][0] == 401
    assert compared == [32, 32]


KEYS = ["", "alsoread_", NOBODYS_KEY[:-1], NOBODYS_KEY + "0", NOBODYS_KEY.upper(), "x" * 300_000, NOBODYS_KEY + "\x00"]


@pytest.mark.parametrize("key", KEYS)
def test_what_is_no_key_costs_nothing_and_is_not_repeated(room: Newsroom, key: str, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        response = room.reader().get("/v1/rules", headers={"Authorization": f"Bearer {key}"})
    check_problem(response, 401, "key-required")
    assert not key or key not in response.text + caplog.text


FORGERIES = ("\n2026-01-01 INFO forged", "\r\nforged", "\x1b[31mforged", "\u2028forged", "\x85forged", "\x00forged")


@pytest.mark.parametrize("text", FORGERIES)
def test_nobody_writes_lines_of_their_own_into_the_log(
    room: Newsroom, text: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise RuntimeError

    admin = room.editor("admin", f"log {FORGERIES.index(text)}")
    key = {"Authorization": f"Bearer {make_key(room.data, f'key {FORGERIES.index(text)}', 'admin')}"}
    with caplog.at_level(logging.DEBUG):
        admin.send("/desk/steer", do="block-everywhere", item=text, page=text, reason=text)
        room.reader().put("/v1/articles", query_string={"id": text}, json={"title": text}, headers=key)
        room.reader().post("/v1/articles", data=b'{"id": "a"}\n' + text.encode(), headers=key)
        room.browser().client.post("/desk/sign-in", data={"key": text, "next": text})
        room.reader().get("/v1/also-read", query_string={"id": text}, headers={"User-Agent": "x"})
        monkeypatch.setattr(type(room.recommender), "locate_id", fail)
        room.reader().get("/v1/also-read", query_string={"id": text})
        room.reader().get(f"/v1/articles/{text.strip()}/also-read")
        admin.get("/desk/article", id=text)
    assert caplog.records
    for record in caplog.records:
        assert not any(letter in record.getMessage() for letter in "\n\r\x1b\u2028\x85\x00"), record.getMessage()


def test_a_mistake_of_ours_gives_nothing_away_on_any_route(room: Newsroom, monkeypatch: pytest.MonkeyPatch):
    secret = "/etc/secret.py in SELECT secret_hash FROM api_keys"

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(secret)

    admin = room.editor("admin", "mistakes")
    key = {"Authorization": f"Bearer {make_key(room.data, 'mistakes of keys', 'admin')}"}
    for name in ("locate_id", "locate_url", "suggest"):
        monkeypatch.setattr(type(room.recommender), name, fail)
    monkeypatch.setattr(type(room.writer), "run", fail)
    monkeypatch.setattr(type(room.writer), "put", fail)
    failed = [
        room.reader().get("/v1/also-read?id=flood-1"),
        room.reader().get("/v1/also-read?url=https://a.example/"),
        room.reader().get("/v1/page?id=flood-1"),
        room.reader().get("/embed?id=flood-1"),
        room.reader().get("/v1/articles/flood-1"),
        room.reader().post("/v1/rules", json={"kind": "block", "item_id": "x"}, headers=key),
        room.reader().put("/v1/articles/x", json={"title": "x"}, headers=key),
        admin.get("/desk/article", id="flood-1"),
    ]
    assert [response.status_code for response in failed] == [500] * len(failed)
    for response in failed:
        for hint in (
            "secret",
            "Traceback",
            ".py",
            "SELECT",
            "RuntimeError",
            "werkzeug",
            "Flask",
            "sqlite",
            "/tmp/",
            "/dev/shm/",
        ):
            assert hint not in response.text, (response.request.path, hint)
