"""Between two rebuilds every process that serves follows the change log: take-downs at once, all else within a moment."""

import gc
import threading
import time
from pathlib import Path
from weakref import ref

import pytest
from helpers import NOW, article, rebuild_with
from live_fixtures import NEW, A, B, C, has, until

from index import live_index
from index.archive_writer import ArchiveWriter
from index.catalogue import FILE, Catalogue
from index.embedder import WordHashEmbedder
from index.live_index import LiveIndex
from index.rebuild import Options, rebuild
from index.row import HAS_VECTOR
from index.vector_index import Filter
from recommender.policy import load_policy
from recommender.question import Question
from recommender.recommend import Recommender


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rebuild_with(tmp_path / "data", [A, B, C])
    return tmp_path / "data"


def card(live: LiveIndex, article_id: str) -> dict[str, object]:
    snapshot = live.snapshot()
    segment, row = snapshot.place(snapshot.row_of_id(article_id))
    return segment.card(row)


def is_embedded(live: LiveIndex, article_id: str) -> bool:
    snapshot = live.snapshot()
    segment, row = snapshot.place(snapshot.row_of_id(article_id))
    return bool(segment.flags[row] & HAS_VECTOR)


def test_a_removed_article_is_in_nothing_that_is_asked_after_the_call_returned(
    live: LiveIndex, writer: ArchiveWriter
) -> None:
    assert has(live, "a")
    writer.delete("a")
    snapshot = live.snapshot()
    assert snapshot.row_of_id("a") is None
    assert {match.id for match in snapshot.vectors.search(snapshot.vectors.get("b"), 9, Filter(NOW))} == {"b", "c"}
    assert len(snapshot) == 2


@pytest.mark.parametrize("change", [{"status": "unpublished"}, {"published_at": "2999-01-01"}])
def test_what_is_unpublished_or_embargoed_goes_as_fast(
    live: LiveIndex, writer: ArchiveWriter, change: dict[str, str]
) -> None:
    writer.put([article("a", A.title, A.text, section="local", **change)])
    assert live.snapshot().row_of_id("a") is None
    until(lambda: live.following.waiting == 0)
    _, kept = live.snapshot().segments[-1].eligible(Filter(NOW))
    assert not (kept.any() and has(live, "a") and "published_at" not in change)


def test_an_embargoed_article_is_eligible_from_its_moment_on(live: LiveIndex, writer: ArchiveWriter) -> None:
    writer.put([article("new", "Budget", "Secret until noon.", published_at="2999-01-01T12:00:00Z")])
    until(lambda: has(live, "new"))
    snapshot = live.snapshot()
    vector = snapshot.vectors.get("a")
    for moment, there in (("2999-01-01T11:59:59", False), ("2999-01-01T12:00:00", True)):
        when = NOW.fromisoformat(f"{moment}+00:00")
        assert ("new" in {match.id for match in snapshot.vectors.search(vector, 9, Filter(when))}) is there


def test_a_written_article_appears_without_a_vector_and_gets_it_when_it_was_embedded(
    live: LiveIndex, writer: ArchiveWriter, data: Path
) -> None:
    writer.put([NEW])
    until(lambda: has(live, "new"))
    assert not is_embedded(live, "new")
    embedder = WordHashEmbedder(64)
    with Catalogue.open(data / FILE) as catalogue:
        catalogue.keep_vectors([NEW.content_hash], embedder.embed(["x"]), embedder.model, 1, log=True)
    until(lambda: is_embedded(live, "new"))


def test_who_writes_an_article_finds_it_with_the_next_question(live: LiveIndex, writer: ArchiveWriter) -> None:
    writer.put([NEW])
    assert live.snapshot(about="new").row_of_id("new") is not None
    writer.put([article("a", "Bridge is open again", "All is well.")])
    snapshot = live.snapshot(about="a")
    segment, row = snapshot.place(snapshot.row_of_id("a"))
    assert segment.card(row)["title"] == "Bridge is open again"


def test_an_edit_replaces_what_was_served(live: LiveIndex, writer: ArchiveWriter) -> None:
    writer.put([article("a", "Bridge is open again", "All is well.", section="world")])
    until(lambda: card(live, "a")["section"] == "world")
    assert len(live.snapshot()) == 3


def test_without_a_bell_the_log_is_found_all_the_same(live: LiveIndex, data: Path) -> None:
    silent = ArchiveWriter(data / FILE, data / "elsewhere")
    silent.delete("a")
    until(lambda: not has(live, "a"))
    silent.close()


def test_a_process_that_starts_later_knows_all_that_happened(data: Path, writer: ArchiveWriter) -> None:
    writer.delete("a")
    writer.put([NEW])
    late = LiveIndex(data, data / FILE).snapshot()
    assert [late.row_of_id(one) is not None for one in ("a", "b", "c", "new")] == [False, True, True, True]


def test_a_process_that_starts_with_much_to_load_answers_first_and_has_nothing_that_was_taken_down(
    data: Path, writer: ArchiveWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_index, "LOAD_AT_START", 3)
    writer.put([article(f"n{number}", f"Title {number}") for number in range(9)])
    writer.delete("a")
    late = LiveIndex(data, data / FILE)
    first = late.snapshot()
    assert first.row_of_id("a") is None
    assert first.row_of_id("b") is not None
    until(lambda: late.following.waiting == 0)
    assert len(late.snapshot()) == 11


