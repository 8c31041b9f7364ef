"""Pins, blocks and marks in the lists that readers get."""

from datetime import UTC, datetime, timedelta

import pytest
from helpers import article
from recommender_fixtures import NOW, Fixed, asking, changed, editorial, ids, plain

from index.article import Article
from index.rules import RuleDraft
from index.snapshot import Snapshot
from recommender.page import Asked, page_answers
from recommender.policy import Marked, Policy
from recommender.question import Question
from recommender.recommend import Recommender

DAY = datetime(2026, 2, 1, tzinfo=UTC)


WIRE = "river wall quay pumps night the wire said in one and the same text that it rose over the stones while all slept"


def piece(name: str, text: str, section: str = "news", **fields: object) -> Article:
    return article(name, f"T{name}", text, section=section, **{"published_at": DAY.isoformat(), **fields})


@pytest.fixture
def snapshot(build) -> Snapshot:
    return build(
        [
            piece("subject", "river wall quay pumps night own"),
            *(piece(f"n{n}", f"river wall quay pumps night extra{n} {'more ' * n}") for n in range(1, 6)),
            piece("far", "opera stage choir singer", published_at="2011-01-01T00:00:00Z"),
            piece("sport", "goal keeper penalty league", "sport"),
            piece("n0", WIRE),
            piece("copy-of-n0", WIRE),
            *(piece(f"x{n}", f"far{n} away{n}", "sport") for n in range(20)),
        ]
    )


def pin(item: str, position: int = 1, slot: str | None = None, **fields: object) -> RuleDraft:
    return RuleDraft("pin", "subject", item, slot, position, **fields)  # type: ignore[arg-type]  # whatever a test gives


def block(item: str, article_id: str | None = None, **fields: object) -> RuleDraft:
    return RuleDraft("block", article_id, item, **fields)  # type: ignore[arg-type]  # whatever a test gives


def sensitive(item: str, **fields: object) -> RuleDraft:
    return RuleDraft("sensitive", None, item, **fields)  # type: ignore[arg-type]  # whatever a test gives


def test_a_pin_stands_at_its_place_and_says_that_an_editor_put_it_there(snapshot: Snapshot):
    free = ids(asking(snapshot, limit=4))
    for position in range(1, 5):
        answer = asking(snapshot, limit=4, rules=[pin("far", position)])
        assert ids(answer) == [*free[: position - 1], "far", *free[position - 1 :]][:4]
        item = answer.items[position - 1]
        assert (item.source, item.reasons, item.breakdown) == ("pinned", ("Pinned by an editor",), None)
        assert [one.source for one in answer.items].count("pinned") == 1
        assert answer.list_id.split(".")[2] == "".join("p" if one == position else "s" for one in range(1, 5))
    assert ids(asking(snapshot, limit=4, rules=[pin("far", 5)])) == free


def test_a_pin_of_what_would_stand_there_anyhow_moves_it(snapshot: Snapshot):
    free = ids(asking(snapshot, limit=5))
    assert ids(asking(snapshot, limit=5, rules=[pin(free[3], 1)])) == [free[3], *free[:3], free[4]]


def test_where_little_is_related_the_pin_comes_up_and_no_gap_is_left(snapshot: Snapshot):
    policy = plain(minimum_relevance=4.0)
    answer = asking(snapshot, policy=policy, rules=[pin("far", 7), pin("n1", 9)])
    assert ids(answer) == ["far", "n1"]
    assert answer.fallback is None


def test_of_two_pins_at_one_place_the_older_keeps_it(snapshot: Snapshot):
    assert ids(asking(snapshot, limit=3, rules=[pin("far"), pin("sport")]))[:2] == ["far", "sport"]
    assert ids(asking(snapshot, limit=3, rules=[pin("far", 3), pin("sport", 3)]))[1:] == ["sport", "far"]


def test_a_pin_for_one_slot_stands_in_no_other(snapshot: Snapshot):
    rules = [pin("far", slot="background")]
    assert "far" not in ids(asking(snapshot, limit=3, rules=rules))
    assert ids(asking(snapshot, "background", plain("background"), limit=3, rules=rules))[0] == "far"


@pytest.mark.parametrize("everywhere", [1, 4])
def test_of_a_piece_pinned_in_every_slot_and_in_one_the_latter_counts_there(snapshot: Snapshot, everywhere: int):
    drafts = (pin("sport", everywhere), pin("sport", 3, "also-read"))
    for order in (drafts, drafts[::-1]):
        assert ids(asking(snapshot, limit=5, rules=order)).index("sport") == 2


def test_a_pin_holds_beside_its_article_alone(snapshot: Snapshot):
    assert "far" not in ids(asking(snapshot, article_id="n1", limit=3, rules=[pin("far")]))


