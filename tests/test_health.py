"""What `/health/ready` says of a data folder that nothing can be written to."""

from pathlib import Path

import pytest
from service_fixtures import Service, small_archive

from index.indexer_state import StateFile
from service.api import health
from service.app import create_app, make_recommender
from service.settings import Settings


def ready(data: Path, **settings: bool) -> dict[str, object]:
    given = Settings(data=data, **settings)
    response = create_app(given, make_recommender(given)).test_client().get("/health/ready")
    assert response.status_code == 200
    return response.get_json()


@pytest.fixture
def archive(data: Path) -> Path:
    Service(data).publish(small_archive())
    return data


def test_all_is_well_on_a_disk_with_room(archive: Path):
    assert ready(archive)["problem"] is None


def test_a_full_disk_is_said_with_what_is_left(archive: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("index.data_folder.LEAST_FREE", 1 << 62)
    assert "disk of the data folder is full" in ready(archive)["problem"]


def test_a_read_only_folder_is_a_problem_only_where_it_is_meant_to_be_written_to(
    archive: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(health, "read_only_problem", lambda _: "the data folder is read-only")
    assert "the data folder is read-only" in ready(archive)["problem"]
    assert ready(archive, indexer=False)["problem"] is None


def test_an_indexer_that_cannot_write_its_state_is_not_called_dead(archive: Path, monkeypatch: pytest.MonkeyPatch):
    StateFile(archive, clock=lambda: 1_000.0).write()
    assert "does not run" in ready(archive)["indexer"]["problem"]
    monkeypatch.setattr(health, "read_only_problem", lambda _: "the data folder is read-only")
    indexer = ready(archive)["indexer"]
    assert indexer["alive"] is None
    assert indexer["problem"] == "the indexer cannot say how it is: the data folder is read-only"
