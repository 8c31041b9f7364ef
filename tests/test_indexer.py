"""The indexer embeds what was written, newest first and in growing batches, and whatever fails is tried again or skipped."""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import article
from indexer_fixtures import MODEL, Desk
from sqlalchemy.exc import OperationalError

from index.article_writes import delete_article, put_articles
from index.catalogue import Catalogue
from index.change_log import Bell, ids_not_embedded, position_now
from index.embedder import Embedder, WordHashEmbedder
from index.errors import EmbedderAway, ModelMismatch, ModelMissing
from index.folding import Folding
from index.indexer import AWAY_SECONDS, SCAN_SECONDS, Indexer
from index.indexer_loop import run
from index.indexer_queue import BATCH
from index.rebuild import Options, rebuild
from index.sentence_transformer import make_embedder


@pytest.fixture
def desk(data: Path) -> Iterator[Desk]:
    made = Desk(data)
    yield made
    made.close()


def test_an_article_that_was_written_is_embedded_and_noted_in_the_log(desk: Desk):
    desk.put("new")
    before, bell = position_now(desk.catalogue.engine), Bell(desk.data).number()
    desk.work()
    assert desk.batches() == [["new"]]
    assert desk.waiting() == []
    assert position_now(desk.catalogue.engine) == before + 1
    assert Bell(desk.data).number() != bell
    assert desk.told["state"] == "ready"
    assert desk.told["waiting"] == 0


def test_the_first_of_a_burst_is_embedded_alone_and_the_others_in_growing_batches(desk: Desk):
    desk.put(*(f"n{number:02}" for number in range(30)))
    desk.work()
    assert [len(batch) for batch in desk.batches()] == [1, 2, 4, BATCH, BATCH, 7]


def test_the_newest_is_embedded_first_also_when_it_comes_while_others_wait(desk: Desk):
    desk.put("a", published_at="2026-01-01")
    desk.put("b", published_at="2026-02-01")
    desk.put("c", published_at="2026-01-15")
    desk.indexer.step()
    desk.put("late", published_at="2025-01-01")
    desk.work()
    assert desk.batches() == [["b"], ["c", "late"], ["a"]]


def test_without_a_bell_the_log_is_asked_after_a_quarter_of_a_second(desk: Desk):
    desk.work()
    desk.put("new", ring=False)
    desk.work()
    assert desk.batches() == []
    desk.now += 0.3
    desk.work()
    assert desk.batches() == [["new"]]


def test_an_article_removed_before_its_turn_is_not_embedded(desk: Desk):
    desk.put("a", "b")
    desk.indexer.step()
    delete_article(desk.catalogue, "b")
    desk.work()
    assert desk.batches() == [["a"]]


def test_what_the_log_does_not_name_is_found_by_the_next_scan(desk: Desk):
    desk.work()
    desk.put("quiet")
    with sqlite3.connect(desk.data / "catalogue.sqlite") as catalogue:
        catalogue.execute("DELETE FROM changes")
    desk.work()
    assert desk.batches() == []
    desk.now += SCAN_SECONDS + 1
    desk.work()
    assert desk.batches() == [["quiet"]]


def test_a_text_that_the_model_fails_at_twice_is_skipped_and_said_once(desk: Desk, caplog: pytest.LogCaptureFixture):
    desk.put("a", "b", "poison", "z")
    desk.work()
    desk.now += SCAN_SECONDS + 1
    desk.work()
    assert desk.waiting() == ["poison"]
    assert sum("poison" in batch for batch in desk.batches()) == 2
    assert sum("the model failed" in line for line in caplog.messages) == 1
    assert desk.told["skipped"] == 1
    desk.put("next")
    desk.work()
    assert desk.waiting() == ["poison"]


def test_a_text_that_was_mended_is_embedded(desk: Desk):
    desk.put("poison")
    desk.work()
    put_articles(desk.catalogue, [article("poison", "Mended", "sound words")])
    desk.now += 0.3
    desk.work()
    assert desk.waiting() == []


