"""The promises of every list hold whatever editors settle, on archives, policies and rules that hypothesis invents."""

from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from recommender_fixtures import NOW, Fixed, editorial, ids, plain
from test_recommend_promises import archive_of, archives, copy_key, settled, snapshot_of

from index.rules import RuleDraft
from index.segment import SENSITIVE
from recommender.conflicts import all_conflicts
from recommender.page import Asked, page_answers
from recommender.policy import SLOTS, Policy
from recommender.question import Question
from recommender.recommend import Recommender

names = st.sampled_from([f"a{n}" for n in range(9)])
moments = st.sampled_from([None, None, NOW - timedelta(hours=1), NOW + timedelta(hours=1)])
pins = st.builds(
    lambda about, item, slot, position, until: RuleDraft("pin", about, item, slot, position, "", until),
    st.just("a0") | names,
    names,
    st.sampled_from([None, *SLOTS]),
    st.integers(1, 7),
    moments,
)
blocks = st.builds(
    lambda about, item, until: RuleDraft("block", about, item, expires_at=until), st.none() | names, names, moments
)
marks = st.builds(lambda item, until: RuleDraft("sensitive", None, item, expires_at=until), names, moments)
rules = st.lists(pins | pins | blocks | marks, max_size=8, unique_by=lambda rule: rule.key).map(
    lambda found: [rule for rule in found if rule.article_id != rule.item_id]
)


@settings(max_examples=40)
@given(rows=archives, settings_=settled, drafts=rules, limit=st.integers(1, 6), repeat=st.booleans())
def test_every_list_keeps_its_promises_whatever_is_settled(tmp_path_factory, rows, settings_, drafts, limit, repeat):
    archive = {one.id: one for one in archive_of(rows)}
    snapshot = snapshot_of(tmp_path_factory, list(archive.values()))
    policy = Policy({slot: plain(slot, **settings_).slots[slot] for slot in SLOTS})
    held = [rule for rule in drafts if rule.holds(NOW)]
    recommender = Recommender(Fixed(snapshot), policy, rules=editorial(*drafts))
    located = recommender.locate_id("a0", NOW)
    question = Question(NOW, exclude=frozenset({"a2"}))

    def keys(*found: str) -> set[bytes]:
        return {copy_key(snapshot, one) for one in found if one in archive}

    own = copy_key(snapshot, "a0")
    blocked = keys(*(rule.item_id for rule in held if rule.kind == "block" and rule.article_id in (None, "a0")))
    sensitive = keys(*(rule.item_id for rule in held if rule.kind == "sensitive"))
    excluded = keys("a2")
    asked = [Asked(slot, limit) for slot in SLOTS]
    answers = page_answers(recommender, located, asked, question, repeat)
    shown: set[bytes] = set()
    for answer in answers:
        if archive["a0"].sensitive or own in sensitive:
            assert answer.items == ()
            continue
        here = keys(*ids(answer))
        assert len(here) == len(answer.items) <= limit, "nothing twice, under no id"
        assert not here & ({own} | blocked | sensitive | excluded)
        assert repeat or not here & shown, "nothing twice on a page"
        shown |= here
        for item in answer.items:
            one = archive[item.id]
            row = snapshot.row_of_id(item.id)
            assert one.recommendable
            assert one.published_at <= NOW
            assert not snapshot.take("flags", np.array([row]))[0] & SENSITIVE
            if answer.slot == "more-in-section":
                assert one.section.split("/")[0] == archive["a0"].section.split("/")[0]
            if item.source == "pinned":
                assert item.reasons == ("Pinned by an editor",)
                wanted = [rule for rule in held if rule.kind == "pin" and rule.article_id == "a0"]
                assert copy_key(snapshot, item.id) in keys(*(rule.item_id for rule in wanted))
        letters = answer.list_id.split(".")[2]
        assert [letter == "p" for letter in letters] == [item.source == "pinned" for item in answer.items]
    assert page_answers(recommender, located, asked, question, repeat) == answers
    unsaid_pins_stand(recommender, snapshot, policy, drafts, answers[0], question)


def unsaid_pins_stand(recommender, snapshot, policy, drafts, answer, question) -> None:
    """Never silent: a pin of the first slot of which nothing is said stands in it, unless the request keeps it out."""
    current = recommender.rules
    said = all_conflicts(current.rules.rules, current, snapshot, policy, NOW)
    here = {copy_key(snapshot, item.id) for item in answer.items}
    limit = len(answer.items)
    for rule in current.rules.rules:
        mine = rule.kind == "pin" and rule.article_id == "a0" and rule.slot == answer.slot
        if mine and rule.id not in said and rule.position <= limit:
            key = copy_key(snapshot, rule.item_id)
            excluded = {copy_key(snapshot, one) for one in question.exclude if snapshot.row_of_id(one) is not None}
            assert key in here or key in excluded


@settings(max_examples=25)
@given(rows=archives, settings_=settled, item=names, position=st.integers(1, 6), slot=st.sampled_from(SLOTS))
def test_a_pin_that_may_stand_stands_at_its_place(tmp_path_factory, rows, settings_, item, position, slot):
    archive = archive_of(rows)
    snapshot = snapshot_of(tmp_path_factory, archive)
    rules = editorial(RuleDraft("pin", "a0", item, slot, position)) if item != "a0" else editorial()
    policy = plain(slot, **settings_)
    recommender = Recommender(Fixed(snapshot), policy, rules=rules)
    answer = recommender.suggest(slot, recommender.locate_id("a0", NOW), Question(NOW, limit=6))
    pinned = [at for at, one in enumerate(answer.items, start=1) if one.source == "pinned"]
    said = all_conflicts(rules.rules.rules, rules, snapshot, policy, NOW)
    replaced = ("a newer version replaced the pinned article, and stands in its place",)
    if item != "a0" and set(said.get("r1", ())) <= set(replaced):
        assert pinned == [min(position, len(answer.items))] or said
    elif item != "a0" and any("places" not in one for one in said["r1"]):
        assert pinned == [] or replaced[0] in said["r1"]
