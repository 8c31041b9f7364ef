"""What an article says: counted words, pairs of words, names; its topics, authors and the rest."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.terms import (
    MAX_COUNT,
    TERMS_VERSION,
    TITLE_WEIGHT,
    Kind,
    attribute_hashes,
    count_terms,
    headline_terms,
    kind_bounds,
    name_hashes,
    names_in,
    split_label,
)


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
    for kind in (Kind.WORD, Kind.PAIR, Kind.NAME):
        assert ((terms.hashes[bounds[kind] : bounds[kind + 1]] >> np.uint64(62)) == kind).all()
    label, _ = split_label(title)
    assert terms.hashes[bounds[Kind.TOPIC] :].tolist() == attribute_hashes(Kind.COLUMN, [label] * bool(label)).tolist()


def test_terms_are_the_same_in_every_process_and_version() -> None:
    """Written down once: what is on disk was hashed by another process. Another value needs another TERMS_VERSION."""
    terms = count_terms("Old town", "by Jane Roe")
    assert TERMS_VERSION == 2
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


@pytest.mark.parametrize(
    ("title", "label", "headline"),
    [
        ("Opinion: The bridge must go", "Opinion", "The bridge must go"),
        ("Letters to the editor: On bins", "Letters to the editor", "On bins"),
        ("More letters to the editor: On bins", "", "More letters to the editor: On bins"),
        ("Live: Vote: results", "Live", "Vote: results"),
        ("Live:\nVote", "Live", "Vote"),
        ("Kick-off 19:30 tonight", "", "Kick-off 19:30 tonight"),
        ("Opinion:", "", "Opinion:"),
        ("Opinion: ", "", "Opinion: "),
        (": The bridge", "", ": The bridge"),
        ("Opinion : The bridge", "", "Opinion : The bridge"),
        ("", "", ""),
    ],
)
def test_the_label_of_a_column_is_told_from_its_headline(title: str, label: str, headline: str) -> None:
    assert split_label(title) == (label, headline)


def test_a_label_counts_once_and_pairs_do_not_span_it() -> None:
    terms = count_terms("Opinion: old bridge", "")
    by_word = {word: int(count_terms("", word).hashes[0]) for word in ("opinion", "old", "bridge")}
    counted = dict(zip(terms.hashes.tolist(), terms.counts.tolist(), strict=True))
    assert [counted[by_word[word]] for word in ("opinion", "old", "bridge")] == [1, 3, 3]
    assert the(Kind.PAIR, "Opinion: old bridge") == the(Kind.PAIR, text="old bridge")
    assert (
        the(Kind.COLUMN, "Opinion: old bridge") == the(Kind.COLUMN, "OPINION: vote") != the(Kind.COLUMN, "News: vote")
    )
    assert the(Kind.COLUMN, "Old bridge") == set()


def test_a_headlines_terms_are_its_distinct_words_as_they_stand_in_a_text() -> None:
    found = headline_terms("Opinion: the flood, the Flood and the wall")
    assert found.tolist() == sorted(the(Kind.WORD, text="the flood and wall"))
    assert len(headline_terms("!!!")) == 0


def test_topics_authors_and_the_rest_are_terms_of_their_own_kind_once_whatever_their_case() -> None:
    values = {
        Kind.TOPIC: ["Ferry", "fog", "FERRY", "Straße", "STRASSE"],
        Kind.AUTHOR: ["Ferry"],
        Kind.SERIES: ["Ferry"],
        Kind.TYPE: ["Ferry"],
    }
    terms = count_terms("Ferry: ferry", "", values)
    bounds = kind_bounds(terms.hashes)
    sizes = {kind: int(bounds[kind + 1] - bounds[kind]) for kind in Kind}
    assert sizes == {
        Kind.WORD: 1,
        Kind.PAIR: 0,
        Kind.NAME: 0,
        Kind.TOPIC: 3,
        Kind.AUTHOR: 1,
        Kind.SERIES: 1,
        Kind.COLUMN: 1,
        Kind.TYPE: 1,
    }
    assert set(terms.counts[bounds[Kind.TOPIC] :].tolist()) == {1}
    for kind in values:
        expected = sorted(set(attribute_hashes(kind, ["ferry", *values[kind]]).tolist()))
        assert terms.hashes[bounds[kind] : bounds[kind + 1]].tolist() == expected
    assert len(attribute_hashes(Kind.TOPIC, [])) == 0


@given(values=st.lists(st.text(max_size=8), max_size=5), title=st.text(max_size=30))
def test_attributes_never_change_what_the_words_are(values: list[str], title: str) -> None:
    plain, marked = (
        count_terms(title, "text", given)
        for given in ({}, {Kind.TOPIC: values, Kind.AUTHOR: values, Kind.TYPE: values})
    )
    cut = kind_bounds(plain.hashes)[Kind.TOPIC]
    assert marked.hashes[:cut].tolist() == plain.hashes[:cut].tolist()
    bounds = kind_bounds(marked.hashes)
    sizes = [int(bounds[kind + 1] - bounds[kind]) for kind in (Kind.TOPIC, Kind.AUTHOR, Kind.TYPE)]
    assert sizes == [len({value.casefold() for value in values})] * 3
    assert (np.diff(marked.hashes.astype(object)) > 0).all()


def test_attributes_are_the_same_in_every_process_and_version() -> None:
    given_attributes = {kind: ["Ferry"] for kind in (Kind.TOPIC, Kind.AUTHOR, Kind.SERIES, Kind.TYPE)}
    assert count_terms("", "", given_attributes).hashes.tolist() == [
        14290950071247535376,
        14867410823550958864,
        15443871575854382352,
        16596793080461229328,
    ]
    assert count_terms("Opinion: x", "").hashes.tolist()[-1] == 15775310526653928180