def test_a_rebuild_folds_the_changes_in_and_nothing_is_lost_or_back_at_the_switch(
    live: LiveIndex, writer: ArchiveWriter, data: Path
) -> None:
    writer.put([NEW])
    writer.delete("a")
    until(lambda: has(live, "new"))
    generation = rebuild(data, [], WordHashEmbedder(64), Options(checks=())).generation
    seen = []
    until(lambda: bool(seen.append(live.snapshot()) or seen[-1].generation == generation))
    assert all(each.row_of_id("a") is None and each.row_of_id("new") is not None for each in seen)
    assert len(live.snapshot().segments) == len(live.snapshot().manifest.segments)
    assert live.following.waiting == 0


def test_a_generation_is_switched_to_though_nobody_asks(live: LiveIndex, data: Path) -> None:
    generation = rebuild_with(data, [A, B], force=True).generation
    until(lambda: live._overlay is not None and live._overlay.base.generation == generation)
    assert live.snapshot().generation == generation


def test_what_is_written_during_a_rebuild_outlives_it(live: LiveIndex, writer: ArchiveWriter, data: Path) -> None:
    class Slow(WordHashEmbedder):
        def embed(self, texts):
            if "x" not in self.__dict__:
                self.x = [writer.put([NEW]), writer.delete("b")]
            return super().embed(texts)

    changed = article("c", "Ferry sails", "The fog is gone.", section="local")
    rebuild_with(data, [A, B, changed], embedder=Slow(64))
    until(lambda: has(live, "new") and not has(live, "b"))
    until(lambda: card(live, "c")["title"] == "Ferry sails")
    later = LiveIndex(data, data / FILE)
    assert [has(later, one) for one in ("a", "b", "c", "new")] == [True, False, True, True]


def test_a_take_down_is_out_though_its_article_was_just_being_loaded(
    live: LiveIndex, writer: ArchiveWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = live._follower
    load, loaded, go_on = follower.rows, threading.Event(), [threading.Event(), threading.Event()]

    def slow(*arguments):
        rows = load(*arguments)
        loaded.set()
        go_on[0].wait(5)
        go_on.append(go_on.pop(0))
        return rows

    monkeypatch.setattr(follower, "rows", slow)
    writer.put([NEW])
    live.snapshot()
    assert loaded.wait(5)
    writer.delete("new")
    live.snapshot()
    loaded.clear()
    go_on[0].set()
    assert loaded.wait(5)  # what was loaded before the removal is shown by now, and loaded anew
    assert not has(live, "new")
    go_on[0].set()
    until(lambda: live.following.waiting == 0)
    assert not has(live, "new")


def test_a_take_down_without_a_bell_does_not_wait_for_a_long_queue(
    live: LiveIndex, writer: ArchiveWriter, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_loading(live, monkeypatch, seconds=0.1)
    writer.put([article(f"n{number}", f"Title {number}") for number in range(30)])
    live.snapshot()
    silent = ArchiveWriter(data / FILE, data / "elsewhere")
    silent.delete("a")
    started = time.monotonic()
    until(lambda: not has(live, "a"))
    assert time.monotonic() - started < 1
    assert live.following.waiting > 0
    silent.close()


def test_no_request_waits_for_an_article_behind_many_others(
    live: LiveIndex, writer: ArchiveWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_loading(live, monkeypatch, seconds=0.1)
    writer.put([article(f"n{number}", f"Title {number}") for number in range(30)])
    live.snapshot()
    started = time.monotonic()
    live.snapshot(about="n29")
    assert time.monotonic() - started < 0.8 * live_index.MOMENT_SECONDS


def slow_loading(live: LiveIndex, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Load changed articles one by one, each in so long a time."""
    load = live._follower.rows

    def slow(*arguments):
        time.sleep(seconds)
        return load(*arguments)

    monkeypatch.setattr(live_index, "LOAD_AT_ONCE", 1)
    monkeypatch.setattr(live._follower, "rows", slow)


def test_an_archive_that_begins_empty_grows_article_by_article(data: Path, writer: ArchiveWriter) -> None:
    rebuild_with(data, [], force=True)
    live = LiveIndex(data, data / FILE)
    assert len(live.snapshot()) == 0
    writer.put([A])
    writer.put([B])
    until(lambda: len(live.snapshot()) == 2)
    located = Recommender(live, load_policy()).locate_id("a", NOW)
    answer = Recommender(live, load_policy()).also_read(located, Question(NOW))
    assert [item.id for item in answer.items] == ["b"]
    writer.delete("b")
    assert not has(live, "b")


def test_nobody_looks_any_more_once_nobody_has_the_index(data: Path) -> None:
    index = LiveIndex(data, data / FILE)
    index.snapshot()
    gone = ref(index)
    threads = [thread for thread in threading.enumerate() if thread.name == "follow-changes"]
    del index
    until(lambda: gc.collect() >= 0 and gone() is None)
    until(lambda: sum(thread.is_alive() for thread in threads) < len(threads))
