"""Single writes, on both engines: what became of each, what the log says, and that the newest state stays."""

import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from helpers import article

from index.article_writes import Written, delete_article, put_articles
from index.catalogue import Catalogue
from index.change_log import Change, changes_after
from index.schema import articles, tombstones, url_aliases

FIRST, SECOND, THIRD = (f"2026-03-0{day}T08:00:00Z" for day in (1, 2, 3))


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def put(catalogue: Catalogue, article_id: str = "a", title: str = "", **fields: object) -> str:
    (written,) = put_articles(catalogue, [article(article_id, title, **fields)])
    assert written.id == article_id
    return written.outcome


def log(catalogue: Catalogue, after: int = 0) -> list[tuple[str, bool]]:
    return [(line.article_id, line.hidden) for line in changes_after(catalogue.engine, after)]


def stored(catalogue: Catalogue) -> dict[str, int]:
    """The number of the log that each article carries."""
    with catalogue.engine.connect() as connection:
        return {row.id: row.seq for row in connection.execute(sa.select(articles.c.id, articles.c.seq))}


def buried(catalogue: Catalogue) -> dict[str, float | None]:
    with catalogue.engine.connect() as connection:
        rows = connection.execute(sa.select(tombstones.c.article_id, tombstones.c.guard))
        return {row.article_id: row.guard for row in rows}


def test_what_is_put_is_created_then_unchanged_then_updated_and_each_change_leaves_one_line(
    catalogue: Catalogue,
) -> None:
    outcomes = [put(catalogue), put(catalogue), put(catalogue, title="Other"), put(catalogue, title="Other")]
    assert outcomes == ["created", "unchanged", "updated", "unchanged"]
    assert changes_after(catalogue.engine, 0) == [Change(1, "a", False), Change(2, "a", False)]
    assert stored(catalogue) == {"a": 2}


def test_what_is_removed_leaves_a_hidden_line_and_is_gone(catalogue: Catalogue) -> None:
    put(catalogue)
    assert delete_article(catalogue, "a") == Written("a", "deleted")
    assert delete_article(catalogue, "a") == Written("a", "absent")
    assert delete_article(catalogue, "never") == Written("never", "absent")
    assert log(catalogue) == [("a", False), ("a", True), ("a", True), ("never", True)]
    assert stored(catalogue) == {}


def test_of_a_batch_each_says_what_became_of_it_and_several_of_one_id_count_in_turn(catalogue: Catalogue) -> None:
    put(catalogue, "b", updated_at=SECOND)
    written = put_articles(
        catalogue,
        [
            article("a", "One"),
            article("b", "Late", updated_at=FIRST),
            article("a", "Two"),
            article("a", "Two"),
            article("c"),
        ],
    )
    assert [(one.id, one.outcome) for one in written] == [
        ("a", "created"), ("b", "stale"), ("a", "updated"), ("a", "unchanged"), ("c", "created"),
    ]  # fmt: skip
    assert written[1].known == at(SECOND)
    assert log(catalogue, 1) == [("a", False), ("c", False)]
    assert stored(catalogue) == {"a": 2, "b": 1, "c": 3}


def test_a_batch_that_ends_where_it_began_leaves_no_line(catalogue: Catalogue) -> None:
    put(catalogue)
    written = put_articles(catalogue, [article("a", "Other"), article("a")])
    assert [one.outcome for one in written] == ["updated", "updated"]
    assert log(catalogue, 1) == []


def test_nothing_in_a_batch_is_no_work(catalogue: Catalogue) -> None:
    assert put_articles(catalogue, []) == []
    assert log(catalogue) == []


@pytest.mark.parametrize(
    ("known", "given", "outcome"),
    [
        (SECOND, FIRST, "stale"),
        (SECOND, SECOND, "updated"),
        (SECOND, THIRD, "updated"),
        (SECOND, None, "updated"),
        (None, FIRST, "updated"),
        (None, None, "updated"),
    ],
)
def test_only_what_says_that_it_is_older_than_what_is_known_is_refused(
    catalogue: Catalogue, known: str | None, given: str | None, outcome: str
) -> None:
    put(catalogue, updated_at=known)
    (written,) = put_articles(catalogue, [article("a", "Other", updated_at=given)])
    assert (written.outcome, written.known) == (outcome, at(SECOND) if outcome == "stale" else None)
    assert len(log(catalogue)) == (1 if outcome == "stale" else 2)


