"""Shared caches are told of what editors settle: of single rules their articles, of many at once everything."""

from pathlib import Path

import orjson
import pytest
from helpers import article, rebuild_with

from index.archive_writer import ArchiveWriter
from index.catalogue import FILE
from index.follower import Follower
from index.rule_writes import add_rule, replace_rules
from index.rules import RuleDraft
from service.purge_state import PurgeFile
from service.purging import Purger
from service.purging_thread import what_is_served
from service.settings import Settings

PIN = RuleDraft("pin", "first", "second", None, 1)


class Cache:
    """What a receiver is told, by a purger whose clock the test sets."""

    def __init__(self, data: Path) -> None:
        self.calls: list[bytes] = []
        self.now = 1.0
        look = what_is_served(Settings(data=data))
        file = PurgeFile(data, "https://cache.example/purge")
        self._purger = Purger(self.calls.append, lambda: Follower(data / FILE, data), look, file, lambda: self.now)

    def told(self) -> list[tuple[list[tuple[str, bool]], bool]]:
        """What was told since the last time this was asked: articles, and whether everything."""
        del self.calls[:]
        for _ in range(12):
            self._purger.step()
            self.now += 0.5
        said = [orjson.loads(call) for call in self.calls]
        return [([(one["article"], one["hidden"]) for one in call["changes"]], call["all"]) for call in said]


@pytest.fixture
def cache(data: Path) -> Cache:
    rebuild_with(data, [article("first"), article("second")])
    found = Cache(data)
    found.told()
    return found


def test_of_one_rule_the_article_beside_which_it_holds_is_told(cache: Cache, data: Path):
    writer = ArchiveWriter(data / FILE, data)
    writer.run(lambda catalogue: add_rule(catalogue, PIN, "anna"))
    assert cache.told() == [([("first", False)], False)]
    writer.run(lambda catalogue: add_rule(catalogue, RuleDraft("block", None, "second"), "anna"))
    assert cache.told() == [([("second", False)], False)]
    assert cache.told() == []
    writer.close()


def test_when_all_rules_are_replaced_everything_is_told_and_once(cache: Cache, data: Path):
    writer = ArchiveWriter(data / FILE, data)
    writer.run(lambda catalogue: replace_rules(catalogue, [PIN], "anna"))
    assert [everything for _, everything in cache.told()] == [True]
    writer.run(lambda catalogue: replace_rules(catalogue, [PIN], "anna"))
    assert cache.told() == [], "nothing was changed"
    assert Cache(data).told() == [], "a restart knows what was told"
    writer.close()
