"""Daily counts on both engines: added up, read in groups, bounded, forgotten in time, and beside the change log."""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from helpers import article
from hypothesis import given
from hypothesis import strategies as st

from index import click_counts as module
from index.article_writes import put_articles
from index.catalogue import Catalogue
from index.catalogue import Place as Where
from index.click_counts import (
    GROUPS,
    Count,
    Item,
    Place,
    Totals,
    add_counts,
    days_of_policies,
    most_clicked,
    read_totals,
    utc_day,
)
from index.schema import changes, click_counts

MONDAY = date(2026, 3, 16)
TUESDAY = MONDAY + timedelta(days=1)
A = Place(MONDAY, "also-read", "flood-1", "flood-2", 1, "similar", "a" * 12)


def totals(catalogue: Catalogue, *by: module.Group, **options) -> dict:
    return read_totals(catalogue, MONDAY, TUESDAY, by, **options)


def rows(catalogue: Catalogue) -> int:
    with catalogue.engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(click_counts)).scalar_one())


def test_counts_of_the_same_place_add_up_and_others_stay_apart(catalogue: Catalogue) -> None:
    add_counts(catalogue, {A: Count(3, 1, "news")})
    add_counts(catalogue, {A: Count(4, 0, "news"), replace(A, position=2): Count(1, 1, "news")})
    add_counts(catalogue, {replace(A, day=TUESDAY): Count(0, 2, "news")})
    assert rows(catalogue) == 3
    found = totals(catalogue, "day", "position")
    assert {key: (one.seen, one.clicks) for key, one in found.items()} == {
        (MONDAY, 1): (7, 1),
        (MONDAY, 2): (1, 1),
        (TUESDAY, 1): (0, 2),
    }


def test_a_total_says_how_much_articles_differ(catalogue: Catalogue) -> None:
    """Two articles on Monday: 10 seen and 2 clicks (over two items), 4 seen and no click."""
    add_counts(
        catalogue,
        {A: Count(6, 1), replace(A, item_id="flood-3"): Count(4, 1), replace(A, article_id="match-1"): Count(4, 0)},
    )
    expected = Totals(2, 14, 2, seen_squared=10 * 10 + 4 * 4, clicks_squared=2 * 2, product=10 * 2)
    assert totals(catalogue) == {(): expected}
    assert totals(catalogue, "slot") == {("also-read",): expected}


def test_every_group_is_told_apart(catalogue: Catalogue) -> None:
    changed = {
        "day": TUESDAY,
        "slot": "more-in-section",
        "position": 2,
        "source": "latest",
        "policy": "b" * 12,
    }
    add_counts(catalogue, {A: Count(1, 0, "news")})
    for name, value in changed.items():
        add_counts(catalogue, {replace(A, **{name: value}): Count(2, 1, "news")})
        found = totals(catalogue, name)
        assert (found[(value,)].seen, found[(value,)].clicks) == (2, 1), name
        assert len(found) == 2
    add_counts(catalogue, {replace(A, article_id="match-1"): Count(5, 0, None)})
    assert {key: one.seen for key, one in totals(catalogue, "section").items()} == {("news",): 11, (None,): 5}
    assert set(changed) | {"section"} == set(GROUPS)


def test_the_section_of_an_article_is_the_one_that_came_last(catalogue: Catalogue) -> None:
    add_counts(catalogue, {A: Count(1, 0, "news")})
    add_counts(catalogue, {A: Count(1, 0, "sport")})
    assert list(totals(catalogue, "section")) == [("sport",)]


def test_only_the_days_and_policies_asked_for_are_read(catalogue: Catalogue) -> None:
    other = replace(A, policy="b" * 12)
    add_counts(catalogue, {A: Count(1, 0), other: Count(2, 0), replace(other, day=TUESDAY): Count(4, 0)})
    assert read_totals(catalogue, TUESDAY, TUESDAY, [])[()].seen == 4
    assert totals(catalogue, policies=["b" * 12])[()].seen == 6
    assert totals(catalogue, policies=["b" * 12], days=[MONDAY])[()].seen == 2
    assert totals(catalogue, policies=[]) == {}
    assert read_totals(catalogue, date(2020, 1, 1), date(2020, 1, 2), ["slot"]) == {}
    assert days_of_policies(catalogue, MONDAY, TUESDAY) == {"a" * 12: {MONDAY}, "b" * 12: {MONDAY, TUESDAY}}


def test_the_most_clicked_items_come_first_wherever_they_stood(catalogue: Catalogue) -> None:
    counts = {
        A: Count(10, 1),
        replace(A, article_id="match-1", position=4): Count(10, 2),
        replace(A, item_id="few"): Count(5, 2),
        replace(A, item_id="also-few"): Count(5, 2),
        replace(A, item_id="never"): Count(50, 0),
    }
    add_counts(catalogue, counts)
    found = most_clicked(catalogue, MONDAY, TUESDAY, 3)
    assert found == [Item("flood-2", 20, 3), Item("also-few", 5, 2), Item("few", 5, 2)]


