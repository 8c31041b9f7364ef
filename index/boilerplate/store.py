"""Rules in the catalogue: the sets that recipes name, what was learnt, and what editors decided about it.

A set never changes, and its number comes of what is in it: the same rules have the same number in every catalogue. The set
that is *active* is that of the last rebuild; sketches and copies are worked out with it. What is decided counts from the
next rebuild on, which makes a set of all rules that stand as `removed`.
"""

import time
from collections.abc import Iterable
from hashlib import blake2b
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from index.boilerplate.apply import NO_CLEANER, Cleaner
from index.boilerplate.rules import NO_RULES, Rule, RuleSet
from index.errors import ArchiveError
from index.schema import boilerplate_rules, boilerplate_sets

MOST_SETS = 2_000_000
"""Numbers of sets are below."""


class RulesMissing(ArchiveError):
    """An index was made with rules that its catalogue does not hold, as where an older one was put in its place."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"the index was made without boilerplate of set {number}, which this catalogue does not hold; "
            "`alsoread rebuild` renews the index"
        )


_read: WeakKeyDictionary[Engine, dict[int, Cleaner]] = WeakKeyDictionary()


def cleaner_of(connection: Connection, number: int) -> Cleaner:
    """What removes furniture by the set of that number. Raises `RulesMissing` where the catalogue holds none."""
    if not number:
        return NO_CLEANER
    known = _read.setdefault(connection.engine, {})
    if number not in known:
        query = sa.select(boilerplate_sets.c.rules).where(boilerplate_sets.c.number == number)
        raw = connection.execute(query).scalar()
        if raw is None:
            raise RulesMissing(number)
        known[number] = Cleaner(RuleSet.load(number, raw))
    return known[number]


def active_cleaner(connection: Connection) -> Cleaner:
    """What removes furniture as the last rebuild did."""
    order = sa.select(boilerplate_sets.c.number).where(boilerplate_sets.c.active_at.is_not(None))
    number = connection.execute(order.order_by(boilerplate_sets.c.active_at.desc()).limit(1)).scalar()
    return cleaner_of(connection, number or 0)


def activate(connection: Connection, number: int) -> None:
    """Make a set the active one, in the transaction of the rebuild that reads with it."""
    if number == 0 and connection.execute(sa.select(boilerplate_sets.c.number).where(_is(0))).first() is None:
        _insert(connection, NO_RULES)
    connection.execute(sa.update(boilerplate_sets).where(_is(number)).values(active_at=time.time()))


def set_for(rules: Iterable[Rule]) -> RuleSet:
    """The set of these rules, under its number."""
    made = RuleSet(0, tuple(rules))
    if not made.rules:
        return NO_RULES
    number = int.from_bytes(blake2b(made.dump(), digest_size=8).digest(), "little") % (MOST_SETS - 1) + 1
    return RuleSet(number, made.rules)


def keep_set(connection: Connection, made: RuleSet) -> RuleSet:
    """Keep a set where the catalogue does not hold it; gives it, under another number where its own is taken by other
    rules."""
    while made.number:
        raw = connection.execute(sa.select(boilerplate_sets.c.rules).where(_is(made.number))).scalar()
        if raw is None:
            _insert(connection, made)
        if raw is None or raw == made.dump():
            break
        made = RuleSet(made.number % (MOST_SETS - 1) + 1, made.rules)
    return made


def removed_rules(connection: Connection) -> list[Rule]:
    """The rules that the next rebuild's set is made of."""
    found = connection.execute(sa.select(boilerplate_rules).where(boilerplate_rules.c.state == "removed"))
    return [Rule(row.form, row.kind, row.place, row.host, row.items) for row in found]


def _is(number: int) -> sa.ColumnElement[bool]:
    return boilerplate_sets.c.number == number


def _insert(connection: Connection, made: RuleSet) -> None:
    values = {"number": made.number, "rules": made.dump(), "created_at": time.time(), "active_at": None}
    connection.execute(sa.insert(boilerplate_sets), values)
