"""What a text says: counted words, pairs of words, and names."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.terms import MAX_COUNT, TITLE_WEIGHT, Kind, count_terms, kind_bounds, name_hashes, names_in


def counts(title: str, text: str, kind: Kind) -> list[int]:
    """How often each term of a kind was counted, ascending."""
    terms = count_terms(title, text)
    bounds = kind_bounds(terms.hashes)
    return sorted(terms.counts[bounds[kind] : bounds[kind + 1]].tolist())


def the(kind: Kind, title: str = "", text: str = "") -> set[int]:
    terms = count_terms(title, text)
    bounds = kind_bounds(terms.hashes)
    return set(terms.hashes[bounds[kind] : bounds[kind + 1]].tolist())


def test_words_are_counted_whatever_their_case() -> None:
    assert counts("", "flood Flood, FLOOD; bridge", Kind.WORD) == [1, 3]


def test_the_title_counts_three_times() -> None:
    assert TITLE_WEIGHT == 3
    assert counts("flood bridge", "bridge", Kind.WORD) == [3, 4]
    assert counts("flood bridge", "", Kind.PAIR) == [3]


def test_pairs_are_of_neighbours_in_their_order_and_do_not_span_title_and_text() -> None:
    assert counts("flood", "bridge", Kind.PAIR) == []
    assert counts("", "old town hall", Kind.PAIR) == [1, 1]
    assert the(Kind.PAIR, text="old town") == the(Kind.PAIR, text="Old, town!")
    assert the(Kind.PAIR, text="old town") != the(Kind.PAIR, text="town old")
    assert counts("", "a a a", Kind.PAIR) == [2]


def test_a_count_stops_at_255() -> None:
    assert counts("", "flood " * 400, Kind.WORD) == [MAX_COUNT] == [255]


def test_no_words_are_no_terms() -> None:
    for title, text in (("", ""), ("!!!", "…"), ("🎉", "")):
        assert len(count_terms(title, text).hashes) == 0


def test_each_chinese_or_japanese_character_is_a_word() -> None:
    assert counts("", "東京都知事", Kind.WORD) == [1] * 5
    assert counts("", "東京都知事", Kind.PAIR) == [1] * 4
    assert the(Kind.PAIR, text="東京") <= the(Kind.PAIR, text="今日の東京は晴れ")
    assert the(Kind.WORD, text="カナ abc") == the(Kind.WORD, text="カナabc")
    assert len(the(Kind.WORD, text="서울 시장")) == 2


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The mayor met Jane Roe in Old Town.", ["Jane Roe", "Old Town"]),
        ("Flood waters rose.", []),
        ("Jane Roe spoke. Jane Roe left.", ["Jane Roe", "Jane Roe"]),
        ("Yesterday Jane Roe spoke, as yesterday before.", ["Jane Roe"]),
        ("NATO met. The EU did not.", ["NATO", "EU"]),
        ("She joined the Bank of England and the Museu do Amanhã.", ["Bank of England", "Museu do Amanhã"]),
        ("It was Ludwig van Beethoven de.", ["Ludwig van Beethoven"]),
        ("It was Roe's idea, and Roe’s alone.", ["Roe", "Roe"]),
        ("He met Conan O'Brien and Mary-Jane Roe.", ["Conan O'Brien", "Mary-Jane Roe"]),
        ("So said O'Neill, and D’Angelo too.", ["O'Neill", "D’Angelo"]),
        ("That is what I'm told, and I’ll wait; so I said.", []),
        ("“Nobody knew,” said Roe. “Then Bob Poe came.”", ["Roe", "Then Bob Poe"]),
        ("He of the Sun spoke, and he left.", ["Sun"]),
        ("In the Hague it rained, in the rain.", ["Hague"]),
        ("He saw Ångström in Łódź.", ["Ångström", "Łódź"]),
        ("Old\nTown", []),
        ("", []),
    ],
)
def test_names_are_found_as_they_are_written(text: str, names: list[str]) -> None:
    assert names_in(text) == Counter(names)


def test_names_are_terms_of_their_own_whatever_their_case() -> None:
    text = "The mayor met Jane Roe; later Jane Roe left."
    assert counts("", text, Kind.NAME) == [2]
    assert the(Kind.NAME, text=text) == set(name_hashes(["JANE ROE"]).tolist())
    assert counts("Jane Roe of Old Town", "", Kind.NAME) == []


@given(title=st.text(max_size=60), text=st.text(max_size=200))
def test_terms_are_ascending_and_distinct_and_lie_within_the_bounds_of_their_kind(title: str, text: str) -> None:
    terms = count_terms(title, text)
    assert terms.hashes.dtype == np.uint64
    assert terms.counts.dtype == np.uint8
    assert (terms.counts > 0).all()
    assert (np.diff(terms.hashes.astype(object)) > 0).all()
    bounds = kind_bounds(terms.hashes)
    assert bounds[0] == 0
    assert bounds[-1] == len(terms.hashes)
    for kind in Kind:
        assert ((terms.hashes[bounds[kind] : bounds[kind + 1]] >> np.uint64(62)) == kind).all()


def test_terms_are_the_same_in_every_process_and_version() -> None:
    """Written down once: what is on disk was hashed by another process. Another value needs another TERMS_VERSION."""
    terms = count_terms("Old town", "by Jane Roe")
    assert terms.hashes.tolist() == [
        1378231080669910776,
        2900467112211354842,
        3705340556309294433,
        4304499619414451872,
        4600475027482994376,
        5819115537821087342,
        8967486039737319937,
        9064580030884326678,
        11209358717801972237,
    ]
