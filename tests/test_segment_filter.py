"""What a filter keeps of a segment, remembered for as long as time does not change it."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from helpers import NOW, article, examples, opened, rebuild_with
from hypothesis import given
from hypothesis import strategies as st

from index.copies import NEVER
from index.vector_index import Filter

MOMENTS = [NOW + timedelta(minutes=minutes) for minutes in range(-3, 4)]


@examples(40)
@given(
    due=st.lists(st.sampled_from(MOMENTS), min_size=3, max_size=8),
    asked=st.lists(st.tuples(st.sampled_from(MOMENTS), st.booleans(), st.sampled_from([None, "news"])), max_size=12),
)
def test_what_a_filter_keeps_is_remembered_only_until_time_changes_it(
    tmp_path_factory: pytest.TempPathFactory, due: list[datetime], asked: list[tuple[datetime, bool, str | None]]
) -> None:
    """Also by a clock that runs backwards; and what one question excludes is not kept from the next."""
    data = tmp_path_factory.mktemp("due") / "data"
    rebuild_with(
        data,
        [
            article(f"a{at}", text=f"own{at}", section="news" if at % 2 else "sport", published_at=moment.isoformat())
            for at, moment in enumerate(due)
        ],
    )
    (one,) = opened(data).segments
    for now, excludes, section in asked:
        keep = Filter(now, section=section, excluded_ids=frozenset({"a1"} if excludes else ()))
        span, kept = one.eligible(keep)
        found = {one.ids[span.start + row].decode() for row in np.flatnonzero(kept).tolist()}
        assert found == {
            f"a{at}"
            for at, moment in enumerate(due)
            if moment <= now and (section is None or at % 2) and not (excludes and at == 1)
        }


def test_a_copy_is_superseded_when_its_successor_appears_though_the_filter_was_asked_before(tmp_path: Path) -> None:
    rebuild_with(
        tmp_path,
        [
            article("old", text="the same words", published_at=(NOW - timedelta(days=1)).isoformat()),
            article("new", text="the same words", version_of="old", published_at=(NOW + timedelta(days=1)).isoformat()),
        ],
    )
    (one,) = opened(tmp_path).segments
    assert (np.asarray(one.superseded_at) != NEVER).any()
    for days, expected in ((0, {"old"}), (2, {"new"}), (0, {"old"})):
        _, kept = one.eligible(Filter(NOW + timedelta(days=days)))
        assert {one.ids[row].decode() for row in np.flatnonzero(kept).tolist()} == expected
