"""Which articles are one to a reader, and which of them has been replaced from when on."""

import pytest
from helpers import article, key_of
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.copies import ALWAYS, NEVER, CopyState, copy_hash, find_copies

WIRE = (
    "The ferry was late on Monday because of fog in the harbour and nobody could say when it would sail again at all."
)
DAY = 86_400


def states(*articles: Article) -> dict[str, CopyState]:
    return find_copies([key_of(one) for one in articles])


def groups(*articles: Article) -> set[frozenset[str]]:
    found = states(*articles)
    keys = {state.key for state in found.values()}
    return {frozenset(one for one, state in found.items() if state.key == key) for key in keys}


def replaced(*articles: Article) -> dict[str, int]:
    """Those that something replaced, by id: the day of January 2026, or `ALWAYS`."""
    first = 1767225600  # 2026-01-01
    at = {one: state.superseded_at for one, state in states(*articles).items() if state.superseded_at != NEVER}
    return {one: (when - first) // DAY + 1 if when != ALWAYS else ALWAYS for one, when in at.items()}


def on(article_id: str, day: int | None, **fields: object) -> Article:
    date = None if day is None else f"2026-01-{day:02}"
    return article(article_id, f"Own title {article_id}", published_at=date, **fields)


@pytest.mark.parametrize(
    "text", [WIRE, WIRE.upper(), WIRE.replace(" ", "\n\n"), WIRE.replace(".", " …!"), f"“{WIRE}” —"]
)
def test_the_same_words_are_a_copy_whatever_their_punctuation_case_and_spacing_and_title(text: str) -> None:
    assert groups(article("a", "One", WIRE), article("b", "Two", text)) == {frozenset("ab")}


def test_one_other_word_makes_another_article() -> None:
    assert len(groups(article("a", "One", WIRE), article("b", "One", WIRE.replace("Monday", "Friday")))) == 2


def test_of_a_short_text_the_title_must_agree_too() -> None:
    short = "Fog in the harbour."
    assert len(groups(article("a", "One", short), article("b", "Two", short))) == 2
    assert len(groups(article("a", "One!", short), article("b", "ONE", short.upper()))) == 1
    assert len(groups(article("a", "Fog", "in town"), article("b", "Fog in", "town"))) == 2


def test_texts_without_a_word_are_copies_only_where_they_are_the_same() -> None:
    assert len(groups(article("a", "🎉"), article("b", "🚀"))) == 2
    assert len(groups(article("a", "🎉"), article("b", "🎉"))) == 1


def test_a_marked_version_is_a_copy_and_replaces_the_earlier_one_from_its_own_date_on() -> None:
    given_ = [on("a", 1), on("b", 3, version_of="a"), on("c", 2)]
    assert groups(*given_) == {frozenset("ab"), frozenset("c")}
    assert replaced(*given_) == {"a": 3}


def test_a_chain_of_versions_leaves_the_last_one() -> None:
    chain = [on("a", 1), on("b", 3, version_of="a"), on("c", 5, version_of="b")]
    assert groups(*chain) == {frozenset("abc")}
    assert replaced(*chain) == {"a": 3, "b": 5}


def test_the_first_version_that_is_out_replaces() -> None:
    assert replaced(on("a", 1), on("b", 9, version_of="a"), on("c", 5, version_of="a")) == {"a": 5}


def test_a_version_without_a_date_has_always_replaced_the_earlier_one() -> None:
    assert replaced(on("a", 1), on("b", None, version_of="a")) == {"a": ALWAYS}


def test_a_version_of_what_is_not_there_replaces_nothing() -> None:
    assert replaced(on("a", 1, version_of="gone")) == {}


def test_versions_in_a_circle_are_copies_that_do_not_replace_one_another() -> None:
    circle = [on("a", 1, version_of="c"), on("b", 2, version_of="a"), on("c", 3, version_of="b")]
    assert groups(*circle) == {frozenset("abc")}
    assert replaced(*circle) == {}


def test_a_version_of_a_circle_replaces_it_and_ends() -> None:
    circle = [on("a", 1, version_of="b"), on("b", 2, version_of="a"), on("c", 3, version_of="b")]
    assert replaced(*circle) == {"a": 3, "b": 3}


def test_at_one_address_the_newest_replaces_each_older_one_from_the_next_ones_date_on() -> None:
    shared = [on(name, day, url="https://example.org/live") for name, day in (("a", 5), ("b", 1), ("c", 3))]
    assert groups(*shared) == {frozenset("abc")}
    assert replaced(*shared) == {"b": 3, "c": 5}


def test_at_one_address_what_has_no_date_is_the_oldest() -> None:
    shared = [on("a", None, url="https://example.org/live/"), on("b", 2, url="http://EXAMPLE.org/live?utm_source=x")]
    assert replaced(*shared) == {"a": 2}


def test_at_one_address_and_on_one_date_the_smaller_id_stays() -> None:
    assert replaced(*(on(name, 2, url="https://example.org/live") for name in "ba")) == {"b": 2}


def test_copies_at_different_addresses_replace_nothing() -> None:
    assert replaced(article("a", "One", WIRE, url="https://a.example/1"), article("b", "Two", WIRE)) == {}


def test_groups_that_share_a_member_are_one() -> None:
    linked = [
        article("a", "One", WIRE),
        article("b", "Two", WIRE.upper(), url="https://example.org/1"),
        article("c", "Three", "Other", url="https://example.org/1"),
        article("d", "Four", "Another", version_of="c"),
        article("e", "Five", "Alone"),
    ]
    assert groups(*linked) == {frozenset("abcd"), frozenset("e")}


ids = st.sampled_from("abcdefg")


@given(
    rows=st.dictionaries(
        ids,
        st.tuples(st.sampled_from([WIRE, WIRE.upper(), "x", "y"]), ids, st.integers(0, 4), st.sampled_from("123456")),
    ),
    order=st.randoms(use_true_random=False),
)
def test_the_order_of_articles_does_not_matter(rows: dict[str, tuple[str, str, int, str]], order) -> None:
    articles = [
        article(
            name,
            "Title",
            text,
            version_of=version if version != name else None,
            published_at=f"2026-01-0{day}" if day else None,
            url=f"https://example.org/{url}",
        )
        for name, (text, version, day, url) in rows.items()
    ]
    keys = [key_of(one) for one in articles]
    expected = find_copies(keys)
    order.shuffle(keys)
    assert find_copies(keys) == expected
    assert all(
        len({expected[one.id].key for one in articles if copy_hash(one) == each}) <= 1
        for each in map(copy_hash, articles)
    )
