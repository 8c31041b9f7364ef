"""What the process that starts the others has compared, they believe; and nothing else."""

import os
from pathlib import Path

import pytest
from helpers import article, rebuild_with

from index import columns
from index.checked import VARIABLE, is_checked, note_checked
from index.errors import DamagedSnapshot
from index.kept import check_once
from index.pointer import current_generation
from index.snapshot import open_newest_good


@pytest.fixture(autouse=True)
def _nothing_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "nothing")


def damage(data: Path) -> None:
    """Flip a bit of a file, whose size stays."""
    (path,) = data.glob("segments/*/published.npy")
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)


def test_what_was_compared_is_not_read_again_by_those_who_believe_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild_with(tmp_path, [article("a")])
    check_once(tmp_path)
    assert is_checked(tmp_path, current_generation(tmp_path))
    read: list[str] = []
    seal_of = columns.seal_of
    monkeypatch.setattr(columns, "seal_of", lambda path: read.append(path.name) or seal_of(path))
    open_newest_good(tmp_path, believe=True)
    assert read == []
    open_newest_good(tmp_path)
    assert "published.npy" in read


def test_a_damaged_index_is_not_believed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rebuild_with(tmp_path, [article("a")])
    check_once(tmp_path)
    damage(tmp_path)
    check_once(tmp_path)
    assert VARIABLE not in os.environ
    assert "published.npy" in caplog.text
    with pytest.raises(DamagedSnapshot):
        open_newest_good(tmp_path, believe=True)


def test_another_generation_and_another_folder_are_compared(tmp_path: Path) -> None:
    rebuild_with(tmp_path / "one", [article("a")])
    rebuild_with(tmp_path / "two", [article("a")])
    note_checked(tmp_path / "one", current_generation(tmp_path / "two"))
    for name in ("one", "two"):
        damage(tmp_path / name)
        with pytest.raises(DamagedSnapshot):
            open_newest_good(tmp_path / name, believe=True)


def test_without_an_index_nothing_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    check_once(tmp_path)
    assert VARIABLE not in os.environ
    assert not caplog.records
