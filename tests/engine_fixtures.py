"""The catalogue on both engines: a test that asks for `place` or `catalogue` runs on SQLite and on PostgreSQL."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.catalogue import Catalogue, Place

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def postgres():
    """A private PostgreSQL for the whole session; skips where it cannot be, fails there under CI."""
    try:
        from postgres_server import TEMPLATE, binaries, missing, running_postgres

        reason = missing()
    except ModuleNotFoundError as error:
        reason = f"the extra 'postgres' is not installed ({error})"
    if reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, and CI=true")
        pytest.skip(reason)
    with running_postgres(binaries()) as server:
        server.run(f"CREATE DATABASE {TEMPLATE}")
        Catalogue.open(server.address(TEMPLATE)).close()
        yield server


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_place(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    """Where no catalogue is yet."""
    if engine_name == "sqlite":
        return tmp_path / "catalogue.sqlite"
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture
def place(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    """Where an empty catalogue is."""
    if engine_name == "sqlite":
        Catalogue.open(tmp_path / "catalogue.sqlite").close()
        return tmp_path / "catalogue.sqlite"
    from postgres_server import TEMPLATE

    return request.getfixturevalue("postgres").new_database(TEMPLATE)


@pytest.fixture
def open_catalogue(place: Place) -> Iterator[Callable[[], Catalogue]]:
    """Opens the catalogue once more, as another process would."""
    opened: list[Catalogue] = []

    def open_one() -> Catalogue:
        opened.append(Catalogue.open(place))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def catalogue(open_catalogue: Callable[[], Catalogue]) -> Catalogue:
    """An empty catalogue."""
    return open_catalogue()
