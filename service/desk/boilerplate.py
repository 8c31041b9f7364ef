"""What the site repeats on its pages, as rebuilds learn it: why it was taken for furniture, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from flask import Response, request

from index.boilerplate.decisions import BY_ITSELF, STATES, Decision, State, decide, read_decisions, waiting
from index.catalogue import Catalogue
from index.headlines import fold
from index.snapshot import Snapshot
from service.desk.cards import Card, card_by_id
from service.desk.frame import Desk, Refused
from service.desk.visitors import Visitor
from service.problems import CHANGED_MEANWHILE, INVALID_PARAMETER

PATH = "/desk/boilerplate"

MOST_SHOWN = 200
EXAMPLES = 3

STATE_NAMES = {"": "All", "proposed": "Proposed", "removed": "Left out", "kept": "Kept"}
BESIDE = {"list": "with the list below it", "label": "with what follows it", "bio": "in whatever way it goes on"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A rule with what a person wants to know of it."""

    decision: Decision
    seen_in: Sequence[Card]
    beside: str
    by: str | None
    """Who decided; None where nobody but the rebuild did."""


def add_boilerplate(desk: Desk) -> None:
    """`/desk/boilerplate` and `/desk/boilerplate/settle`."""

    @desk.view(PATH)
    def boilerplate(visitor: Visitor) -> Response:
        engine = desk.catalogue().engine
        snapshot = desk.recommender.index.snapshot()
        known = read_decisions(engine)
        state, text = request.args.get("state", ""), request.args.get("q", "")
        words = fold(text).split()
        found = [one for one in known if state not in STATES or one.state == state]
        found = [one for one in found if all(word in fold(one.finding.example) for word in words)]
        did = next((one for one in known if one.rule.id == request.args.get("did")), None)
        was = request.args.get("was", "")
        return desk.page(
            "boilerplate.html",
            rules=[_shown(one, snapshot, desk) for one in found[:MOST_SHOWN]],
            count=len(found),
            total=len(known),
            proposed=sum(one.state == "proposed" for one in known),
            waiting=waiting(engine),
            did=did,
            was=was if was in STATES else None,
            state=state,
            text=text,
            states=STATE_NAMES,
            settle=f"{PATH}/settle" if visitor.may("rules") else None,
        )

    @desk.view(f"{PATH}/settle", methods=("POST",), needs="rules")
    def settle(visitor: Visitor) -> Response:
        rule, state, was = (request.form.get(name, "") for name in ("rule", "state", "was"))
        if state not in STATES:
            raise Refused(INVALID_PARAMETER.status, f"Expected one of {', '.join(STATES)}, got {state[:40]!r}.")
        desk.writer.run(partial(_decide, rule=rule, state=state, was=was, who=visitor.name))
        return desk.go(PATH, did=rule, was=was, state=request.form.get("shown") or None)


def _decide(catalogue: Catalogue, rule: str, state: State, was: str, who: str) -> None:
    now = next((one.state for one in read_decisions(catalogue.engine) if one.rule.id == rule), None)
    if now is None or now != was:
        raise Refused(
            CHANGED_MEANWHILE, "Somebody decided about this line since the page was loaded. Look at it again."
        )
    decide(catalogue.engine, [rule], state, who)


def _shown(one: Decision, snapshot: Snapshot, desk: Desk) -> Shown:
    cards = (card_by_id(snapshot, seen, desk.clock()) for seen in one.finding.seen_in)
    seen_in = [card for card in cards if card is not None][:EXAMPLES]
    by = None if one.decided_by == BY_ITSELF else one.decided_by
    return Shown(one, seen_in, BESIDE.get(one.rule.kind, ""), by)