def test_vectors_with_nan_are_no_vectors(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    desk.put("a")
    monkeypatch.setattr(desk.embedder, "embed", lambda texts: np.full((len(texts), 64), np.nan, np.float32))
    desk.work()
    assert desk.waiting() == ["a"]
    assert desk.told["skipped"] == 1


def test_the_model_is_that_of_the_serving_snapshot_whatever_is_configured(desk: Desk):
    desk.configured = "another"
    asked: list[str] = []

    def named(name: str) -> Embedder:
        asked.append(name)
        return make_embedder(name)

    desk.indexer = desk.make(named)
    desk.put("a")
    desk.work()
    assert asked == [MODEL]
    assert desk.told["model"] == MODEL
    assert desk.waiting() == []


def test_after_a_rebuild_with_another_model_it_embeds_with_that_one(desk: Desk):
    desk.indexer = desk.make(make_embedder)
    desk.work()
    desk.put("a")
    rebuild(desk.data, [], WordHashEmbedder(32), Options(model_name="word-hash-32", force=True))
    desk.put("b")
    desk.work()
    assert desk.told["model"] == "word-hash-32"
    assert ids_not_embedded(desk.catalogue.engine, "word-hash-32", 1) == []


def test_a_missing_model_is_said_once_and_tried_again(desk: Desk, caplog: pytest.LogCaptureFixture):
    missing = True

    def named(name: str) -> Embedder:
        if missing:
            raise ModelMissing("embedding needs the extra 'embed'")
        return make_embedder(name)

    desk.indexer = desk.make(named)
    desk.put("a")
    for _ in range(3):
        desk.work()
        desk.now += SCAN_SECONDS + 1
    assert (desk.told["state"], desk.told["waiting"]) == ("no-model", 1)
    assert sum("answered by terms" in line for line in caplog.messages) == 1
    missing = False
    desk.work()
    assert desk.waiting() == []
    assert desk.told["problem"] is None


def test_before_the_first_rebuild_it_waits_for_one(tmp_path: Path):
    told: dict[str, Any] = {}
    place = tmp_path / "catalogue.sqlite"
    indexer = Indexer(tmp_path, place, make_embedder, MODEL, Folding(tmp_path, place), lambda **new: told.update(new))
    assert not indexer.step()
    assert told["state"] == "no-index"
    assert not place.exists()


def test_once_there_is_an_index_it_says_no_longer_that_there_is_none_while_its_model_is_loaded(desk: Desk):
    said: list[str] = []
    embedder_named = lambda name: said.append("the model") or desk.embedder  # noqa: E731  # as one line of a list
    indexer = desk.make(embedder_named)
    indexer._tell = lambda **new: said.append(new.get("state", ""))
    pointer = desk.data / "current"
    away = pointer.rename(desk.data / "away")
    indexer.step()
    assert said == ["no-index"]
    away.rename(pointer)
    indexer.step()
    assert said[1:3] == ["starting", "the model"]
    assert said[-1] == "ready"
    indexer.close()


def test_vectors_that_could_not_be_kept_are_kept_later_and_not_made_again(desk: Desk, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    desk.put("a")
    kept = Catalogue.keep_vectors
    tries, pauses = 0, []

    def full(self: Catalogue, *given: Any, **named: Any) -> None:
        nonlocal tries
        tries += 1
        if tries <= 4:
            raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))
        kept(self, *given, **named)

    def wait(seconds: float) -> bool:
        desk.now += seconds
        if seconds >= 0.1:
            assert desk.told["state"] == "catalogue-unreachable"
            assert desk.told["problem"] == "database or disk is full"
            pauses.append(seconds)
        return tries > 4 and desk.told["state"] == "ready"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Catalogue, "keep_vectors", full)
        run(desk.indexer, wait)
    assert desk.batches() == [["a"]]
    assert desk.waiting() == []
    assert pauses == [0.1, 0.2, 0.4, 0.8]
    assert sum("disk is full" in line for line in caplog.messages) == 1
    assert sum("goes on" in line for line in caplog.messages) == 1


class Elsewhere(WordHashEmbedder):
    """A model that runs elsewhere, and may be away."""

    def __init__(self) -> None:
        super().__init__(64)
        self.away = True

    def embed(self, texts: Sequence[str]):
        if self.away:
            raise EmbedderAway("the embedding server at gpu:80 does not accept connections")
        return super().embed(texts)


def test_articles_wait_for_a_server_that_is_away_and_none_is_given_up(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    model = Elsewhere()
    model.away = False
    indexer = desk.make(lambda name: model)
    while indexer.step():
        pass
    model.away = True
    desk.put("one", "two")
    for _ in range(20):
        indexer.step()
        desk.now += AWAY_SECONDS
    assert sorted(desk.waiting()) == ["one", "two"]
    assert (desk.told["state"], desk.told["waiting"]) == ("embedder-away", 2)
    assert "does not accept connections" in desk.told["problem"]
    assert caplog.text.count("answered by terms until") == 1
    model.away = False
    desk.now += AWAY_SECONDS
    while indexer.step():
        pass
    assert desk.waiting() == []
    assert (desk.told["state"], desk.told["problem"], desk.told["skipped"]) == ("ready", None, 0)
    indexer.close()


def test_between_two_tries_a_server_that_is_away_is_left_alone(desk: Desk) -> None:
    model = Elsewhere()
    asked: list[str] = []

    def named(name: str) -> Embedder:
        asked.append(name)
        return model

    indexer = desk.make(named)
    desk.put("one")
    for _ in range(10):
        assert not indexer.step()
    assert len(asked) == 1
    assert desk.told["state"] == "embedder-away"
    desk.now += AWAY_SECONDS
    model.away = False
    while indexer.step():
        pass
    assert desk.waiting() == []
    indexer.close()


def test_another_model_under_the_name_of_the_one_that_was_embeds_nothing(desk: Desk) -> None:
    desk.catalogue.remember_model(MODEL, MODEL, WordHashEmbedder(64).embed(["ready"]))
    desk.catalogue.remember_model(MODEL, MODEL, WordHashEmbedder(64).embed(["ready"]))
    with pytest.raises(ModelMismatch, match=r"gives other vectors under this name than it did \(a cosine of 0.00\)"):
        desk.catalogue.remember_model(MODEL, MODEL, WordHashEmbedder(64).embed(["wall"]))
    with pytest.raises(ModelMismatch, match=r"\(64 and 32 numbers\)"):
        desk.catalogue.remember_model(MODEL, MODEL, WordHashEmbedder(32).embed(["ready"]))
    desk.catalogue.remember_model(MODEL, "another name", None)
    with pytest.raises(ModelMismatch):
        desk.catalogue.remember_model(MODEL, MODEL, WordHashEmbedder(64).embed(["wall"]))
