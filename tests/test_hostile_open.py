"""What is open to whoever reaches the server without a key: what readers need, and nothing else."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from editors_fixtures import Newsroom, small_newsroom
from server_process import server_environment
from service_fixtures import publish, small_archive
from writing_fixtures import NOBODYS_KEY

from service.errors import ServiceError
from service.exposure import check_exposure
from service.settings import Settings

READERS = {
    "GET": """/v1/articles /v1/articles/<whole_id:article_id> /v1/articles/<any_id:article_id>/also-read
    /v1/articles/<any_id:article_id>/more-in-section /v1/also-read /v1/more-in-section /v1/page /embed /widget.js
    /openapi.json /docs /widget.css /health/live /health/ready /desk/sign-in""".split(),
    "POST": ["/v1/events", "/desk/sign-in"],
}
"""What anyone may ask; a route that is added is closed, or stands here."""

LEADS_TO_SIGN_IN = re.compile(r"/desk/sign-in(?:\?next=.*)?")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    return small_newsroom(tmp_path_factory.mktemp("data"), host="0.0.0.0")


def closed_routes() -> list[tuple[str, str]]:
    rules = small_newsroom_rules()
    return [
        (method, rule)
        for rule, methods in rules
        for method in sorted(methods - {"HEAD", "OPTIONS"})
        if rule not in READERS.get(method, ())
    ]


def small_newsroom_rules() -> list[tuple[str, set[str]]]:
    app = Newsroom(Path("nowhere")).app
    return [(rule.rule, set(rule.methods or ())) for rule in app.url_map.iter_rules()]


@pytest.mark.parametrize(("method", "rule"), closed_routes())
@pytest.mark.parametrize("authorization", [None, "Bearer ", f"Bearer {NOBODYS_KEY}", "Basic YWRtaW46YWRtaW4="])
def test_whatever_is_not_for_readers_needs_a_key(room: Newsroom, method: str, rule: str, authorization: str | None):
    path = re.sub(r"<(?:\w+:)?(\w+)>", "desk.js" if "static" in rule else "flood-1", rule)
    headers = {"Authorization": authorization} if authorization else {}
    response = room.reader().open(path, method=method, headers=headers, data=b"{}" if method != "GET" else None)
    if rule.startswith("/desk"):
        assert response.status_code in (303, 401), response.text
        assert response.status_code != 303 or LEADS_TO_SIGN_IN.fullmatch(response.headers["Location"])
    else:
        assert response.status_code == 401, response.text


def test_the_list_of_what_is_open_names_only_what_there_is():
    there = {(method, rule) for rule, methods in small_newsroom_rules() for method in methods}
    assert {(method, rule) for method, rules in READERS.items() for rule in rules} <= there


WIDE = [
    "0.0.0.0/0",
    "::/0",
    "0.0.0.0/1,128.0.0.0/1",
    "10.0.0.0/7",
    "93.184.0.0/16",
    "127.0.0.1,2000::/3",
]
NARROW = [
    "127.0.0.1",
    "10.0.0.0/8,::1",
    "192.168.0.0/16",
    "93.184.216.34",
    "93.184.216.0/24",
    "fd00::/8",
    "2001:db8::/64",
]


def behind(proxies: str, host: str = "0.0.0.0") -> Settings:
    return Settings(host=host, desk_user_header="X-Forwarded-User", desk_proxies=proxies)


@pytest.mark.parametrize("proxies", WIDE)
@pytest.mark.parametrize("address", ["0.0.0.0", "::", "93.184.216.34", "10.1.2.3"])
def test_who_would_believe_everybody_does_not_listen_to_everybody(proxies: str, address: str):
    with pytest.raises(ServiceError, match="name them one by one, or listen on"):
        check_exposure(behind(proxies), address)


@pytest.mark.parametrize("proxies", NARROW)
def test_proxies_that_are_named_are_believed_on_every_address(proxies: str):
    check_exposure(behind(proxies), "0.0.0.0")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_on_loopback_whatever_is_set_may_be(address: str):
    check_exposure(behind("0.0.0.0/0"), address)


def test_without_the_header_networks_let_nobody_in():
    check_exposure(Settings(host="0.0.0.0", desk_proxies="0.0.0.0/0"), "0.0.0.0")


@pytest.mark.server
def test_the_server_refuses_to_start_wide_open_and_says_what_to_do(data: Path):
    publish(data, small_archive())
    given = {"ALSOREAD_DESK_USER_HEADER": "X-Forwarded-User", "ALSOREAD_DESK_PROXIES": "0.0.0.0/0"}
    command = [sys.executable, "-m", "service", "serve", "--data", str(data), "--host", "0.0.0.0", "--port", "0"]
    done = subprocess.run(
        command, env={**os.environ, **server_environment(), **given}, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1
    assert "0.0.0.0 can be reached from other hosts, and ALSOREAD_DESK_PROXIES believes 0.0.0.0/0" in done.stderr
    assert "listens on" not in done.stderr
