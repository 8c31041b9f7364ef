"""What a sketch keeps of an article: an estimate of what two texts share, and which words carry facts."""

import random

import numpy as np
import pytest
from helpers import article
from hypothesis import given
from hypothesis import strategies as st

from index.sketch import (
    HEAD,
    MARKED,
    MAX_WORDS,
    PERMUTATIONS,
    SKETCH_VERSION,
    TABLE,
    make_sketch,
    read_heads,
    read_words,
    resemblance,
)
from index.terms import token_hashes


def short(word: str) -> int:
    return int(token_hashes([word])[0]) >> 30


def runs(words: list[str]) -> set[tuple[str, ...]]:
    return set(zip(words, words[1:], words[2:], strict=False))


def estimate(one: str, other: str) -> float:
    heads = read_heads([make_sketch(article("a", "A", one)), make_sketch(article("b", "B", other))])
    return float(resemblance(heads["minhash"][0], heads["minhash"][1]))


@given(seed=st.integers(0, 10_000), kept=st.floats(0, 1))
def test_the_estimate_is_near_the_true_share_of_runs(seed: int, kept: float) -> None:
    draw = random.Random(seed)
    one = [f"w{draw.randrange(10_000)}" for _ in range(300)]
    cut = round(300 * kept)
    other = one[:cut] + [f"v{draw.randrange(10_000)}" for _ in range(300 - cut)]
    true = len(runs(one) & runs(other)) / len(runs(one) | runs(other))
    error = (true * (1 - true) / PERMUTATIONS) ** 0.5
    assert abs(estimate(" ".join(one), " ".join(other)) - true) <= 5 * error + 0.02
    assert estimate(" ".join(one), " ".join(other)) == estimate(" ".join(other), " ".join(one))


def test_on_average_the_estimate_is_right() -> None:
    draw = random.Random(1)
    errors = []
    for _ in range(200):
        one = [f"w{draw.randrange(10_000)}" for _ in range(200)]
        other = one[:150] + [f"v{draw.randrange(10_000)}" for _ in range(50)]
        true = len(runs(one) & runs(other)) / len(runs(one) | runs(other))
        errors.append(estimate(" ".join(one), " ".join(other)) - true)
    assert abs(np.mean(errors)) < 0.015


def test_punctuation_case_and_spacing_do_not_count() -> None:
    text = "The ferry stopped on Monday because of fog in the harbour"
    assert estimate(text, text.upper().replace(" ", " – ")) == 1


def test_numbers_and_names_are_facts_with_the_two_words_before_them() -> None:
    words = read_words(
        make_sketch(article("a", "A title", "The boat of Ada Finch took 1,200 people, then twelve more."))
    )
    facts = {"ada": "boat of", "finch": "boat of", "1200": "of took", "twelve": "people then"}
    assert words.facts == {short(fact): short(context) >> 16 for fact, context in facts.items()}
    assert words.plain == {short(word) >> 16 for word in ("the", "boat", "of", "took", "people", "then", "more")}
    assert words.count == 11


def test_a_capital_at_the_start_of_a_sentence_or_of_a_common_word_makes_no_name() -> None:
    words = read_words(make_sketch(article("a", "A", "Boats wait. Harbour staff of the Harbour wait: harbour life.")))
    assert words.facts == {}


def test_words_of_a_script_without_capitals_are_facts() -> None:
    assert len(read_words(make_sketch(article("a", "A", "東京都"))).facts) == 3


def test_the_numbers_of_a_title_are_facts_of_their_own() -> None:
    one, two = (read_words(make_sketch(article(str(n), f"Walks, part {n}", "Parts 1 and 2 of it."))) for n in (1, 2))
    assert len(one.facts_missing_in(two)) == len(two.facts_missing_in(one)) == 1


def test_of_a_long_text_both_sketches_keep_the_same_sample() -> None:
    words = [f"w{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(600)]
    whole = read_words(make_sketch(article("a", "A", " ".join(words))))
    other = read_words(make_sketch(article("b", "B", " ".join([*reversed(words), "added"]))))
    below = min(whole.below, other.below)
    assert MAX_WORDS - 10 <= whole.count <= MAX_WORDS
    assert whole.under(below).plain_missing_in(other.under(below)) == 0
    assert other.under(below).plain_missing_in(whole.under(below)) <= 1


def test_the_head_says_how_long_what_kind_and_under_which_title() -> None:
    plain, marked, table, untitled = read_heads(
        [
            make_sketch(article("a", "Ferry sails again", "one two three")),
            make_sketch(article("b", "UPDATE 1-Ferry sails again", "")),
            make_sketch(article("c", "Results", "Rovers 2 United 1")),
            make_sketch(article("d", "Ferry sails", "word " * 5000)),
        ]
    )
    assert [head["words"] for head in (plain, marked, table, untitled)] == [3, 0, 4, 5000]
    assert [head["flags"] & MARKED for head in (plain, marked)] == [0, MARKED]
    assert [head["flags"] & TABLE for head in (plain, table)] == [0, TABLE]
    assert plain["title"] == marked["title"] != 0
    assert untitled["title"] == 0


def test_a_sketch_is_as_it_was() -> None:
    """Written down once: what the catalogue holds was sketched by another process. Another value needs another version."""
    sketch = make_sketch(article("a", "Ferry stops in fog", "The ferry of Ada Finch stopped on Monday for 2 hours."))
    assert (sketch[0], len(sketch), HEAD.itemsize) == (SKETCH_VERSION, 218, 180)
    assert read_heads([sketch])["minhash"][0, :4].tolist() == [5816, 31705, 62836, 55050]


@pytest.mark.parametrize("text", ["", "…", "one", "one two", "🎉", "1", "²"])
def test_any_text_has_a_sketch(text: str) -> None:
    assert read_words(make_sketch(article("a", "A", text))).below == (1 << 32) - 1
