"""An article's page: what its readers get in every slot, why, what editors settled, and what else it could be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response, request

from index.audit import AuditLine
from index.rules import Rule, RuleSet, read_rules
from index.snapshot import Snapshot
from recommender.page import page_answers
from recommender.policy import SLOTS
from recommender.question import Question
from recommender.recommend import Answer
from service.desk.beside import Beside, all_slots
from service.desk.cards import Card, card_at, card_by_id
from service.desk.frame import Desk
from service.desk.search import Finder
from service.desk.settling import line_at
from service.desk.shown import SLOT_NAMES, List, shown_list
from service.desk.steer import PATH as STEER
from service.desk.told import told
from service.desk.visitors import Visitor

PATH = "/desk/article"

MAX_UNDONE = 60
"""So many lines of the audit log can be taken back together."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A rule, and the cards of the articles that it names; None for one that is not there, or not any more."""

    rule: Rule
    article: Card | None
    item: Card | None
    held: bool
    """It has not expired."""
    conflicts: tuple[str, ...] = ()


def settled_of(desk: Desk, snapshot: Snapshot, rule: Rule, now: datetime) -> Settled:
    """A rule with what it names."""
    article = card_by_id(snapshot, rule.article_id, now) if rule.article_id else None
    item = card_by_id(snapshot, rule.item_id, now) if rule.item_id else None
    return Settled(rule, article, item, rule.holds(now), desk.conflicts_of(rule, snapshot, now))


def add_article(desk: Desk, finder: Finder) -> None:
    """`/desk/article?id=`."""
    beside = Beside(desk)

    @desk.view(PATH)
    def article(visitor: Visitor) -> Response:
        now = desk.clock()
        located = desk.recommender.locate_id(request.args.get("id", ""), now)
        question = Question(now=now)
        rules = read_rules(desk.catalogue().engine)
        on_it = [rule for rule in rules.rules if rule.article_id == located.id]
        pins = [rule for rule in on_it if rule.kind == "pin" and rule.holds(now)]
        served = page_answers(desk.recommender, located, all_slots(), question)
        chosen = request.args.get("beside", "")
        label, others = beside.answers(chosen, located.id, question) if chosen else ("", [])
        picked = request.args.get("pick", "")
        return desk.page(
            "article.html",
            card=card_at(located.snapshot, located.row, now),
            lists=[shown_list(answer, pins) for answer in served],
            others=_others(served, others),
            beside=chosen,
            label=label,
            choices=beside.choices(),
            here=[settled_of(desk, located.snapshot, rule, now) for rule in on_it],
            elsewhere=_elsewhere(desk, rules, located.snapshot, located.id, now),
            hits=finder.find(picked, now, 6) if picked else None,
            done=_done(desk, request.args.getlist("did"), located.snapshot),
            slots=SLOT_NAMES,
            steer=STEER if visitor.may("rules") else None,
        )


def _others(served: Sequence[Answer], others: Sequence[Answer]) -> dict[str, List]:
    by_slot = {answer.slot: answer for answer in served}
    return {answer.slot: shown_list(answer, beside=by_slot[answer.slot]) for answer in others if answer.slot in SLOTS}


def _elsewhere(desk: Desk, rules: RuleSet, snapshot: Snapshot, article_id: str, now: datetime) -> list[Settled]:
    """What is settled about the article wherever it would be suggested."""
    about = [rule for rule in rules.rules if rule.item_id == article_id]
    return [settled_of(desk, snapshot, rule, now) for rule in about]


@dataclass(frozen=True, slots=True)
class DoneNow:
    """What was just done, in words, and the numbers with which it can be taken back."""

    words: str
    numbers: tuple[int, ...]


def _done(desk: Desk, numbers: Sequence[str], snapshot: Snapshot) -> DoneNow | None:
    """What the address says was just done, where it was done a moment ago."""
    wanted = sorted({int(one) for one in numbers[:MAX_UNDONE] if one.isdecimal() and len(one) < 16})
    lines: list[AuditLine] = [line for one in wanted if (line := line_at(desk.catalogue(), one)) is not None]
    lines = [line for line in lines if line.action.startswith("rule.")]
    if not lines:
        return None
    return DoneNow(told(lines, snapshot, desk.clock()), tuple(line.number for line in lines))
