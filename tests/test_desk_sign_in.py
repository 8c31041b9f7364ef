"""Who gets to the desk, and who does not: keys, sessions, forms from elsewhere, proxies."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from editors_fixtures import Newsroom, small_newsroom, text_of
from werkzeug.test import TestResponse
from writing_fixtures import NOBODYS_KEY, make_key

from index.access_keys import revoke_key
from index.catalogue import Catalogue, place_of
from index.schema import desk_sessions
from service.desk.guard import form_token, is_form_token


@pytest.fixture
def room(data: Path) -> Newsroom:
    return small_newsroom(data)


def cookie_of(response: TestResponse) -> str:
    (line,) = [line for line in response.headers.getlist("Set-Cookie") if "alsoread-desk=" in line]
    return line


def pages_of(room: Newsroom, method: str = "GET") -> list[str]:
    rules = [rule for rule in room.app.url_map.iter_rules() if rule.rule.startswith("/desk") and method in rule.methods]
    return [re.sub(r"<[^>]+>", "1", rule.rule) for rule in rules]


def test_without_a_key_every_page_of_the_desk_leads_to_the_sign_in_and_shows_nothing(room: Newsroom):
    browser = room.browser()
    for path in [*pages_of(room), "/desk/", "/desk/no-such-page", "/desk/static/desk.js"]:
        if path in ("/desk/sign-in", "/desk/static/desk.css"):
            continue
        response = browser.get(path)
        assert response.status_code in (303, 401), path
        assert "flood" not in response.text
        assert response.headers.get("Location", "/desk/sign-in").startswith("/desk/sign-in"), path


def test_without_a_key_nothing_can_be_changed_at_the_desk(room: Newsroom):
    browser = room.browser()
    for path in set(pages_of(room, "POST")) - {"/desk/sign-in"}:
        response = browser.client.post(path, data={"token": "0" * 128, "item": "flood-2"})
        assert response.status_code == 401, path


def test_what_a_script_asks_for_is_refused_and_not_led_elsewhere(room: Newsroom):
    response = room.browser().client.get("/desk", headers={"Sec-Fetch-Mode": "cors"})
    assert response.status_code == 401


def test_a_link_from_elsewhere_is_asked_for_once_more_by_our_own_page(room: Newsroom):
    """A strict cookie does not come with it, and whoever is signed in need not sign in again."""
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    response = room.browser().client.get("/desk/article?id=flood-1", headers=followed)
    assert response.status_code == 200
    assert '<meta http-equiv="refresh" content="0">' in response.text
    assert "flood1" not in response.text


@pytest.mark.parametrize("scope", ["read", "rules", "admin"])
def test_a_key_for_the_desk_signs_in_and_out(room: Newsroom, scope):
    editor = room.editor(scope)
    assert f"someone with {scope}" in text_of(editor.page("/desk"))
    assert editor.send("/desk/sign-out", follow=False).headers["Location"] == "/desk/sign-in"
    assert editor.get("/desk").status_code == 303


@pytest.mark.parametrize("key", ["", "hello", NOBODYS_KEY])
def test_what_is_no_key_does_not_sign_in_and_is_not_repeated(room: Newsroom, key: str, caplog):
    response = room.browser().sign_in(key or " ")
    assert response.status_code == 401
    assert "unknown, or was revoked" in text_of(response.text)
    assert "Set-Cookie" not in response.headers
    if key:
        assert key not in response.text.replace('value="/desk"', "")
        assert key not in caplog.text


def test_a_key_of_a_program_does_not_open_the_desk(room: Newsroom):
    response = room.browser().sign_in(make_key(room.data, "cms", "write"))
    assert response.status_code == 403
    assert "Set-Cookie" not in response.headers


def test_who_tries_many_wrong_keys_has_to_wait(room: Newsroom):
    browser = room.browser()
    statuses = [browser.sign_in(NOBODYS_KEY).status_code for _ in range(7)]
    assert statuses[:5] == [401] * 5
    assert statuses[5:] == [429] * 2
    assert browser.sign_in(make_key(room.data, "anna", "read")).status_code == 429
    elsewhere = browser.client.post(
        "/desk/sign-in", data={"key": make_key(room.data, "ben", "read")}, environ_base={"REMOTE_ADDR": "192.0.2.9"}
    )
    assert elsewhere.status_code == 303


def test_a_session_ends_at_once_when_its_key_is_revoked(room: Newsroom):
    editor = room.editor(name="anna")
    with Catalogue.open(place_of(room.data)) as catalogue:
        revoke_key(catalogue, "anna")
    assert editor.get("/desk").status_code == 303


def test_a_session_ends_after_twelve_idle_hours_and_after_seven_days_in_any_case(room: Newsroom):
    editor = room.editor()
    room.clock.now += timedelta(hours=11)
    assert editor.get("/desk").status_code == 200
    room.clock.now += timedelta(hours=11)
    assert editor.get("/desk").status_code == 200, "it was used eleven hours ago"
    room.clock.now += timedelta(hours=13)
    assert editor.get("/desk").status_code == 303

    other = room.editor(name="other")
    for _ in range(13):
        room.clock.now += timedelta(hours=11)
        assert other.get("/desk").status_code == 200
    for _ in range(3):
        room.clock.now += timedelta(hours=11)
        last = other.get("/desk").status_code
    assert last == 303


def test_a_token_that_was_put_there_before_the_sign_in_is_no_session_afterwards(room: Newsroom):
    """Session fixation: neither an invented token nor the attacker's own becomes the editor's."""
    attacker = room.editor(name="attacker", scope="read")
    for planted in ("A" * 43, attacker.client.get_cookie("alsoread-desk", path="/desk").value):
        victim = room.browser()
        victim.client.set_cookie("alsoread-desk", planted, path="/desk")
        given = cookie_of(victim.sign_in(make_key(room.data, f"victim {planted[:4]}", "admin")))
        assert planted not in given
        thief = room.browser()
        thief.client.set_cookie("alsoread-desk", planted, path="/desk")
        assert thief.get("/desk").status_code == 303


def test_the_cookie_is_for_the_desk_alone_and_out_of_reach_of_scripts(room: Newsroom):
    key = make_key(room.data, "anna", "read")
    line = cookie_of(room.browser().sign_in(key))
    assert line.startswith("alsoread-desk=")
    assert {"HttpOnly", "Path=/desk", "SameSite=Strict"} <= set(line.split("; "))
    assert "Secure" not in line.split("; ")
    secure = room.app.test_client().post("/desk/sign-in", data={"key": key}, base_url="https://desk.example.com")
    assert cookie_of(secure).startswith("__Secure-alsoread-desk=")
    assert "Secure" in cookie_of(secure).split("; ")


def test_behind_a_trusted_proxy_that_speaks_https_the_cookie_is_secure(data: Path):
    room = small_newsroom(data, trust_proxy=1)
    key = make_key(room.data, "anna", "read")
    headers = {"X-Forwarded-Proto": "https"}
    response = room.app.test_client().post("/desk/sign-in", data={"key": key}, headers=headers)
    assert cookie_of(response).startswith("__Secure-alsoread-desk=")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_from_elsewhere_changes_nothing_even_with_the_right_token(room: Newsroom, headers):
    editor = room.editor()
    assert editor.send("/desk/sign-out", headers=headers).status_code == 403
    assert editor.get("/desk").status_code == 200
    sign_in = room.browser().client.post("/desk/sign-in", data={"key": editor.key}, headers=headers)
    assert sign_in.status_code == 403
    assert "Set-Cookie" not in sign_in.headers


def test_a_form_without_its_token_or_with_another_session_s_changes_nothing(room: Newsroom):
    editor, other = room.editor(name="a"), room.editor(name="b")
    for token in ("", "00", "x" * 128, "0" * 128, other.form_token()):
        assert editor.client.post("/desk/sign-out", data={"token": token}).status_code == 403
    assert editor.get("/desk").status_code == 200


def test_no_two_forms_carry_the_same_token_but_all_of_a_session_count():
    first, second = form_token("session"), form_token("session")
    assert first != second
    assert is_form_token(first, "session")
    assert is_form_token(second, "session")
    assert not is_form_token(first, "another")


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/desk/../v1", "/\\evil", "/deskx", "/desk\n/x"]
)
def test_the_sign_in_leads_nowhere_else(room: Newsroom, target: str):
    editor = room.browser()
    data = {"key": make_key(room.data, "anna", "read"), "next": target}
    assert editor.client.post("/desk/sign-in", data=data).headers["Location"] == "/desk"


def test_the_sign_in_leads_to_the_page_that_was_asked_for(room: Newsroom):
    editor = room.browser()
    response = editor.get("/desk", q="flood wall & quay")
    page = editor.client.get(response.headers["Location"])
    hidden = re.search(r'name="next" value="([^"]+)"', page.text)
    assert hidden is not None
    data = {"key": make_key(room.data, "anna", "read"), "next": hidden[1].replace("&amp;", "&")}
    assert editor.client.post("/desk/sign-in", data=data).headers["Location"] == "/desk?q=flood+wall+%26+quay"


def test_every_answer_of_the_desk_is_guarded_and_kept_by_no_cache(room: Newsroom):
    editor, browser = room.editor(), room.browser()
    answers = [
        editor.get("/desk"),
        browser.get("/desk"),
        browser.get("/desk/sign-in"),
        editor.get("/desk/nothing"),
        browser.client.post("/desk/sign-out"),
    ]
    for response in answers:
        assert response.headers["Cache-Control"] == "no-store"
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert not re.search(r"<[^>]+\s(style|on\w+)=", response.text)
        assert "Access-Control-Allow-Origin" not in response.headers
    asked = editor.client.get("/desk", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in asked.headers


PROXIED = {"desk_user_header": "X-User", "desk_role_header": "X-Role", "desk_proxies": "127.0.0.0/8"}


def test_a_trusted_proxy_says_who_is_there_and_nobody_else_does(data: Path):
    room = small_newsroom(data, **PROXIED)
    client = room.app.test_client()
    named = {"X-User": "Anna Berg", "X-Role": "rules"}
    page = client.get("/desk", headers=named)
    assert page.status_code == 200
    assert "Anna Berg" in page.text
    assert "Sign out" not in page.text
    assert client.get("/desk").status_code == 303, "the cookie alone is nobody's"
    stranger = client.get("/desk", headers=named, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert stranger.status_code == 303
    assert client.get("/desk", headers={"X-User": "Anna", "X-Role": "emperor"}).status_code == 303


def test_a_proxy_is_believed_only_where_the_settings_say_so(room: Newsroom):
    response = room.app.test_client().get("/desk", headers={"X-User": "Anna", "X-Forwarded-User": "Anna"})
    assert response.status_code == 303


def test_a_name_that_a_proxy_gives_is_shown_as_text(data: Path):
    room = small_newsroom(data, **PROXIED)
    page = room.app.test_client().get("/desk", headers={"X-User": "<script>alert(1)</script>"})
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text


def test_over_an_empty_folder_the_desk_says_what_to_do_and_not_where(data: Path):
    room = Newsroom(data)
    browser = room.browser()
    assert browser.get("/desk").status_code == 303
    assert browser.get("/desk/sign-in").status_code == 200
    response = browser.sign_in(NOBODYS_KEY)
    assert response.status_code == 503
    assert "alsoread rebuild" in response.text
    assert str(data) not in response.text
    assert data.name not in text_of(response.text)


def test_a_mistake_of_ours_is_a_page_that_gives_nothing_away(room: Newsroom, monkeypatch):
    editor = room.editor()

    def fail(*_: object) -> None:
        raise RuntimeError(f"secret {room.data}")

    monkeypatch.setattr(room.recommender.index, "snapshot", fail)
    response = editor.get("/desk")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_whom_a_proxy_names_has_one_session_whatever_is_asked_first(data: Path):
    for path in ("/desk/nothing", "/desk/static/desk.js", "/desk/article?id=none", "/desk/sign-in", "/desk"):
        room = small_newsroom(data / path.replace("/", "-"), **PROXIED)
        browser = room.browser()
        for _ in range(3):
            browser.client.get(path, headers={"X-User": "Ben", "X-Role": "rules"})
        with room.writer.catalogue().engine.connect() as connection:
            assert len(connection.execute(sa.select(desk_sessions)).all()) == 1, path
