"""A part of the campaign of `benchmarks.faults`, small enough for every run: nothing acknowledged is lost, no answer wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("benchmarks.faults", reason="the benchmarks are not beside the tests (a source distribution)")

from benchmarks.fault_archive import make_archive
from benchmarks.fault_catalogue import locked
from benchmarks.fault_damage import damage
from benchmarks.fault_folder import STATES, disk_full, read_only
from benchmarks.fault_kills import Outcome, kills

pytestmark = pytest.mark.server


@pytest.fixture
def archive(data: Path) -> Path:
    make_archive(data)
    return data


def check(rows: list[Outcome]) -> None:
    """Every row tried something, or says why not; nothing in it is lost, wrong or refused."""
    for row in rows:
        print(row)
        if any(note.startswith("not tried") for note in row.notes):
            pytest.skip(row.notes[0])
        assert (row.lost, row.wrong, row.refused) == ([], [], 0)


def test_kills_at_random_instants_lose_nothing(archive: Path):
    rows = kills(archive, trials=6, seed=3)
    assert sum(row.trials > 0 for row in rows) >= 3
    check(rows)


FAULTS: dict[str, Callable[[Path], list[Outcome]]] = {
    "a full disk": lambda data: disk_full(data, trials=1),
    "a folder that became read-only": lambda data: read_only(data, STATES[:1]),
    "a damaged file": lambda data: damage(data, ("vectors.faiss",), starts=False),
    "a locked catalogue": lambda data: locked(data, trials=1, seconds=3),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_said_reads_go_on_and_it_recovers_by_itself(archive: Path, fault: str):
    check(FAULTS[fault](archive))
