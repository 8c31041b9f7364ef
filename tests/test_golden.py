"""A data folder of each format that was ever released, made once, must open and answer as it did.

To make the folder of a new format: `python tests/test_golden.py`, which writes `tests/golden/snapshot-format-<FORMAT>`
anew; never do so for a format that was released. Its articles are invented, its vectors are word hashes.
"""

import shutil
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest
from alembic.operations.batch import ApplyBatchImpl
from helpers import NOW, CountingEmbedder, key_of, opened, rebuild_with

from index.article_record import parse_article
from index.catalogue import Catalogue
from index.embedder import WordHashEmbedder
from index.retrieval import TermScores, newest
from index.snapshot import FORMAT, open_newest_good
from index.terms import count_terms
from index.vector_index import Filter

GOLDEN = Path(__file__).parent / "golden" / f"snapshot-format-{FORMAT}"
EMBEDDER = WordHashEmbedder(16)

ARTICLES = [
    parse_article(record)
    for record in (
        {
            "id": "2026/03/ferry",
            "title": "Ferry stops in fog",
            "text": "The ferry between Port Alder and Lowmoor stopped on Monday. “We wait,” said Ada Finch of the harbour.",
            "url": "https://herald.example/2026/03/ferry",
            "section": "local/transport",
            "authors": ["Tom Reed"],
            "published_at": "2026-03-09T07:30:00Z",
            "lang": "en",
            "links": [{"id": "fog", "position": 0.5}],
        },
        {
            "id": "ferry-2",
            "title": "Ferry sails again",
            "text": "The ferry between Port Alder and Lowmoor sails again, said Ada Finch.",
            "url": "https://herald.example/2026/03/ferry-2",
            "section": "local",
            "published_at": "2026-03-10T12:00:00Z",
            "version_of": "2026/03/ferry",
            "lang": "en-gb",
            "desk": "night",
        },
        {"id": "fog", "title": "Where the fog comes from", "text": "Warm air, cold sea.", "section": "science"},
        {"id": "é🎉", "title": "Une fête", "lang": "fr", "sensitive": True, "published_at": "2026-01-01"},
    )
]


def make() -> None:
    """Write the golden folder of the present format: two rebuilds, so that it has two segments and a deleted row."""
    shutil.rmtree(GOLDEN, ignore_errors=True)
    gone = parse_article({"id": "gone", "title": "Gone"})
    rebuild_with(GOLDEN, [*ARTICLES[:3], gone], EMBEDDER)
    rebuild_with(GOLDEN, ARTICLES, EMBEDDER, force=True)
    (GOLDEN / "rebuild.lock").unlink()
    with sqlite3.connect(GOLDEN / "catalogue.sqlite") as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("PRAGMA page_size=1024")
    connection.execute("VACUUM")
    connection.close()


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """A copy of the golden folder, which is never touched itself."""
    return Path(shutil.copytree(GOLDEN, tmp_path / "golden"))


def test_the_golden_snapshot_opens_whole(golden: Path) -> None:
    snapshot, problems = open_newest_good(golden)
    assert (len(snapshot), problems) == (4, [])
    assert [segment.rows for segment in snapshot.segments] == [4, 1]
    assert snapshot.manifest.deleted == (1, 0)
    assert snapshot.manifest.sections == {"": 1, "local": 2, "science": 1}
    assert snapshot.manifest.newest == "2026-03-10T12:00:00Z"
    assert snapshot.row_of_id("gone") is None


def test_the_golden_cards_are_as_they_were(golden: Path) -> None:
    snapshot = opened(golden)
    segment, row = snapshot.place(snapshot.row_of_id("2026/03/ferry"))
    assert segment.card(row) == {
        "title": "Ferry stops in fog",
        "url": "https://herald.example/2026/03/ferry",
        "section": "local/transport",
        "authors": ["Tom Reed"],
        "published_at": "2026-03-09T07:30:00Z",
        "lang": "en",
    }
    assert segment.names[row].decode().split("\n") == ["Port Alder", "Lowmoor", "Monday", "Ada Finch"]
    assert segment.row_of_id("fog") is not None
    ((at, former),) = snapshot.rows_of_url("https://herald.example/2026/03/ferry-2")
    assert (snapshot.id_of(at), former) == ("ferry-2", False)


def test_the_golden_snapshot_answers_as_it_did(golden: Path) -> None:
    snapshot = opened(golden)
    query = EMBEDDER.embed(["ferry fog"])[0]
    found = snapshot.vectors.search(query, 9, Filter(NOW))
    assert [match.id for match in found] == ["fog", "ferry-2", "é🎉"]
    assert [match.score for match in found] == pytest.approx([0.2582, 0.2132, 0], abs=1e-4)
    french = Filter(NOW, languages=frozenset(["fr"]))
    assert [match.id for match in snapshot.vectors.search(query, 9, french)] == ["fog", "é🎉"]
    before = Filter(NOW.replace(day=10, hour=11))
    assert [snapshot.id_of(row) for row in newest(snapshot, 9, before)] == ["2026/03/ferry", "é🎉", "fog"]
    asked = snapshot.lexical.query(count_terms("Ferry", "Ada Finch in the fog"))
    rows = np.array([snapshot.row_of_id(one.id) for one in ARTICLES])
    expected = [[0.6061, 0.0441, 0.5], [0.2904, 0.0541, 0.5774], [0.0996, 0.4484, 0], [0, 0, 0]]
    np.testing.assert_allclose(TermScores(snapshot, asked).at(rows), expected, atol=1e-4)


def test_the_golden_vectors_are_those_of_the_words(golden: Path) -> None:
    snapshot = opened(golden)
    expected = EMBEDDER.embed([f"{one.title}\n\n{one.text}".strip() for one in ARTICLES])
    for one, vector in zip(ARTICLES, expected, strict=True):
        np.testing.assert_allclose(snapshot.vectors.get(one.id), vector, atol=1e-6)


def test_the_golden_catalogue_opens_and_a_rebuild_finds_nothing_to_do(golden: Path) -> None:
    with Catalogue.open(golden / "catalogue.sqlite") as catalogue:
        assert catalogue.count() == 4
        with catalogue.staging() as staging:
            assert staging.archive() == sorted(map(key_of, ARTICLES), key=lambda key: key.id)
    embedder = CountingEmbedder(16)
    report = rebuild_with(golden, ARTICLES, embedder)
    assert (report.published, report.added, report.changed, report.removed) == (False, 0, 0, 0)
    assert embedder.texts == []


def test_a_migration_cut_short_leaves_the_catalogue_as_it_was(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rewrite = ApplyBatchImpl._create

    def cut_short(*args: object) -> None:
        rewrite(*args)
        raise RuntimeError("cut short")

    path = golden / "catalogue.sqlite"
    with monkeypatch.context() as patched:
        patched.setattr(ApplyBatchImpl, "_create", cut_short)
        with pytest.raises(RuntimeError, match="cut short"):
            Catalogue.open(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        columns = [row[1] for row in connection.execute("PRAGMA table_info(articles)")]
    connection.close()
    assert "sketch" not in columns
    with Catalogue.open(path) as catalogue, catalogue.staging() as staging:
        assert staging.archive() == sorted(map(key_of, ARTICLES), key=lambda key: key.id)


def test_the_golden_folder_is_small() -> None:
    assert sum(path.stat().st_size for path in GOLDEN.rglob("*") if path.is_file()) < 100_000


if __name__ == "__main__":
    make()
    sys.stdout.write(f"wrote {GOLDEN.name}\n")