def test_the_same_content_again_is_unchanged_also_where_it_is_not_newer(catalogue: Catalogue) -> None:
    assert [put(catalogue, updated_at=SECOND) for _ in range(2)] == ["created", "unchanged"]


@pytest.mark.parametrize(
    ("known", "removed", "given", "outcome"),
    [
        (SECOND, None, FIRST, "stale"),
        (SECOND, None, SECOND, "stale"),
        (SECOND, None, THIRD, "created"),
        (SECOND, THIRD, THIRD, "stale"),
        (FIRST, THIRD, SECOND, "stale"),
        (SECOND, None, None, "created"),
        (None, None, FIRST, "created"),
        (None, SECOND, FIRST, "stale"),
    ],
)
def test_a_late_put_does_not_bring_back_what_was_removed_and_a_newer_one_does(
    catalogue: Catalogue, known: str | None, removed: str | None, given: str | None, outcome: str
) -> None:
    put(catalogue, updated_at=known)
    assert delete_article(catalogue, "a", at(removed) if removed else None).outcome == "deleted"
    assert put(catalogue, title="Again", updated_at=given) == outcome
    assert (set(stored(catalogue)), set(buried(catalogue))) == (
        (set(), {"a"}) if outcome == "stale" else ({"a"}, set())
    )


def polled(catalogue: Catalogue, article_id: str = "a", title: str = "", **fields: object) -> str:
    (written,) = put_articles(catalogue, [article(article_id, title or article_id, **fields)], polled=True)
    return written.outcome


@pytest.mark.parametrize(
    ("dates", "outcome"),
    [
        ({}, "withheld"),
        ({"published_at": "2026-03-01"}, "withheld"),
        ({"updated_at": "2026-03-01"}, "withheld"),
        ({"updated_at": "2098-01-01"}, "withheld"),  # a date that has not come says nothing of what happened since
    ],
)
def test_what_was_removed_stays_away_though_a_poll_still_finds_it(
    catalogue: Catalogue, dates: dict[str, str], outcome: str
) -> None:
    put(catalogue)
    delete_article(catalogue, "a")
    assert polled(catalogue, **dates) == outcome
    assert stored(catalogue) == {}
    assert put(catalogue, **dates) == "created"


def test_a_poll_brings_back_what_was_published_anew_since_it_was_removed(catalogue: Catalogue) -> None:
    put(catalogue)
    delete_article(catalogue, "a")
    later = datetime.now(UTC) + timedelta(milliseconds=50)
    time.sleep(0.1)
    assert polled(catalogue, updated_at=later.isoformat()) == "created"


def test_what_a_poll_finds_without_a_date_does_not_take_the_place_of_what_has_one(catalogue: Catalogue) -> None:
    put(catalogue, title="Corrected headline", updated_at="2026-03-02")
    assert polled(catalogue, title="Headline in a feed") == "stale"
    assert polled(catalogue, title="Corrected headline", updated_at="2026-03-02") == "unchanged"
    assert polled(catalogue, title="Second correction", updated_at="2026-03-03") == "updated"
    put(catalogue, "b", title="Never dated")
    assert polled(catalogue, "b", title="Still not dated") == "updated"


def test_a_late_removal_does_not_remove_what_is_newer(catalogue: Catalogue) -> None:
    put(catalogue, updated_at=SECOND)
    assert delete_article(catalogue, "a", at(FIRST)) == Written("a", "stale", at(SECOND))
    assert delete_article(catalogue, "a", at(SECOND)).outcome == "deleted"


def test_a_removal_that_arrives_before_its_article_keeps_it_away(catalogue: Catalogue) -> None:
    assert delete_article(catalogue, "a", at(SECOND)).outcome == "absent"
    assert put(catalogue, updated_at=FIRST) == "stale"
    assert put(catalogue, updated_at=THIRD) == "created"


