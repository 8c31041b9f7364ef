"""How full lists are, counted over a sample."""

from dataclasses import replace
from pathlib import Path

import pytest
from helpers import NOW, article, rebuild_with

from index.live_index import LiveIndex
from recommender.coverage import coverage, state_of
from recommender.policy import load_policy
from recommender.question import Question
from recommender.recommend import Recommender

DAY = "2026-03-0{}T08:00:00Z"


@pytest.fixture
def recommender(tmp_path: Path) -> Recommender:
    words = "ferry harbour fog pier sailing"
    local = [
        article(f"l{n}", f"Ferry {n}", f"{words} {n} {n * 7}", section="local", published_at=DAY.format(1 + n % 9))
        for n in range(12)
    ]
    alone = article("alone", "Comet", "comet tail night sky", section="science", published_at=DAY.format(5))
    rebuild_with(tmp_path, [*local, alone])
    return Recommender(LiveIndex(tmp_path), load_policy())


def test_every_article_is_counted_once_in_every_slot(recommender: Recommender):
    found = coverage(recommender, NOW, sample=200, seconds=60)
    assert found.looked == found.asked == found.articles == 13
    assert all(sum(counts.values()) == 13 for counts in found.slots.values())


def test_what_is_counted_is_what_readers_get(recommender: Recommender):
    found = coverage(recommender, NOW, sample=200, seconds=60)
    ids = [f"l{n}" for n in range(12)] + ["alone"]
    for slot, counts in found.slots.items():
        empty = 0
        for article_id in ids:
            located = recommender.locate_id(article_id, NOW)
            empty += not recommender.suggest(slot, located, Question(NOW)).items
        assert counts["empty"] == empty


def test_an_article_alone_in_its_section_has_nothing_there_and_is_named(recommender: Recommender):
    found = coverage(recommender, NOW, sample=200, seconds=60)
    assert found.slots["more-in-section"]["empty"] == 1
    assert found.examples["more-in-section", "empty"] == ("alone",)


def test_the_same_sample_is_drawn_each_time(recommender: Recommender):
    one, other = (coverage(recommender, NOW, sample=5, seconds=60) for _ in range(2))
    assert one.looked == 5
    assert replace(one, seconds=0) == replace(other, seconds=0)


def test_when_the_time_is_up_it_says_how_many_were_looked_at(recommender: Recommender):
    ticks = iter(range(1_000))
    found = coverage(recommender, NOW, sample=200, seconds=3.5, clock=lambda: float(next(ticks)))
    assert (found.looked, found.asked) == (4, 13)


def test_a_list_that_took_in_the_newest_counts_as_filled_up(recommender: Recommender):
    answer = recommender.suggest("also-read", recommender.locate_id("alone", NOW), Question(NOW, limit=4))
    assert {item.source for item in answer.items} == {"latest"}
    assert state_of(answer, 4) == "filled"
    assert state_of(answer, 5) == "short"
    assert state_of(replace(answer, items=()), 4) == "empty"
    assert state_of(replace(answer, items=tuple(replace(item, source="similar") for item in answer.items)), 4) == "full"
