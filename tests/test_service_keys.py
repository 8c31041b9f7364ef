"""Who may write over HTTP: whoever has a key in force, of a scope that covers it."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from service_fixtures import check_problem, record
from writing_fixtures import NOBODYS_KEY, Desk, make_key, small_desk, stored

from index.access_keys import revoke_key
from index.catalogue import Catalogue, place_of
from index.schema import api_keys


@pytest.fixture
def desk(data: Path) -> Desk:
    return small_desk(data)


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return small_desk(tmp_path_factory.mktemp("data"))


WRONG_HEADERS = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Basic {token}",
    "{token}",
    "Bearer {token}x",
    "Bearer {token} {token}",
    f"Bearer {NOBODYS_KEY}",
    "Bearer " + "x" * 100_000,
    "Bearer é",
]


@pytest.mark.parametrize("header", WRONG_HEADERS, ids=range(len(WRONG_HEADERS)))
@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_without_a_key_nothing_is_written(reading: Desk, header: str | None, method: str):
    headers = {} if header is None else {"Authorization": header.format(token=reading.token)}
    path = "/v1/articles" if method == "POST" else "/v1/articles/flood-1"
    response = reading.client.open(path, method=method, json={"title": "x"}, headers=headers)
    check_problem(response, 401, "key-required")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert reading.token not in response.text
    assert "flood-1" in stored(reading.data)


def test_a_revoked_key_is_refused_at_once(desk: Desk, data: Path):
    second = make_key(data, "second", "admin")
    assert desk.put("new", record("new"), headers=desk.headers(second)).status_code == 201
    with Catalogue.open(place_of(data)) as catalogue:
        revoke_key(catalogue, "second")
    check_problem(desk.put("new", record("new", text="x"), headers=desk.headers(second)), 401, "key-required")
    assert desk.put("new", record("new")).status_code == 200


def test_a_key_that_is_for_something_else_is_refused(desk: Desk, data: Path):
    with Catalogue.open(place_of(data)) as catalogue, catalogue.engine.begin() as connection:
        connection.execute(sa.update(api_keys).values(scope="reports"))
    body = check_problem(desk.put("new", record("new")), 403, "wrong-scope")
    assert "write" in body["detail"]
    assert "reports" in body["detail"]


def test_the_scheme_is_read_in_any_case(desk: Desk):
    headers = {"Authorization": f"bEARER  {desk.token}"}
    assert desk.put("new", record("new"), headers=headers).status_code == 201