def test_of_two_removals_the_newest_counts_in_whatever_order_they_arrive(catalogue: Catalogue) -> None:
    for order in ((FIRST, THIRD), (THIRD, FIRST)):
        for moment in order:
            delete_article(catalogue, "a", at(moment))
        assert buried(catalogue) == {"a": at(THIRD).timestamp()}


def test_what_is_unpublished_is_hidden_kept_and_may_be_published_again(catalogue: Catalogue) -> None:
    assert put(catalogue) == "created"
    assert put(catalogue, status="unpublished") == "updated"
    assert put(catalogue) == "updated"
    assert log(catalogue) == [("a", False), ("a", True), ("a", False)]
    assert catalogue.count() == 1


def test_what_is_not_out_yet_leaves_a_hidden_line(catalogue: Catalogue) -> None:
    put(catalogue, published_at="2026-01-01")
    put(catalogue, published_at="2999-01-01")
    assert log(catalogue) == [("a", False), ("a", True)]


def test_former_addresses_stay_and_go_with_the_article(catalogue: Catalogue) -> None:
    def former() -> list[str]:
        with catalogue.engine.connect() as connection:
            return sorted(connection.execute(sa.select(url_aliases.c.canonical_url)).scalars())

    for address in ("one", "two", "three", "one"):
        put(catalogue, url=f"https://herald.example/{address}")
    assert former() == ["https://herald.example/three", "https://herald.example/two"]
    put(catalogue)
    assert former() == [f"https://herald.example/{address}" for address in ("one", "three", "two")]
    with catalogue.staging() as staging:
        assert staging.aliases()["a"] == tuple(former())
    delete_article(catalogue, "a")
    assert former() == []


STRANGE = {
    "quotes": 'it\'s "quoted"; DROP TABLE articles; --',
    "slashes": "2026/03/a b%20c\\d",
    "emoji": "🎉é\u202e",
    "wildcards": "%_[]*?",
    "long": "x" * 512,
    "long and wide": "🎉" * 512,
}


@pytest.mark.parametrize("name", STRANGE)
def test_any_id_is_written_found_and_removed(catalogue: Catalogue, name: str) -> None:
    strange = STRANGE[name]
    later = article("v", version_of=strange)
    put_articles(catalogue, [article(strange), article("other"), later])
    assert put(catalogue, strange) == "unchanged"
    assert set(stored(catalogue)) == {strange, "other", "v"}
    assert delete_article(catalogue, strange).outcome == "deleted"
    assert set(stored(catalogue)) == {"other", "v"}


def test_an_address_may_be_8000_characters_long(catalogue: Catalogue) -> None:
    long = [f"https://herald.example/{number}{'é' * 1300}" for number in range(3)]
    for url in long:
        assert put(catalogue, url=url) in ("created", "updated")
    with catalogue.staging() as staging:
        assert len(staging.aliases()["a"]) == 2
        assert staging.columns().url.any()
        staging.apply()


def test_a_text_that_a_database_might_refuse_is_kept_as_it_is(catalogue: Catalogue) -> None:
    put(catalogue, text="nul \x00 and \ufffe", section="a/b'c", tags=["\x00"])
    with catalogue.staging() as staging:
        staging.put(article("b", text="\x00", section="x"))
        assert len(staging.columns()) == 2


def test_vectors_that_arrive_are_noted_for_the_articles_that_are_served(catalogue: Catalogue) -> None:

    same = article("a", "Same", "words")
    put_articles(catalogue, [same, article("b", "Same", "words"), article("c", "Same", "words", status="unpublished")])
    vector = np.eye(1, 4, dtype=np.float32)
    catalogue.keep_vectors([same.content_hash], vector, "m", 1)
    assert log(catalogue, 3) == []
    catalogue.keep_vectors([same.content_hash], vector, "m", 1, log=True)
    assert log(catalogue, 3) == [("a", False), ("b", False)]
