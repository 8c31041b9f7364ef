"""What a policy would change before it is saved: the lists of a trial are those that would be served, and few are enough."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from recommender_fixtures import Fixed, changed, weights
from service_fixtures import NOON, numbered

from index.article import Article
from index.article_record import parse_article
from index.rules import Rule, RuleDraft, RuleSet
from index.snapshot import Snapshot
from recommender import trial as module
from recommender.editorial import Editorial
from recommender.policy import SLOTS, Policy, load_policy
from recommender.question import Question
from recommender.recommend import Recommender
from recommender.trial import Memory, Trials, sample_of

Build = Callable[..., Snapshot]


def archive() -> list[Article]:
    """Seven pieces on each of three subjects; the likest are not the newest."""
    return [piece(name, number) for name in ("flood", "match", "budget") for number in range(1, 8)]


def piece(name: str, number: int, **fields: Any) -> Article:
    days = timedelta(days=number * 3 % 8)
    return parse_article(numbered(name, number, **{"published_at": (NOON - days).isoformat(), **fields}))


def served(snapshot: Snapshot, policy: Policy, slot: Any, now: datetime = NOON) -> dict[str, list[str]]:
    """The list of each article that may be seen, as it is served."""
    recommender = Recommender(Fixed(snapshot), policy)
    found = {}
    for row in sample_of(snapshot, now, size=1_000):
        located = recommender.locate_id(snapshot.id_of(row), now)
        found[located.id] = [item.id for item in recommender.suggest(slot, located, Question(now)).items]
    return found


TRIED = {
    "weights": lambda slot: changed(slot, weights=weights(words=20.0)),
    "window": lambda slot: changed(slot, window_days=2.0),
    "half-life": lambda slot: changed(slot, half_life_days=0.5, grace_days=0.0, recency=9.0),
    "minimum": lambda slot: changed(slot, minimum_relevance=1.2),
    "limit": lambda slot: changed(slot, limit=2),
    "mode": lambda slot: changed(slot, mode="background"),
    "candidates": lambda slot: changed(slot, candidates=10),
    "nothing": lambda _: load_policy(),
}


@pytest.mark.parametrize("slot", SLOTS)
def test_the_effect_is_what_serving_both_policies_shows(build: Build, slot: Any):
    snapshot, trials, shipped = build(archive()), Trials(), load_policy()
    before = served(snapshot, shipped, slot)
    told: set[str] = set()
    for name, make in TRIED.items():
        after = served(snapshot, make(slot), slot)
        effect = trials.effect(snapshot, slot, shipped, make(slot), NOON)
        differ = {article for article, items in before.items() if after[article] != items}
        assert {one.article.id for one in effect.changed} == differ, name
        told |= {name} if differ else set()
        for one in effect.changed:
            had, has = before[one.article.id], after[one.article.id]
            assert [item.id for item in one.came] == [item for item in has if item not in had]
            assert [item.id for item in one.went] == [item for item in had if item not in has]
            assert (one.before, one.after) == (len(had), len(has))
            assert one.reordered == (set(had) == set(has))
        assert effect.complete
        assert (effect.compared, effect.items) == (21, sum(map(len, before.values())))
        assert effect.came == sum(len(one.came) for one in effect.changed)
        assert effect.went == sum(len(one.went) for one in effect.changed)
    assert len(told) >= 4, "trials that change nothing test nothing"
    assert "nothing" not in told


def test_the_sample_is_the_same_whatever_order_the_articles_came_in(build: Build):
    first = build(archive())
    names = [first.id_of(row) for row in sample_of(first, NOON, size=9)]
    again = build(archive()[::-1])
    assert [again.id_of(row) for row in sample_of(again, NOON, size=9)] == names
    assert len(set(names)) == 9


def test_a_sample_holds_what_may_be_seen_of_a_section_and_those_below_it(build: Build):
    later = piece("flood", 8, id="later", published_at=(NOON + timedelta(days=1)).isoformat())
    near = piece("match", 8, id="near", section="newsroom")
    snapshot = build([*archive(), later, near])
    of = {name: {snapshot.id_of(row) for row in sample_of(snapshot, NOON, name)} for name in ("news", "news/flood")}
    assert of["news"] == of["news/flood"] == {f"flood-{number}" for number in range(1, 8)}
    assert len(sample_of(snapshot, NOON)) == 22
    assert not sample_of(snapshot, NOON, "weather")


def test_an_archive_without_articles_has_an_empty_sample(build: Build):
    effect = Trials().effect(build([], force=True), "also-read", load_policy(), changed("also-read", limit=1), NOON)
    assert (effect.compared, effect.changed, effect.complete) == (0, (), True)


def test_in_too_short_a_time_it_gives_what_it_has_and_goes_on_from_there(build: Build, monkeypatch: pytest.MonkeyPatch):
    snapshot, trials = build(archive()), Trials()
    searched = counting(monkeypatch)
    effect = trials.effect(snapshot, "also-read", load_policy(), changed("also-read", limit=1), NOON, seconds=0.0)
    assert (effect.compared, effect.wanted, effect.complete) == (1, 21, False)
    assert len(searched) == 1
    rest = trials.effect(snapshot, "also-read", load_policy(), changed("also-read", limit=1), NOON, start=1)
    assert (rest.start, rest.compared, rest.complete) == (1, 20, True)
    assert len(searched) == 21
    whole = trials.effect(snapshot, "also-read", load_policy(), changed("also-read", limit=1), NOON)
    assert whole.changed == effect.changed + rest.changed
    assert (whole.items, whole.went) == (effect.items + rest.items, effect.went + rest.went)


def test_moving_what_only_ranks_searches_nothing_anew(build: Build, monkeypatch: pytest.MonkeyPatch):
    snapshot, trials = build(archive()), Trials()
    searched = counting(monkeypatch)
    for diversity in (0.1, 0.2, 0.3):
        trials.effect(snapshot, "also-read", load_policy(), changed("also-read", diversity=diversity), NOON)
    assert len(searched) == 21
    trials.effect(snapshot, "also-read", load_policy(), changed("also-read", window_days=3.0), NOON)
    assert len(searched) == 42, "another window has other candidates"


def test_what_was_found_in_one_snapshot_is_not_taken_for_another(build: Build, monkeypatch: pytest.MonkeyPatch):
    trials = Trials()
    searched = counting(monkeypatch)
    for articles in (archive(), archive()[:-1]):
        snapshot = build(articles)
        effect = trials.effect(snapshot, "also-read", load_policy(), changed("also-read", limit=2), NOON)
        before = served(snapshot, load_policy(), "also-read")
        assert effect.items == sum(map(len, before.values()))
    assert len(searched) == 41


def test_what_editors_settle_counts_in_a_trial_at_once(build: Build):
    snapshot, rules = build(archive()), Changing()
    trials, row = Trials(rules), snapshot.row_of_id("flood-1")
    recommender = Recommender(Fixed(snapshot), load_policy(), rules=rules)
    for drafts in ([], [PIN], [BLOCK], [PIN, BLOCK], []):
        rules.now = Editorial(RuleSet(tuple(rule_of(number, draft) for number, draft in enumerate(drafts))))
        tried = trials.items(snapshot, row, "also-read", load_policy(), NOON)[0]
        served = recommender.suggest("also-read", recommender.locate_id("flood-1", NOON), Question(NOON)).items
        assert [item.id for item in tried] == [item.id for item in served]
        assert ("budget-7" in {item.id for item in tried}) == (PIN in drafts)
        assert ("flood-2" in {item.id for item in tried}) == (BLOCK not in drafts)


def test_no_more_is_remembered_than_may_be(build: Build):
    snapshot = build(archive())
    memory: Memory[int] = Memory(at_most=3)
    for number in (1, 2, 3, 1, 4):
        assert memory.get(snapshot, number, lambda: number) == number  # noqa: B023  # asked at once
    assert len(memory) == 3
    made: list[int] = []
    for number in (1, 3, 4, 2):
        memory.get(snapshot, number, lambda: made.append(number) or number)  # noqa: B023  # asked at once
    assert made == [2], "the one that was not asked for the longest is forgotten first"


def test_the_sample_holds_for_five_minutes():
    moments = [datetime(2026, 3, 20, 12, minute, 30, 5, tzinfo=UTC) for minute in (0, 4, 5, 59)]
    assert [module._held(moment).minute for moment in moments] == [0, 0, 5, 55]
    assert all(module._held(moment) <= moment for moment in moments)


PIN = RuleDraft("pin", "flood-1", "budget-7", "also-read", 2)
BLOCK = RuleDraft("block", None, "flood-2")


class Changing:
    """Rules that a test changes."""

    problem = None
    now = Editorial()

    def value(self) -> Editorial:
        return self.now


def rule_of(number: int, draft: RuleDraft) -> Rule:
    given = {name: getattr(draft, name) for name in RuleDraft.__dataclass_fields__}
    return Rule(
        **given, id=str(number), created_by="anna", created_at=NOON, updated_by="anna", updated_at=NOON, version=1
    )


def counting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notes for which subjects candidates are really looked for."""
    searched: list[str] = []
    find = module.find_candidates

    def find_and_count(snapshot: Any, subject: Any, *rest: Any) -> Any:
        searched.append(subject.id)
        return find(snapshot, subject, *rest)

    monkeypatch.setattr(module, "find_candidates", find_and_count)
    return searched
