"""A data folder of each format that was ever released, made once, must open and answer as it did.

To make the folder of a new format: `python tests/test_golden.py`, which writes `tests/golden/snapshot-format-<FORMAT>`
anew; never do so for a format that was released. Its articles are invented, its vectors are word hashes.
"""

import shutil
import sqlite3
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import NOW, CountingEmbedder, opened, rebuild_with
from recommender_fixtures import asking, ids, plain

from index.article import Article
from index.article_record import parse_article
from index.catalogue import Catalogue
from index.columns import read_sealed_json
from index.embedder import WordHashEmbedder
from index.pointer import current_generation
from index.retrieval import newest
from index.snapshot import FORMAT, READABLE, open_newest_good
from index.term_scores import TermScores
from index.terms import Kind, count_terms
from index.vector_index import Filter

GOLDEN = Path(__file__).parent / "golden"
EMBEDDER = WordHashEmbedder(16)

FIRST = [
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


def articles_of(format_: int) -> list[Article]:
    """What the golden folder of a format was made from; 2 and later know topics and types."""
    if format_ == 1:
        return FIRST
    ferry, *others = FIRST
    return [replace(ferry, tags=("Ferries", "Harbour"), type="report"), *others]


def folder_of(format_: int) -> Path:
    return GOLDEN / f"snapshot-format-{format_}"


def make() -> None:
    """Write the golden folder of the present format: two rebuilds, so that it has two segments and a deleted row."""
    folder, archive = folder_of(FORMAT), articles_of(FORMAT)
    shutil.rmtree(folder, ignore_errors=True)
    gone = parse_article({"id": "gone", "title": "Gone"})
    rebuild_with(folder, [*archive[:3], gone], EMBEDDER)
    rebuild_with(folder, archive, EMBEDDER, force=True)
    (folder / "rebuild.lock").unlink()
    with sqlite3.connect(folder / "catalogue.sqlite") as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("PRAGMA page_size=1024")
    connection.execute("VACUUM")
    connection.close()


@pytest.fixture(params=READABLE)
def format_(request: pytest.FixtureRequest) -> int:
    """Each format that can be served."""
    if not folder_of(request.param).is_dir():
        pytest.skip(f"format {request.param} is not final; when it is: python tests/test_golden.py")
    return int(request.param)


@pytest.fixture
def golden(tmp_path: Path, format_: int) -> Path:
    """A copy of the golden folder, which is never touched itself."""
    return Path(shutil.copytree(folder_of(format_), tmp_path / "golden"))


def test_the_golden_snapshot_opens_whole(golden: Path) -> None:
    snapshot, problems = open_newest_good(golden)
    assert (len(snapshot), problems) == (4, [])
    assert [segment.rows for segment in snapshot.segments] == [4, 1]
    assert snapshot.manifest.deleted == (1, 0)
    assert snapshot.manifest.sections == {"": 1, "local": 2, "science": 1}
    assert snapshot.manifest.newest == "2026-03-10T12:00:00Z"
    assert snapshot.row_of_id("gone") is None


def test_the_golden_cards_are_as_they_were(golden: Path, format_: int) -> None:
    snapshot = opened(golden)
    segment, row = snapshot.place(snapshot.row_of_id("2026/03/ferry"))
    assert segment.card(row) == {
        "title": "Ferry stops in fog",
        "url": "https://herald.example/2026/03/ferry",
        "section": "local/transport",
        "authors": ["Tom Reed"],
        "published_at": "2026-03-09T07:30:00Z",
        "lang": "en",
    } | ({"tags": ["Ferries", "Harbour"], "type": "report"} if format_ > 1 else {})
    assert segment.names[row].decode().split("\n") == ["Port Alder", "Lowmoor", "Monday", "Ada Finch"]
    assert segment.row_of_id("fog") is not None
    ((at, former),) = snapshot.rows_of_url("https://herald.example/2026/03/ferry-2")
    assert (snapshot.id_of(at), former) == ("ferry-2", False)


def test_the_golden_snapshot_answers_as_it_did(golden: Path, format_: int) -> None:
    snapshot = opened(golden)
    query = EMBEDDER.embed(["ferry fog"])[0]
    found = snapshot.vectors.search(query, 9, Filter(NOW))
    assert [match.id for match in found] == ["fog", "ferry-2", "é🎉"]
    assert [match.score for match in found] == pytest.approx([0.2582, 0.2132, 0], abs=1e-4)
    french = Filter(NOW, languages=frozenset(["fr"]))
    assert [match.id for match in snapshot.vectors.search(query, 9, french)] == ["fog", "é🎉"]
    before = snapshot.eligible(Filter(NOW.replace(day=10, hour=11)))
    assert [snapshot.id_of(row) for row in newest(snapshot, 9, before)] == ["2026/03/ferry", "é🎉", "fog"]
    asked = count_terms("Ferry", "Ada Finch in the fog", {Kind.TOPIC: ["ferries"]})
    rows = np.array([snapshot.row_of_id(one.id) for one in articles_of(format_)])
    scores = TermScores(snapshot, asked)
    expected = [[0.6061, 0.0441, 0.5], [0.2904, 0.0541, 0.5774], [0.0996, 0.4484, 0], [0, 0, 0]]
    np.testing.assert_allclose(scores.at(rows)[: Kind.TOPIC].T, expected, atol=1e-4)
    topics = [0.7071, 0, 0, 0] if format_ > 1 else [0, 0, 0, 0]
    np.testing.assert_allclose(scores.at(rows)[Kind.TOPIC], topics, atol=1e-4)
    assert (scores.titles_at(rows) > 0).tolist() == ([True, True, True, False] if format_ > 1 else [False] * 4)


def test_the_golden_snapshot_suggests_as_it_did(golden: Path) -> None:
    now = NOW.replace(day=12)
    answer = asking(opened(golden), policy=plain(), article_id="fog", now=now)
    assert ids(answer) == ["ferry-2"]
    assert ids(asking(opened(golden), policy=plain(), article_id="2026/03/ferry", now=now)) == ["fog"]


def test_the_golden_links_are_as_they_were_written(golden: Path, format_: int) -> None:
    snapshot = opened(golden)
    found = [[snapshot.id_of(int(row)) for row in pair] for pair in snapshot.links.outgoing.T]
    assert found == ([["2026/03/ferry", "fog"]] if format_ > 1 else [])


def test_the_golden_vectors_are_those_of_the_words(golden: Path, format_: int) -> None:
    snapshot = opened(golden)
    articles = articles_of(format_)
    expected = EMBEDDER.embed([f"{one.title}\n\n{one.text}".strip() for one in articles])
    for one, vector in zip(articles, expected, strict=True):
        np.testing.assert_allclose(snapshot.vectors.get(one.id), vector, atol=1e-6)


def test_a_rebuild_brings_the_golden_folder_to_the_present_format_and_embeds_nothing(
    golden: Path, format_: int, tmp_path: Path
) -> None:
    with Catalogue.open(golden / "catalogue.sqlite") as catalogue:
        assert catalogue.count() == 4
    embedder = CountingEmbedder(16)
    report = rebuild_with(golden, articles_of(format_), embedder)
    assert (report.published, report.added, report.removed) == (True, 0, 0)
    assert embedder.texts == []
    manifest = golden / "snapshots" / current_generation(golden) / "manifest.json"
    assert read_sealed_json(manifest)["format"] == FORMAT
    rebuild_with(tmp_path / "anew", articles_of(format_), EMBEDDER)
    migrated, anew = opened(golden), opened(tmp_path / "anew")
    asked = count_terms("Ferry", "Ada Finch in the fog")
    scores = [TermScores(one, asked) for one in (migrated, anew)]
    for one in articles_of(format_):
        there, here = (np.array([snapshot.row_of_id(one.id)]) for snapshot in (migrated, anew))
        assert migrated.vectors_at(there).tolist() == anew.vectors_at(here).tolist()
        np.testing.assert_allclose(scores[0].at(there), scores[1].at(here))
        assert scores[0].titles_at(there) == scores[1].titles_at(here)
    assert len(migrated.links) == len(anew.links) == 1
    assert not rebuild_with(golden, articles_of(format_), embedder).published


def test_the_golden_folder_is_small(format_: int) -> None:
    assert sum(path.stat().st_size for path in folder_of(format_).rglob("*") if path.is_file()) < 100_000


if __name__ == "__main__":
    make()
    sys.stdout.write(f"wrote {folder_of(FORMAT).name}\n")
