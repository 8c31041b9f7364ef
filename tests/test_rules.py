"""Rules and their audit log, on both engines: nothing is lost unawares, and who serves is told."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from index.audit import audit_number, read_audit
from index.catalogue import Catalogue
from index.change_log import changes_after, position_now
from index.rule_writes import add_rule, change_rule, remove_rule, replace_rules
from index.rules import (
    PIN_SLOTS,
    InvalidRule,
    Rule,
    RuleChanged,
    RuleDraft,
    RuleExists,
    RulesChanged,
    RuleSet,
    problems_of,
    read_rules,
    rules_replaced,
)
from recommender.policy import SLOTS

PIN = RuleDraft("pin", "a", "b", "also-read", 1, "the editor's pick")
BLOCK = RuleDraft("block", None, "c")
SENSITIVE = RuleDraft("sensitive", None, "d", expires_at=datetime(2099, 1, 2, 3, 4, 5, tzinfo=UTC))


def told(catalogue: Catalogue, seq: int = 0) -> list[tuple[str, bool]]:
    return [(change.article_id, change.hidden) for change in changes_after(catalogue.engine, seq)]


def test_slots_are_those_that_are_served():
    assert PIN_SLOTS == SLOTS


def test_a_rule_is_found_as_it_was_settled_with_who_and_when(catalogue: Catalogue):
    before = datetime.now(UTC) - timedelta(seconds=1)
    added = [add_rule(catalogue, draft, "anna") for draft in (PIN, BLOCK, SENSITIVE)]
    found = read_rules(catalogue.engine)
    assert sorted(found.rules, key=lambda rule: rule.id) == sorted(added, key=lambda rule: rule.id)
    assert [rule.draft for rule in added] == [PIN, BLOCK, SENSITIVE]
    for rule in found.rules:
        assert (rule.created_by, rule.updated_by, rule.version) == ("anna", "anna", 1)
        assert before <= rule.created_at == rule.updated_at <= datetime.now(UTC)


def test_a_rule_says_in_json_what_it_settles():
    assert PIN.record() == {
        "kind": "pin",
        "article_id": "a",
        "item_id": "b",
        "slot": "also-read",
        "position": 1,
        "reason": "the editor's pick",
    }
    assert SENSITIVE.record() == {"kind": "sensitive", "item_id": "d", "expires_at": "2099-01-02T03:04:05Z"}


def test_the_number_moves_with_each_change_and_with_nothing_else(catalogue: Catalogue):
    numbers = [read_rules(catalogue.engine).number]
    rule = add_rule(catalogue, PIN, "anna")
    numbers.append(read_rules(catalogue.engine).number)
    change_rule(catalogue, rule.id, replace(PIN, position=2), "anna", 1)
    numbers.append(read_rules(catalogue.engine).number)
    assert change_rule(catalogue, rule.id, replace(PIN, position=2), "bert", 2).updated_by == "anna"
    assert read_rules(catalogue.engine).number == numbers[-1]
    remove_rule(catalogue, rule.id, "anna", 2)
    numbers.append(read_rules(catalogue.engine).number)
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 0
    assert audit_number(catalogue.engine) == numbers[-1]


def test_of_two_who_change_a_rule_the_second_is_told_what_it_is_now(catalogue: Catalogue):
    seen = add_rule(catalogue, PIN, "anna")
    changed = change_rule(catalogue, seen.id, replace(PIN, position=3), "bert", seen.version)
    assert (changed.version, changed.created_by, changed.updated_by) == (2, "anna", "bert")
    with pytest.raises(RuleChanged, match=r"bert changed rule .* it is at version 2 now") as refused:
        change_rule(catalogue, seen.id, replace(PIN, position=5), "anna", seen.version)
    assert refused.value.rule == changed
    with pytest.raises(RuleChanged):
        remove_rule(catalogue, seen.id, "anna", seen.version)
    assert read_rules(catalogue.engine).rules == (changed,)
    remove_rule(catalogue, seen.id, "bert", 2)
    with pytest.raises(RuleChanged, match="is gone") as gone:
        change_rule(catalogue, seen.id, PIN, "anna", 2)
    assert gone.value.rule is None


def test_of_many_who_change_a_rule_at_the_same_moment_one_succeeds(catalogue: Catalogue, open_catalogue):
    rule = add_rule(catalogue, PIN, "anna")
    catalogues = [open_catalogue() for _ in range(4)]

    def attempt(number: int) -> bool:
        try:
            draft = replace(PIN, position=10 + number)
            change_rule(catalogues[number % 4], rule.id, draft, f"editor {number}", rule.version)
        except RuleChanged:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
    assert read_rules(catalogue.engine).rules[0].version == 2


def test_the_same_is_settled_once_until_it_has_expired(catalogue: Catalogue):
    past = replace(PIN, expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    expired = add_rule(catalogue, past, "anna")
    rule = add_rule(catalogue, PIN, "bert")
    with pytest.raises(RuleExists, match=rf"settled already by rule {rule.id} \(bert\)") as refused:
        add_rule(catalogue, replace(PIN, position=7), "cleo")
    assert refused.value.rule == rule
    assert read_rules(catalogue.engine).rules == (rule,)
    assert read_audit(catalogue)[0].before == expired.record()
    block = add_rule(catalogue, BLOCK, "anna")
    with pytest.raises(RuleExists):
        change_rule(catalogue, block.id, PIN, "anna", 1)
    add_rule(catalogue, replace(BLOCK, article_id="a"), "anna")


def test_each_change_stands_in_the_audit_log_newest_first(catalogue: Catalogue):
    rule = add_rule(catalogue, PIN, "anna")
    after = change_rule(catalogue, rule.id, replace(PIN, slot=None), "bert", 1)
    remove_rule(catalogue, rule.id, "cleo")
    lines = read_audit(catalogue)
    assert [(line.who, line.action, line.subject) for line in lines] == [
        ("cleo", "rule.remove", rule.id),
        ("bert", "rule.change", rule.id),
        ("anna", "rule.add", rule.id),
    ]
    assert [(line.before, line.after) for line in lines] == [
        (after.record(), None),
        (rule.record(), after.record()),
        (None, rule.record()),
    ]
    assert lines[0].number > lines[1].number > lines[2].number
    assert read_audit(catalogue, below=lines[0].number, limit=1) == lines[1:2]
    assert read_audit(catalogue, who="anna") == lines[2:]
    assert read_audit(catalogue, action="rule") == lines
    assert read_audit(catalogue, action="rule.change", subject=rule.id) == lines[1:2]
    assert read_audit(catalogue, subject="another") == []


def test_what_is_refused_leaves_no_trace(catalogue: Catalogue):
    rule = add_rule(catalogue, PIN, "anna")
    number, seq = audit_number(catalogue.engine), position_now(catalogue.engine)
    for attempt in (
        lambda: add_rule(catalogue, PIN, "bert"),
        lambda: add_rule(catalogue, RuleDraft("pin"), "bert"),
        lambda: change_rule(catalogue, rule.id, BLOCK, "bert", 7),
        lambda: remove_rule(catalogue, "none", "bert"),
        lambda: replace_rules(catalogue, [BLOCK, BLOCK], "bert"),
        lambda: replace_rules(catalogue, [], "bert", number + 1),
    ):
        with pytest.raises((InvalidRule, RuleExists, RuleChanged, RulesChanged)):
            attempt()
    assert read_rules(catalogue.engine).rules == (rule,)
    assert (audit_number(catalogue.engine), position_now(catalogue.engine)) == (number, seq)


def test_who_serves_is_told_of_the_articles_whose_answers_change_and_none_is_hidden(catalogue: Catalogue):
    rule = add_rule(catalogue, PIN, "anna")
    add_rule(catalogue, BLOCK, "anna")
    add_rule(catalogue, replace(BLOCK, article_id="x"), "anna")
    assert told(catalogue) == [("a", False), ("c", False), ("x", False)]
    seq = position_now(catalogue.engine)
    change_rule(catalogue, rule.id, replace(PIN, article_id="z"), "anna", 1)
    assert told(catalogue, seq) == [("a", False), ("z", False)]


def test_all_rules_are_replaced_and_what_is_the_same_stays(catalogue: Catalogue):
    pin, block = add_rule(catalogue, PIN, "anna"), add_rule(catalogue, BLOCK, "anna")
    seq = position_now(catalogue.engine)
    wanted = [replace(PIN, position=4), BLOCK, SENSITIVE]
    number = read_rules(catalogue.engine).number
    after = replace_rules(catalogue, wanted, "bert", number)
    assert after == read_rules(catalogue.engine)
    assert after.number > number
    assert {rule.draft for rule in after.rules} == set(wanted)
    assert block in after.rules
    moved = after.by_id(pin.id)
    assert moved is not None
    assert (moved.position, moved.version, moved.created_by, moved.updated_by) == (4, 2, "anna", "bert")
    assert told(catalogue, seq) == [], "of thousands of rules no thousands of articles are loaded anew"
    assert rules_replaced(catalogue.engine) == after.number
    line = read_audit(catalogue, limit=1)[0]
    assert (line.action, line.before) == ("rules.replace", [pin.record()])
    assert replace_rules(catalogue, wanted, "cleo") == after
    assert replace_rules(catalogue, [], "cleo", after.number).rules == ()


def test_rules_are_not_replaced_over_a_change_that_was_not_seen(catalogue: Catalogue):
    number = read_rules(catalogue.engine).number
    add_rule(catalogue, PIN, "anna")
    with pytest.raises(RulesChanged, match=f"changed since number {number}") as refused:
        replace_rules(catalogue, [], "bert", number)
    assert refused.value.number == read_rules(catalogue.engine).number
    assert len(read_rules(catalogue.engine).rules) == 1


def test_one_faulty_rule_keeps_all_out_and_each_fault_is_said(catalogue: Catalogue):
    drafts = [PIN, RuleDraft("pin", "a", None, "front", 0), BLOCK, BLOCK]
    with pytest.raises(InvalidRule) as refused:
        replace_rules(catalogue, drafts, "anna")
    assert [problem.split(":")[0:2] for problem in refused.value.problems] == [
        ["rule 2", " item_id"],
        ["rule 2", " slot"],
        ["rule 2", " position"],
        ["rule 4", " the same is settled by one before it"],
    ]
    assert read_rules(catalogue.engine) == RuleSet()


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        (RuleDraft("hide"), "kind: expected one of pin, block, sensitive, got 'hide'"),  # type: ignore[arg-type]  # on purpose
        (replace(PIN, article_id=None), "article_id: a rule of the kind 'pin' needs"),
        (replace(PIN, position=51), "position: expected a number from 1 to 50, got 51"),
        (replace(PIN, position=None), "position: expected a number from 1 to 50"),
        (replace(PIN, item_id="a"), "an article never stands beside itself"),
        (replace(PIN, item_id="x" * 513), "item_id: expected the id of an article, 1 to 512"),
        (replace(PIN, item_id="a\x00b"), "item_id: expected the id of an article"),
        (replace(PIN, article_id="a\x93b"), "article_id: expected the id of an article"),
        (replace(PIN, item_id=" "), "item_id: expected the id of an article"),
        (replace(BLOCK, item_id=None), "item_id: a rule of the kind 'block' needs"),
        (replace(BLOCK, position=1), "position: expected none for a rule of the kind 'block', got 1"),
        (replace(SENSITIVE, article_id="a"), "article_id: expected none for a rule of the kind 'sensitive'"),
        (replace(BLOCK, reason="x" * 2_001), "reason: expected up to 2000"),
        (replace(BLOCK, reason="a\x1b[31m"), "reason: expected up to 2000"),
        (
            replace(BLOCK, expires_at=datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)),
            "expires_at: expected a moment with its time zone",
        ),
    ],
)
def test_what_is_no_rule_is_refused_with_what_was_expected(draft: RuleDraft, said: str):
    assert said in "; ".join(problems_of(draft))


def test_expiry_counts_in_whole_seconds_in_any_time_zone(catalogue: Catalogue):
    until = datetime(2099, 5, 1, 12, 0, 0, 999_000, tzinfo=timezone(timedelta(hours=2)))
    rule = add_rule(catalogue, replace(PIN, expires_at=until), "anna")
    assert rule.expires_at == datetime(2099, 5, 1, 10, tzinfo=UTC)
    assert read_rules(catalogue.engine).rules == (rule,)
    assert rule.holds(datetime(2099, 5, 1, 9, 59, 59, tzinfo=UTC))
    assert not rule.holds(datetime(2099, 5, 1, 10, tzinfo=UTC))
    assert isinstance(rule, Rule)


@pytest.mark.parametrize("year", [1, 999, 9999])
def test_any_moment_is_written_as_it_can_be_read_back(year: int):
    until = datetime(year, 1, 2, 3, 4, 5, tzinfo=UTC)
    written = replace(PIN, expires_at=until).record()["expires_at"]
    assert written == f"{year:04}-01-02T03:04:05Z"
    assert datetime.fromisoformat(written) == until
