"""Which edited articles are one to a reader, which only look alike, and which updates their title marks."""

import random
from collections.abc import Sequence

import pytest
from helpers import article, key_of
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.copies import ALWAYS, NEVER, find_copies
from index.near_copies import DAY
from index.near_pairs import NEIGHBOURS

STORY = (
    "The harbour board voted late on Monday to dredge the inner basin before the summer season, ending a dispute that "
    "had kept larger boats out of Lowmoor for two years.\n\n"
    "Ada Finch, who leads the board, said the work would cost 340,000 pounds and that nobody should expect the fishing "
    "quay to close for longer than a weekend. “We have listened to the skippers,” she said after the meeting.\n\n"
    "Skippers had complained that silt near the old slipway made it dangerous to come in at low water, and several had "
    "moved their boats to Port Alder, taking trade with them. The chandlery lost a third of its customers.\n\n"
    "The money comes from a reserve that was built up from mooring fees. A second vote in April will decide whether "
    "visitors pay more to tie up at the new pontoon, which was damaged by a storm in January and has stood empty since."
)
PARAGRAPHS = STORY.split("\n\n")
NOTICE = (
    "The mobile library calls at the village hall in {place} on {day} from {hour} until the end of the afternoon. "
    "Readers may bring back books from any branch and collect those that they have ordered. Please have your card with "
    "you, and tell the driver if you would like larger print or books for children. The bus stops beside the bowling "
    "green while the car park is being mended, and it has a ramp for wheelchairs and prams."
)


def one_of(*articles: Article) -> bool:
    """Whether all of them are copies of one another."""
    return len({state.key for state in find_copies([key_of(each) for each in articles]).values()}) == 1


def on(article_id: str, day: float | None, title: str, text: str, **fields: object) -> Article:
    hours = None if day is None else f"2026-01-{int(day):02}T{round(day % 1 * 24):02}:00:00Z"
    return article(article_id, title, text, published_at=hours, **fields)


def pair(text: str, other: str, days: float | None = 1, titles: tuple[str, str] = ("Basin", "Silt")) -> list[Article]:
    later = None if days is None else 1 + days
    return [on("a", None if days is None else 1, titles[0], text), on("b", later, titles[1], other)]


EDITS = {
    "the last paragraph cut": "\n\n".join(PARAGRAPHS[:-1]),
    "a dateline added": f"LOWMOOR (Northern Press) - {STORY}",
    "a credit added": f"{STORY}\n\nReporting by Tom Reed; editing by Jane Holloway.",
    "typos mended": STORY.replace("dangerous", "dangerouss").replace("meeting", "meting"),
    "a dateline added and the last paragraph cut": "LOWMOOR (Northern Press) - " + "\n\n".join(PARAGRAPHS[:-1]),
    "a paragraph added": f"{STORY}\n\nNobody from the owners of the slipway, Brandt Brothers, was there to answer.",
    "a word replaced": STORY.replace("storm", "gale"),
}


@pytest.mark.parametrize("days", [0, 1, 3, None])
@pytest.mark.parametrize("edit", EDITS)
def test_a_light_edit_under_another_headline_is_a_copy(edit: str, days: float | None) -> None:
    assert one_of(*pair(STORY, EDITS[edit], days))


