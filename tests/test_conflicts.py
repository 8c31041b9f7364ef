"""A rule that cannot do what it is meant to says why."""

from datetime import timedelta

import pytest
from helpers import article
from recommender_fixtures import NOW, changed, editorial, plain

from index.article import Article
from index.rules import Rule, RuleDraft
from index.snapshot import Snapshot
from recommender.conflicts import all_conflicts, conflicts
from recommender.policy import Policy, load_policy

WIRE = "the wire said in one and the same text that the river rose over the wall at the quay while pumps ran all night"


def piece(name: str, section: str | None = "news", **fields: object) -> Article:
    given = {"text": f"own words of {name}", "published_at": "2026-02-01", **fields}
    return article(name, f"T{name}", str(given.pop("text")), **({"section": section} if section else {}), **given)


@pytest.fixture
def snapshot(build) -> Snapshot:
    return build(
        [
            piece("subject"),
            piece("good"),
            piece("other"),
            piece("sport", "sport/football"),
            piece("nowhere", None),
            piece("later", published_at=(NOW + timedelta(days=2)).isoformat()),
            piece("never", recommendable=False),
            piece("hurt", sensitive=True),
            piece("w1", text=WIRE),
            piece("w2", text=WIRE),
            piece("old", published_at="2026-01-01"),
            piece("new", version_of="old"),
        ]
    )


def pin(item: str, position: int = 1, slot: str | None = "also-read", about: str = "subject") -> RuleDraft:
    return RuleDraft("pin", about, item, slot, position)


def block(item: str, about: str | None = None) -> RuleDraft:
    return RuleDraft("block", about, item)


def sensitive(item: str) -> RuleDraft:
    return RuleDraft("sensitive", None, item)


def said(snapshot: Snapshot, rule: RuleDraft, *others: RuleDraft, policy: Policy | None = None) -> tuple[str, ...]:
    """What is said of a rule that is settled after the others."""
    rules = editorial(*others, rule)
    mine: Rule = rules.rules.rules[-1]
    return conflicts(mine, rules, snapshot, policy or load_policy(), NOW)


def test_of_what_works_nothing_is_said(snapshot: Snapshot):
    for rule in (pin("good"), pin("good", 2, None), block("good"), block("good", "subject"), sensitive("good")):
        assert said(snapshot, rule, pin("other", 3)) == ()


@pytest.mark.parametrize(
    ("rule", "others", "expected"),
    [
        (pin("gone"), (), "the pinned article was withdrawn, or there is none of that id"),
        (block("gone"), (), "the blocked article was withdrawn, or there is none of that id"),
        (sensitive("gone"), (), "the marked article was withdrawn, or there is none of that id"),
        (
            pin("good", about="gone"),
            (),
            "the article beside which it holds was withdrawn, or there is none of that id",
        ),
        (pin("later"), (), "the pinned article is not published before 2026-03-16 08:20 UTC"),
        (pin("never"), (), "the newsroom marked the pinned article as not to be recommended"),
        (pin("old"), (), "a newer version replaced the pinned article, and stands in its place"),
        (pin("good"), (block("good"),), "the pinned article is blocked everywhere"),
        (pin("w1"), (block("w2"),), "the pinned article is blocked everywhere"),
        (pin("good"), (block("good", "subject"),), "the pinned article is blocked beside this article"),
        (pin("w1", about="w2"), (), "the pinned article is a copy of the one beside which it is pinned"),
        (pin("sport", 1, "more-in-section"), (), "the pinned article is in another section"),
        (pin("nowhere", 1, "more-in-section"), (), "the pinned article is in no section"),
        (pin("sport", 1, None), (), "in more-in-section: the pinned article is in another section"),
        (pin("hurt"), (), "the pinned article is marked sensitive, and the policy suggests no such"),
        (pin("good"), (sensitive("good"),), "the pinned article is marked sensitive, and the policy suggests no such"),
        (
            pin("good"),
            (sensitive("subject"),),
            "the article is marked sensitive, and the policy shows nothing beside such",
        ),
        (pin("good", 2, "more-in-section", "nowhere"), (), "the article has no section"),
        (
            pin("good"),
            (pin("other"),),
            "another pin, of 'other', is at the same place in also-read; the older keeps it",
        ),
        (
            pin("good", 1, None),
            (pin("other", 1, None),),
            "another pin, of 'other', is at the same place in every slot; the older keeps it",
        ),
        (pin("good", 1, None), (pin("good", 3),), "in also-read it has a pin of its own, which counts there"),
        (pin("good", 50), (), "the list has 5 places, unless more are asked for"),
        (block("good"), (pin("good"),), "it is pinned beside 'subject'; the block wins"),
        (block("good", "subject"), (pin("good"),), "it is pinned beside 'subject'; the block wins"),
    ],
)
def test_what_keeps_a_rule_from_its_effect_is_said(
    snapshot: Snapshot, rule: RuleDraft, others: tuple[RuleDraft, ...], expected: str
):
    assert expected in said(snapshot, rule, *others)


def test_of_what_has_expired_nothing_else_is_said(snapshot: Snapshot):
    rule = RuleDraft("pin", "subject", "gone", None, 1, expires_at=NOW)
    assert said(snapshot, rule) == ("expired on 2026-03-14 at 08:20 UTC",)


def test_rules_that_have_expired_are_in_nobodys_way(snapshot: Snapshot):
    past = NOW - timedelta(hours=1)
    others = (
        RuleDraft("block", None, "good", expires_at=past),
        RuleDraft("block", "subject", "good", expires_at=past),
        RuleDraft("sensitive", None, "good", expires_at=past),
        RuleDraft("pin", "subject", "other", "also-read", 1, expires_at=past),
    )
    assert said(snapshot, pin("good"), *others) == ()
    assert said(snapshot, block("other"), *others) == ()


def test_pins_of_other_slots_and_articles_are_in_nobodys_way(snapshot: Snapshot):
    assert said(snapshot, pin("good"), pin("other", 1, "background"), pin("other", 1, None, "sport")) == ()


def test_a_piece_that_was_withdrawn_or_blocked_takes_nobodys_place(snapshot: Snapshot):
    assert said(snapshot, pin("good"), pin("gone")) == ()
    assert said(snapshot, pin("gone"), pin("good")) == (
        "the pinned article was withdrawn, or there is none of that id",
    )
    assert said(snapshot, pin("good"), block("other"), pin("other")) == ()


def test_where_the_policy_suggests_what_is_sensitive_nothing_is_said_of_it(snapshot: Snapshot):
    assert said(snapshot, pin("hurt"), policy=changed("also-read", suggest_sensitive=True)) == ()


def test_a_draft_is_told_before_it_is_settled(snapshot: Snapshot):
    assert conflicts(pin("good"), editorial(block("good")), snapshot, plain(), NOW) == (
        "the pinned article is blocked everywhere",
    )


def test_all_rules_are_looked_through_and_those_with_conflicts_named(snapshot: Snapshot):
    rules = editorial(pin("good"), block("good"), sensitive("other"))
    found = all_conflicts(rules.rules.rules, rules, snapshot, load_policy(), NOW)
    assert list(found) == ["r1", "r2"]
