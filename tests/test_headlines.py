"""Half a headline finds its article."""

from pathlib import Path

import pytest
from service_fixtures import NOON, publish, record

from index.headlines import Headlines, fold
from index.overlay import Overlay
from index.pointer import current_generation
from index.snapshot import Snapshot, open_snapshot

NOW = int(NOON.timestamp())
TITLES = {
    "wall-1": ("Flood wall on the quay is finished", "2026-03-01"),
    "wall-2": ("The flood wall leaks", "2026-03-05"),
    "wall-3": ("A wall after the flood", "2026-03-09"),
    "cafe": ("Café “Zur Brücke” öffnet wieder", "2026-03-02"),
    "councils": ("Council’s budget", "2026-03-03"),
    "later": ("The flood wall of tomorrow", "2026-06-01"),
    "undated": ("Old flood wall", None),
    "japan": ("東京の洪水対策", "2026-02-01"),
}


@pytest.fixture
def snapshot(data: Path) -> Snapshot:
    publish(data, [record(key, title=title, published_at=when) for key, (title, when) in TITLES.items()])
    return open_snapshot(data, current_generation(data))


def found(snapshot: Snapshot, text: str, limit: int = 20) -> list[str]:
    return [snapshot.id_of(row) for row in Headlines().find(snapshot, text, NOW, limit).rows]


def test_half_a_headline_finds_it_best_match_first_and_newest_among_equals(snapshot: Snapshot):
    assert found(snapshot, "flood wa") == ["wall-1", "wall-2", "undated", "wall-3"]
    assert found(snapshot, "wall") == ["wall-3", "wall-2", "wall-1", "undated"]
    assert found(snapshot, "lood") == ["wall-3", "wall-2", "wall-1", "undated"]


@pytest.mark.parametrize(
    ("typed", "article"),
    [
        ("cafe zur bruc", "cafe"),
        ("OFFNET", "cafe"),
        ("councils bud", "councils"),
        ("council's", "councils"),
        ("洪水", "japan"),
        ("wall-3", "wall-3"),
        ("quay finished", "wall-1"),
    ],
)
def test_case_accents_punctuation_and_the_order_of_words_do_not_matter(snapshot: Snapshot, typed: str, article: str):
    assert found(snapshot, typed)[0] == article


def test_what_is_not_published_yet_is_not_found(snapshot: Snapshot):
    assert "later" not in found(snapshot, "tomorrow")


def test_every_word_must_be_there(snapshot: Snapshot):
    assert found(snapshot, "flood penguin") == []


def test_nothing_typed_gives_the_newest(snapshot: Snapshot):
    assert found(snapshot, " ", limit=3) == ["wall-3", "wall-2", "councils"]


def test_what_was_taken_down_is_not_found_and_what_was_written_is(snapshot: Snapshot):
    headlines = Headlines()
    overlay = Overlay.over(snapshot).without(["wall-2"])
    rows = headlines.find(overlay.view, "flood wall", NOW).rows
    assert "wall-2" not in [overlay.view.id_of(row) for row in rows]


def test_it_says_whether_there_are_more(snapshot: Snapshot):
    assert Headlines().find(snapshot, "wall", NOW, 2).more
    assert not Headlines().find(snapshot, "wall", NOW, 4).more


def test_folding_leaves_words_parted_by_one_blank():
    assert fold("  The “Quay’s”—wall:  Ångström & Straße ") == "the quays wall angstrom strasse"
