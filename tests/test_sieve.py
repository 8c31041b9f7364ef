"""What is kept in memory: bounded in bytes, what is asked for stays, and what is found under several keys goes under all."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from service.sieve import MOST_KEYS, Sieve


def ask(sieve: Sieve[str, str], name: str, size: int = 1) -> bool:
    """Whether it was there; else it is put there."""
    node = sieve.nodes.get(name)
    if node is None:
        sieve.put((name,), name, size)
        return False
    node.asked = True
    return True


def test_what_was_asked_for_outlives_what_was_not():
    sieve: Sieve[str, str] = Sieve(3)
    for name in "abc":
        ask(sieve, name)
    ask(sieve, "a")
    ask(sieve, "d")
    assert set(sieve.nodes) == {"a", "c", "d"}
    assert (sieve.bytes, sieve.count, sieve.evicted) == (3, 3, 1)


def test_a_crawler_that_asks_once_for_everything_does_not_drive_out_what_readers_ask_for():
    sieve: Sieve[str, str] = Sieve(100)
    readers, hits = Random(1), 0
    for number in range(20_000):
        ask(sieve, f"page {number}")
        hits += ask(sieve, f"read {readers.randrange(50)}")
    assert hits > 19_800, "with the oldest going first it would be none after each hundred"


def test_what_is_put_anew_takes_the_place_of_what_was_there():
    sieve: Sieve[str, str] = Sieve(10)
    sieve.put(("a", "b"), "one", 4)
    sieve.put(("b", "c"), "two", 5)
    assert {key: node.value for key, node in sieve.nodes.items()} == {"b": "two", "c": "two"}
    assert (sieve.bytes, sieve.count) == (5, 1)


def test_a_further_key_finds_it_and_goes_with_it():
    sieve: Sieve[str, str] = Sieve(10)
    sieve.put(("a",), "one", 4)
    node = sieve.nodes["a"]
    for number in range(2 * MOST_KEYS):
        sieve.also(f"a{number}", node)
    assert sieve.nodes["a0"] is node
    assert len(sieve.nodes) == MOST_KEYS
    sieve.put(("a",), "two", 4)
    assert set(sieve.nodes) == {"a"}
    sieve.also("late", node)
    assert "late" not in sieve.nodes, "of what is gone nothing is found"


@given(asked=st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), max_size=120))
def test_it_never_holds_more_than_it_may_and_counts_right(asked: list[tuple[int, int]]):
    sieve: Sieve[str, str] = Sieve(15)
    for number, size in asked:
        ask(sieve, str(number), size)
        held = {id(node): node for node in sieve.nodes.values()}
        assert sieve.bytes == sum(node.size for node in held.values()) <= 15
        assert sieve.count == len(held)
