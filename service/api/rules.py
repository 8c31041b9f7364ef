"""Rules over HTTP: pins, blocks and marks as sensitive, read and settled by who has a key."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from index.archive_writer import ArchiveWriter
from index.engines import database_errors_said
from index.errors import ArchiveError
from index.rule_writes import ANY, add_rule, change_rule, remove_rule, replace_rules
from index.rules import Rule, RuleSet, read_rules
from recommender.conflicts import all_conflicts
from recommender.editorial import Editorial
from recommender.recommend import Recommender
from service.access import Access
from service.answers import dump
from service.api.bodies import read_body
from service.api.queries import only
from service.api.responses import uncached
from service.errors import NoPrecondition, UnknownRule
from service.incoming import parse_json
from service.parameter_table import FORMAT, RULES_ARTICLE, RULES_ITEM, RULES_KIND
from service.parameters import read_once
from service.rules_io import csv_of, drafts_of, records_of_csv, records_of_json, rule_of_record

JSON, CSV = "application/json", "text/csv"

MAX_RULE_BYTES = 100_000
MAX_RULES_BYTES = 32_000_000


def make_rules(
    recommender: Recommender, writer: ArchiveWriter, access: Access, clock: Callable[[], datetime]
) -> Blueprint:
    """`/v1/rules` and `/v1/rules/{id}`."""
    views = Blueprint("rules", __name__)

    @views.get("/v1/rules")
    def read_all() -> Response:
        with access.granted(request.headers.get("Authorization"), "read"), database_errors_said():
            wanted = only(*_PARAMETERS)
            article, item, kind = (read_once(wanted, one) for one in (RULES_ARTICLE, RULES_ITEM, RULES_KIND))
            as_table = _wants_csv(read_once(wanted, FORMAT))
            known = read_rules(writer.catalogue().engine)
            asked = {"article_id": article, "item_id": item, "kind": kind}
            chosen = [
                rule
                for rule in known.rules
                if all(value is None or getattr(rule, name) == value for name, value in asked.items())
            ]
            if as_table:
                return _tagged(uncached(csv_of(chosen), CSV), known.number)
            return told(known, chosen)

    @views.get("/v1/rules/<rule_id>")
    def read_one(rule_id: str) -> Response:
        with access.granted(request.headers.get("Authorization"), "read"), database_errors_said():
            only()
            known = read_rules(writer.catalogue().engine)
            rule = known.by_id(rule_id)
            if rule is None:
                raise UnknownRule(f"no rule has the id {rule_id[:200]!r}")
            return told_one(rule, 200, known)

    @views.post("/v1/rules")
    def add() -> Response:
        with access.granted(request.headers.get("Authorization"), "rules") as key:
            only()
            draft = rule_of_record(parse_json(read_body(MAX_RULE_BYTES, (JSON,))))
            rule = writer.run(lambda catalogue: add_rule(catalogue, draft, key.name))
            response = told_one(rule, 201)
            response.headers["Location"] = f"/v1/rules/{rule.id}"
            return response

    @views.put("/v1/rules/<rule_id>")
    def change(rule_id: str) -> Response:
        with access.granted(request.headers.get("Authorization"), "rules") as key:
            only()
            version = _expected("the rule's version, as its ETag says it")
            draft = rule_of_record(parse_json(read_body(MAX_RULE_BYTES, (JSON,))))
            return told_one(
                writer.run(lambda catalogue: change_rule(catalogue, rule_id, draft, key.name, version)), 200
            )

    @views.delete("/v1/rules/<rule_id>")
    def remove(rule_id: str) -> Response:
        with access.granted(request.headers.get("Authorization"), "rules") as key:
            only()
            version = _expected("the rule's version") if "If-Match" in request.headers else ANY
            rule = writer.run(lambda catalogue: remove_rule(catalogue, rule_id, key.name, version))
            return uncached(dump({"removed": rule.record()}))

    @views.put("/v1/rules")
    def replace_all() -> Response:
        with access.granted(request.headers.get("Authorization"), "rules") as key:
            only()
            number = _expected("the number of the rules, as the ETag of GET /v1/rules says it, or *")
            body = read_body(MAX_RULES_BYTES, (JSON, CSV))
            records = records_of_csv(body) if request.mimetype == CSV else records_of_json(parse_json(body))
            drafts = drafts_of(records)
            after = writer.run(lambda catalogue: replace_rules(catalogue, drafts, key.name, number))
            return told(after, after.rules)

    @views.delete("/v1/rules")
    def remove_all() -> Response:
        with access.granted(request.headers.get("Authorization"), "rules") as key:
            only()
            number = _expected("the number of the rules, as the ETag of GET /v1/rules says it, or *")
            after = writer.run(lambda catalogue: replace_rules(catalogue, [], key.name, number))
            return told(after, after.rules)

    def told(known: RuleSet, chosen: Sequence[Rule]) -> Response:
        records = _with_conflicts(recommender, known, chosen, clock())
        return _tagged(uncached(dump({"rules": records, "number": known.number})), known.number)

    def told_one(rule: Rule, status: int, known: RuleSet | None = None) -> Response:
        with database_errors_said():
            known = known or read_rules(writer.catalogue().engine)
        (record,) = _with_conflicts(recommender, known, [rule], clock())
        return _tagged(uncached(dump(record), status=status), rule.version)

    return views


def _with_conflicts(
    recommender: Recommender, known: RuleSet, chosen: Sequence[Rule], now: datetime
) -> list[dict[str, Any]]:
    """The rules as records, each with the sentences that say why it has no effect; none where nothing is served yet."""
    if not recommender.holds_all:
        return [{**rule.record(), "conflicts": []} for rule in chosen]
    try:
        snapshot = recommender.index.snapshot()
        found = all_conflicts(chosen, Editorial(known), snapshot, recommender.policies, now, recommender.site)
    except ArchiveError:
        found = {}
    return [{**rule.record(), "conflicts": list(found.get(rule.id, ()))} for rule in chosen]


def _tagged(response: Response, number: int) -> Response:
    response.set_etag(str(number))
    return response


def _expected(what: str) -> int:
    """The version or number that `If-Match` names. Raises `NoPrecondition`; what is no number matches none."""
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise NoPrecondition(f"expected If-Match with {what}: what was changed meanwhile must not be lost")
    if given == "*":
        return ANY
    tags = [tag for tag in request.if_match.as_set() if tag.isascii() and tag.isdigit()]
    return int(tags[0][:18]) if len(tags) == 1 else _NONE


_PARAMETERS = tuple(one.name for one in (RULES_ARTICLE, RULES_ITEM, RULES_KIND, FORMAT))

_NONE = -2
"""A number that nothing has."""


def _wants_csv(asked: str | None) -> bool:
    return asked == "csv" or (asked is None and request.accept_mimetypes.best_match([JSON, CSV]) == CSV)
