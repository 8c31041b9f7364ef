"""Which texts a model is given together: a budget of tokens, the order put back, nothing padded."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.token_batches import TOKENISED_TOGETHER, batches, embed_in_batches, runs, tokens_of

lengths_of_texts = st.lists(st.integers(1, 60), max_size=40)


def test_batches_hold_the_longest_first_and_no_more_than_the_budget():
    assert list(batches([3, 10, 3, 4, 10], 14)) == [[1], [4, 3], [0, 2]]


def test_a_text_longer_than_the_budget_is_a_batch_of_its_own():
    assert list(batches([2, 500, 2], 8)) == [[1], [0, 2]]


def test_no_texts_are_no_batch():
    assert list(batches([], 8)) == []


@given(lengths_of_texts, st.integers(1, 100))
def test_every_text_is_in_one_batch_and_none_is_larger_than_the_budget_but_a_text_alone(lengths, budget):
    found = list(batches(lengths, budget))
    assert sorted(position for batch in found for position in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or sum(lengths[at] for at in batch) <= budget for batch in found)


@given(lengths_of_texts, st.integers(1, 100))
def test_batches_are_as_full_as_the_next_text_lets_them_be(lengths, budget):
    found = list(batches(lengths, budget))
    for batch, following in pairwise(found):
        assert sum(lengths[at] for at in batch) + lengths[following[0]] > budget


def test_runs_are_neighbours_of_one_length():
    assert list(runs([7, 7, 7, 4, 2, 2])) == [(0, 3, 7), (21, 1, 4), (25, 2, 2)]
    assert list(runs([])) == []


@given(lengths_of_texts)
def test_runs_cover_every_token_once(lengths):
    covered = [at for start, count, length in runs(lengths) for at in range(start, start + count * length)]
    assert covered == list(range(sum(lengths)))


@given(lengths_of_texts, st.integers(1, 100))
def test_vectors_come_back_in_the_order_of_the_texts(lengths, budget):
    texts = [np.full(length, number) for number, length in enumerate(lengths)]

    def forward(batch):
        return np.array([[tokens[0], len(tokens)] for tokens in batch], dtype=np.float32)

    vectors = embed_in_batches(texts, 2, budget, forward)
    assert vectors.dtype == np.float32
    assert vectors.tolist() == [[number, length] for number, length in enumerate(lengths)]


def test_a_crew_does_the_batches_beside_each_other_and_the_order_is_the_same():
    together = Barrier(2, timeout=30)

    def forward(batch):
        together.wait()
        return np.array([[tokens[0]] for tokens in batch], dtype=np.float32)

    texts = [np.full(length, number) for number, length in enumerate([4, 1, 9, 2])]
    with ThreadPoolExecutor(2) as crew:
        assert embed_in_batches(texts, 1, 9, forward, crew).tolist() == [[0], [1], [2], [3]]


def test_texts_are_tokenised_a_few_at_a_time_and_stay_in_order():
    asked = []

    def tokenise(texts):
        asked.append(len(texts))
        return [[int(text)] for text in texts]

    count = 2 * TOKENISED_TOGETHER + 5
    assert [int(tokens[0]) for tokens in tokens_of([str(at) for at in range(count)], tokenise)] == list(range(count))
    assert asked == [TOKENISED_TOGETHER, TOKENISED_TOGETHER, 5]
