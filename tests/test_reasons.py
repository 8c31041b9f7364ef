"""Reasons: what an editor reads beside a suggestion."""

from datetime import UTC, datetime

import pytest
from helpers import article

from recommender.reasons import reasons_for
from recommender.subject import subject_of_row


def reasons(build, subject: dict, other: dict) -> tuple[str, ...]:
    filler = [article(f"filler-{n}", "Something", f"On Sundays number {n} is dull.") for n in range(3)]
    given = [article("subject", **subject), article("other", **other)]
    snapshot = build([*given, *filler])
    rows = [snapshot.row_of_id(name) for name in ("subject", "other")]
    return reasons_for(snapshot, subject_of_row(snapshot, rows[0]), rows[1])


def test_shared_names_are_named_the_rarest_first_and_no_day_or_month_among_them(build):
    text = "Today the mayor Ada Marsh met Otto Vossmann in Oxenhythe on Sunday in May."
    found = reasons(build, {"text": text}, {"text": f"Later, {text}"})
    assert found == ("Both mention Ada Marsh, Otto Vossmann and Oxenhythe",)


def test_series_topics_and_authors_are_named(build):
    same = {"series": "Ten Objects", "tags": ["ferry", "river"], "authors": ["Nell Garrity"]}
    assert reasons(build, same, same | {"tags": ["river", "boats", "ferry"]}) == (
        "Same series: Ten Objects",
        "Same topic: ferry and river",
        "Same author: Nell Garrity",
    )


def test_the_section_is_named_where_no_topic_is_shared(build):
    assert reasons(build, {"section": "sport/rowing"}, {"section": "sport/rowing"}) == ("Same section: sport/rowing",)
    assert reasons(build, {"section": "sport/rowing"}, {"section": "sport"}) == ()


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-03-14T23:00:00Z", "Published the same day"),
        ("2026-03-13", "Published 1 day earlier"),
        ("2026-03-08", "Published 6 days earlier"),
        ("2026-02-28", "Published 2 weeks earlier"),
        ("2026-04-20", "Published 1 month later"),
        ("2023-03-14", "Published 3 years earlier"),
    ],
)
def test_the_distance_in_time_is_said_in_round_figures(build, day, said):
    subject = {"published_at": datetime(2026, 3, 14, 8, tzinfo=UTC).isoformat()}
    assert reasons(build, subject, {"published_at": day}) == (said,)


def test_where_only_the_sense_is_alike_there_is_no_reason_to_give(build):
    assert reasons(build, {"text": "rain"}, {"text": "rain"}) == ()
