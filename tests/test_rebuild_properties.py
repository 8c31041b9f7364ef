"""However an archive came to be what it is, its snapshot answers as one that was built from nothing."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from helpers import NOW, CountingEmbedder, article, examples, opened, rebuild_with
from hypothesis import given
from hypothesis import strategies as st

from index import generation, merging
from index.article import Article
from index.embedder import WordHashEmbedder
from index.merging import segments_to_merge
from index.snapshot import Snapshot
from index.term_scores import TermScores
from index.terms import count_terms
from index.vector_index import Filter

IDS = [f"a{number}" for number in range(7)]
QUESTIONS = [("Flood", "the flood at the bridge in Old Town"), ("Vote", "Jane Roe votes"), ("", "nothing")]
WIRE = "The ferry was late on Monday because of fog in the harbour and nobody could say when it would sail again."

texts = st.sampled_from(["", "The flood in Old Town.", "Mayor Jane Roe at the bridge.", "A vote; a bridge.", WIRE])
fields = st.fixed_dictionaries(
    {},
    optional={
        "section": st.sampled_from(["world", "world/europe", "local"]),
        "published_at": st.sampled_from(["2026-01-01", "2026-02-01", "2026-03-14T08:00:01Z", "2027-01-01"]),
        "url": st.sampled_from(["https://example.org/1", "https://example.org/2", "https://example.org/3/"]),
        "version_of": st.sampled_from(["x", *IDS]),
        "sensitive": st.just(True),
        "recommendable": st.just(False),
        "lang": st.sampled_from(["en", "fr-ca"]),
        "tags": st.sampled_from([["ferry"], ["Ferry", "fog"]]),
        "links": st.lists(st.sampled_from(IDS), max_size=2),
        "image_url": st.sampled_from(["https://example.org/1.png", "https://example.org/2.png"]),
    },
)


@st.composite
def articles(draw: st.DrawFn, article_id: str) -> Article:
    values = draw(fields)
    if values.get("version_of") == article_id:
        del values["version_of"]
    title = draw(st.sampled_from(["Flood", "Vote in Old Town", "Bridge"]))
    return article(article_id, title, draw(texts), **values)


archives = st.lists(st.sampled_from(IDS), min_size=1, unique=True).flatmap(
    lambda ids: st.tuples(*(articles(one) for one in ids))
)


def facts(snapshot: Snapshot) -> Iterator[tuple[str, dict[str, Any]]]:
    """All that a snapshot says of each article, where it lies left out."""
    scores = [TermScores(snapshot, count_terms(*question)) for question in QUESTIONS]
    now = Filter(NOW)
    for number, (segment, dead) in enumerate(zip(snapshot.segments, snapshot.dead, strict=True)):
        _, eligible = segment.eligible(now)
        for row in range(segment.rows):
            if dead[row]:
                continue
            at = snapshot.starts[number : number + 1] + row
            url = segment.card(row).get("url", "").rstrip("/")
            yield (
                segment.ids[row].decode(),
                {
                    "card": segment.card(row),
                    "names": segment.names[row],
                    "vector": segment.vectors.rows[row].tolist(),
                    "terms": segment.lexical.terms_of(row).hashes.tolist(),
                    "scores": [each.at(at)[:, 0].tolist() for each in scores],
                    "titles": [each.titles_at(at).tolist() for each in scores],
                    "links to": sorted(snapshot.id_of(int(target)) for target in snapshot.links.from_rows(at)[1]),
                    "linked by": sorted(snapshot.id_of(int(source)) for source in snapshot.links.to_rows(at)[1]),
                    "published": snapshot.take("published", at).tolist(),
                    "copy": snapshot.take("copy_key", at).tolist(),
                    "superseded": snapshot.take("superseded_at", at).tolist(),
                    "flags": snapshot.take("flags", at).tolist(),
                    "eligible": bool(eligible[row]),
                    "at its address": int(at[0])
                    in [found for found, former in snapshot.rows_of_url(url) if not former],
                    "language": segment.languages[segment.language[row]],
                    "section": segment.sections[segment.section[row]],
                },
            )


def assert_same_answers(grown: Snapshot, built: Snapshot) -> None:
    ours, theirs = dict(facts(grown)), dict(facts(built))
    assert ours.keys() == theirs.keys()
    assert len(grown) == len(built) == len(ours) == grown.vectors.count()
    for article_id, expected in theirs.items():
        assert ours[article_id] == expected
        assert grown.row_of_id(article_id) is not None
    for name in ("articles", "vectors", "sections", "newest", "recipe"):
        assert getattr(grown.manifest, name) == getattr(built.manifest, name)
    assert grown.lexical.mean_length == pytest.approx(built.lexical.mean_length)
    query = WordHashEmbedder(64).embed(["the flood in old town"])[0]
    assert grown.vectors.search(query, 50, Filter(NOW)) == built.vectors.search(query, 50, Filter(NOW))


def built_from_nothing(folder: Path, archive: Sequence[Article]) -> Snapshot:
    shutil.rmtree(folder, ignore_errors=True)
    rebuild_with(folder, archive)
    return opened(folder)


@examples(25)
@given(steps=st.lists(archives, min_size=2, max_size=4))
def test_after_any_rebuilds_the_snapshot_is_as_one_built_from_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Article, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("property")
    for archive in steps:
        rebuild_with(folder / "grown", archive, force=True)
    assert_same_answers(opened(folder / "grown"), built_from_nothing(folder / "built", steps[-1]))


@examples(12)
@given(first=archives, more=st.lists(st.sampled_from(IDS).flatmap(articles), min_size=1, max_size=5))
def test_additions_one_by_one_are_as_all_at_once(
    tmp_path_factory: pytest.TempPathFactory, first: tuple[Article, ...], more: list[Article]
) -> None:
    folder = tmp_path_factory.mktemp("property")
    rebuild_with(folder / "grown", first)
    for one in more:
        rebuild_with(folder / "grown", [one], keep_unseen=True, force=True)
    whole = {one.id: one for one in (*first, *more)}
    assert_same_answers(opened(folder / "grown"), built_from_nothing(folder / "built", list(whole.values())))


def test_many_small_rebuilds_are_merged_and_stay_as_one_built_from_nothing(data: Path) -> None:
    archive: list[Article] = []
    segments = []
    for number in range(14):
        text = f"Jane Roe of Old Town, {number} floods, bridge {number % 3}."
        archive.append(article(f"b{number}", "Flood", text, section="local", published_at=f"2026-01-{number + 1:02}"))
        rebuild_with(data, archive)
        segments.append(len(opened(data).segments))
    assert segments == [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2]
    assert_same_answers(opened(data), built_from_nothing(data.with_name("built"), archive))


def test_little_added_every_night_is_written_a_few_times_only_and_stands_in_few_segments() -> None:
    """A thousand nights on from a large segment that stays where it is."""
    live, written, most = [200_000], 0, 0
    for night in range(1, 1_001):
        merged = segments_to_merge(live, live, 50)
        fresh = 50 + sum(live[at] for at in merged)
        live = [*(count for at, count in enumerate(live) if at not in merged), fresh]
        written += fresh
        most = max(most, len(live))
        assert live[0] == 200_000
        assert sum(live) == 200_000 + 50 * night
    assert most <= 7
    assert written < 7 * 50 * 1_000


def test_a_segment_that_is_hollow_is_written_anew_and_no_other() -> None:
    assert segments_to_merge([70_000, 99_000, 10, 70_001], [100_000, 100_000, 10, 100_000], 0) == set()
    assert segments_to_merge([69_999, 99_000, 10, 70_001], [100_000, 100_000, 10, 100_000], 0) == {0}


def test_a_hollow_archive_is_merged(data: Path) -> None:
    archive = [article(f"c{number}", "Flood", f"text {number}") for number in range(20)]
    rebuild_with(data, archive)
    rebuild_with(data, archive[6:], force=True)
    assert sum(segment.rows for segment in opened(data).segments) == 20
    rebuild_with(data, archive[7:], force=True)
    assert sum(segment.rows for segment in opened(data).segments) == 13


def test_a_merge_embeds_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "MAX_SMALL_SEGMENTS", 1)
    embedder = CountingEmbedder()
    for size in (1, 2, 3):
        rebuild_with(data, [article(f"d{number}") for number in range(size)], embedder)
        assert len(opened(data).segments) == 1
    assert len(embedder.texts) == 3


def test_an_archive_larger_than_a_segment_is_written_as_several(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = [article(f"e{number}", "Flood", f"the flood in Old Town, part {number}") for number in range(11)]
    built = built_from_nothing(data.with_name("built"), archive)
    monkeypatch.setattr(generation, "SEGMENT_ROWS", 4)
    rebuild_with(data, archive)
    assert [segment.rows for segment in opened(data).segments] == [4, 4, 3]
    assert_same_answers(opened(data), built)
