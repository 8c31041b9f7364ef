"""An article's page: what its readers get in every slot, why, what editors settled, and what else it could be."""

from collections.abc import Sequence
from datetime import datetime

from flask import Response, request

from index.rules import RuleSet
from index.snapshot import Snapshot
from recommender.errors import UnknownArticle
from recommender.page import page_answers
from recommender.policy import SLOTS
from recommender.question import Question
from recommender.recommend import Answer, Located
from service.desk.beside import Beside, all_slots
from service.desk.cards import card_at
from service.desk.coming import coming, published_at
from service.desk.frame import Desk
from service.desk.search import Finder
from service.desk.settled import Settled, done_of, settled_of
from service.desk.shown import SLOT_NAMES, List, shown_list
from service.desk.steer import PATH as STEER
from service.desk.visitors import Visitor

PATH = "/desk/article"


def add_article(desk: Desk, finder: Finder) -> None:
    """`/desk/article?id=`."""
    beside = Beside(desk)

    @desk.view(PATH)
    def article(visitor: Visitor) -> Response:
        now = desk.clock()
        located, embargo = _located(desk, visitor, request.args.get("id", ""), now)
        question = Question(now=now)
        rules = desk.rules()
        on_it = [rule for rule in rules.rules if rule.article_id == located.id]
        pins = [rule for rule in on_it if rule.kind == "pin" and rule.holds(now)]
        served = page_answers(desk.recommender, located, all_slots(), question)
        chosen = request.args.get("beside", "")
        label, others = beside.answers(chosen, located.id, question) if chosen else ("", [])
        picked = request.args.get("pick", "")
        return desk.page(
            "article.html",
            card=card_at(located.snapshot, located.row, now),
            embargo=embargo,
            lists=[shown_list(answer, pins) for answer in served],
            others=_others(served, others),
            beside=chosen,
            label=label,
            choices=beside.choices(),
            here=[settled_of(desk, located.snapshot, rule, now, located.id) for rule in on_it],
            elsewhere=_elsewhere(desk, rules, located.snapshot, located.id, now),
            hits=finder.find(picked, now, 6) if picked else None,
            done=done_of(desk, request.args.getlist("did"), located.snapshot, located.id),
            slots=SLOT_NAMES,
            steer=STEER if visitor.may("rules") else None,
        )


def _located(desk: Desk, visitor: Visitor, article_id: str, now: datetime) -> tuple[Located, datetime | None]:
    """The article of that id, and until when it is under an embargo; one that is, is shown to editors alone.

    Raises `UnknownArticle`.
    """
    try:
        return desk.recommender.locate_id(article_id, now), None
    except UnknownArticle:
        found = coming(desk.recommender.index.snapshot(article_id), article_id, now) if visitor.may("rules") else None
        if found is None:
            raise
        return found, published_at(found.snapshot, found.row)


def _others(served: Sequence[Answer], others: Sequence[Answer]) -> dict[str, List]:
    by_slot = {answer.slot: answer for answer in served}
    return {answer.slot: shown_list(answer, beside=by_slot[answer.slot]) for answer in others if answer.slot in SLOTS}


def _elsewhere(desk: Desk, rules: RuleSet, snapshot: Snapshot, article_id: str, now: datetime) -> list[Settled]:
    """What is settled about the article wherever it would be suggested."""
    about = [rule for rule in rules.rules if rule.item_id == article_id]
    return [settled_of(desk, snapshot, rule, now, article_id) for rule in about]