@pytest.mark.parametrize(
    "policy",
    [
        plain(window_days=3.0),
        plain(never_suggest=Marked(ids=("far",))),
        plain(never_suggest=Marked(sections=("news",))),
        plain(minimum_relevance=4.0),
        plain(mode="background"),
        plain(per_story=1, own_story=0),
    ],
)
def test_a_pin_comes_before_what_the_policy_prefers(snapshot: Snapshot, policy: Policy):
    assert ids(asking(snapshot, policy=policy, rules=[pin("far")]))[0] == "far"


def test_the_rest_keeps_to_the_policy_beside_what_is_pinned(build):
    story = "the river rose over the quay wall while pumps ran all night"
    snapshot = build(
        [
            piece("subject", "river wall opera stage council budget", tags=["x"]),
            piece("one", f"{story} says the mayor"),
            piece("two", f"{story} says the miller"),
            piece("other", "opera stage council river"),
            *(piece(f"x{n}", f"far{n} away{n}", "sport") for n in range(20)),
        ]
    )
    assert set(ids(asking(snapshot, policy=plain(per_story=1), limit=2))) == {"one", "other"}
    assert ids(asking(snapshot, policy=plain(per_story=1), limit=2, rules=[pin("two")])) == ["two", "other"]


def test_what_is_blocked_everywhere_is_nowhere_under_any_id(snapshot: Snapshot):
    free = ids(asking(snapshot, limit=10))
    assert {"n0", "copy-of-n0"} & set(free)
    for named in ("n0", "copy-of-n0"):
        for about in ("subject", "n1"):
            answer = asking(snapshot, article_id=about, limit=20, rules=[block(named), pin("copy-of-n0")])
            assert not {"n0", "copy-of-n0"} & set(ids(answer))
    assert len(ids(asking(snapshot, limit=5, rules=[block("n0")]))) == 5, "the next best takes the place"


def test_what_is_blocked_beside_one_article_stands_beside_others(snapshot: Snapshot):
    rules = [block("n0", "subject"), pin("n0")]
    assert not {"n0", "copy-of-n0"} & set(ids(asking(snapshot, limit=20, rules=rules)))
    assert {"n0", "copy-of-n0"} & set(ids(asking(snapshot, article_id="n1", limit=20, rules=rules)))


def test_what_fills_up_is_not_what_is_blocked(snapshot: Snapshot):
    policy = plain(minimum_relevance=4.0, fallback=("latest",))
    assert "sport" in ids(asking(snapshot, policy=policy, limit=30))
    answer = asking(snapshot, policy=policy, limit=30, rules=[block("sport"), pin("far", 2)])
    assert "sport" not in ids(answer)
    assert ids(answer)[1] == "far"
    assert len(set(ids(answer))) == len(ids(answer))


def test_an_editors_mark_counts_as_the_newsrooms_own(snapshot: Snapshot):
    for named in ("n0", "copy-of-n0"):
        assert not {"n0", "copy-of-n0"} & set(ids(asking(snapshot, limit=20, rules=[sensitive(named), pin("n0")])))
    open_to_all = changed("also-read", suggest_sensitive=True)
    marked = asking(snapshot, policy=open_to_all, limit=20, rules=[sensitive("n0"), pin("copy-of-n0")])
    assert ids(marked)[0] == "copy-of-n0"


def test_nothing_stands_beside_an_article_marked_as_sensitive_pins_neither(snapshot: Snapshot):
    answer = asking(snapshot, rules=[sensitive("subject"), pin("far")])
    assert (answer.items, answer.fallback) == (
        (),
        "the article is marked sensitive, and the policy shows nothing beside such",
    )
    spoken = changed("also-read", on_sensitive="suggestions")
    assert ids(asking(snapshot, policy=spoken, rules=[sensitive("subject"), pin("far")]))[0] == "far"
    silent = changed("also-read", never_on=Marked(ids=("subject",)))
    assert asking(snapshot, policy=silent, rules=[pin("far")]).items == ()


def test_a_mark_on_a_copy_is_one_on_the_article(snapshot: Snapshot):
    assert asking(snapshot, article_id="copy-of-n0", rules=[sensitive("n0")]).items == ()


