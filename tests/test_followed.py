"""What is settled counts at once, and holds on when the catalogue fails; no request waits for long."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from live_fixtures import until
from sqlalchemy.exc import OperationalError

from index import followed
from index.archive_writer import ArchiveWriter
from index.catalogue import FILE, Catalogue
from index.change_log import BELL
from index.errors import TakeDownsUnknown
from index.followed import Followed
from index.rule_writes import add_rule
from index.rules import RuleDraft, RuleSet, read_rules


def block(item: str) -> Callable[[Catalogue], object]:
    return lambda catalogue: add_rule(catalogue, RuleDraft("block", None, item), "anna")


@pytest.fixture
def writer(data: Path):
    data.mkdir()
    Catalogue.open(data / FILE).close()
    opened = ArchiveWriter(data / FILE, data)
    yield opened
    opened.close()


def follow(data: Path) -> Followed[RuleSet]:
    return Followed(data / FILE, data, read_rules, RuleSet(), "the rules")


def items(rules: Followed[RuleSet]) -> set[str | None]:
    return {rule.item_id for rule in rules.value().rules}


def test_what_is_settled_here_counts_from_the_next_question_on(writer: ArchiveWriter, data: Path):
    rules = follow(data)
    assert items(rules) == set()
    for name in "abc":
        writer.run(block(name))
        assert name in items(rules)
    assert rules.problem is None


@pytest.mark.timed
def test_what_another_host_settles_counts_within_a_second(writer: ArchiveWriter, data: Path):
    rules = follow(data)
    items(rules)
    with Catalogue.open(data / FILE) as elsewhere:
        block("a")(elsewhere)
        began = time.monotonic()
        until(lambda: items(rules) == {"a"})
        assert time.monotonic() - began < 1
        block("b")(elsewhere)
        time.sleep(followed.LATE_SECONDS)
        assert items(rules) == {"a", "b"}


def test_a_question_costs_no_look_at_the_catalogue_while_nothing_happens(
    writer: ArchiveWriter, data: Path, monkeypatch: pytest.MonkeyPatch
):
    rules = follow(data)
    items(rules)
    asked: list[int] = []
    monkeypatch.setattr(followed, "audit_number", lambda engine: asked.append(1) or 0)
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        rules.value()
    assert len(asked) <= 1


def test_without_a_catalogue_nothing_is_settled_and_one_that_comes_counts(data: Path):
    data.mkdir()
    rules = follow(data)
    assert (items(rules), rules.problem) == (set(), None)
    with Catalogue.open(data / FILE) as catalogue:
        block("a")(catalogue)
    until(lambda: items(rules) == {"a"})


def test_nothing_is_answered_before_it_is_known_what_was_settled(writer: ArchiveWriter, data: Path):
    writer.run(block("a"))
    writer.close()  # which puts all that it wrote into the one file
    moved = (data / FILE).rename(data / "moved")
    (data / FILE).write_text("this is no database at all, and no settled thing is known")
    rules = follow(data)
    for _ in range(3):
        with pytest.raises(TakeDownsUnknown, match=r"the rules cannot be read: .*; nothing is answered until it can"):
            rules.value()
    moved.rename(data / FILE)
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            assert items(rules) == {"a"}
            break
        except TakeDownsUnknown:
            time.sleep(0.05)
    else:
        pytest.fail("the rules were never read")


def test_the_last_good_value_holds_while_the_catalogue_fails(
    writer: ArchiveWriter, data: Path, monkeypatch: pytest.MonkeyPatch
):
    rules = follow(data)
    writer.run(block("a"))
    assert items(rules) == {"a"}

    def broken(_: object) -> int:
        raise OperationalError("SELECT secret", {}, Exception("disk I/O error"))

    with monkeypatch.context() as failing:
        failing.setattr(followed, "audit_number", broken)
        writer.run(block("b"))
        assert items(rules) == {"a"}
        until(lambda: rules.problem is not None)
        assert rules.problem is not None
        assert "secret" not in rules.problem
    until(lambda: items(rules) == {"a", "b"})
    assert rules.problem is None


def test_no_question_waits_long_for_a_catalogue_that_does_not_answer(
    writer: ArchiveWriter, data: Path, monkeypatch: pytest.MonkeyPatch
):
    rules = follow(data)
    items(rules)
    released = threading.Event()
    really = followed.audit_number
    monkeypatch.setattr(followed, "audit_number", lambda engine: released.wait(10) and really(engine))
    writer.run(block("a"))
    began = time.monotonic()
    assert items(rules) == set()
    first = time.monotonic() - began
    assert first < followed.MOMENT_SECONDS + 0.3
    began = time.monotonic()
    for _ in range(100):
        items(rules)
    assert time.monotonic() - began < 0.2
    assert rules.problem == "the rules cannot be read: the catalogue does not answer"
    released.set()
    until(lambda: items(rules) == {"a"})
    assert rules.problem is None


def test_a_bell_that_cannot_ring_delays_and_loses_nothing(writer: ArchiveWriter, data: Path):
    (data / BELL).unlink(missing_ok=True)
    (data / BELL).mkdir()
    rules = follow(data)
    assert items(rules) == set()
    with Catalogue.open(data / FILE) as elsewhere:
        block("a")(elsewhere)
    until(lambda: items(rules) == {"a"})
