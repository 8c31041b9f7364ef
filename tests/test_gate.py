"""The gate: what would lose much is not published, and says by how much, unless it is forced."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from helpers import article, opened, rebuild_with

from index.article import Article
from index.catalogue import Catalogue
from index.embedder import WordHashEmbedder
from index.errors import RebuildRefused
from index.gate import Change, default_checks
from index.pointer import generations
from index.rebuild import rebuild
from index.snapshot import open_newest_good

SPORT = [article(f"s{number}", "Match", f"match {number}", section="sport/football") for number in range(6)]
LOCAL = [article(f"l{number}", "Flood", f"flood {number}", section="local") for number in range(24)]


class Blind(WordHashEmbedder):
    """An embedder whose vectors are all zeros, under another name."""

    @property
    def model(self) -> str:
        return "blind"

    def embed(self, texts: Sequence[str]):
        return np.zeros((len(texts), self.dimension), np.float32)


def assert_refused(data: Path, archive: Sequence[Article], reason: str, **options: object) -> None:
    """Refused for exactly this reason; neither the snapshot nor the catalogue nor the folder changed."""
    before, names = opened(data), sorted(path.name for path in data.rglob("*"))
    with pytest.raises(RebuildRefused) as caught:
        rebuild_with(data, archive, **options)
    assert caught.value.reasons == (reason,)
    assert str(caught.value) == reason
    assert opened(data).generation == before.generation
    assert sorted(path.name for path in data.rglob("*")) == names
    with Catalogue.open(data / "catalogue.sqlite") as catalogue:
        assert catalogue.count() == len(before)
    assert rebuild(data, [], WordHashEmbedder(64)).published is False


def test_an_archive_without_any_article_is_refused(data: Path) -> None:
    with pytest.raises(RebuildRefused, match="the sources hold no article"):
        rebuild_with(data, [])
    assert generations(data) == []
    assert list((data / "segments").iterdir() if (data / "segments").exists() else []) == []


def test_an_archive_without_any_article_can_be_forced(data: Path) -> None:
    rebuild_with(data, LOCAL)
    report = rebuild_with(data, [], force=True)
    assert report.refusals
    assert len(opened(data)) == 0
    assert rebuild_with(data, LOCAL).added == 24


def test_losing_more_than_a_fifth_of_the_articles_is_refused_with_the_numbers(data: Path) -> None:
    rebuild_with(data, [*LOCAL, *SPORT])
    assert_refused(
        data,
        [*LOCAL[7:], *SPORT],
        "7 of 30 articles would be lost (23%; at most 20% may be)",
        checks=default_checks()[:2],
    )


def test_losing_a_fifth_of_the_articles_is_published(data: Path) -> None:
    rebuild_with(data, [*LOCAL, *SPORT])
    report = rebuild_with(data, [*LOCAL[6:], *SPORT])
    assert (report.published, report.removed, report.refusals) == (True, 6, ())


def test_articles_lost_count_by_id_however_many_others_come(data: Path) -> None:
    rebuild_with(data, LOCAL)
    others = [article(f"n{number}", "Vote", section="local") for number in range(50)]
    reason = "24 of 24 articles would be lost (100%; at most 20% may be)"
    assert_refused(data, others, reason)


def test_the_share_that_may_be_lost_is_a_setting(data: Path) -> None:
    rebuild_with(data, LOCAL)
    reason = "2 of 24 articles would be lost (8%; at most 5% may be)"
    assert_refused(data, LOCAL[2:], reason, checks=default_checks(0.05)[:2])
    assert rebuild_with(data, LOCAL[12:], checks=default_checks(0.5)).published


def test_a_section_that_would_vanish_is_refused_by_name(data: Path) -> None:
    rebuild_with(data, [*LOCAL, *SPORT])
    elsewhere = [article(one.id, one.title, one.text, section="leisure") for one in SPORT]
    assert_refused(data, [*LOCAL, *elsewhere], "sections would vanish: 'sport' (6)")


def test_a_small_section_may_vanish(data: Path) -> None:
    rebuild_with(data, [*LOCAL, *SPORT[:4]])
    assert rebuild_with(data, LOCAL).published


def test_articles_that_would_lose_their_vectors_are_refused(data: Path) -> None:
    rebuild_with(data, LOCAL)
    with pytest.raises(RebuildRefused) as caught:
        rebuild_with(data, LOCAL, Blind(64))
    assert caught.value.reasons == ("24 of 24 vectors would be lost (100%; at most 20% may be)",)
    assert opened(data).manifest.recipe.model == "word-hash-64"


def test_every_reason_is_given(data: Path) -> None:
    rebuild_with(data, [*LOCAL, *SPORT])
    with pytest.raises(RebuildRefused) as caught:
        rebuild_with(data, LOCAL[:3])
    assert [reason.split(" would")[0] for reason in caught.value.reasons] == [
        "27 of 30 articles",
        "27 of 30 vectors",
        "sections",
    ]


def test_force_publishes_and_says_what_the_gate_said(data: Path) -> None:
    rebuild_with(data, LOCAL)
    report = rebuild_with(data, LOCAL[:3], force=True)
    assert report.published
    assert report.refusals[0] == "21 of 24 articles would be lost (88%; at most 20% may be)"
    assert len(opened(data)) == 3


def test_a_dry_run_says_what_the_gate_would(data: Path) -> None:
    rebuild_with(data, LOCAL)
    report = rebuild_with(data, LOCAL[:3], dry_run=True)
    assert report.refusals[0] == "21 of 24 articles would be lost (88%; at most 20% may be)"
    assert len(opened(data)) == 24


def test_another_check_may_be_handed_in(data: Path) -> None:
    rebuild_with(data, LOCAL)

    def never_more(change: Change) -> str | None:
        assert change.old is not None
        return "no more" if change.new.articles > change.old.articles else None

    assert_refused(data, [*LOCAL, *SPORT], "no more", checks=(never_more,))


def test_what_was_embedded_for_a_refused_rebuild_is_not_embedded_again(data: Path) -> None:
    from helpers import CountingEmbedder

    rebuild_with(data, LOCAL)
    others = [article(f"n{number}", "Vote", f"vote {number}", section="local") for number in range(4)]
    with pytest.raises(RebuildRefused):
        rebuild_with(data, others)
    embedder = CountingEmbedder()
    rebuild_with(data, others, embedder, force=True)
    assert embedder.texts == []


def test_the_gate_compares_with_the_snapshot_before_where_the_current_one_is_damaged(data: Path) -> None:
    rebuild_with(data, LOCAL, WordHashEmbedder(32))
    current = rebuild_with(data, LOCAL).generation
    (data / "snapshots" / current / "tombstones.npy").unlink()
    with pytest.raises(RebuildRefused, match="21 of 24 articles would be lost"):
        rebuild_with(data, LOCAL[:3])
    assert rebuild_with(data, LOCAL).published
    snapshot, problems = open_newest_good(data)
    assert (len(snapshot), problems) == (24, [])


def test_a_rebuild_to_what_the_snapshot_before_held_replaces_a_damaged_one(data: Path) -> None:
    rebuild_with(data, LOCAL)
    current = rebuild_with(data, [*LOCAL, *SPORT]).generation
    (data / "snapshots" / current / "manifest.json").write_bytes(b"{}")
    assert rebuild_with(data, LOCAL).published
    snapshot, problems = open_newest_good(data)
    assert (len(snapshot), problems) == (24, [])
