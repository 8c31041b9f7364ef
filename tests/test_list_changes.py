"""How much readers' lists change: a stable sample, compared exactly, held against a rebuild only where it should be."""

from dataclasses import replace
from pathlib import Path

import pytest
from helpers import NOW, article, opened, rebuild_with

from index.article import Article
from index.embedder import WordHashEmbedder
from index.errors import RebuildRefused
from index.gate import Change
from index.snapshot import Snapshot
from recommender.list_changes import LARGEST_SAMPLE, SMALLEST_SAMPLE, compare_lists, sample_of_both, sample_size
from recommender.policy import load_policy
from service.lists_check import FEWEST_LISTS, lists_check

POLICY = load_policy()
SUBJECTS = (
    "river flood wall quay",
    "rovers goal striker keeper",
    "council budget tax mayor",
    "school pupil teacher exam",
)


def archive(count: int = 60, mixed_up: bool = False) -> list[Article]:
    """Pieces on four subjects in turn; mixed up, each id has the words of another piece."""
    return [
        article(
            f"a{number}",
            f"Piece {number}",
            f"{words} {words.split()[number // 4 % 4]} own{number}",
            section="news",
            published_at=f"2026-01-{number % 28 + 1:02}",
        )
        for number in range(count)
        for words in [SUBJECTS[number // 15 % 4 if mixed_up else number % 4]]
    ]


def built(data: Path, articles: list[Article]) -> Snapshot:
    rebuild_with(data, articles, force=True)
    return opened(data)


def check_of(max_change: float = 0.5):
    return lists_check(POLICY, NOW, max_change, lambda *_: None)


def test_lists_of_the_same_archive_are_the_same(tmp_path: Path) -> None:
    old, new = built(tmp_path / "a", archive()), built(tmp_path / "b", archive()[::-1])
    found = compare_lists(old, new, POLICY, NOW)
    assert (found.compared, found.changed, found.items_kept) == (60, 0.0, 1.0)


def test_where_ids_name_other_articles_few_items_stay(tmp_path: Path) -> None:
    old, new = built(tmp_path / "a", archive()), built(tmp_path / "b", archive(mixed_up=True))
    found = compare_lists(old, new, POLICY, NOW)
    assert found.changed == 1.0
    assert found.items_kept < 0.4


def test_changed_and_kept_are_counted_list_by_list(tmp_path: Path) -> None:
    old = built(tmp_path / "a", archive())
    new = built(tmp_path / "b", [one for one in archive() if one.id != "a0"])
    lists = {one.id: (_items(old, one.id), _items(new, one.id)) for one in archive()[1:]}
    found = compare_lists(old, new, POLICY, NOW)
    differing = [one for one, (before, after) in lists.items() if before != after]
    kept = [len(set(before) & set(after)) / len(before) for before, after in lists.values() if before]
    assert 0 < len(differing) < found.compared == len(kept)
    assert found.changed == pytest.approx(len(differing) / len(kept))
    assert found.items_kept == pytest.approx(sum(kept) / len(kept))


def _items(snapshot: Snapshot, article_id: str) -> list[str]:
    from recommender.question import Question
    from recommender.recommend import suggest_for
    from recommender.subject import subject_of_row

    subject = subject_of_row(snapshot, snapshot.row_of_id(article_id))
    policy = POLICY.for_article("also-read", subject.section)
    return [item.id for item in suggest_for(snapshot, subject, "also-read", policy, Question(NOW, fallback=False))[0]]


def test_the_sample_holds_articles_of_both_and_does_not_depend_on_how_segments_were_cut(tmp_path: Path) -> None:
    old = built(tmp_path / "a", archive(40))
    rebuild_with(tmp_path / "b", archive(30))
    new = built(tmp_path / "b", archive(60)[5:])
    assert len(new.segments) == 2
    ids = sample_of_both(old, new, 20)
    assert len(set(ids)) == 20
    assert set(ids) <= {f"a{number}" for number in range(5, 40)}
    assert ids == sample_of_both(old, built(tmp_path / "c", archive(60)[5:]), 20)
    assert ids[:10] == sample_of_both(old, new, 10)


def test_one_more_article_changes_a_sample_by_one_at_most(tmp_path: Path) -> None:
    base = built(tmp_path / "a", archive(40))
    more = built(tmp_path / "b", archive(41))
    assert len(set(sample_of_both(base, base, 20)) - set(sample_of_both(more, more, 20))) <= 1


def test_the_sample_shrinks_as_the_archive_grows() -> None:
    sizes = [sample_size(articles) for articles in (0, 10, 50_000, 75_000, 100_000, 10_000_000)]
    assert sizes == [LARGEST_SAMPLE, LARGEST_SAMPLE, LARGEST_SAMPLE, 66, SMALLEST_SAMPLE, SMALLEST_SAMPLE]


def test_other_lists_for_most_articles_are_refused_with_the_share(data: Path) -> None:
    rebuild_with(data, archive())
    with pytest.raises(
        RebuildRefused, match=r"^\d\d% of the suggestions in 60 lists would change \(at most 50% may\)$"
    ):
        rebuild_with(data, archive(mixed_up=True), checks=(check_of(),))
    assert rebuild_with(data, archive(mixed_up=True), checks=(check_of(1.0),)).published


def test_an_ordinary_night_is_published_and_the_figures_stand_in_the_difference(data: Path) -> None:
    rebuild_with(data, archive(58))
    (finding,) = rebuild_with(data, archive(), checks=(check_of(),)).difference.findings
    assert (finding.about, finding.reason) == (("lists",), None)
    assert finding.figures["compared"] == 58
    assert finding.figures["items_kept"] > 0.8
    assert finding.shown.endswith(" of 58 lists differ")


def test_another_model_changes_lists_by_design_and_is_shown_but_not_refused(data: Path) -> None:
    rebuild_with(data, archive())
    report = rebuild_with(data, archive(mixed_up=True), WordHashEmbedder(32), checks=(check_of(0.0),))
    assert report.published
    assert report.difference.findings[0].figures["items_kept"] < 1


def test_an_archive_that_is_mostly_new_changes_lists_by_design(data: Path) -> None:
    rebuild_with(data, archive(40))
    report = rebuild_with(data, archive(90), checks=(check_of(0.0),))
    assert report.published
    assert report.difference.findings[0].figures["changed"] > 0


def test_few_lists_say_too_little_to_refuse(data: Path) -> None:
    few = FEWEST_LISTS - 1
    rebuild_with(data, archive(few))
    assert rebuild_with(data, archive(few, mixed_up=True), checks=(check_of(0.0),)).published


def test_nothing_is_compared_where_nothing_that_lists_depend_on_changed(data: Path) -> None:
    rebuild_with(data, archive())
    changes: list[Change] = []
    rebuild_with(data, archive(59), checks=(lambda change: changes.append(change),))
    (change,) = changes
    told: list[int] = []
    check = lists_check(POLICY, NOW, 0.5, lambda _, done, total: told.append(done))
    assert check(replace(change, removed=0, added=0, changed=0)) is None
    assert check(replace(change, new_snapshot=None)) is None
    assert check(replace(change, old_snapshot=None)) is None
    assert told == []
    assert check(change) is not None
    assert told == list(range(59))
