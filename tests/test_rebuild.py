"""The batch job: its cost follows what changed, and the archive is what the sources hold."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from helpers import NOW, CountingEmbedder, Given, article, opened, rebuild_with

from index.embedder import RECIPE, WordHashEmbedder
from index.errors import RebuildLocked, UnreadableSource
from index.pointer import generations
from index.rebuild import Options, rebuild
from index.sources import Rejected
from index.terms import count_terms
from index.vector_index import Filter

ARTICLES = [article(f"a{number}", f"Headline {number}", f"Text {number}", section="local") for number in range(5)]


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with what it holds."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def card(data: Path, article_id: str) -> dict[str, object]:
    snapshot = opened(data)
    segment, row = snapshot.place(snapshot.row_of_id(article_id))
    return segment.card(row)


def test_a_first_rebuild_embeds_and_publishes_every_article(data: Path) -> None:
    report = rebuild_with(data, ARTICLES)
    assert (report.read, report.articles, report.added, report.changed, report.removed) == (5, 5, 5, 0, 0)
    assert (report.embedded, report.published, report.rejected) == (5, True, 0)
    assert opened(data).generation == report.generation
    assert len(opened(data)) == 5


def test_a_second_rebuild_without_a_change_embeds_nothing_and_publishes_nothing(data: Path) -> None:
    first = rebuild_with(data, ARTICLES)
    embedder = CountingEmbedder()
    segments = tree(data / "segments")
    second = rebuild_with(data, reversed(ARTICLES), embedder)
    assert (second.generation, second.published) == (first.generation, False)
    assert (second.added, second.changed, second.removed, second.embedded, embedder.texts) == (0, 0, 0, 0, [])
    assert generations(data) == [first.generation]
    assert tree(data / "segments") == segments


@pytest.mark.parametrize(
    ("field", "value"),
    [("section", "sport"), ("image_url", "https://example.org/1.png"), ("tags", ["flood"]), ("summary", "Short")],
)
def test_a_change_of_anything_but_the_words_embeds_nothing_and_shows(data: Path, field: str, value: object) -> None:
    rebuild_with(data, ARTICLES)
    embedder = CountingEmbedder()
    changed = article("a1", "Headline 1", "Text 1", **{"section": "local", field: value})
    report = rebuild_with(data, [ARTICLES[0], changed, *ARTICLES[2:]], embedder)
    assert (report.changed, report.added, report.removed, report.embedded) == (1, 0, 0, 0)
    assert embedder.texts == []
    assert card(data, "a1")[field] == value
    assert [segment.rows for segment in opened(data).segments] == [5, 1]


def test_a_changed_text_is_the_only_one_embedded(data: Path) -> None:
    rebuild_with(data, ARTICLES)
    embedder = CountingEmbedder()
    report = rebuild_with(data, [*ARTICLES[:4], article("a4", "Headline 4", "Another text")], embedder)
    assert embedder.texts == ["Headline 4\n\nAnother text"]
    assert (report.embedded, report.changed) == (1, 1)
    assert opened(data).vectors.get("a4").tolist() == embedder.embed(["Headline 4\n\nAnother text"])[0].tolist()


def test_the_same_words_under_many_ids_are_embedded_once(data: Path) -> None:
    embedder = CountingEmbedder()
    report = rebuild_with(data, [article(f"b{number}", "One", "wire text") for number in range(4)], embedder)
    assert (report.articles, report.embedded, len(embedder.texts)) == (4, 1, 1)
    assert all(opened(data).vectors.get(f"b{number}").any() for number in range(4))


def test_an_article_that_the_sources_no_longer_hold_is_gone(data: Path) -> None:
    rebuild_with(data, ARTICLES)
    report = rebuild_with(data, ARTICLES[1:])
    assert report.removed == 1
    snapshot = opened(data)
    assert snapshot.row_of_id("a0") is None
    assert snapshot.vectors.get("a0") is None
    found = snapshot.vectors.search(WordHashEmbedder(64).embed(["text 0"])[0], 9, Filter(NOW))
    assert sorted(match.id for match in found) == ["a1", "a2", "a3", "a4"]


def test_keep_unseen_adds_and_changes_without_removing(data: Path) -> None:
    rebuild_with(data, ARTICLES)
    report = rebuild_with(data, [article("new"), article("a1", "Changed")], keep_unseen=True)
    assert (report.added, report.changed, report.removed, report.articles) == (1, 1, 0, 6)
    assert card(data, "a1")["title"] == "Changed"
    assert card(data, "a0")["title"] == "Headline 0"


def test_without_sources_the_archive_is_what_the_catalogue_holds(data: Path) -> None:
    rebuild_with(data, ARTICLES)
    report = rebuild(data, [], WordHashEmbedder(64))
    assert (report.articles, report.removed, report.published) == (5, 0, False)


def test_an_article_that_comes_back_is_not_embedded_again_before_its_vector_was_dropped(data: Path) -> None:
    embedder = CountingEmbedder()
    rebuild_with(data, [*ARTICLES, article("twin", "Headline 0", "Text 0")], embedder)
    rebuild_with(data, [*ARTICLES[1:], article("twin", "Headline 0", "Text 0")], embedder)
    rebuild_with(data, ARTICLES, embedder)
    assert len(embedder.texts) == 5


def test_of_several_under_one_id_the_one_changed_last_counts(data: Path) -> None:
    given = [
        article("a", "Middle", published_at="2026-01-02"),
        article("a", "Newest", published_at="2026-01-01", updated_at="2026-01-03"),
        article("a", "Oldest", published_at="2026-01-01"),
        article("a", "Undated"),
        article("b", "First", published_at="2026-01-01"),
        article("b", "Second", published_at="2026-01-01"),
    ]
    report = rebuild_with(data, given)
    assert report.duplicate_ids == ["a", "a", "a", "b"]
    assert (report.read, report.articles) == (6, 2)
    assert card(data, "a")["title"] == "Newest"
    assert card(data, "b")["title"] == "Second"


def test_a_duplicate_that_is_as_before_undoes_an_older_change(data: Path) -> None:
    rebuild_with(data, [article("a", "As before", published_at="2026-01-02")])
    report = rebuild_with(
        data,
        [article("a", "Older", published_at="2026-01-01"), article("a", "As before", published_at="2026-01-02")],
    )
    assert (report.changed, report.published) == (0, False)


def test_rejected_records_are_counted_and_shown_and_the_rest_arrives(data: Path) -> None:
    bad = Rejected("line 3", ("id: expected something, got nothing",))
    report = rebuild_with(data, [ARTICLES[0], bad, ARTICLES[1]])
    assert (report.read, report.rejected, report.rejects, report.articles) == (2, 1, [bad], 2)


def test_strict_ends_at_the_first_bad_record_and_changes_nothing(data: Path) -> None:
    first = rebuild_with(data, ARTICLES)
    with pytest.raises(UnreadableSource, match="line 3: id: expected something"):
        rebuild_with(data, [article("new"), Rejected("line 3", ("id: expected something",))], strict=True)
    assert opened(data).generation == first.generation
    assert rebuild(data, [], WordHashEmbedder(64)).articles == 5


def test_another_model_embeds_everything_anew_and_is_never_mixed(data: Path) -> None:
    rebuild_with(data, ARTICLES, WordHashEmbedder(64))
    embedder = CountingEmbedder(32)
    report = rebuild_with(data, [*ARTICLES, article("new")], embedder)
    snapshot = opened(data)
    assert (report.embedded, report.published, len(embedder.texts)) == (6, True, 6)
    assert snapshot.manifest.recipe.model == "word-hash-32"
    assert [segment.vectors.rows.shape for segment in snapshot.segments] == [(6, 32)]
    back = CountingEmbedder(64)
    rebuild_with(data, [*ARTICLES, article("new")], back)
    assert [segment.vectors.rows.shape for segment in opened(data).segments] == [(6, 64)]
    assert len(back.texts) == 1, "the vectors of the model before were kept"


def test_another_text_recipe_embeds_everything_anew(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rebuild_with(data, ARTICLES)
    monkeypatch.setattr("index.rebuild.RECIPE", RECIPE + 1)
    report = rebuild_with(data, ARTICLES)
    assert (report.embedded, report.published) == (5, True)
    assert opened(data).manifest.recipe.text == RECIPE + 1


def test_a_dry_run_says_what_would_be_done_and_changes_nothing_on_disk(data: Path) -> None:
    rebuild_with(data, ARTICLES)
    before = tree(data)
    embedder = CountingEmbedder()
    report = rebuild_with(data, [*ARTICLES[1:], article("new"), article("a1", "Changed")], embedder, dry_run=True)
    assert (report.added, report.changed, report.removed, report.embedded) == (1, 1, 1, 2)
    assert (report.published, report.generation, embedder.texts) == (False, None, [])
    assert tree(data) == before


def test_a_dry_run_into_a_folder_that_does_not_exist_makes_none(data: Path) -> None:
    report = rebuild_with(data, ARTICLES, dry_run=True)
    assert (report.articles, report.added, report.embedded) == (5, 5, 5)
    assert not data.exists()


def test_two_rebuilds_of_one_folder_do_not_run_at_once(data: Path) -> None:
    rebuild_with(data, ARTICLES)
    hold = "import fcntl,sys; f=open(sys.argv[1],'w'); fcntl.flock(f,fcntl.LOCK_EX); print('held',flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(data / "rebuild.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(RebuildLocked, match="another rebuild of"):
            rebuild_with(data, [*ARTICLES, article("new")])
        other.kill()
    assert rebuild_with(data, [*ARTICLES, article("new")]).published


def test_progress_goes_from_nothing_to_all(data: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    rebuild(data, [Given(ARTICLES)], WordHashEmbedder(64), Options(), lambda *what: told.append(what))
    assert [what for what in told if what[0] == "embedding"] == [("embedding", 0, 5), ("embedding", 5, 5)]
    assert told[0] == ("reading given", 5, 5)


@pytest.mark.parametrize(
    "only",
    [
        article("a", "One article"),
        article("a", "🎉"),
        article("a", "!!!", "..."),
        article("a", "x", "", published_at="0001-01-01"),
        article("a", "x", "", published_at="9999-12-31T23:59:59.999999"),
    ],
    ids=["plain", "emoji", "punctuation", "year 1", "year 9999"],
)
def test_an_archive_of_one_article_opens_and_finds_it(data: Path, only) -> None:
    rebuild_with(data, [only])
    snapshot = opened(data)
    late = Filter(datetime.max.replace(tzinfo=UTC))
    assert [match.id for match in snapshot.vectors.search(WordHashEmbedder(64).embed(["one"])[0], 5, late)] == ["a"]
    assert len(snapshot.lexical.query(count_terms("one article", "")).hashes) == (
        3 if only.title == "One article" else 0
    )
    assert rebuild_with(data, [only]).published is False


def test_an_archive_without_dates_is_found_whole(data: Path) -> None:
    rebuild_with(data, ARTICLES)
    assert opened(data).manifest.newest is None
    assert len(opened(data).vectors.search(WordHashEmbedder(64).embed(["text"])[0], 9, Filter(NOW))) == 5
