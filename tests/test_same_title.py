"""Which article replaces an earlier one under the same title, though no mark says so."""

import pytest
from helpers import article, key_of
from test_near_copies import CORRECTION, NOTICE, PARAGRAPHS, STORY, one_of, pair

from index.article import Article
from index.copies import NEVER, find_copies

TITLE = "Harbour board votes to dredge"


def superseded(*articles: Article) -> set[str]:
    """The articles that a later one replaces."""
    states = find_copies([key_of(each) for each in articles])
    return {one for one, state in states.items() if state.superseded_at != NEVER}


@pytest.mark.parametrize("days", [0.25, 1, 2])
def test_under_the_same_title_a_correction_needs_no_mark(days: float) -> None:
    one, other = pair(STORY, CORRECTION, days, (TITLE, TITLE))
    assert superseded(one, other) == {"a"}
    assert one_of(one, other)


@pytest.mark.parametrize(
    ("days", "titles"),
    [
        (2.125, (TITLE, TITLE)),
        (1, (TITLE, "Harbour board votes not to dredge")),
        (0.25, (TITLE, "Harbour board votes not to dredge")),
        (1, ("Harbour news", "Harbour news")),
        (0, (TITLE, TITLE)),
        (None, (TITLE, TITLE)),
    ],
)
def test_without_a_mark_it_wants_a_title_of_its_own_and_a_date_near_by(
    days: float | None, titles: tuple[str, str]
) -> None:
    assert superseded(*pair(STORY, CORRECTION, days, titles)) == set()


def test_what_is_told_anew_under_the_same_title_within_half_a_day_replaces_the_earlier() -> None:
    anew = "\n\n".join(
        [*PARAGRAPHS[:3], f"Late in the evening the {' and the '.join(CORRECTION.split()[-40:-20])} were named."]
    )
    assert superseded(*pair(STORY, anew, 0.5, (TITLE, TITLE))) == {"a"}
    assert superseded(*pair(STORY, anew, 1, (TITLE, TITLE))) == set()


def test_a_daily_notice_does_not_replace_that_of_the_day_before_though_one_word_differs() -> None:
    first, second = (
        NOTICE.format(place="Upton", day="Monday", hour="two"),
        NOTICE.format(place="Upton", day="Tuesday", hour="two"),
    )
    titles = ("The mobile library calls", "The mobile library calls")
    assert superseded(*pair(first, second, 1, titles)) == set()


def test_the_next_day_little_may_be_replaced() -> None:
    other = CORRECTION.replace("Ada Finch", "Ida Frost").replace("340,000", "900,000").replace("April", "June")
    assert superseded(*pair(STORY, other, 1, (TITLE, TITLE))) == set()
    assert superseded(*pair(STORY, other, 0.5, (TITLE, TITLE))) == {"a"}


def test_three_words_replaced_by_the_next_day_are_news() -> None:
    other = STORY.replace("Ada Finch", "Ida Frost").replace("340,000", "900,000")
    assert superseded(*pair(STORY, other, 1, (TITLE, TITLE))) == set()


def test_a_much_longer_piece_on_the_next_day_is_another() -> None:
    longer = f"{STORY}\n\n" + " ".join(
        f"then{chr(97 + n % 26)} somebody{chr(97 + n // 26)} asked again" for n in range(60)
    )
    assert superseded(*pair(STORY, longer, 1, (TITLE, TITLE))) == set()


def test_a_table_is_replaced_by_none_of_its_title() -> None:
    first = " ".join(f"Rovers {n} United {n + 3} went home" for n in range(1, 15))
    assert superseded(*pair(first, first.replace("United 9", "United 99"), 0.25, (TITLE, TITLE))) == set()


def test_an_article_without_a_date_follows_none_whatever_its_date() -> None:
    old = article("a", TITLE, STORY, published_at="1969-12-31T18:00:00Z")
    assert superseded(old, article("b", TITLE, CORRECTION)) == set()
