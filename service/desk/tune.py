"""The page that tunes the policy: what other settings would change is seen before they are saved."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
from flask import Response, render_template, request

from index.policy_versions import (
    MAX_NOTE,
    PolicyChanged,
    PolicyVersion,
    UnknownPolicy,
    list_policies,
    read_policy,
    save_policy,
)
from index.snapshot import Snapshot
from recommender.errors import InvalidPolicy
from recommender.policy import SLOTS, Policies, Policy, section_key
from recommender.policy_edit import difference, has_own, without_section
from recommender.policy_file import PolicyFile
from recommender.policy_text import policy_to_toml
from recommender.split import SplitPolicies
from recommender.trial import Effect, Trials, sample_of
from service.answers import dump
from service.desk.frame import Desk, Refused
from service.desk.search import Finder
from service.desk.tune_form import (
    SLOT_NAMES,
    TUNABLES,
    WEIGHTS,
    Given,
    Unreadable,
    exact,
    place_name,
    plain,
    read_form,
    read_section,
    said,
    setting_name,
    settings_at,
    value_of,
)
from service.desk.tune_lists import SideBySide, side_by_side
from service.desk.tune_versions import changed_meanwhile, told
from service.desk.visitors import Visitor
from service.policies import governing
from service.saved_policy import Holding, SavedPolicy, go_back, holding

PATH = "/desk/tune"

FIRST_SECONDS, SLICE_SECONDS = 0.08, 0.25
"""So long the first call of the script compares lists, beside which it waits for those of its article, and each one after
that; it asks again for the rest."""

WHOLE_SECONDS = 4.0
"""So long it may take where there is no script, …"""

MAX_DIGITS = 18

VERSIONS = 8
"""So many versions stand on a page."""


def add_tune(desk: Desk, finder: Finder) -> None:
    """`/desk/tune` and what it needs."""
    trials = Trials(desk.recommender.rules)
    tables = {"tunables": TUNABLES, "weights": WEIGHTS, "slots": SLOT_NAMES, "max_note": MAX_NOTE}
    tools = {
        "plain": plain,
        "exact": exact,
        "value_of": value_of,
        "place_name": place_name,
        "setting_name": setting_name,
    }

    def policies() -> Policies:
        return governing(desk.recommender.policies)

    def base() -> Holding:
        """What holds, as the catalogue says at this instant: what is saved over is what was looked at."""
        found = policies()
        if isinstance(found, SavedPolicy):
            return holding(desk.catalogue().engine)
        return Holding(0, found.current(), found.problem)

    def under(form: Mapping[str, str], held: Policy) -> tuple[Given, Policy, Policy, str | None]:
        """What a form says, what holds, what would, and what is wrong with what the form says."""
        try:
            given = read_form(form)
            return given, held, given.tried(held), None
        except Unreadable as error:
            return Given(SLOTS[0], None, {}), held, held, str(error)
        except InvalidPolicy as error:
            return given, held, held, said(error)

    def lists(snapshot: Snapshot, row: int | None, given: Given, held: Policy, tried: Policy) -> SideBySide | None:
        if row is None:
            return None
        return side_by_side(trials, snapshot, row, given.slot, held, tried, desk.clock())

    @desk.view(PATH)
    def page(visitor: Visitor) -> Response:
        return shown(visitor, request.args)

    def shown(
        visitor: Visitor, form: Mapping[str, str], status: int = 200, conflict: PolicyChanged | None = None
    ) -> Response:
        basis = base()
        given, held, tried, problem = under(form, basis.policy)
        now, snapshot = desk.clock(), desk.recommender.index.snapshot()
        row = find_article(finder, snapshot, form, now)
        effect = None
        if "try" in form and problem is None:
            effect = trials.effect(snapshot, given.slot, held, tried, now, given.section, WHOLE_SECONDS)
        saved = policies()
        engine = desk.catalogue().engine
        found = list_policies(engine, _whole(form, "below"), VERSIONS + 1)
        return desk.page(
            "tune.html",
            status,
            **tables,
            **tools,
            given=given,
            settings=settings_at(tried, given),
            held=settings_at(held, given),
            raw={one.name: form.get(one.name) for one in (*TUNABLES, *WEIGHTS)} if problem else {},
            problem=problem,
            conflict=conflict,
            meanwhile=changed_meanwhile(engine, conflict) if conflict else None,
            changes=difference(held, tried),
            own=given.section is not None and has_own(held, given.slot, given.section),
            number=basis.number,
            newest=basis.newest,
            ill=basis.problem,
            file=_file_of(saved),
            split=desk.recommender.policies if isinstance(desk.recommender.policies, SplitPolicies) else None,
            may_save=visitor.may("rules") and isinstance(saved, SavedPolicy),
            sections=sections_of(snapshot, held),
            owned={name for of, name in held.sections if of == given.slot},
            article=snapshot.id_of(row) if row is not None else None,
            asked=form.get("q", "") if row is None else "",
            lists=lists(snapshot, row, given, held, tried),
            effect=effect,
            versions=told(found[:VERSIONS], found[VERSIONS:]),
            older=found[VERSIONS - 1].number if len(found) > VERSIONS else None,
            done=form.get("done"),
            query={name: form[name] for name in ("slot", "section") if form.get(name)},
        )

    @desk.view(f"{PATH}/try")
    def attempt(_visitor: Visitor) -> Response:
        """For the script: the lists of one article, and a slice of the sample from `from` on."""
        given, held, tried, problem = under(request.args, policies().current())
        if problem is not None:
            return Response(dump({"problem": problem}), 422, mimetype="application/json")
        now, snapshot = desk.clock(), desk.recommender.index.snapshot()
        start = _whole(request.args, "from") or 0
        record: dict[str, object] = {}
        if start == 0:
            row = find_article(finder, snapshot, request.args, now)
            changes = difference(held, tried)
            record["lists"] = render_template(
                "tune_lists.html", lists=lists(snapshot, row, given, held, tried), now=now
            )
            record["changes"] = render_template("tune_changes.html", changes=changes, **tools)
        seconds = SLICE_SECONDS if start else FIRST_SECONDS
        effect = trials.effect(snapshot, given.slot, held, tried, now, given.section, seconds, start=start)
        return Response(dump({**record, **_effect_record(effect)}), mimetype="application/json")

    @desk.view(f"{PATH}/save", ("POST",), needs="rules")
    def save(visitor: Visitor) -> Response:
        if not isinstance(policies(), SavedPolicy):
            raise Refused(409, "A policy file governs; nothing can be saved here.")
        given, held, tried, problem = under(request.form, base().policy)
        if "drop" in request.form and given.section is not None:
            tried = without_section(held, given.slot, given.section)
        note, over = request.form.get("note", "").strip(), _whole(request.form, "over")
        if problem is None and len(note) > MAX_NOTE:
            problem = f"Note: expected at most {MAX_NOTE:,} characters, got {len(note):,}."
        if problem is not None:
            return shown(visitor, request.form, 422)
        if tried.version == held.version:
            return desk.go(PATH, **_place(given, request.form), done="same")
        toml = policy_to_toml(tried, [f"Saved at the desk by {visitor.name}", *([note] if note else [])])
        try:
            saved = desk.writer.run(
                lambda catalogue: save_policy(catalogue, toml, tried.version, visitor.name, note, over)
            )
        except PolicyChanged as changed:
            return shown(visitor, request.form, 409, changed)
        return desk.go(PATH, **_place(given, request.form), done=f"saved-{saved.number}")

    @desk.view(f"{PATH}/restore", ("POST",), needs="rules")
    def restore(visitor: Visitor) -> Response:
        if not isinstance(policies(), SavedPolicy):
            raise Refused(409, "A policy file governs; nothing can be restored here.")
        number, over = _whole(request.form, "number"), _whole(request.form, "over")
        if number is None:
            raise Refused(400, "Nothing was said to go back to; nothing was changed.")
        try:
            saved = desk.writer.run(lambda catalogue: go_back(catalogue, number, visitor.name, "", over))
        except UnknownPolicy:
            raise Refused(404, f"No policy was saved under number {number}.") from None
        except InvalidPolicy:
            raise Refused(422, f"This version of Alsoread cannot read number {number}; nothing was changed.") from None
        except PolicyChanged as changed:
            return shown(visitor, request.form, 409, changed)
        return desk.go(PATH, done=f"restored-{saved.number}")

    @desk.view(f"{PATH}/policy.toml")
    def download(_visitor: Visitor) -> Response:
        """What is tried, or what was saved under `number`, as a policy file."""
        number = _whole(request.args, "number")
        if number:
            text, name = _saved(desk, number).toml, f"policy-{number}.toml"
        else:
            _, _, tried, problem = under(request.args, policies().current())
            if problem is not None:
                raise Refused(422, problem)
            text, name = policy_to_toml(tried, ["From the desk."]), f"policy-{tried.version}.toml"
        response = Response(text, mimetype="application/toml")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def find_article(finder: Finder, snapshot: Snapshot, form: Mapping[str, str], now: datetime) -> int | None:
    """The row of the article that is looked at: the one that a form names or searches for, else the first of the sample."""
    picked = form.get("pick") or form.get("article", "")
    if form.get("q", "").strip() and "pick" not in form:
        for card in finder.find(form["q"], now, 1).cards:
            return snapshot.row_of_id(card.id)
        return None
    row = snapshot.row_of_id(picked)
    if row is not None and int(snapshot.take("published", np.array([row]))[0]) <= int(now.timestamp()):
        return row
    return next(iter(sample_of(snapshot, now, read_section(form), 1)), None)


def sections_of(snapshot: Snapshot, policy: Policy) -> list[str]:
    """The sections that there are and those that have settings of their own, each with those above it, in order."""
    paths = {path for segment in snapshot.segments for path in segment.sections if path}
    above = {"/".join(path.split("/")[:depth]) for path in paths for depth in range(1, path.count("/") + 1)}
    named = {section_key(path): path for path in sorted(paths | above)}
    return sorted({**{name: name for _, name in policy.sections}, **named}.values(), key=str.casefold)


def _saved(desk: Desk, number: int) -> PolicyVersion:
    try:
        return read_policy(desk.catalogue().engine, number)
    except UnknownPolicy:
        raise Refused(404, f"No policy was saved under number {number}.") from None


def _file_of(policies: Policies) -> str | None:
    """What to call the file that governs; None where none does."""
    return (
        None if isinstance(policies, SavedPolicy) else "a file" if isinstance(policies, PolicyFile) else "one setting"
    )


def _place(given: Given, form: Mapping[str, str]) -> dict[str, str | None]:
    return {"slot": given.slot, "section": given.section, "article": form.get("article") or None}


def _whole(form: Mapping[str, str], name: str) -> int | None:
    """A whole number of a form; None where there is none."""
    raw = form.get(name, "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= MAX_DIGITS else None


def _effect_record(effect: Effect) -> dict[str, object]:
    return {
        "wanted": effect.wanted,
        "start": effect.start,
        "compared": effect.compared,
        "items": effect.items,
        "came": effect.came,
        "went": effect.went,
        "changed": [{"at": one.at, "html": render_template("tune_row.html", one=one)} for one in effect.changed],
    }
