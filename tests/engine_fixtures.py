"""The catalogue on both engines: a test that asks for `place` or `catalogue` runs on SQLite and on PostgreSQL."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from index import catalogue as catalogue_module
from index.catalogue import Catalogue, Place
from index.schema_versions import migrate

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def leave_out(reason: str) -> None:
    """Skip a test for a reason, or fail it under CI, where nothing may be left out."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI=true")
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A SQLite catalogue that is not there yet begins as a copy of one that the migrations have made: most tests make one,
    and running all migrations each time took a third of a small rebuild. What is opened is still brought to the newest
    version, so old ones migrate as ever, and the tests of the migrations call `index.engines.migrate` itself."""
    made = tmp_path_factory.mktemp("migrated") / "catalogue.sqlite"
    Catalogue.open(made).close()

    def copy_and_migrate(engine: Engine, patience: float = 30) -> None:
        if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
            _copy_at_once(made, Path(str(engine.url.database)))
        migrate(engine, patience)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue_module, "migrate", copy_and_migrate)
        yield


def _copy_at_once(source: Path, target: Path) -> None:
    """Whole or not at all, for two may open the same new catalogue; where it cannot be, the migrations say why."""
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".copy") as folder:
            shutil.copyfile(source, Path(folder) / "whole")
            os.link(Path(folder) / "whole", target)
    except OSError:
        pass


@pytest.fixture(scope="session")
def postgres():
    """A private PostgreSQL for the whole session; skips where it cannot be, fails there under CI."""
    try:
        from postgres_server import TEMPLATE, binaries, missing, running_postgres

        reason = missing()
    except ModuleNotFoundError as error:
        reason = f"the extra 'postgres' is not installed ({error})"
    if reason:
        leave_out(reason)
    with running_postgres(binaries()) as server:
        server.run(f"CREATE DATABASE {TEMPLATE}")
        Catalogue.open(server.address(TEMPLATE)).close()
        yield server


@pytest.fixture(scope="session")
def milvus():
    """A private Milvus for the whole session; skips where it cannot be, fails there under CI."""
    from milvus_server import missing, running_milvus

    if reason := missing():
        leave_out(reason)
    with running_milvus() as server:
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