OTHERS = {
    "a number replaced": STORY.replace("340,000", "350,000"),
    "a number word replaced": STORY.replace("two years", "three years"),
    "a name replaced": STORY.replace("Ada Finch", "Mary Webb"),
    "a day replaced": STORY.replace("Monday", "Friday"),
    "another second half": "\n\n".join(PARAGRAPHS[:2])
    + "\n\nAcross the bay the ferry company has ordered a larger vessel, which needs a deeper berth than either harbour "
    "can offer today. Its manager hopes that the dredger can stay for another month and work at night.\n\n"
    "Whether residents would accept the noise is an open question, as those who live along the front have said before.",
    "half of it cut": "\n\n".join(PARAGRAPHS[:2]),
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_differs_in_its_facts_or_in_much_is_another_article(other: str) -> None:
    assert not one_of(*pair(STORY, OTHERS[other]))


@pytest.mark.parametrize("changes", [{"place": "Cold Ashwell"}, {"day": "Thursday"}, {"hour": "2.30"}])
@pytest.mark.parametrize("days", [1, None])
def test_two_issues_of_one_notice_are_two_articles(changes: dict[str, str], days: float | None) -> None:
    first = {"place": "Hobbleden", "day": "Tuesday", "hour": "1.30"}
    assert not one_of(*pair(NOTICE.format(**first), NOTICE.format(**{**first, **changes}), days))


def test_two_parts_of_a_series_are_two_articles_even_if_each_names_the_other() -> None:
    text = f"{STORY}\n\nParts 1 and 2 of this series stand in our archive."
    edited = text.replace("storm", "gale")
    assert not one_of(*pair(text, edited, titles=("The basin, part 1", "The basin, part 2")))
    assert one_of(*pair(text, edited, titles=("The basin, part 1", "Part 1 of the basin")))


def test_a_table_of_numbers_is_a_copy_only_word_for_word() -> None:
    rows = "\n".join(
        f"Moorings row {letter} {n} boats {n + 7} empty {n * 3} booked" for n, letter in enumerate("abcdefghij")
    )
    assert not one_of(*pair(rows, f"{rows}\nMoorings row k 11 boats 18 empty 33 booked"))


def test_a_text_in_capitals_is_a_copy_only_with_the_same_numbers_and_names() -> None:
    """Where a figure gave way to a word that stands elsewhere, nothing else shows it."""
    rain = (STORY + " Rain at Lowmoor 33 mm, at Port Alder nil.").upper()
    assert not one_of(*pair(rain, rain.replace("33 MM", "NIL")))
    assert one_of(*pair(rain, rain.replace("LISTENED TO", "LISTENED, TO THE"), 1))


def test_a_short_text_is_a_copy_only_word_for_word() -> None:
    brief = "The ferry is late because of fog in the harbour and will not sail before noon, the company says today."
    assert not one_of(*pair(brief, f"{brief} Sorry."))


def test_what_comes_back_later_than_three_days_is_another_issue() -> None:
    edited = EDITS["typos mended"]
    assert one_of(*pair(STORY, edited, 3))
    assert not one_of(*pair(STORY, edited, 3.125))
    assert not one_of(*pair(STORY, edited, 7))


def test_an_article_without_a_date_may_be_a_copy_of_one_with_a_date() -> None:
    assert one_of(on("a", 1, "One", STORY), on("b", None, "Two", EDITS["typos mended"]))


def test_small_edits_do_not_add_up_to_another_article() -> None:
    """Each step adds a paragraph to the one before; the last shares less than half of its words with the first."""
    more = [
        f"Then the {noun} of the quay asked the {other} to wait until another {third} had been found, and so it went on "
        f"with neither the {noun} nor the {third} willing to say what the {other} would have to do about the silt."
        for noun, other, third in (
            ("warden", "diver", "pump"), ("owner", "joiner", "crane"), ("keeper", "welder", "barge"),
            ("tenant", "farmer", "trailer"), ("painter", "baker", "engine"), ("clerk", "tailor", "winch"),
        )
    ]  # fmt: skip
    steps = [on(f"{n}", 1 + n / 24, "Basin", "\n\n".join([STORY, *more[:n]])) for n in range(7)]
    states = find_copies([key_of(each) for each in steps])
    assert states["0"].key == states["1"].key
    assert states["0"].key != states["6"].key


def updated(
    title: str, text: str, days: float | None = 0.5, first: str = "Harbour board votes to dredge"
) -> dict[str, int]:
    """Which articles are superseded when one with this title and text follows the story."""
    states = find_copies([key_of(each) for each in pair(STORY, text, days, (first, title))])
    assert len({state.key for state in states.values()}) == (
        1 if any(s.superseded_at != NEVER for s in states.values()) else 2
    )
    return {one: state.superseded_at for one, state in states.items() if state.superseded_at != NEVER}


CORRECTION = STORY.replace("340,000", "430,000")
LATER_NOON = 1767225600 + 43_200


@pytest.mark.parametrize(
    "title",
    ["CORRECTED: Harbour board votes to dredge", "UPDATE 1-Board votes to dredge basin", "Dredging voted (corrected)",
     "Korrektur: Harbour board votes to dredge"],
)  # fmt: skip
def test_a_marked_correction_replaces_the_earlier_article_from_its_date_on(title: str) -> None:
    assert updated(title, CORRECTION) == {"a": LATER_NOON}


def test_a_marked_article_with_the_same_words_replaces_the_earlier_one() -> None:
    assert updated("RPT-Harbour board votes to dredge", STORY) == {"a": LATER_NOON}


def test_under_the_same_title_an_update_may_be_twice_as_long() -> None:
    longer = (
        CORRECTION + "\n\n" + " ".join(f"Later that night someone {word} what it meant." for word in STORY.split()[:60])
    )
    assert updated("UPDATE 2: Harbour board votes to dredge", longer) == {"a": LATER_NOON}


def test_without_a_mark_a_correction_is_another_article_and_replaces_nothing() -> None:
    assert not one_of(*pair(STORY, CORRECTION, 0.5))
    assert find_copies([key_of(each) for each in pair(STORY, CORRECTION, 0.5)])["a"].superseded_at == NEVER


def test_an_edited_copy_without_a_mark_replaces_nothing() -> None:
    copies = find_copies([key_of(each) for each in pair(STORY, EDITS["typos mended"])])
    assert {state.superseded_at for state in copies.values()} == {NEVER}


def test_a_mark_on_another_story_replaces_nothing() -> None:
    assert updated("UPDATE 1-Harbour board votes to dredge", NOTICE.format(place="A", day="B", hour="1")) == {}


def test_a_marked_bulletin_does_not_replace_the_one_of_the_day_before() -> None:
    table = "Rovers {} United {}, Albion {} Town {}, Athletic {} Wanderers {} and that was the day in the league for all of us."
    first, second = (on(n, d, t, table.format(*scores)) for n, d, t, scores in (
        ("a", 1, "League results today", (2, 1, 0, 0, 3, 4)), ("b", 2, "UPDATE 1-League results today", (5, 7, 6, 8, 9, 10)),
    ))  # fmt: skip
    assert not one_of(first, second)


def test_a_mark_reaches_two_days_back() -> None:
    assert updated("CORRECTED: Harbour board votes to dredge", CORRECTION, 2) != {}
    assert updated("CORRECTED: Harbour board votes to dredge", CORRECTION, 2.125) == {}


def test_what_is_marked_and_came_first_replaces_nothing() -> None:
    states = find_copies([key_of(each) for each in pair(STORY, CORRECTION, 1, ("UPDATE 1-Board votes", "Board votes"))])
    assert {state.superseded_at for state in states.values()} == {NEVER}


def test_dates_and_not_ids_say_what_came_first() -> None:
    correction = on("a", 2, "CORRECTED: Harbour board votes to dredge", CORRECTION)
    states = find_copies([key_of(each) for each in (correction, on("b", 1.5, "Harbour board votes to dredge", STORY))])
    assert (states["a"].superseded_at, states["b"].superseded_at) == (NEVER, 1767225600 + DAY)


def test_at_one_time_and_without_dates_the_marked_one_is_the_newer() -> None:
    assert updated("CORRECTED: Harbour board votes to dredge", CORRECTION, 0) == {"a": 1767225600}
    assert updated("CORRECTED: Harbour board votes to dredge", CORRECTION, None) == {"a": ALWAYS}


def test_each_of_a_run_of_updates_replaces_those_before() -> None:
    run = [
        on("0", 1, "Board votes to dredge", STORY),
        on("1", 1.25, "UPDATE 1-Board votes to dredge", CORRECTION),
        on("2", 1.5, "UPDATE 2-Board votes to dredge", CORRECTION.replace("April", "May")),
    ]
    states = find_copies([key_of(each) for each in run])
    start = 1767225600
    assert [states[one].superseded_at for one in "012"] == [start + 21_600, start + 43_200, NEVER]


def test_many_of_one_template_are_compared_with_their_neighbours_only() -> None:
    """Beyond so many between them two copies do not meet; within, they do."""
    notices = [on(f"n{n:02}", 1, "N", NOTICE.format(place=f"Place{n}", day="Tuesday", hour="1.30")) for n in range(40)]
    first = NOTICE.format(place="Hobbleden", day="Tuesday", hour="1.30")
    states = find_copies(
        [key_of(each) for each in [*notices, on("m1", 1, "A", first), on("m2", 1, "B", first + " Welcome.")]]
    )
    assert states["m1"].key == states["m2"].key
    assert len({states[each.id].key for each in notices}) == 40
    assert NEIGHBOURS >= 8


texts: Sequence[str] = [STORY, *EDITS.values(), *OTHERS.values(), CORRECTION, NOTICE, "short"]
rows = st.lists(
    st.tuples(
        st.sampled_from(texts),
        st.sampled_from([None, 1, 1.5, 2, 4, 5]),
        st.sampled_from(["One", "UPDATE 1-One", "Two (corrected)"]),
    ),
    max_size=9,
)


@given(rows=rows, seed=st.integers(0, 99))
def test_the_order_of_articles_does_not_matter_and_copies_word_for_word_stay_together(
    rows: list[tuple[str, float | None, str]], seed: int
) -> None:
    keys = [key_of(on(f"{n}", day, title, text)) for n, (text, day, title) in enumerate(rows)]
    expected = find_copies(keys)
    shuffled = list(keys)
    random.Random(seed).shuffle(shuffled)
    assert find_copies(shuffled) == expected
    for key in keys:
        assert all(expected[key.id].key == expected[other.id].key for other in keys if other.copy_hash == key.copy_hash)


def test_nothing_has_no_copies() -> None:
    assert find_copies([]) == {}
