"""Reasons: what an editor reads beside a suggestion."""

from datetime import UTC, datetime

import pytest
from helpers import article
from recommender_fixtures import asking, plain, weights

from recommender.lists import Chosen
from recommender.reasons import LINKED_BY_LIKE, reasons_for
from recommender.subject import subject_of_row


def reasons(build, subject: dict, other: dict, **chosen: object) -> tuple[str, ...]:
    filler = [article(f"filler-{n}", "Something", f"On Sundays number {n} is dull.") for n in range(3)]
    given = [article("subject", **subject), article("other", **other)]
    snapshot = build([*given, *filler])
    rows = [snapshot.row_of_id(name) for name in ("subject", "other")]
    return reasons_for(snapshot, subject_of_row(snapshot, rows[0]), rows[1], Chosen(rows[1], 0.5, "similar", **chosen))


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


@pytest.mark.parametrize(
    ("linkers", "linked", "said"),
    [
        (2, 0.0, ()),
        (3, 0.0, ("Editors linked to it 3 times",)),
        (14, LINKED_BY_LIKE - 0.01, ("Editors linked to it 14 times",)),
        (14, LINKED_BY_LIKE, ("Editors linked to it from articles like this one",)),
        (1, 1.0, ("Editors linked to it from articles like this one",)),
    ],
)
def test_links_that_editors_placed_are_said_as_what_they_are(build, linkers, linked, said):
    assert reasons(build, {}, {}, linkers=linkers, linked=linked) == said


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-03-15", ("Follow-up on the same story", "Published 1 day later")),
        ("2026-03-13", ("Earlier on the same story", "Published 1 day earlier")),
    ],
)
def test_a_follow_up_is_told_from_what_came_before(build, day, said):
    assert reasons(build, {"published_at": "2026-03-14"}, {"published_at": day}, own_story=True) == said


STORM = "The storm tore the roof off the old market hall in Tamble and nobody was hurt, said the warden"


def test_what_an_answer_says_of_stories_and_links_is_so(build):
    apart = "Gulls and terns nest on the harbour breakwater each spring"
    snapshot = build(
        [
            article("subject", "Storm", f"{STORM} one.", published_at="2026-03-10"),
            article("next-day", "Storm", f"{STORM} two.", published_at="2026-03-11"),
            article("day-before", "Storm", f"{STORM} three.", published_at="2026-03-09"),
            article("years-ago", "Storm", f"{STORM} four.", published_at="2019-03-09"),
            article("linked", "Slates", f"{apart} slate.", published_at="2026-01-01"),
            *(
                article(f"linker-{n}", "Storm", f"{STORM} by {n}.", published_at="2018-01-01", links=["linked"])
                for n in range(3)
            ),
            *(article(f"filler-{n}", f"Far {n}", f"Unlike {n} thing {n}") for n in range(20)),
        ]
    )
    answer = asking(snapshot, policy=plain(weights=weights(words=1.0, linked=1.0)), limit=50)
    said = {item.id: item.reasons for item in answer.items}
    assert "Follow-up on the same story" in said["next-day"]
    assert "Earlier on the same story" in said["day-before"]
    assert not any("story" in reason for reason in said["years-ago"])
    assert "Editors linked to it from articles like this one" in said["linked"]
    assert [name for name in said if any("linked" in reason for reason in said[name])] == ["linked"]
