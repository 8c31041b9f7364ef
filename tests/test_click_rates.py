"""Clicks as a feature: counted against what a place explains, settled by a rebuild, and weighed where the policy says so."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import log
from pathlib import Path

import numpy as np
import pytest
from helpers import article, opened, rebuild_with
from hypothesis import given
from hypothesis import strategies as st
from recommender_fixtures import asking, ids, plain, weights

from index.article_writes import put_articles
from index.catalogue import Catalogue, place_of
from index.change_log import load_rows
from index.click_counts import Count, Place, add_counts, utc_day
from index.click_rates import DAYS, PRIOR_CLICKS, ClickedRows, ClickRates, read_click_rates
from index.embedder import RECIPE, WordHashEmbedder
from index.kept import verify
from index.link_names import hash64
from index.overlay import Overlay
from index.pointer import current_generation
from recommender.policy import load_policy

NOW = datetime.now(UTC)
YESTERDAY = utc_day(NOW) - timedelta(days=1)
ALIKE = [article(name, f"River {name}", "river bank flood wall") for name in ("subject", "a", "b", "c")]
CLICKED = plain(weights=weights(clicked=1.0))


def place(item: str, position: int = 1, days_ago: int = 1, slot: str = "also-read") -> Place:
    day = utc_day(NOW) - timedelta(days=days_ago)
    return Place(day, slot, "subject", item, position, "similar", "a" * 12)


def rates(catalogue: Catalogue) -> dict[int, float]:
    found = read_click_rates(catalogue.engine, NOW)
    return dict(zip(found.ids.tolist(), found.rates.tolist(), strict=True))


def count(data: Path, counts: Mapping[Place, Count]) -> None:
    with Catalogue.open(place_of(data)) as catalogue:
        add_counts(catalogue, counts)


def test_a_rate_is_clicks_over_what_slot_and_position_explain(catalogue: Catalogue) -> None:
    # at the first place 30 of 300 are clicked (0.1), at the second 6 of 200 (0.03)
    add_counts(
        catalogue,
        {
            place("a", 1): Count(100, 25),
            place("b", 1): Count(200, 5),
            place("b", 2): Count(100, 0),
            place("c", 2): Count(100, 6),
        },
    )
    assert rates(catalogue) == pytest.approx(
        {
            hash64("a"): log((25 + PRIOR_CLICKS) / (10 + PRIOR_CLICKS)),
            hash64("c"): log((6 + PRIOR_CLICKS) / (3 + PRIOR_CLICKS)),
        },
        abs=0.001,
    )


def test_only_whole_days_of_the_last_four_weeks_count(catalogue: Catalogue) -> None:
    for days_ago in (0, DAYS + 1):
        add_counts(catalogue, {place("a", 1, days_ago): Count(10, 10), place("b", 1, days_ago): Count(90, 0)})
    assert rates(catalogue) == {}
    add_counts(catalogue, {place("a", 1, DAYS): Count(10, 10), place("b", 1, DAYS): Count(90, 0)})
    assert list(rates(catalogue)) == [hash64("a")]


def test_clicks_without_anybody_having_seen_it_count_for_nothing(catalogue: Catalogue) -> None:
    add_counts(catalogue, {place("a", 3): Count(0, 5_000), place("b", 3): Count(100, 3)})
    assert rates(catalogue) == {}


def test_a_rebuild_settles_the_rates_and_makes_a_generation_where_they_alone_changed(data: Path) -> None:
    first = rebuild_with(data, ALIKE)
    assert not rebuild_with(data, ALIKE).published
    count(data, {place("c"): Count(100, 40), place("a"): Count(100, 2), place("b"): Count(100, 3)})
    assert opened(data).clicked.at(np.arange(4)).tolist() == [0, 0, 0, 0]
    report = rebuild_with(data, ALIKE)
    assert report.published
    assert report.generation != first.generation
    assert (report.changed, report.embedded) == (0, 0)
    snapshot = opened(data)
    verify(data, current_generation(data), set())
    found = {name: float(snapshot.clicked.at(np.array([snapshot.row_of_id(name)]))[0]) for name in ("a", "b", "c")}
    assert (found["a"], found["b"]) == (0, 0)
    assert found["c"] == pytest.approx(log(45 / 20), abs=0.001)
    assert not rebuild_with(data, ALIKE).published


def test_clicks_order_a_list_only_where_the_policy_says_so_and_the_answer_says_it(data: Path) -> None:
    rebuild_with(data, ALIKE)
    before = asking(opened(data)), asking(opened(data), policy=CLICKED)
    last = ids(before[1])[-1]
    count(data, {place(last): Count(100, 60), place("subject"): Count(200, 0)})
    rebuild_with(data, ALIKE)
    shipped, clicked = asking(opened(data)), asking(opened(data), policy=CLICKED)
    assert [(item.id, item.score, item.reasons) for item in shipped.items] == [
        (item.id, item.score, item.reasons) for item in before[0].items
    ]
    assert ids(clicked)[0] == last
    assert "Readers choose it more often than its place explains" in clicked.items[0].reasons
    assert clicked.items[0].breakdown is not None
    assert next(share for share in clicked.items[0].breakdown.shares if share.feature == "clicked").value > 0.5


def test_the_shipped_policy_lets_clicks_change_nothing() -> None:
    assert {settings.weights.clicked for settings in load_policy().slots.values()} == {0.0}


def test_an_article_that_is_written_anew_keeps_its_rate(data: Path) -> None:
    rebuild_with(data, ALIKE)
    count(data, {place("c"): Count(100, 60), place("a"): Count(200, 0)})
    rebuild_with(data, ALIKE)
    base = opened(data)
    with Catalogue.open(place_of(data)) as catalogue:
        put_articles(
            catalogue, [article("c", "River c, mended", "river bank flood wall"), article("d", "New", "river")]
        )
        model, dimension = WordHashEmbedder().model, base.manifest.recipe.dimension
        rows = load_rows(catalogue.engine, ["c", "d"], model, dimension, RECIPE)
    view = Overlay.over(base).changed(rows).changed({"d": rows["d"]}).view
    for name in ("a", "b", "c", "d", "subject"):
        row = view.row_of_id(name)
        assert (float(view.clicked.at(np.array([row]))[0]) > 0) == (name == "c")


class _Rows:
    """As much of a segment as the rates look at."""

    def __init__(self, names: list[str]) -> None:
        pairs = sorted((hash64(name), row) for row, name in enumerate(names))
        self.rows = len(names)
        self.found = (
            np.array([key for key, _ in pairs], dtype=np.uint64),
            np.array([row for _, row in pairs], dtype=np.int32),
            np.zeros(len(pairs), np.uint8),
        )

    def lookup(self, _of: object) -> tuple[np.ndarray, ...]:
        return self.found


@given(
    segments=st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6), max_size=4),
    rated=st.dictionaries(st.sampled_from("abcdefghxyz"), st.integers(1, 9), max_size=8),
    shared=st.integers(0, 4),
)
def test_rows_have_the_rates_of_their_articles_however_segments_came_about(
    segments: list[list[str]], rated: dict[str, int], shared: int
) -> None:
    known = sorted((hash64(name), rate) for name, rate in rated.items())
    rates = ClickRates(
        np.array([key for key, _ in known], dtype=np.uint64), np.array([rate for _, rate in known], dtype=np.float32)
    )
    parts = [_Rows(names) for names in segments]
    shared = min(shared, len(parts))
    clicked = ClickedRows.none(rates).over(parts[:shared], 0).over(parts, shared)  # type: ignore[arg-type]  # as much as is asked
    rows = np.arange(sum(len(names) for names in segments))
    assert clicked.at(rows).tolist() == [rated.get(name, 0) for names in segments for name in names]