def test_no_pin_breaks_a_promise(build):
    tomorrow = (NOW + timedelta(days=1)).isoformat()
    snapshot = build(
        [
            piece(
                "subject",
                WIRE,
                url="https://e.org/s",
            ),
            piece("same", WIRE),
            piece("later", "opera stage", published_at=tomorrow),
            piece("never", "opera singer", recommendable=False),
            piece("hurt", "opera choir", sensitive=True),
            piece("sport", "goal keeper", "sport"),
            piece("newspaper", "news stand", "newspaper"),
            *(piece(f"n{n}", f"river wall{n}") for n in range(3)),
        ]
    )
    barred = ["subject", "same", "later", "never", "hurt", "gone"]
    rules = [pin(item, 1) for item in barred]
    assert not set(barred) & set(ids(asking(snapshot, rules=rules)))
    sections = [pin(item, 1) for item in ("sport", "newspaper")]
    for item in asking(snapshot, "more-in-section", rules=sections).items:
        assert item.card["section"] == "news"
    assert "later" in ids(asking(snapshot, rules=rules, now=NOW + timedelta(days=2)))


def test_what_the_request_excludes_is_not_pinned(snapshot: Snapshot):
    rules = [pin("far"), pin("n0", 2)]
    assert ids(asking(snapshot, rules=rules, exclude=frozenset({"far"}), limit=3))[0] != "far"
    assert "n0" not in ids(asking(snapshot, rules=rules, exclude=frozenset({"copy-of-n0"}), limit=9))
    assert "far" not in ids(asking(snapshot, rules=rules, max_age=timedelta(days=5), limit=9))
    assert ids(asking(snapshot, rules=rules, before=DAY, limit=9)) == ["far"]


def test_a_pin_goes_over_to_the_version_that_replaced_its_piece(build):
    snapshot = build(
        [
            piece("subject", "river wall"),
            piece("old", "opera stage choir singer hall", published_at="2026-01-01T00:00:00Z"),
            piece("new", "opera stage choir singer hall, corrected", version_of="old"),
            *(piece(f"n{n}", f"river wall{n}") for n in range(3)),
        ]
    )
    answer = asking(snapshot, rules=[pin("old"), pin("new", 2)])
    assert ids(answer)[0] == "new"
    assert ids(answer).count("new") == 1
    assert "old" not in ids(answer)


def test_no_copy_stands_in_for_what_the_newsroom_keeps_back(build):
    said = WIRE.replace("river", "choir")
    wires = [said, said.replace("pumps", "bells")]
    kept_back = [piece("never", wires[0], recommendable=False), piece("hurt", wires[1], sensitive=True)]
    copies = [piece("copy", wires[0]), piece("hurt-copy", wires[1])]
    snapshot = build([piece("subject", "river wall"), *kept_back, *copies])
    answer = asking(snapshot, rules=[pin("never"), pin("hurt", 2)])
    assert [item.id for item in answer.items if item.source == "pinned"] == []


def test_what_has_expired_holds_no_more_and_an_answer_knows_when(snapshot: Snapshot):
    soon, later = NOW + timedelta(minutes=5), NOW + timedelta(hours=5)
    rules = [pin("far", expires_at=soon), block("n0", expires_at=later), sensitive("n1", expires_at=later)]
    now = asking(snapshot, rules=rules, limit=20)
    assert (ids(now)[0], now.until) == ("far", soon)
    then = asking(snapshot, rules=rules, limit=20, now=soon)
    assert (ids(then)[0] == "far", "n0" in ids(then), then.until) == (False, False, later)
    after = asking(snapshot, rules=rules, limit=20, now=later)
    assert after.until is None
    assert ids(after) == ids(asking(snapshot, limit=20, now=later))
    assert {"n1"} < set(ids(after))


def test_one_editorial_answers_for_any_moment_in_any_order(snapshot: Snapshot):
    until = NOW + timedelta(hours=1)
    recommender = Recommender(Fixed(snapshot), plain(), rules=editorial(block("n0", expires_at=until)))
    located = recommender.locate_id("subject", NOW)
    for now, blocked in ((NOW, True), (until, False), (NOW, True), (until, False)):
        found = ids(recommender.also_read(located, Question(now, limit=20)))
        assert (not {"n0", "copy-of-n0"} & set(found)) == blocked


def test_a_page_shows_nothing_twice_and_leaves_a_pin_to_the_slot_that_it_is_for(snapshot: Snapshot):
    free = ids(asking(snapshot, limit=3))
    rules = editorial(pin(free[0], 1, "more-in-section"), pin("far", 2))
    recommender = Recommender(Fixed(snapshot), plain(), rules=rules)
    located = recommender.locate_id("subject", NOW)
    slots = [Asked("also-read", 3), Asked("more-in-section", 3)]
    first, second = page_answers(recommender, located, slots, Question(NOW))
    assert ids(second)[0] == free[0]
    assert ids(first)[1] == "far"
    assert not set(ids(first)) & set(ids(second))
    again = page_answers(recommender, located, slots, Question(NOW), repeat=True)
    assert [free[0] in ids(answer) for answer in again] == [True, True]