def test_the_longest_ids_have_room_on_either_engine(catalogue: Catalogue) -> None:
    longest = replace(A, article_id="🎉" * 512, item_id="漢" * 512)
    assert add_counts(catalogue, {longest: Count(1, 1)}) == 0
    assert most_clicked(catalogue, MONDAY, MONDAY, 1) == [Item("漢" * 512, 1, 1)]


def test_a_full_day_takes_no_new_places_and_goes_on_counting_known_ones(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ROWS_A_DAY", 3)
    places = [replace(A, item_id=f"item-{number}") for number in range(6)]
    assert add_counts(catalogue, {place: Count(1, 0) for place in places[:2]}) == 0
    lost = add_counts(catalogue, {place: Count(2, 1) for place in places})
    assert (rows(catalogue), lost) == (3, 3 * 3)
    assert totals(catalogue)[()].seen == 2 * 3 + 1 * 2
    assert add_counts(catalogue, {replace(A, day=TUESDAY): Count(1, 0)}) == 0


def test_two_who_count_at_once_lose_nothing(open_catalogue: Callable[[], Catalogue]) -> None:
    first, second = open_catalogue(), open_catalogue()
    places = [replace(A, position=number) for number in range(1, 21)]

    def count(catalogue: Catalogue, order: list[Place]) -> None:
        for _ in range(10):
            add_counts(catalogue, {place: Count(1, 1) for place in order})

    threads = [threading.Thread(target=count, args=each) for each in ((first, places), (second, places[::-1]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals(first)[()].seen == totals(second)[()].clicks == 2 * 10 * 20


def test_counts_stand_in_no_change_log_and_pruning_forgets_old_ones_alone(catalogue: Catalogue) -> None:
    today = utc_day(datetime.now(UTC))
    kept, old = (replace(A, day=today - timedelta(days=days)) for days in (398, 402))
    add_counts(catalogue, {kept: Count(1, 0), old: Count(1, 0)})
    with catalogue.engine.connect() as connection:
        assert connection.execute(sa.select(changes)).all() == []
    catalogue.prune(0)
    assert read_totals(catalogue, old.day - timedelta(days=9), today, ["day"]).keys() == {(kept.day,)}


def test_a_catalogue_of_the_schema_before_gets_the_table_and_keeps_its_articles(
    catalogue: Catalogue, place: Where
) -> None:
    put_articles(catalogue, [article("a")])
    with catalogue.engine.begin() as connection:
        later = [name for name in sa.inspect(connection).get_table_names() if name.startswith(LATER)]
        for table in ("click_counts", "rules", "audit", "policy_versions", "desk_sessions", *later):
            connection.execute(sa.text(f"DROP TABLE {table}"))
        connection.execute(sa.text("ALTER TABLE rebuilds DROP COLUMN difference"))
        connection.execute(sa.text("ALTER TABLE models DROP COLUMN probe"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0003'"))
    with Catalogue.open(place) as migrated:
        assert migrated.count() == 1
        add_counts(migrated, {A: Count(1, 0)})
        assert totals(migrated)[()].seen == 1


LATER = ("boilerplate_", "served", "projections")
"""How the names of the tables begin that came after."""

PLACES = st.builds(
    Place,
    st.sampled_from([MONDAY, TUESDAY]),
    st.sampled_from(["also-read", "background"]),
    st.sampled_from(["p", "q", "r"]),
    st.sampled_from(["x", "y"]),
    st.integers(1, 2),
    st.sampled_from(["similar", "latest"]),
    st.sampled_from(["a", "b"]),
)
COUNTS = st.builds(Count, st.integers(0, 50), st.integers(0, 9), st.just("news"))


@given(st.lists(st.dictionaries(PLACES, COUNTS, max_size=8), max_size=4), st.sets(st.sampled_from(GROUPS)))
def test_totals_are_what_adding_up_by_hand_gives(tmp_path_factory, batches, groups) -> None:
    by = [name for name in GROUPS if name in groups]
    clusters: dict = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    with Catalogue.open(tmp_path_factory.mktemp("counts") / "catalogue.sqlite") as catalogue:
        for batch in batches:
            assert add_counts(catalogue, batch) == 0
            for place, count in batch.items():
                group = tuple("news" if name == "section" else getattr(place, name) for name in by)
                cluster = clusters[group][place.day, place.article_id]
                cluster[0] += count.seen
                cluster[1] += count.clicks
        expected = {}
        for group, of_group in clusters.items():
            pairs = of_group.values()
            expected[group] = Totals(
                len(pairs),
                sum(seen for seen, _ in pairs),
                sum(clicks for _, clicks in pairs),
                sum(seen**2 for seen, _ in pairs),
                sum(clicks**2 for _, clicks in pairs),
                sum(seen * clicks for seen, clicks in pairs),
            )
        assert totals(catalogue, *by) == expected
