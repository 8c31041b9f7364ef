"""What a rebuild does with what was written between rebuilds, and while it runs, on both engines."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from helpers import article
from test_copies_at_once import NEW, OLD, expected, kept

from index.archive_copies import find_archive_copies
from index.article import Article
from index.article_record import dump_record
from index.article_writes import delete_article, put_articles
from index.catalogue import Catalogue
from index.change_log import changes_after, foreign_rebuilds, log_position
from index.copies import NEVER
from index.schema import articles, changes, rebuilds, tombstones
from index.staging import Staging
from index.upkeep import LOG_SECONDS

A, B, C = (article(name, url=f"https://herald.example/{name}") for name in "abc")


def moment(hours: float) -> str:
    """So many hours from now."""
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def finish(staging: Staging, generation: str = "") -> int:
    return staging.apply(generation, find_archive_copies(staging.columns(), staging.sketches))


def rebuild(catalogue: Catalogue, *sources: Article, keep_unseen: bool = False) -> Staging:
    """A rebuild whose sources are the whole archive."""
    with catalogue.staging() as staging:
        for one in sources:
            staging.put(one)
        if not keep_unseen:
            staging.remove_unseen()
        finish(staging)
    return staging


def held(catalogue: Catalogue) -> dict[str, bytes]:
    with catalogue.engine.connect() as connection:
        return {row.id: row.record for row in connection.execute(sa.select(articles.c.id, articles.c.record))}


def holds(catalogue: Catalogue, *given: Article) -> bool:
    return held(catalogue) == {one.id: dump_record(one) for one in given}


def buried(catalogue: Catalogue) -> set[str]:
    with catalogue.engine.connect() as connection:
        return set(connection.execute(sa.select(tombstones.c.article_id)).scalars())


def log(catalogue: Catalogue, after: int = 0) -> list[tuple[str, bool]]:
    return [(line.article_id, line.hidden) for line in changes_after(catalogue.engine, after)]


def test_an_older_export_does_not_bring_back_what_was_removed_and_says_so(catalogue: Catalogue) -> None:
    gone = article("a", published_at=moment(-9), updated_at=moment(-2))
    rebuild(catalogue, gone, B)
    delete_article(catalogue, "a")
    assert rebuild(catalogue, gone, B).withheld == ["a"]
    assert rebuild(catalogue, article("a", "Undated"), B).withheld == ["a"]
    assert holds(catalogue, B)
    assert buried(catalogue) == {"a"}


@pytest.mark.parametrize("field", ["updated_at", "published_at"])
def test_an_export_that_was_written_after_the_removal_brings_it_back(catalogue: Catalogue, field: str) -> None:
    rebuild(catalogue, A, B)
    delete_article(catalogue, "a")
    with catalogue.engine.begin() as connection:
        connection.execute(sa.update(tombstones).values(at=tombstones.c.at - 7200))
    again = article("a", "Again", **{field: moment(-1)})
    assert rebuild(catalogue, again, B).withheld == []
    assert holds(catalogue, again, B)
    assert buried(catalogue) == set()


def test_a_day_to_come_is_no_sign_that_what_was_removed_was_written_since(catalogue: Catalogue) -> None:
    rebuild(catalogue, A)
    delete_article(catalogue, "a")
    assert rebuild(catalogue, article("a", published_at=moment(24))).withheld == ["a"]


def test_of_two_records_under_one_id_the_newer_may_bring_it_back_and_the_older_is_not_reported(
    catalogue: Catalogue,
) -> None:
    rebuild(catalogue, A)
    delete_article(catalogue, "a")
    with catalogue.engine.begin() as connection:
        connection.execute(sa.update(tombstones).values(at=tombstones.c.at - 7200))
    again = article("a", "Again", updated_at=moment(-1))
    staging = rebuild(catalogue, article("a", "Old", updated_at=moment(-9)), again)
    assert staging.withheld == []
    assert holds(catalogue, again)


def test_what_was_put_after_the_export_was_made_is_not_removed_by_the_rebuild(catalogue: Catalogue) -> None:
    rebuild(catalogue, A)
    put_articles(catalogue, [B])
    assert rebuild(catalogue, A).removed == frozenset()
    assert holds(catalogue, A, B)
    assert rebuild(catalogue, A).removed == {"b"}
    assert holds(catalogue, A)


def test_what_was_put_while_the_sources_were_read_outlives_the_next_export_too(catalogue: Catalogue) -> None:
    with catalogue.staging() as staging:
        staging.put(A)
        put_articles(catalogue, [B])
        staging.remove_unseen()
        finish(staging)
    rebuild(catalogue, A)
    assert holds(catalogue, A, B)
    rebuild(catalogue, A)
    assert holds(catalogue, A)


def test_an_addition_does_not_end_the_time_in_which_what_was_put_stays(catalogue: Catalogue) -> None:
    rebuild(catalogue, A)
    put_articles(catalogue, [B])
    rebuild(catalogue, C, keep_unseen=True)
    rebuild(catalogue, A, C)
    assert holds(catalogue, A, B, C)


@pytest.mark.parametrize(
    ("put", "exported", "stays"),
    [
        (-1, -2, True),
        (-2, -1, False),
        (None, -1, True),
        (-1, None, True),
        (None, None, True),
    ],
)
def test_an_older_export_does_not_overwrite_what_was_put_since_the_last_rebuild(
    catalogue: Catalogue, put: float | None, exported: float | None, stays: bool
) -> None:
    rebuild(catalogue, A)
    ours = article("a", "Put", updated_at=moment(put) if put else None)
    theirs = article("a", "Exported", updated_at=moment(exported) if exported else None)
    put_articles(catalogue, [ours])
    assert rebuild(catalogue, theirs).kept_newer == (["a"] if stays else [])
    assert holds(catalogue, ours if stays else theirs)


def test_without_dates_what_was_put_stays_for_one_rebuild_and_with_dates_for_all(catalogue: Catalogue) -> None:
    rebuild(catalogue, A, B)
    dated = article("b", "Put", updated_at=moment(-1))
    put_articles(catalogue, [article("a", "Put"), dated])
    theirs = [article("a", "Exported"), article("b", "Exported", updated_at=moment(-2))]
    assert rebuild(catalogue, *theirs).kept_newer == ["a", "b"]
    assert rebuild(catalogue, *theirs).kept_newer == ["b"]
    assert holds(catalogue, theirs[0], dated)


def test_writes_between_the_freeze_and_the_end_stay_and_the_next_rebuild_has_them(catalogue: Catalogue) -> None:
    rebuild(catalogue, A, B, C)
    written = [article("a", "Put during"), article("n", "New during")]
    sources = [article("a", "Exported"), article("b", "Exported", url="https://herald.example/b2")]
    with catalogue.staging() as staging:
        for one in sources:
            staging.put(one)
        staging.remove_unseen()
        staging.freeze()
        put_articles(catalogue, written)
        delete_article(catalogue, "b")
        put_articles(catalogue, [article("c", "Saved")])
        assert staging.columns().ids == ["a", "b"]
        assert dict(staging.records(["a", "n"])) == {"a": dump_record(sources[0])}
        assert (staging.seq, staging.aliases()["b"]) == (0, ("https://herald.example/b",))
        finish(staging, "g")
    assert holds(catalogue, *written, article("c", "Saved"))
    assert log(catalogue) == [("a", False), ("n", False), ("b", True), ("c", False)]
    assert kept(catalogue) == expected(catalogue)
    with catalogue.staging() as staging:
        assert staging.columns().ids == ["a", "c", "n"]
        assert staging.seq == 4
        assert "b" not in staging.aliases()


def test_writes_while_the_sources_are_read_stay(catalogue: Catalogue) -> None:
    rebuild(catalogue, A, B, C)
    saved = article("c", "Saved")
    with catalogue.staging() as staging:
        staging.put(article("a", "Exported"))
        staging.put(article("b", "Exported"))
        put_articles(catalogue, [article("a", "Put"), saved])
        delete_article(catalogue, "b")
        staging.remove_unseen()
        assert staging.columns().ids == ["a", "c"]
        assert staging.seq == 3
        finish(staging)
    assert holds(catalogue, article("a", "Put"), saved)


def test_a_removal_of_what_a_rebuild_is_bringing_back_counts(catalogue: Catalogue) -> None:
    rebuild(catalogue, A, B)
    delete_article(catalogue, "a")
    with catalogue.engine.begin() as connection:
        connection.execute(sa.update(tombstones).values(at=tombstones.c.at - 7200))
    with catalogue.staging() as staging:
        staging.put(article("a", "Again", updated_at=moment(-1)))
        staging.put(B)
        staging.freeze()
        assert delete_article(catalogue, "a").outcome == "absent"
        finish(staging)
    assert holds(catalogue, B)
    assert buried(catalogue) == {"a"}


@pytest.mark.parametrize("during", ["written", "removed"])
def test_copies_of_what_was_written_during_a_rebuild_are_found_at_its_end_and_named(
    catalogue: Catalogue, during: str
) -> None:
    """The rebuild brings the older version, the write the newer one, or takes it away."""
    rebuild(catalogue, A, *([NEW] if during == "removed" else []))
    with catalogue.staging() as staging:
        for one in (A, OLD, *([NEW] if during == "removed" else [])):
            staging.put(one)
        staging.freeze()
        if during == "written":
            put_articles(catalogue, [NEW])
        else:
            delete_article(catalogue, "new")
        with catalogue.engine.connect() as connection:
            seen = log_position(connection)
        finish(staging, "g")
    assert kept(catalogue) == expected(catalogue)
    assert (kept(catalogue)["old"].superseded_at == NEVER) == (during == "removed")
    assert {key for key, _ in log(catalogue, seen)} >= {"old"}
    assert not any(hidden for _, hidden in log(catalogue, seen))


def test_a_rebuild_renews_states_without_a_line_where_nothing_was_written_meanwhile(catalogue: Catalogue) -> None:
    rebuild(catalogue, A, OLD)
    rebuild(catalogue, A, OLD, NEW)
    assert kept(catalogue) == expected(catalogue)
    assert kept(catalogue)["old"].superseded_at != NEVER
    assert log(catalogue) == []


def test_a_rebuild_that_changed_what_is_served_is_foreign_to_other_snapshots_and_not_to_its_own(
    catalogue: Catalogue,
) -> None:
    with catalogue.staging() as staging:
        staging.put(A)
        assert finish(staging, "g1") == 1
        assert staging.number == 1
    assert (foreign_rebuilds(catalogue.engine, 0), foreign_rebuilds(catalogue.engine, 1)) == (True, False)
    with catalogue.staging() as staging:
        staging.put(article("u", status="unpublished"))
        assert finish(staging, "g1") == 1
    assert not foreign_rebuilds(catalogue.engine, 1)


def test_only_old_lines_that_every_snapshot_has_read_are_forgotten_and_the_last_one_stays(catalogue: Catalogue) -> None:
    put_articles(catalogue, [A, B, C])
    with catalogue.engine.begin() as connection:
        connection.execute(sa.update(changes).where(changes.c.seq < 3).values(at=changes.c.at - LOG_SECONDS - 60))
    catalogue.prune(1)
    assert [line.seq for line in changes_after(catalogue.engine, 0)] == [1, 2, 3]
    catalogue.prune(2)
    assert [line.seq for line in changes_after(catalogue.engine, 0)] == [2, 3]
    catalogue.prune(3)
    assert [line.seq for line in changes_after(catalogue.engine, 0)] == [3]
    with catalogue.engine.begin() as connection:
        connection.execute(sa.update(changes).values(at=0))
    catalogue.prune(3)
    assert [line.seq for line in changes_after(catalogue.engine, 0)] == [3]
    put_articles(catalogue, [article("d")])
    assert [line.seq for line in changes_after(catalogue.engine, 3)] == [4]


def test_vectors_of_what_was_put_are_not_forgotten(catalogue: Catalogue) -> None:
    put_articles(catalogue, [A, B])
    hashes = [one.content_hash for one in (A, B, C)]
    catalogue.keep_vectors(hashes, np.eye(3, dtype=np.float32), "m", 1)
    delete_article(catalogue, "b")
    assert catalogue.forget_unused_vectors() == 2
    assert catalogue.stored_vectors(hashes, "m", 1) == {A.content_hash}


def test_a_rebuild_row_says_where_the_log_stood_when_it_began(catalogue: Catalogue) -> None:
    put_articles(catalogue, [A, B])
    with catalogue.staging() as staging:
        put_articles(catalogue, [C])
        finish(staging, "g")
    with catalogue.engine.connect() as connection:
        row = connection.execute(sa.select(rebuilds)).one()
    assert (row.generation, row.seq, row.from_sources, row.changed) == ("g", 2, False, 0)
