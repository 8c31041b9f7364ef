"""Which pages a browser lets read answers, and that none may write."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from service_fixtures import Service, small_archive
from werkzeug.test import TestResponse

from service.app import create_app
from service.settings import Settings

ALSO = "/v1/articles/flood-1/also-read"
HERE, THERE, ELSEWHERE = "https://www.example.com", "http://localhost:8080", "https://evil.example"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Service(tmp_path_factory.mktemp("data")).publish(small_archive()).data


@pytest.fixture(scope="module")
def open_to_all(data: Path) -> FlaskClient:
    return create_app(Settings(data=data)).test_client()


@pytest.fixture(scope="module")
def open_to_some(data: Path) -> FlaskClient:
    return create_app(Settings(data=data, origins=f"{HERE},{THERE}")).test_client()


def granted(response: TestResponse) -> Mapping[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith(("Access-Control", "Timing"))}


@pytest.mark.parametrize("path", [ALSO, "/v1/page?id=flood-1", "/v1/articles/nobody", "/health/ready"])
def test_by_default_every_page_may_read_everything_whoever_asks_first(open_to_all: FlaskClient, path: str):
    for headers in ({}, {"Origin": HERE}, {"Origin": "null"}):
        response = open_to_all.get(path, headers=headers)
        assert granted(response) == {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "ETag, Retry-After",
            "Timing-Allow-Origin": "*",
        }
        assert "Origin" not in response.headers["Vary"]


def test_with_origins_configured_only_their_pages_may_read(open_to_some: FlaskClient):
    for origin in (HERE, THERE):
        response = open_to_some.get(ALSO, headers={"Origin": origin})
        assert granted(response)["Access-Control-Allow-Origin"] == granted(response)["Timing-Allow-Origin"] == origin
    for origin in (ELSEWHERE, "null", "", f"{HERE}.evil.example", HERE.replace("https", "http"), f"{HERE},{THERE}"):
        response = open_to_some.get(ALSO, headers={"Origin": origin})
        assert (response.status_code, granted(response)) == (200, {})
    assert granted(open_to_some.get(ALSO)) == {}


@pytest.mark.parametrize("path", [ALSO, "/v1/articles/nobody", "/nowhere", "/health/live"])
@pytest.mark.parametrize("headers", [{}, {"Origin": HERE}, {"Origin": ELSEWHERE}])
def test_with_origins_configured_every_answer_depends_on_who_asked(
    open_to_some: FlaskClient, path: str, headers: dict[str, str]
):
    assert open_to_some.get(path, headers=headers).headers["Vary"] == "Accept-Encoding, Origin"


def test_a_known_answer_says_so_too(open_to_some: FlaskClient):
    etag = open_to_some.get(ALSO).headers["ETag"]
    again = open_to_some.get(ALSO, headers={"Origin": HERE, "If-None-Match": etag})
    assert (again.status_code, again.headers["Vary"]) == (304, "Accept-Encoding, Origin")
    assert granted(again)["Access-Control-Allow-Origin"] == HERE


def preflight(client: FlaskClient, origin: str, method: str = "GET", path: str = ALSO) -> TestResponse:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    return client.options(path, headers={**headers, "Access-Control-Request-Headers": "if-none-match"})


def test_a_preflight_opens_reads_and_nothing_else(open_to_all: FlaskClient):
    for method in ("GET", "PUT", "DELETE"):
        response = preflight(open_to_all, HERE, method, "/v1/articles/flood-1")
        assert (response.status_code, response.data) == (204, b"")
        assert granted(response) == {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, HEAD",
            "Access-Control-Allow-Headers": "Content-Type, If-None-Match",
            "Access-Control-Max-Age": "86400",
        }


def test_a_preflight_of_another_origin_is_granted_nothing(open_to_some: FlaskClient):
    assert granted(preflight(open_to_some, HERE))["Access-Control-Allow-Origin"] == HERE
    refused = preflight(open_to_some, ELSEWHERE)
    assert (refused.status_code, granted(refused)) == (204, {})
    assert "Origin" in refused.headers["Vary"]


def test_clicks_may_be_posted_by_a_page(open_to_all: FlaskClient):
    granted_methods = granted(preflight(open_to_all, HERE, "POST", "/v1/events"))["Access-Control-Allow-Methods"]
    assert granted_methods == "GET, HEAD, POST"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_the_answer_to_a_write_can_be_read_by_no_page(open_to_all: FlaskClient, method: str):
    path = "/v1/articles" if method == "POST" else "/v1/articles/flood-1"
    response = open_to_all.open(path, method=method, headers={"Origin": HERE})
    assert (response.status_code, granted(response)) == (401, {})


def test_no_credentials_are_ever_asked_for(open_to_all: FlaskClient, open_to_some: FlaskClient):
    for client in (open_to_all, open_to_some):
        for response in (client.get(ALSO, headers={"Origin": HERE}), preflight(client, HERE)):
            assert "Access-Control-Allow-Credentials" not in response.headers
            assert "Set-Cookie" not in response.headers
