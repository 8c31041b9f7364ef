"""What an editor's buttons do. Every form comes here, is settled, and leads back to the page that it was on."""

from typing import Any

from flask import Response, request

from index.catalogue import Catalogue
from index.rules import InvalidRule, Rule, RuleChanged, RuleDraft, RuleExists, RulesChanged
from service.desk.frame import Desk, Refused
from service.desk.settled import numbers_of
from service.desk.settling import Done, change, expiry, move, remove, settle, undo
from service.desk.told import rule_said
from service.desk.visitors import Visitor
from service.problems import CHANGED_MEANWHILE, INVALID_PARAMETER

PATH = "/desk/steer"
PAGES = ("/desk/article", "/desk/rules")


def add_steer(desk: Desk) -> None:
    """`POST /desk/steer`."""

    @desk.view(PATH, methods=("POST",), needs="rules")
    def steer(visitor: Visitor) -> Response:
        try:
            done = desk.writer.run(lambda catalogue: _do(desk, catalogue, visitor.name))
        except InvalidRule as error:
            raise Refused(INVALID_PARAMETER.status, f"This cannot be settled: {error}.") from None
        except RuleChanged as error:
            who = f"{error.rule.updated_by} changed" if error.rule else "Somebody removed"
            return _meanwhile(desk, error.rule, f"{who} this rule while you looked at it")
        except RuleExists as error:
            return _meanwhile(desk, error.rule, f"{error.rule.updated_by} settled the same already")
        except RulesChanged:
            return _meanwhile(desk, None, "the rules were changed since; this cannot be taken back any more")
        return _back(desk, done)


def _do(desk: Desk, catalogue: Catalogue, who: str) -> Done:
    form = request.form
    wanted = form.get("do", "")
    article, item, slot = _text("article"), _text("item"), _text("slot")
    same = form.get("until") == "same" and not form.get("day")
    ends = None if same else expiry(form.get("until", ""), form.get("day", ""), desk.clock())
    reason = form.get("reason", "")
    if wanted == "pin":
        return settle(catalogue, RuleDraft("pin", article, item, slot, _number("position", 1), reason, ends), who)
    if wanted == "block":
        return settle(catalogue, RuleDraft("block", article, item, reason=reason, expires_at=ends), who)
    if wanted == "block-everywhere":
        return settle(catalogue, RuleDraft("block", None, item, reason=reason, expires_at=ends), who)
    if wanted == "sensitive":
        return settle(catalogue, RuleDraft("sensitive", None, item, reason=reason, expires_at=ends), who)
    if wanted == "move":
        shown = form.get("order", "").splitlines()
        return move(catalogue, article or "", slot or "", shown, item or "", _number("to", 1), who)
    if wanted == "change":
        changes: dict[str, Any] = {"reason": reason, "expires_at": ends}
        if same:
            del changes["expires_at"]
        if form.get("position"):
            changes["position"] = _number("position", 1)
        return change(catalogue, form.get("rule", ""), _number("version", 0), changes, who)
    if wanted == "remove":
        return remove(catalogue, form.get("rule", ""), _number("version", 0), who)
    if wanted == "undo":
        return undo(catalogue, numbers_of(form.getlist("number")), who)
    raise Refused(INVALID_PARAMETER.status, "The desk knows no such button.")


def _back(desk: Desk, done: Done) -> Response:
    """To the page that the form was on, which says what was done."""
    page = request.form.get("back", "")
    path, query = (PAGES[1], {}) if page == "rules" else (PAGES[0], {"id": request.form.get("page", "")})
    if beside := request.form.get("beside"):
        query["beside"] = beside
    return desk.go(path, **query, did=done.numbers)


def _meanwhile(desk: Desk, rule: Rule | None, message: str) -> Response:
    """Somebody else was quicker: nothing was overwritten, and both sides are shown."""
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in ("token", "version")]
    snapshot, now = desk.recommender.index.snapshot(), desk.clock()
    return desk.page(
        "meanwhile.html",
        CHANGED_MEANWHILE,
        rule=rule,
        words=rule_said(rule.record(), snapshot, now) if rule is not None else "",
        message=message,
        kept=kept,
        wanted=request.form,
        path=PATH,
    )


def _text(name: str) -> str | None:
    return request.form.get(name) or None


def _number(name: str, least: int) -> int:
    raw = request.form.get(name, "")
    if not raw.isdecimal() or len(raw) > 6 or int(raw) < least:
        raise Refused(INVALID_PARAMETER.status, f"{name.capitalize()}: expected a whole number, got {raw[:40]!r}.")
    return int(raw)
