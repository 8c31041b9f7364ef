"""All rules: found again, changed, removed, and replaced as a whole by what a file holds."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import Response, request

from index.headlines import fold
from index.rule_writes import replace_rules
from index.rules import KINDS, Rule, RulesChanged
from index.snapshot import Snapshot
from service.desk.cards import card_by_id
from service.desk.downloads import download
from service.desk.frame import Desk
from service.desk.settled import done_of, settled_of
from service.desk.shown import SLOT_NAMES
from service.desk.steer import PATH as STEER
from service.desk.visitors import Visitor
from service.errors import InvalidJson, RulesRefused
from service.incoming import parse_json
from service.problems import CHANGED_MEANWHILE, INVALID_PARAMETER
from service.rules_io import csv_of, drafts_of, records_of_csv, records_of_json

PATH = "/desk/rules"

MOST_SHOWN = 100
MAX_IMPORT_BYTES = 32_000_000
MOST_FAULTS = 50

ALL_AWAY = "To remove all rules, send the first line alone, with the names of the columns."
STATES = {"": "In force", "ended": "Ended", "all": "All"}
KIND_NAMES = {"": "All kinds", "pin": "Pins", "block": "Blocks", "sensitive": "Marked sensitive"}


def add_rules(desk: Desk) -> None:
    """`/desk/rules`, `/desk/rules/export` and `/desk/rules/import`."""

    @desk.view(PATH)
    def rules(visitor: Visitor) -> Response:
        return _page(desk, visitor)

    @desk.view(f"{PATH}/export")
    def export(_visitor: Visitor) -> Response:
        known = desk.rules()
        if request.args.get("format") == "json":
            return download("rules", "json", (), [rule.record() for rule in known.rules])
        response = Response(csv_of(known.rules), mimetype="text/csv")
        response.headers["Content-Disposition"] = 'attachment; filename="rules.csv"'
        return response

    @desk.view(f"{PATH}/import", methods=("POST",), needs="rules", max_bytes=MAX_IMPORT_BYTES)
    def replace_all(visitor: Visitor) -> Response:
        sent = request.files.get("file")
        body = sent.read() if sent is not None else b""
        if not body.strip():
            empty = sent is not None and sent.filename
            fault = (
                f"The file is empty. {ALL_AWAY}"
                if empty
                else "Choose a file first: CSV or JSON, as it is exported here."
            )
            return _page(desk, visitor, INVALID_PARAMETER.status, faults=(fault,))
        number = request.form.get("number", "")
        try:
            drafts = drafts_of(records_of_json(parse_json(body)) if _is_json(body) else records_of_csv(body))
            expected = int(number) if number.isdecimal() and len(number) < 16 else -2
            settled = desk.writer.run(lambda catalogue: replace_rules(catalogue, drafts, visitor.name, expected))
        except RulesRefused as error:
            return _page(desk, visitor, INVALID_PARAMETER.status, faults=_said(error))
        except InvalidJson as error:
            return _page(desk, visitor, INVALID_PARAMETER.status, faults=(f"The file is no JSON: {error}.",))
        except RulesChanged:
            message = (
                "Somebody changed a rule since this page was loaded. Export the rules again, and begin from there."
            )
            return _page(desk, visitor, CHANGED_MEANWHILE, faults=(message,))
        return desk.go(PATH, same=1) if settled.number == expected else desk.go(PATH, did=settled.number)


def _page(desk: Desk, visitor: Visitor, status: int = 200, faults: tuple[str, ...] = ()) -> Response:
    now, snapshot, known = desk.clock(), desk.recommender.index.snapshot(), desk.rules()
    kind, state, text = (request.args.get(name, "") for name in ("kind", "state", "q"))
    found = _newest_first(known.rules)
    found = [rule for rule in found if kind not in KINDS or rule.kind == kind]
    found = [rule for rule in found if state == "all" or rule.holds(now) == (state != "ended")]
    if words := fold(text).split():
        found = [rule for rule in found if _speaks_of(rule, words, snapshot, now)]
    return desk.page(
        "rules.html",
        status,
        rules=[settled_of(desk, snapshot, rule, now) for rule in found[:MOST_SHOWN]],
        count=len(found),
        total=len(known.rules),
        number=known.number,
        kind=kind,
        state=state,
        text=text,
        kinds=KIND_NAMES,
        states=STATES,
        slots=SLOT_NAMES,
        faults=faults,
        same="same" in request.args,
        done=done_of(desk, request.args.getlist("did"), snapshot),
        steer=STEER if visitor.may("rules") else None,
    )


def _newest_first(rules: Iterable[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda rule: rule.updated_at, reverse=True)


def _speaks_of(rule: Rule, words: list[str], snapshot: Snapshot, now: datetime) -> bool:
    """Whether every word stands in what the rule names, in its reason, or in the name of who settled it."""
    parts: list[Any] = [rule.article_id, rule.item_id, rule.reason, rule.created_by, rule.updated_by]
    for article_id in filter(None, (rule.article_id, rule.item_id)):
        if (card := card_by_id(snapshot, article_id, now)) is not None:
            parts.append(card.title)
    said = fold(" ".join(filter(None, parts)))
    return all(word in said for word in words)


def _is_json(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{")


def _said(error: RulesRefused) -> tuple[str, ...]:
    """Every fault with its line, and how many more there are."""
    said = [
        f"{f'Line {line}: ' if line is not None else ''}{f'{fault.field}: ' if fault.field else ''}{fault.detail}"
        for line, fault in error.faults
    ]
    more = len(said) - MOST_FAULTS
    return (*said[:MOST_FAULTS], *((f"… and {more} more.",) if more > 0 else ()))
