"""When much was changed between rebuilds it becomes a new snapshot; never in vain, never against a rollback."""

import logging
from pathlib import Path
from typing import Any

import pytest
from helpers import Given, article
from indexer_fixtures import Desk

from index.article_writes import delete_article
from index.catalogue import Catalogue
from index.embedder import WordHashEmbedder
from index.folding import LOOK_SECONDS
from index.pointer import current_generation, generations
from index.rebuild import Options, locked, rebuild
from index.snapshot import open_snapshot


def test_more_changes_than_fold_after_make_a_new_snapshot_of_them(data: Path):
    desk = Desk(data, fold_after=3)
    old = current_generation(data)
    desk.put("a", "b", "c")
    desk.work()
    assert current_generation(data) == old
    desk.put("d")
    desk.now += 6
    desk.work()
    assert current_generation(data) != old
    desk.work()
    assert desk.told["last_fold"].startswith("published")
    assert len(open_snapshot(data, current_generation(data))) == 5
    desk.close()


def test_an_old_index_is_made_anew_for_a_single_change(data: Path, monkeypatch: pytest.MonkeyPatch):
    desk = Desk(data, fold_after=1_000)
    old = current_generation(data)
    monkeypatch.setattr("index.folding.OLD_SECONDS", -60)
    desk.work()
    assert current_generation(data) == old
    desk.put("a")
    desk.now += 6
    desk.work()
    assert current_generation(data) != old
    desk.close()


def test_folds_take_the_place_of_each_other_and_of_no_rebuild(data: Path):
    desk = Desk(data, fold_after=1)
    asked_for = generations(data)
    for round_ in range(7):
        desk.put(f"x{round_}", f"y{round_}")
        desk.now += 70
        desk.work()
    assert generations(data)[:-1] == asked_for
    assert generations(data)[-1] == current_generation(data)
    desk.close()


def test_changes_that_come_to_nothing_are_not_folded_again_and_again(data: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    desk = Desk(data, fold_after=2)
    desk.put("a", "b", "c")
    for key in "abc":
        delete_article(desk.catalogue, key)
    for _ in range(5):
        desk.now += 61
        desk.work()
    assert sum(line.startswith("folding found nothing") for line in caplog.messages) == 1
    desk.close()


def test_what_was_rolled_back_is_not_folded(data: Path):
    desk = Desk(data, fold_after=1)
    generation = current_generation(data)
    with (data / "current").open("a") as file:
        file.write("rolled back\n")
    desk.put("a", "b", "c")
    desk.work()
    assert (data / "current").read_text().startswith(generation)
    assert desk.told["last_fold"] is None
    desk.close()


def test_while_the_pointer_is_damaged_articles_are_embedded_and_nothing_is_folded(data: Path):
    desk = Desk(data, fold_after=1)
    (data / "current").write_text("")
    desk.put("a", "b", "c")
    desk.work()
    assert desk.told["state"] == "ready"
    assert desk.told["waiting"] == 0
    assert desk.told["last_fold"] is None
    desk.close()


def test_a_fold_that_fails_waits_twice_as_long_each_time(
    data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    desk = Desk(data, fold_after=1)

    def fails(*given: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("index.folding.rebuild", fails)
    desk.put("a", "b", "c")
    for _ in range(20):
        desk.now += 30
        desk.work()
    waits = [line.split(" min")[0].rpartition(" ")[2] for line in caplog.messages if "folding failed" in line]
    assert waits == ["1", "2", "4", "8"]
    desk.close()


def test_a_rebuild_of_another_host_is_folded_in_whatever_few_it_changed(data: Path, tmp_path: Path):
    desk = Desk(data, fold_after=1_000)
    desk.work()
    old = current_generation(data)
    other = tmp_path / "other"
    other.mkdir()
    (other / "catalogue.sqlite").symlink_to(data / "catalogue.sqlite")
    rebuild(other, [Given([article("theirs", "Theirs", "their words")])], WordHashEmbedder(64), Options(force=True))
    desk.now += 6
    desk.work()
    assert current_generation(data) != old
    assert open_snapshot(data, current_generation(data)).row_of_id("theirs") is not None
    generation = current_generation(data)
    for _ in range(3):
        desk.now += 61
        desk.work()
    assert current_generation(data) == generation
    with Catalogue.open(data / "catalogue.sqlite") as catalogue:
        assert catalogue.count() == 1
    desk.close()


def test_another_rebuild_under_way_is_no_failure_and_is_waited_for_no_longer_than_it_takes(
    data: Path, caplog: pytest.LogCaptureFixture
):
    desk = Desk(data, fold_after=1)
    old = current_generation(data)
    desk.put("a", "b", "c")
    with locked(data):
        desk.work()
    assert current_generation(data) == old
    assert [line for line in caplog.records if line.levelno >= logging.WARNING] == []
    desk.now += LOOK_SECONDS
    desk.work()
    assert current_generation(data) != old
    desk.close()
